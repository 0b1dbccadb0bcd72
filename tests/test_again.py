"""Commands that run again: what has not changed is neither compiled nor written, and whatever has changed is seen."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from fleets import Fleet
from running import TODAY, idpc, tree

PROGRAM = """
import sys
sys.argv[1:] = {arguments!r}
from idpc.cli import main
code = main()
print("\\nmodules:", *sorted(sys.modules), file=sys.stderr)
raise SystemExit(code)
"""
FRUGAL = {"click", "msgspec", "idpc.pipeline", "idpc.project", "idpc.syntax", "re", "pathlib", "typing", "tempfile"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A fleet on disk with a cache of its own."""
    monkeypatch.setenv("IDPC_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "fleet"
    put(folder, Fleet(2).files)
    return folder


def put(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def run(*arguments):
    """What a command says, its exit code, and the modules that it has imported."""
    program = PROGRAM.format(arguments=[str(each) for each in arguments])
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    said, _, modules = ended.stderr.partition("\nmodules: ")
    return ended.stdout, said, ended.returncode, set(modules.split())


def build(project, *options):
    return run("build", project, "--today", TODAY, *options)


def settle():
    """Wait until files that were just written can be told by their times."""
    time.sleep(0.1)


def test_a_build_of_what_has_not_changed_looks_at_files_and_imports_next_to_nothing(project):
    out, _, code, _ = build(project)
    written = int(re.search(r"(\d+) written", out)[1])
    settle()
    again, _, code_again, modules = build(project)
    assert (code, code_again) == (0, 0)
    assert again == re.sub(r"\d+ written, 0 removed, 0 unchanged", f"0 written, 0 removed, {written} unchanged", out)
    assert not FRUGAL & modules
    assert len(modules) < 80


def test_a_check_of_what_has_not_changed_imports_next_to_nothing(project):
    first = run("check", project, "--today", TODAY)
    settle()
    second = run("check", project, "--today", TODAY)
    assert first[:3] == second[:3]
    assert not FRUGAL & second[3]


def test_mistakes_are_told_again(project):
    put(project, {"apps/bad.platform": "app bad { service x { } }\n"})
    first = run("check", project)
    settle()
    second = run("check", project)
    assert first[:3] == second[:3]
    assert first[2] == 1
    assert "idpc.pipeline" not in second[3]


def _edited(project):
    file = project / "apps" / "app_2.platform"
    file.write_text(file.read_text().replace("port = 8080", "port = 8081"))


def _edited_in_place(project):
    """As an edit that keeps size and time of change, as tools that restore times do."""
    file = project / "apps" / "app_2.platform"
    before = file.stat()
    file.write_text(file.read_text().replace("port = 8080", "port = 8081"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _added(project):
    put(
        project,
        {"apps/sub/more.platform": 'app more { team = platform\n  service web { image = "x:1", port = 80 } }\n'},
    )


def _removed(project):
    (project / "apps" / "app_4.platform").unlink()


def _note(project):
    put(project, {"note.txt": "second\n"})


def _output_edited(project):
    next((project / "build").rglob("web.yaml")).write_text("nothing\n")


def _output_removed(project):
    next((project / "build").rglob("web.yaml")).unlink()


def _manifest_removed(project):
    (project / "build" / "manifest.json").unlink()


EDITS = (_edited, _edited_in_place, _added, _removed, _note, _output_edited, _output_removed)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("wait", [True, False])
def test_whatever_has_changed_is_seen(edit, wait, project, tmp_path):
    build(project)
    if wait:
        settle()
        build(project)
        settle()
    edit(project)
    out, said, code, _ = build(project)
    assert code == 0, out + said
    assert "0 written, 0 removed" not in out
    clean = tmp_path / "clean"
    build(project, "-o", clean, "--no-cache")
    assert tree(project / "build") == tree(clean)


def test_another_day_folder_or_option_is_another_question(project):
    assert run("check", project, "--today", TODAY)[2] == 0
    settle()
    assert "idpc.pipeline" in run("check", project, "--today", "2026-11-02")[3]
    assert "idpc.pipeline" in run("check", project, "--today", TODAY, "--strict")[3]
    assert "idpc.pipeline" in run("check", project, "--today", TODAY, "--no-cache")[3]


def test_watch_builds_on_every_change_and_says_what_and_how_long(project):
    command = [sys.executable, "-m", "idpc.cli", "watch", str(project), "--today", TODAY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            _watched(project, iter(process.stdout.readline, ""))
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
        finally:
            process.kill()


def _watched(project, lines):
    first = next(line for line in lines if "written" in line)
    assert re.search(r"build: \d+ written, 0 removed, 0 unchanged in \d+\.\d\d s", first)
    _edited(project)
    assert next(line for line in lines if "changed" in line) == "apps/app_2.platform changed\n"
    second = next(line for line in lines if " in " in line and "written" in line)
    assert re.search(r"build: \d\d? written, 0 removed, \d+ unchanged in \d+\.\d\d s", second)
    put(project, {"apps/app_2.platform": "app app_2 { service }\n"})
    assert next(line for line in lines if line.startswith("nothing written in "))
    _edited_back = Fleet(2).files["apps/app_2.platform"]
    put(project, {"apps/app_2.platform": _edited_back})
    assert "written" in next(line for line in lines if " in " in line and "unchanged" in line)


def test_profile_tells_time_and_counts_by_stage(project):
    ended = idpc("build", str(project), "--profile", "--today", TODAY)
    assert ended.code == 0
    rows = {line.split()[0]: line for line in ended.err.splitlines()}
    assert {
        "stage",
        "load",
        "syntax",
        "types",
        "graph",
        "emit",
        "policy",
        "plan",
        "write",
        "rest",
        "all",
    } <= rows.keys()
    assert re.search(r"syntax +\d+\.\d{3} +\d+\.\d% +13  13 files", rows["syntax"])
