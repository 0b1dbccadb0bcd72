"""Builds by shards, pools and clusters, side by side and from damaged caches: always the bytes of one process."""

import os
import subprocess
import sys
from random import Random

import pytest
from fleets import Fleet
from running import TODAY, idpc, tree

FILES = Fleet(11, 20).files


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A fleet on disk."""
    return put(tmp_path_factory.mktemp("fleet"), FILES)


@pytest.fixture(scope="module")
def whole(project, tmp_path_factory):
    """What one process makes of it, without anything from before."""
    target = tmp_path_factory.mktemp("whole") / "build"
    built(project, target, "--no-cache", "--jobs", "1")
    return tree(target)


def put(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def built(project, target, *options, **environment):
    ended = idpc("build", str(project), "-o", str(target), "--today", TODAY, *options, env=environment)
    assert ended.code == 0, ended.said
    return ended


def test_a_pool_makes_the_same_bytes(project, whole, tmp_path, monkeypatch):
    monkeypatch.setattr("idpc.units.build.BATCH", 3)
    from idpc.cli.application import run

    assert run(["build", str(project), "-o", str(tmp_path / "b"), "--today", TODAY, "--no-cache", "--jobs", "3"]) == 0
    assert tree(tmp_path / "b") == whole


def test_four_shards_make_the_same_bytes(project, whole, tmp_path):
    for number in range(1, 5):
        built(project, tmp_path / "shards", "--shard", f"{number}/4")
    ended = idpc("merge", str(tmp_path / "shards"), "-o", str(tmp_path / "build"))
    assert ended.code == 0, ended.said
    assert tree(tmp_path / "build") == whole


def test_shards_that_are_not_of_one_build_are_refused(project, tmp_path):
    for number in (1, 2):
        built(project, tmp_path / "shards", "--shard", f"{number}/3")
    missing = idpc("merge", str(tmp_path / "shards"), "-o", str(tmp_path / "build"))
    assert (missing.code, missing.err) == (2, "error: shard 3 of 3 is missing\n")
    other = put(tmp_path / "other", FILES | {"note.txt": "x\n", "apps/app_3.platform": FILES["apps/app_2.platform"]})
    (other / "apps" / "app_2.platform").unlink()
    built(other, tmp_path / "shards", "--shard", "3/3")
    mixed = idpc("merge", str(tmp_path / "shards"), "-o", str(tmp_path / "build"))
    assert (mixed.code, mixed.err) == (2, "error: the shards are of other sources\n")
    damaged = tmp_path / "shards" / "3-of-3.idpc-shard"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    assert "holds no shard" in idpc("merge", str(damaged), "-o", str(tmp_path / "build")).err
    assert not (tmp_path / "build").exists()


def test_a_cluster_makes_the_same_bytes(project, whole, tmp_path, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr("idpc.units.build.BATCH", 4)
    from idpc.cli.application import run

    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        address = f"dask={cluster.scheduler_address}"
        command = ["build", str(project), "-o", str(tmp_path / "b"), "--today", TODAY, "--no-cache"]
        assert run([*command, "--executor", address]) == 0
    assert tree(tmp_path / "b") == whole


def test_a_cluster_that_is_not_there_is_told(project, tmp_path):
    ended = idpc("build", str(project), "-o", str(tmp_path / "b"), "--no-cache", "--executor", "dask=tcp://127.0.0.1:1")
    assert ended.code == 2
    assert "error: the cluster cannot be reached" in ended.err


def test_twenty_builds_at_once_share_a_cache(project, whole, tmp_path):
    environment = {**os.environ, "IDPC_CACHE_DIR": str(tmp_path / "cache")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "idpc.cli", "build", project, "-o", tmp_path / f"build-{number}", "--today", TODAY],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for number in range(20)
    ]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 20, said
    assert all(tree(tmp_path / f"build-{number}") == whole for number in range(20))


def test_flipped_bits_in_the_cache_change_nothing(project, whole, tmp_path):
    random, cache = Random(5), tmp_path / "cache"  # noqa: S311  # a test's
    for _ in range(4):
        built(project, tmp_path / "build", IDPC_CACHE_DIR=str(cache))
        assert tree(tmp_path / "build") == whole
        for entry in cache.glob("*.entry"):
            content = bytearray(entry.read_bytes())
            content[random.randrange(len(content))] ^= 1 << random.randrange(8)
            entry.write_bytes(content)


@pytest.mark.parametrize("size", ["1KiB", "1"])
def test_a_cache_without_room_changes_nothing(project, whole, tmp_path, size):
    for _ in range(2):
        built(project, tmp_path / "build", IDPC_CACHE_DIR=str(tmp_path / "cache"), IDPC_CACHE_SIZE=size)
        assert tree(tmp_path / "build") == whole


def test_a_full_disk_stops_a_build_with_a_message_and_leaves_the_old_tree(project, whole, tmp_path):
    target = tmp_path / "build"
    built(project, target, "--no-cache")
    put(project, {"apps/app_2.platform": FILES["apps/app_2.platform"].replace("replicas = ", "replicas = 3 + ")})
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    program = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); {limit}; from idpc.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", program, "build", str(project), "-o", str(target), "--today", TODAY]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    put(project, {"apps/app_2.platform": FILES["apps/app_2.platform"]})
    assert ended.returncode == 1, ended.stderr
    assert "cannot be written: File too large" in ended.stdout
    assert tree(target) == whole
