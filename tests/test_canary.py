"""A canary given as every secret of the examples appears in no output of any command."""

import re
import shutil

import pytest
from running import EXAMPLES, ROOT, TODAY, idpc, tree

CANARY = "canary-7f3a91c0d2"
DECLARED = f'let canary: secret<string> = "{CANARY}"\n'
SECRET = re.compile(r'secret\("[^"]*"\)')
SURROUNDINGS = dict.fromkeys(
    (
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "GOOGLE_CREDENTIALS",
        "KUBE_TOKEN",
        "TF_VAR_password",
        "VAULT_TOKEN",
        "STRIPE_KEY",
    ),
    CANARY,
)
COMMANDS = (
    ("check", "."),
    ("check", ".", "--format", "json"),
    ("check", ".", "--format", "github"),
    ("build", ".", "-o", "out"),
    ("fmt", "--diff", "."),
    ("fix", "--diff", "."),
    ("eval", "canary"),
    ("eval", "json({ a = [canary] })"),
    ("eval", "base64(canary)"),
    ("eval", "sha256(canary)"),
    ("eval", 'if canary == "x" then 1 else 2'),
    ("test", "."),
    *(("graph", ".", "--format", form) for form in ("mermaid", "dot", "json")),
)
STAGES = ("graph", "kubernetes", "terraform", "plan")


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_command_says_a_secret(example, tmp_path):
    project = _with_canary(example, tmp_path / "project")
    environments = re.findall(r"^environment (\w+)", _text(project), re.MULTILINE)
    commands = [*COMMANDS, *(("show", stage, ".") for stage in STAGES)]
    for command in commands:
        takes_one = command[0] in ("eval", "show", "graph") and environments
        more = ("--env", environments[-1]) if takes_one else ()
        dated = () if command[0] == "fmt" else ("--today", TODAY)
        ended = idpc(*command, *more, *dated, cwd=project, env=SURROUNDINGS)
        assert ended.code in (0, 1, 2), (command, ended.said)
        assert CANARY not in ended.said, command
    held = {path: content for path, content in tree(project).items() if not path.endswith(".platform")}
    assert not [path for path, content in held.items() if CANARY.encode() in content]


def _with_canary(example, folder):
    """The example with every `secret("…")` replaced by a value that is declared secret."""
    shutil.copytree(ROOT / "examples" / example, folder)
    for path in folder.rglob("*.platform"):
        path.write_text(SECRET.sub("canary", path.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "canary.platform").write_text(DECLARED, encoding="utf-8")
    return folder


def _text(folder):
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.platform")))
