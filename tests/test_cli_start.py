"""The command line by itself: version, help, wrong use, faults, closed pipes."""

import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner
from running import idpc

from idpc import __version__
from idpc.cli import application
from idpc.cli.application import SECTIONS
from idpc.cli.fault import describe

COMMANDS = [name for _, names in SECTIONS for name in names]
MODULES = (
    "import sys; sys.argv[1:] = {}; from idpc.cli import main; main(); print(len(sys.modules), *sorted(sys.modules))"
)


def test_version():
    assert idpc("--version").out == idpc("-V").out == f"idpc {__version__}\n"


def test_version_imports_next_to_nothing():
    code = MODULES.format(["--version"])
    said = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        check=True,
    )
    loaded = said.stdout.decode().split()
    assert [name for name in loaded if name.startswith("idpc")].count("idpc.cli") == 1
    assert not {"click", "lark", "pydantic", "yaml", "re", "dataclasses", "pathlib"} & set(loaded)


def test_no_arguments_show_the_help():
    ended = idpc()
    assert ended.code == 2
    assert ended.out == idpc("--help").out
    assert all(f"  {name} " in ended.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name):
    said = CliRunner().invoke(application.application, [name, "--help"], prog_name="idpc")
    assert said.exit_code == 0
    assert f"Usage: idpc {name} " in said.output
    assert f"idpc {name}" in said.output.partition("Examples:")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "there is no command `chek`; did you mean `check`?"),
        (["zzz"], "the commands are init, new, check"),
        (["check", "nowhere"], "nowhere"),
        (["check", "--format", "xml"], "xml"),
        (["check", "--today", "tomorrow"], "tomorrow"),
        (["check", "--nope"], "--nope"),
        (["explain", "IDP0000"], "there is no diagnostic `IDP0000`"),
        (["eval"], "EXPRESSION"),
        (["init", "9 lives"], "cannot name a project"),
        (["fmt", "-", "."], "`-` stands alone"),
    ],
)
def test_wrong_use_exits_with_2(arguments, said, tmp_path):
    ended = idpc(*arguments, cwd=tmp_path)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("error: ")
    assert said in ended.err


def test_a_folder_without_a_project_is_told(tmp_path):
    ended = idpc("check", cwd=tmp_path)
    assert ended.code == 1
    assert "idpc init" in ended.said


def raised(message):
    try:
        return {}[message]
    except KeyError as fault:
        return fault


def test_a_fault_says_what_to_report_and_quotes_nothing():
    said = describe(raised("a secret"), ["build", "."], traced=False)
    assert said.startswith("error[IDP9001]: idpc failed in `build` with KeyError at ")
    assert f"idpc {__version__}, Python" in said
    assert "a secret" not in said
    assert "Traceback" not in said


def test_a_fault_shows_its_way_on_demand():
    assert "Traceback" in describe(raised("x"), ["build"], traced=True)


@pytest.mark.parametrize("arguments", [["--traceback", "check"], ["check", "--traceback"]])
def test_a_fault_exits_with_3(arguments, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("idpc.cli.session.Session.load", lambda *_: 1 / 0)
    assert application.run(arguments[:1] if arguments[0] == "check" else arguments[1:]) == 3
    assert "Traceback" not in capsys.readouterr().err
    assert application.run(arguments) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_an_interrupt_exits_with_130(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("idpc.cli.session.Session.load", interrupted)
    assert application.run(["check"]) == 130


def test_a_closed_pipe_is_quiet():
    process = subprocess.Popen(
        [sys.executable, "-m", "idpc.cli", "explain", "IDP9001"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141


def test_explain_prints_the_page():
    assert idpc("explain", "IDP9001").out.startswith("# IDP9001: a fault of idpc\n")
    assert idpc("explain", "idp9001").out == idpc("explain", "9001").out


def terminal(*arguments, **env):
    """What a command writes to a terminal."""
    leader, follower = os.openpty()
    surroundings = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    process = subprocess.Popen(
        [sys.executable, "-m", "idpc.cli", *arguments],
        stdout=follower,
        stderr=follower,
        stdin=subprocess.DEVNULL,
        env={**surroundings, "TERM": "xterm", **env},
    )
    os.close(follower)
    said = b""
    while True:
        try:
            said += os.read(leader, 4096)
        except OSError:
            break
    process.wait()
    os.close(leader)
    return said.decode()


def test_colours_only_on_a_terminal_and_not_with_no_color():
    assert "\x1b[" in terminal("explain", "IDP9001")
    assert "\x1b[" not in terminal("explain", "IDP9001", NO_COLOR="1")
    assert "\x1b[" not in terminal("explain", "IDP9001", TERM="dumb")
    assert "\x1b[" not in idpc("explain", "IDP9001").out


def test_progress_shows_on_a_terminal_and_goes_away():
    code = (
        "from idpc.cli import console\n"
        "import time\n"
        "console._PATIENCE = 0.05\n"
        "with console.progress('compiling'):\n"
        "    time.sleep(0.3)\n"
    )
    leader, follower = os.openpty()
    subprocess.run([sys.executable, "-c", code], stderr=follower, check=True)
    os.close(follower)
    said = os.read(leader, 4096).decode()
    os.close(leader)
    assert said.startswith("\rcompiling … ")
    assert said.endswith("\r\x1b[2K")
    assert re.search(r"\d s", said)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stderr == b""
