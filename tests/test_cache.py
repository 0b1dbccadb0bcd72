"""The cache: what is put comes back whole or not at all, whatever happens to the disk, the folder and other processes."""

import hashlib
import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import idpc

from idpc.cache import Store, size
from idpc.cache.content import clear, entries

MEBIBYTE = 1024**2
WRITERS = 20


def key(text):
    return f"test-{hashlib.sha256(str(text).encode()).hexdigest()}"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def store(folder):
    return Store(str(folder), 512 * MEBIBYTE)


def file_of(store, name):
    (path,) = (path for path in folder_of(store).iterdir() if path.name.startswith(name))
    return path


def folder_of(store):
    return Path(store.folder)


def names(folder):
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary() | st.lists(st.binary()) | st.tuples(st.binary()))))
def test_what_was_put_last_is_got(puts):
    with tempfile.TemporaryDirectory() as home:
        store, last = Store(f"{home}/cache", MEBIBYTE), {}
        for name, data in puts:
            store.put(key(name), data)
            last[name] = data if isinstance(data, bytes) else b"".join(data)
        assert {name: store.get(key(name)) for name in "abc"} == {name: last.get(name) for name in "abc"}
        assert store.trouble is None


def test_another_store_gets_it_too(store):
    store.put(key(1), b"one")
    assert Store(store.folder, store.bound).get(key(1)) == b"one"


def test_a_key_ends_in_a_digest(store):
    for wrong in (
        "std",
        "../std-" + "0" * 64,
        "std-" + "0" * 8,
        "-" + "0" * 64,
        "std-" + "g" * 64,
        "std-0\0" + "0" * 64,
    ):
        with pytest.raises(ValueError, match="is no key"):
            store.put(wrong, b"")


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_anywhere_is_a_miss(store, bit):
    store.put(key(1), b"some data")
    file = file_of(store, key(1))
    good = file.read_bytes()
    for position in range(len(good)):
        damaged = bytearray(good)
        damaged[position] ^= 1 << bit
        file.write_bytes(damaged)
        assert store.get(key(1)) is None
        assert not file.exists()
    store.put(key(1), b"some data")
    assert store.get(key(1)) == b"some data"


def test_an_entry_of_another_length_is_a_miss(store):
    store.put(key(1), b"some data")
    file = file_of(store, key(1))
    good = file.read_bytes()
    for damaged in (*(good[:length] for length in range(len(good))), good + b"\0"):
        file.write_bytes(damaged)
        assert store.get(key(1)) is None
        assert not file.exists()


def test_an_entry_under_another_key_is_a_miss(store):
    store.put(key(1), b"some data")
    file_of(store, key(1)).rename(folder_of(store) / f"{key(2)}.entry")
    assert store.get(key(2)) is None


def test_a_folder_in_the_place_of_an_entry_is_a_miss(store, folder):
    (folder / f"{key(1)}.entry").mkdir(parents=True)
    assert store.get(key(1)) is None
    store.put(key(1), b"data")
    assert "cannot be used: Is a directory" in store.trouble
    assert names(folder) == {f"{key(1)}.entry"}


WORKER = """
import hashlib, sys
from idpc.cache import Store

folder, bound, worker = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = Store(folder, bound)
sys.stdin.read()
for turn in range(40):
    for key in (f"test-{turn % 3:064x}", f"test-{worker * 1000 + 1000 + turn:064x}"):
        store.put(key, bytes([worker]) * 50_000)
        data = store.get(key)
        assert data is None or data == data[:1] * 50_000, key
        assert data is not None or bound < 100_000_000, key
print(store.trouble)
"""


@pytest.mark.parametrize("bound", [512 * MEBIBYTE, MEBIBYTE])
def test_many_processes_at_once(folder, bound):
    """All put and get, the same keys and their own; under the smaller bound all evict, too."""
    command = [sys.executable, "-c", WORKER, str(folder), str(bound)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([*command, str(number)], **pipes) for number in range(WRITERS)]
    for worker in workers:
        worker.stdin.close()
        worker.stdin = None
    for worker in workers:
        out, err = worker.communicate()
        assert (worker.returncode, out, err) == (0, "None\n", "")
    assert not [name for name in names(folder) if name.endswith(".new-entry")]
    present = entries(str(folder))
    assert len(present) == 3 + WRITERS * 40 or bound == MEBIBYTE
    assert sum(entry.size for entry in present) <= bound + WRITERS * 50_100


