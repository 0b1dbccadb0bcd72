"""A canary given as every secret of the examples appears in no output of any command."""

import re
import shutil

import pytest
from running import EXAMPLES, ROOT, TODAY, idpc, tree

CANARY = "canary-7f3a91c0d2"
WAYS = {
    "written": f'let canary: secret<string> = "{CANARY}"\n',
    "composed": 'let canary: secret<string> = replace("canary-X", "X", "7f3a91c0d2")\n',
    "read": 'let canary: secret<string> = read("canary.txt")\n',
}
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
SOME = (("check", "."), ("build", ".", "-o", "out"), ("eval", "canary"))
STAGES = ("graph", "kubernetes", "terraform", "plan")


@pytest.mark.parametrize("way", WAYS)
def test_no_command_says_a_secret(way, tmp_path):
    project = _with_canary("acme", WAYS[way], tmp_path / "project")
    environments = re.findall(r"^environment (\w+)", _text(project), re.MULTILINE)
    commands = [*COMMANDS, *(("show", stage, ".") for stage in STAGES)]
    for command in commands if way == "written" else SOME:
        takes_one = command[0] in ("eval", "show", "graph") and environments
        more = ("--env", environments[-1]) if takes_one else ()
        dated = () if command[0] == "fmt" else ("--today", TODAY)
        ended = idpc(*command, *more, *dated, cwd=project, env=SURROUNDINGS)
        assert ended.code in (0, 1, 2), (command, ended.said)
        assert CANARY not in ended.said, command
    assert not _holding(project)


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_artifact_holds_what_the_surroundings_keep_secret(example, tmp_path):
    """With the names of entries as they are, a build has what it needs; the values are never there to be had."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / example, project)
    ended = idpc("build", ".", "--today", TODAY, cwd=project, env=SURROUNDINGS)
    assert ended.code == 0, ended.said
    assert CANARY not in ended.said
    assert not _holding(project)


def _holding(project):
    """The files that hold the canary, without those in which it was given."""
    held = {path: content for path, content in tree(project).items() if not path.endswith((".platform", ".txt"))}
    return [path for path, content in held.items() if CANARY.encode() in content]


def _with_canary(example, declared, folder):
    """The example with every `secret("…")` replaced by a value that is declared secret."""
    shutil.copytree(ROOT / "examples" / example, folder)
    for path in folder.rglob("*.platform"):
        path.write_text(SECRET.sub("canary", path.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "canary.platform").write_text(declared, encoding="utf-8")
    (folder / "canary.txt").write_text(CANARY, encoding="utf-8")
    return folder


def _text(folder):
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.platform")))
