"""Asks for completions as a shell's script does."""

import os
import shutil
from pathlib import Path

import pytest
from running import idpc

ROOT = Path(__file__).parents[1]
ACME = ROOT / "examples/acme"


def completed(line: str) -> list[str]:
    """What bash is offered at the end of a command line."""
    words = line.split(" ")
    asked = {"_IDPC_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    ended = idpc(cwd=ACME, env={**os.environ, **asked})
    assert ended.code == 0, ended.err
    return [offer.partition(",")[2] for offer in ended.out.split()]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("idpc gra", ["graph"]),
        ("idpc graph --form", ["--format"]),
        ("idpc plan --as git", ["github-actions", "gitlab-ci"]),
        ("idpc graph --env ", ["dev", "prod", "staging"]),
        ("idpc graph --app s", ["shop"]),
        ("idpc explain shop.che", ["shop.checkout"]),
        ("idpc explain IDP721", ["IDP7210", "IDP7211"]),
        ("idpc catalog show postg", ["postgres"]),
        ("idpc rollback st", ["staging"]),
        ("idpc show plan", ["plan", "plan.json"]),
    ],
)
def test_names_are_completed(line: str, offered: list[str]) -> None:
    assert completed(line) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    ended = idpc("completion", shell)
    assert ended.code == 0
    assert f"{shell}_complete" in ended.out
    assert "_IDPC_COMPLETE" in ended.out


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash on PATH")
def test_bash_reads_its_script(tmp_path: Path) -> None:
    import subprocess

    script = tmp_path / "completion.bash"
    script.write_text(idpc("completion", "bash").out)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
