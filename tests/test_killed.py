"""`idpc build`, killed at fifty moments, leaves the old tree or the new one, and what is not its own."""

import os
import random
import shutil
import signal
import sys
import time

import pytest
from running import ROOT, TODAY, tree

from idpc import cli

FOREIGN = {"README.md": b"mine", "dev/notes.txt": b"mine too", "kept/deep/state": b"state"}
MOMENTS = 25
FILE_EVENTS = frozenset(("open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "ctypes.dlsym"))


@pytest.fixture
def project(tmp_path):
    """The smallest example, its build folder with foreign files in it, and the two trees that may be there."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "examples/nodejs-web-app", folder)
    file = folder / "blog.platform"
    texts = [file.read_text(encoding="utf-8"), file.read_text(encoding="utf-8").replace("app blog {", "app journal {")]
    assert texts[0] != texts[1]
    trees = []
    for text in reversed(texts):
        file.write_text(text, encoding="utf-8")
        assert build(folder) == 0
        trees.insert(0, tree(folder / "build"))
    assert trees[0] != trees[1]
    for path, content in FOREIGN.items():
        (folder / "build" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "build" / path).write_bytes(content)
    return folder, texts, trees


def build(folder, *, after=None, before=None):
    """Run the command in a process of its own, killed after some seconds or before its so-manieth operation on files."""
    child = os.fork()
    if child == 0:
        sys.argv = ["idpc", "build", str(folder), "-o", str(folder / "build"), "--today", TODAY]
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        if before is not None:
            die_before(before, str(folder / "build"))
        code = 70
        try:
            code = cli.main()
        except SystemExit as stop:
            code = stop.code
        finally:
            os._exit(code or 0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die_before(event, folder):
    """End this process without a farewell before an operation on files of the build, counted from its first."""
    seen = 0

    def count(name, arguments):
        nonlocal seen
        if name in FILE_EVENTS and (seen or any(str(each).startswith(folder) for each in arguments)):
            seen += 1
            if seen == event:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def is_whole(folder, trees):
    found = {path: content for path, content in tree(folder / "build").items() if path not in FOREIGN}
    return found in trees


def test_killed_at_fifty_moments(project):
    folder, texts, trees = project
    began = time.monotonic()
    assert build(folder) == 0
    whole = time.monotonic() - began
    moments = random.Random(11)  # noqa: S311  # any moments will do
    ways = [{"after": moments.uniform(0, whole)} for _ in range(MOMENTS)]
    ways += [{"before": 1 + position * 3} for position in range(MOMENTS)]
    ended = []
    for number, way in enumerate(ways):
        (folder / "blog.platform").write_text(texts[number % 2], encoding="utf-8")
        ended.append(build(folder, **way))
        assert is_whole(folder, trees), way
        assert FOREIGN.items() <= tree(folder / "build").items(), way
    assert ended.count(-signal.SIGKILL) > MOMENTS
    assert build(folder) == 0
    assert is_whole(folder, trees)
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["build"]
