"""Replaces a build folder in one step: the new tree is made beside it, then the two exchange their names.

What is unchanged, and every foreign file, is the same file in both trees (a hard link), so nothing is copied and a
program that holds a foreign file open keeps it. Beside `build` stands `.build.idpc-N`, where N is the number of the
folder itself while it is being made; after the exchange the old tree bears that name, with another number of its own,
and so the next run knows an unfinished new tree from an old one whose late foreign files must still be looked for.
"""

import os
import re
import shutil
import stat
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from idpc.emit.manifest import MANIFEST, DamagedManifestError, read_manifest

MOST_FOREIGN_FILES = 5000
_AT_THIS_FOLDER = -100 if sys.platform == "linux" else -2
_EXCHANGE = 2


def swap(root: Path, contents: Mapping[str, bytes], changed: Collection[str], removed: Collection[str]) -> None:
    """Makes `contents` the owned files of `root`; raises `OSError`, with `root` untouched, where that cannot be.

    `changed` are the paths whose contents differ from what is there, `removed` those that go. What is neither in
    them nor in `contents` is foreign.
    """
    _refuse_where_it_cannot_be(root)
    own = {*contents, *removed}
    stage = _new_stage(root)
    try:
        if root.is_dir():
            _make_alike(stage, root)
        made = _write(stage, root, contents, changed)
        _link_foreign(stage, root, own, made)
        _exchange(stage, root)
    except OSError:
        _discard(stage)
        raise
    _keep_foreign(stage, root, own, set(contents), replace=True)
    _discard(stage)


def clear_leftovers(root: Path) -> None:
    """Removes what an interrupted run left beside `root`, after a look for foreign files in an old tree."""
    ours = re.compile(rf"\.{re.escape(root.name)}\.idpc-[0-9]+")
    for left in sorted(path for path in root.parent.iterdir() if ours.fullmatch(path.name)):
        if not left.name.endswith(f"-{left.stat().st_ino}"):
            _keep_foreign(left, root, _owned(left), _owned(root), replace=False)
        _discard(left)


def _owned(tree: Path) -> set[str]:
    try:
        return {*read_manifest(tree).files, MANIFEST}
    except DamagedManifestError:
        return {MANIFEST}


def _refuse_where_it_cannot_be(root: Path) -> None:
    """A folder that this process, and so perhaps the user's shell, stands in would vanish from under them."""
    if Path.cwd().is_relative_to(root):
        raise OSError("the working directory is in the build folder")


def _new_stage(root: Path) -> Path:
    bare = root.parent / f".{root.name}.idpc-0"
    bare.mkdir()
    stage = bare.with_name(f".{root.name}.idpc-{bare.stat().st_ino}")
    bare.rename(stage)
    return stage


def _make_alike(folder: Path, model: Path) -> None:
    """Gives a folder the mode and the owner of another."""
    there, here = model.stat(), folder.stat()
    if (there.st_uid, there.st_gid) != (here.st_uid, here.st_gid):
        os.chown(folder, there.st_uid, there.st_gid)
    if there.st_mode != here.st_mode:
        folder.chmod(stat.S_IMODE(there.st_mode))


def _write(stage: Path, root: Path, contents: Mapping[str, bytes], changed: Collection[str]) -> set[str]:
    """Makes the owned files of the new tree and gives the folders made for them."""
    made = {""}
    for path, content in contents.items():
        _make_folders(stage, root, path.rpartition("/")[0], made)
        if path in changed:
            with open(f"{stage}/{path}", "xb") as file:  # noqa: PTH123  # of every file
                file.write(content)
        else:
            os.link(f"{root}/{path}", f"{stage}/{path}", follow_symlinks=False)
    return made


def _make_folders(stage: Path, root: Path, folder: str, made: set[str]) -> None:
    if folder in made:
        return
    _make_folders(stage, root, folder.rpartition("/")[0], made)
    os.mkdir(f"{stage}/{folder}")  # noqa: PTH102  # of every folder
    if os.path.isdir(f"{root}/{folder}"):  # noqa: PTH112  # of every folder
        _make_alike(stage / folder, root / folder)
    made.add(folder)


def _link_foreign(stage: Path, root: Path, own: Collection[str], made: set[str]) -> None:
    for count, (path, is_folder) in enumerate(_foreign(root, own)):
        if count >= MOST_FOREIGN_FILES:
            raise OSError("too many foreign files")
        _make_folders(stage, root, path if is_folder else path.rpartition("/")[0], made)
        if not is_folder:
            os.link(f"{root}/{path}", f"{stage}/{path}", follow_symlinks=False)


def _foreign(root: Path, own: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Every file below `root` that is not its own, and every folder that holds nothing at all (True)."""
    if not root.is_dir():
        return
    for folder, folders, files in os.walk(root, onerror=_raise):
        relative = folder[len(os.fspath(root)) + 1 :]
        start = f"{relative}/" if relative else ""
        links = [name for name in folders if os.path.islink(f"{folder}/{name}")]  # noqa: PTH114  # of every folder
        if start and not folders and not files:
            yield relative, True
        yield from ((f"{start}{name}", False) for name in (*files, *links) if f"{start}{name}" not in own)


def _raise(error: OSError) -> None:
    raise error


def _exchange(stage: Path, root: Path) -> None:
    """Exchanges two names in one step of the file system; a root that does not exist is only renamed to."""
    if not root.exists():
        stage.rename(root)
        return
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    name = {"linux": "renameat2", "darwin": "renameatx_np"}.get(sys.platform, "")
    if not name or not hasattr(library, name):
        raise OSError("this system cannot exchange two folders in one step")
    call = library[name]
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if call(_AT_THIS_FOLDER, os.fsencode(stage), _AT_THIS_FOLDER, os.fsencode(root), _EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _keep_foreign(old: Path, root: Path, old_own: set[str], new_own: set[str], *, replace: bool) -> None:
    """Moves foreign files that came into the old tree while the new one was made; `replace`: changed ones too."""
    for path, is_folder in list(_foreign(old, old_own)):
        target = root / path
        is_other = os.path.lexists(target) and not os.path.samestat(target.lstat(), (old / path).lstat())
        if is_folder or path in new_own or (os.path.lexists(target) and not (replace and is_other)):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        (old / path).replace(target)


def _discard(folder: Path) -> None:
    """Removes a folder; under its own number first, so that what a kill leaves of it is known for nothing."""
    if folder.exists():
        own = folder.with_name(f"{folder.name.rpartition('-')[0]}-{folder.stat().st_ino}")
        folder.rename(own)
        shutil.rmtree(own, ignore_errors=True)  # the tree is in place: what stays of this is for the next run
