"""Replaces files of a build folder one by one, along a journal that the next run can finish.

This serves where the folder cannot be replaced as a whole: it is a mount point, its parent is not writable, somebody's
shell stands in it, or the file system has no exchange. New contents are written to `.idpc/` in the folder; with the
journal in place the change is decided, and it is carried out, removals first and the manifest last. A run that is
killed before that leaves the old tree; one that is killed after it is finished by the next run.
"""

import json
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from idpc.emit.json_writer import json_document

_WORK = ".idpc"
_JOURNAL = "journal.json"


def replace_in_place(root: Path, written: Mapping[str, bytes], removed: Collection[str]) -> None:
    """Writes and removes files of `root`, in the order given."""
    work = root / _WORK
    work.mkdir(parents=True)
    try:
        _decide(work, written, removed)
    except OSError:
        shutil.rmtree(work)
        raise
    finish(root)


def _decide(work: Path, written: Mapping[str, bytes], removed: Collection[str]) -> None:
    for number, content in enumerate(written.values()):
        (work / str(number)).write_bytes(content)
    draft = work / "draft"
    draft.write_text(json_document({"write": list(written), "remove": sorted(removed)}), encoding="utf-8")
    draft.rename(work / _JOURNAL)


def finish(root: Path) -> None:
    """Carries out a journal that there is, and removes its folder; what was done already is passed over."""
    work = root / _WORK
    if (work / _JOURNAL).is_file():
        journal = json.loads((work / _JOURNAL).read_text(encoding="utf-8"))
        for path in journal["remove"]:
            _remove(root, path)
        for number, path in enumerate(journal["write"]):
            if (work / str(number)).exists():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (work / str(number)).replace(root / path)
        (work / _JOURNAL).unlink()
    if work.is_dir():
        shutil.rmtree(work)


def _remove(root: Path, path: str) -> None:
    """Removes a file and the folders that it leaves empty."""
    (root / path).unlink(missing_ok=True)
    for folder in (root / path).parents:
        if folder == root:
            return
        with suppress(OSError):  # it holds something, or is gone: both are as they should be
            folder.rmdir()