@pytest.fixture
def mount(tmp_path):
    """Mounts a small disk of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mounted(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("mounting a disk needs root: run it with sudo, or in a container with CAP_SYS_ADMIN")
        return disk

    yield mounted
    if os.path.ismount(disk):
        subprocess.run(["umount", disk], check=True)


def test_a_full_disk(mount):
    disk = mount("size=256k")
    store = Store(f"{disk}/cache", 512 * MEBIBYTE)
    store.put(key(1), b"x" * 1000)
    store.put(key(2), b"x" * MEBIBYTE)
    assert store.trouble == f"the cache `{disk}/cache` cannot be used: No space left on device"
    assert store.get(key(1)) == b"x" * 1000
    assert store.get(key(2)) is None
    assert names(disk / "cache") == {"CACHEDIR.TAG", ".idpc-written", f"{key(1)}.entry"}
    store.put(key(3), b"small")
    assert store.get(key(3)) is None


def test_a_disk_that_is_read_only(mount):
    disk = mount("ro")
    store = Store(f"{disk}/cache", MEBIBYTE)
    store.put(key(1), b"data")
    assert store.trouble == f"the cache `{disk}/cache` cannot be used: Read-only file system"
    assert store.get(key(1)) is None


def test_a_limit_on_the_size_of_files(folder):
    """As a quota does, it ends a write in its middle."""
    code = (
        "import resource; from idpc.cache import Store; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        f"store = Store({str(folder)!r}, {MEBIBYTE}); store.put({key(1)!r}, [b'x' * 60_000, b'y' * 60_000]);"
        "print(store.trouble)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == f"the cache `{folder}` cannot be used: File too large\n"
    assert names(folder) == {"CACHEDIR.TAG"}


def test_a_limit_on_open_files(store):
    store.put(key(1), b"data")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        assert store.get(key(1)) is None
        store.put(key(2), b"data")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert "Too many open files" in store.trouble
    assert store.get(key(1)) == b"data"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: run it as another user")
def test_a_home_without_permission_to_write(tmp_path):
    tmp_path.chmod(0o500)
    store = Store(f"{tmp_path}/cache", MEBIBYTE)
    store.put(key(1), b"data")
    assert store.trouble == f"the cache `{tmp_path}/cache` cannot be used: Permission denied"
    tmp_path.chmod(0o700)


def test_a_home_that_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "home").write_text("", encoding="utf-8")
    monkeypatch.setenv("IDPC_CACHE_DIR", f"{tmp_path}/home/cache")
    store = Store.open()
    store.put(key(1), b"data")
    assert store.get(key(1)) is None
    assert store.trouble == f"the cache `{tmp_path}/home/cache` cannot be used: Not a directory"
    monkeypatch.setenv("IDPC_CACHE_DIR", f"{tmp_path}/home")
    assert Store.open().trouble == f"the cache `{tmp_path}/home` cannot be used: it is not a folder"


def test_a_folder_that_vanishes_is_made_anew(store, folder):
    store.put(key(1), b"data")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert store.get(key(1)) is None
    store.put(key(1), b"data")
    assert "cannot be used: No such file or directory" in store.trouble
    again = Store(store.folder, store.bound)
    again.put(key(1), b"data")
    assert again.get(key(1)) == b"data"


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_user_can_read_and_write(store, folder, mask):
    before = os.umask(mask)
    try:
        store.put(key(1), b"data")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_what_others_may_write_is_not_used(store, folder, monkeypatch):
    store.put(key(1), b"data")
    monkeypatch.setenv("IDPC_CACHE_DIR", str(folder))
    folder.chmod(0o777)
    refused = Store.open()
    assert refused.trouble == f"the cache `{folder}` cannot be used: others may write to it"
    assert refused.get(key(1)) is None
    folder.chmod(0o700)
    assert Store.open().get(key(1)) == b"data"
    file_of(store, key(1)).chmod(0o622)
    assert Store.open().get(key(1)) is None


def test_what_is_made_in_the_meantime_is_not_trusted(folder):
    store = Store(str(folder), MEBIBYTE)
    folder.mkdir()
    folder.chmod(0o777)
    store.put(key(1), b"data")
    assert store.trouble == f"the cache `{folder}` cannot be used: others may write to it"
    assert names(folder) == set()


def test_the_folder_of_another_user_is_not_used(folder, monkeypatch):
    if os.geteuid() == 0:
        folder.mkdir()
        os.chown(folder, 65534, 65534)
    other = folder if os.geteuid() == 0 else "/"
    monkeypatch.setenv("IDPC_CACHE_DIR", str(other))
    store = Store.open()
    assert store.trouble == f"the cache `{other}` cannot be used: it belongs to another user"
    store.put(key(1), b"data")
    assert store.get(key(1)) is None


def test_where_the_cache_is(monkeypatch, tmp_path):
    for name in ("IDPC_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    by_system = {"linux": ".cache/idpc", "darwin": "Library/Caches/idpc"}
    assert Store.open().folder == f"{tmp_path}/{by_system[sys.platform]}"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert Store.open().folder == f"{tmp_path}/{by_system[sys.platform]}"
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert Store.open().folder == "/somewhere/idpc"
    monkeypatch.setenv("IDPC_CACHE_DIR", "here")
    assert Store.open().folder == f"{os.getcwd()}/here"  # noqa: PTH109  # as the store says it


def test_a_user_without_a_home(monkeypatch):
    for name in ("IDPC_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "nowhere")
    store = Store.open()
    store.put(key(1), b"data")
    assert store.get(key(1)) is None
    assert "no home folder" in store.trouble


def test_a_disabled_cache_touches_nothing(folder, monkeypatch):
    monkeypatch.setenv("IDPC_CACHE_DIR", str(folder))
    for store in (Store.open(enabled=False), Store(str(folder), 0)):
        store.put(key(1), b"data")
        assert store.get(key(1)) is None
        assert store.trouble is None
    assert not folder.exists()


def test_a_tag_keeps_the_folder_out_of_backups(store, folder):
    store.put(key(1), b"data")
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")


def test_a_folder_with_other_things_gets_no_tag(store, folder):
    folder.mkdir()
    (folder / "letter.txt").write_text("mine", encoding="utf-8")
    store.put(key(1), b"data")
    assert store.get(key(1)) == b"data"
    assert "CACHEDIR.TAG" not in names(folder)


def age(store, name, hours):
    then = time.time() - hours * 3600
    os.utime(file_of(store, key(name)), (then, then))


def test_eviction_keeps_what_was_used_last(folder):
    store = Store(str(folder), 160_000)
    for number in range(10):
        store.put(key(number), b"x" * 14_000)
        age(store, number, 20 - number)
    for number in (0, 3):
        assert store.get(key(number))
    store.put(key("new"), b"x" * 60_000)
    left = {number for number in (*range(10), "new") if store.get(key(number))}
    assert left == {0, 3, 6, 7, 8, 9, "new"}


def test_use_is_noted_to_the_hour(store):
    store.put(key(1), b"data")
    for hours, noted in ((0.5, False), (2, True), (-2, True)):
        age(store, 1, hours)
        before = file_of(store, key(1)).stat().st_mtime
        assert store.get(key(1)) == b"data"
        assert (file_of(store, key(1)).stat().st_mtime != before) == noted


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 300_000)), max_size=40), st.integers(1, 3 * MEBIBYTE))
def test_the_bound_holds_after_each_put(puts, bound):
    with tempfile.TemporaryDirectory() as home:
        for number, length in puts:
            store = Store(f"{home}/cache", bound)
            store.put(key(number), bytes(length))
            assert sum(entry.size for entry in entries(store.folder)) <= bound
            assert store.trouble or store.get(key(number)) == bytes(length)


def test_an_entry_larger_than_the_bound_is_told(folder):
    store = Store(str(folder), MEBIBYTE)
    store.put(key(1), bytes(3 * MEBIBYTE))
    assert store.trouble == (
        "the cache is bounded to 1 MiB, too small for an entry of 3 MiB; IDPC_CACHE_SIZE sets the bound"
    )
    store.put(key(2), b"small")
    assert store.get(key(2)) == b"small"


def test_what_dead_writers_left_is_removed_in_time(folder):
    """The folder is looked at when a sixteenth of the bound was written, not at each put."""
    store = Store(str(folder), 16 * MEBIBYTE)
    store.put(key(1), b"data")
    dead, alive = (folder / f"{digit * 16}.new-entry" for digit in "ab")
    for file in (dead, alive):
        file.write_bytes(b"half")
    os.utime(dead, (0, 0))
    store.put(key(2), b"data")
    assert {dead.name, alive.name} <= names(folder)
    store.put(key(3), bytes(MEBIBYTE))
    assert dead.name not in names(folder)
    assert alive.name in names(folder)


def test_clear_leaves_foreign_files(store, folder):
    for number in range(3):
        store.put(key(number), b"data")
    foreign = {"letter.txt", "notes.entry", "std-1.entry", "draft.new-entry"}
    for name in foreign:
        (folder / name).write_text("mine", encoding="utf-8")
    assert len(clear(str(folder))) == 3
    assert names(folder) == {"CACHEDIR.TAG", ".idpc-written", *foreign}
    assert clear(str(folder)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4096", 4096),
        ("0", 0),
        ("1KiB", 1024),
        ("512 MiB", 512 * MEBIBYTE),
        ("2TiB", 2 << 40),
        *((wrong, None) for wrong in ("", "MiB", "1.5GiB", "-1", "1 parsec", "1 MiB MiB", "²", "9" * 5000)),
    ],
)
def test_sizes_are_read(text, expected):
    assert size.parsed(text) == expected


@given(st.integers(0, 1023), st.sampled_from(["B", "KiB", "MiB", "GiB", "TiB"]))
def test_a_size_that_is_printed_is_read(number, unit):
    text = f"{number} {unit}" if number else "0 B"
    assert size.printed(size.parsed(text)) == text


def test_a_bound_that_is_none_is_told(monkeypatch, folder):
    monkeypatch.setenv("IDPC_CACHE_DIR", str(folder))
    monkeypatch.setenv("IDPC_CACHE_SIZE", "1GiB")
    assert Store.open().bound == 1024 * MEBIBYTE
    monkeypatch.setenv("IDPC_CACHE_SIZE", "plenty")
    store = Store.open()
    assert store.trouble == "no cache is used: IDPC_CACHE_SIZE is no size like `1GiB`"
    store.put(key(1), b"data")
    assert not folder.exists()


def test_info_tells_where_and_how_full(store, folder):
    env = {"IDPC_CACHE_DIR": str(folder), "IDPC_CACHE_SIZE": "1GiB"}
    empty = f"folder   {folder}\nentries  0\nsize     0 B of 1 GiB\n"
    assert idpc("cache", "info", env=env)[:3] == (0, empty, "")
    assert not folder.exists()
    for number, moment in ((1, 1_790_000_000), (2, 1_780_000_000)):
        store.put(key(number), bytes(2003))
        os.utime(file_of(store, key(number)), (moment, moment))
    assert idpc("cache", env=env).out == (
        f"folder   {folder}\nentries  2\nsize     4 KiB of 1 GiB\n"
        "oldest   2026-05-28T20:26:40Z\nnewest   2026-09-21T14:13:20Z\n"
    )
    assert json.loads(idpc("cache", "info", "--format", "json", env=env).out) == {
        "folder": str(folder),
        "entries": 2,
        "bytes": 4096,
        "bound": 1 << 30,
        "oldest": "2026-05-28T20:26:40Z",
        "newest": "2026-09-21T14:13:20Z",
        "trouble": None,
    }


def test_info_tells_trouble(store, folder):
    store.put(key(1), b"data")
    folder.chmod(0o777)
    ended = idpc("cache", "info", env={"IDPC_CACHE_DIR": str(folder)})
    assert ended.code == 0
    assert ended.out.endswith(f"trouble  the cache `{folder}` cannot be used: others may write to it\n")


def test_clear_tells_what_it_removed(store, folder):
    env = {"IDPC_CACHE_DIR": str(folder)}
    for number in range(2):
        store.put(key(number), bytes(2003))
    assert idpc("cache", "clear", env=env)[:3] == (0, "2 entries removed, 4 KiB\n", "")
    assert idpc("cache", "clear", env=env).out == "0 entries removed, 0 B\n"
    store.put(key(1), bytes(2003))
    removed = {"folder": str(folder), "removed": 1, "bytes": 2048}
    assert json.loads(idpc("cache", "clear", "--format", "json", env=env).out) == removed


def test_clear_tells_what_the_disk_refuses(mount):
    folder = mount("size=256k") / "cache"
    Store(str(folder), MEBIBYTE).put(key(1), b"data")
    mount("remount,ro")
    ended = idpc("cache", "clear", env={"IDPC_CACHE_DIR": str(folder)})
    said = f"error: the disk refuses `{folder}/{key(1)}.entry`: Read-only file system\n"
    assert ended[:3] == (2, "", said)


def test_the_cache_imports_next_to_nothing():
    code = "import sys; from idpc.cache import Store; Store.open(); print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert not {"dataclasses", "pathlib", "re", "typing", "tempfile", "idpc.cache.content"} & set(said.stdout.split())
