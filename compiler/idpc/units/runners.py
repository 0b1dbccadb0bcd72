"""Ways to do jobs: in this process, in a pool of processes, on a cluster; each gives the same parts in the same order."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial

from idpc.identity import release
from idpc.project.folder import Folder, MemoryFolder
from idpc.units.job import Job, run
from idpc.units.part import Made

Runner = Callable[[Sequence[Job], Folder], Iterable[Made]]
BETWEEN_COLLECTIONS = 16
FEWEST_JOBS = 4
"""With fewer a pool takes longer to start than it saves."""


def in_turn(jobs: Sequence[Job], folder: Folder) -> Iterator[Made]:
    """One job after the other, in this process."""
    with _seldom_collected() as collect:
        for job in jobs:
            yield run(job, folder)
            collect()


def pooled(workers: int) -> Runner:
    """In as many processes as are asked for, in none beside this one where there is too little to do."""
    return partial(_pooled, workers=workers)


def _pooled(jobs: Sequence[Job], folder: Folder, workers: int) -> Iterator[Made]:
    if workers < 2 or len(jobs) < FEWEST_JOBS:
        yield from in_turn(jobs, folder)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    start = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with ProcessPoolExecutor(min(workers, len(jobs)), multiprocessing.get_context(start), _prepare) as executor:
        yield from _through(executor, jobs, folder)


def _prepare() -> None:
    """What this process shares with a worker is nothing for the worker to collect."""
    gc.freeze()


def on_dask(address: str) -> Runner:
    """On the workers of a cluster, by the address of its scheduler; what reads further files is done here."""
    return partial(_on_dask, address=address)


def _on_dask(jobs: Sequence[Job], folder: Folder, address: str) -> Iterator[Made]:
    from distributed import Client

    away = [job for job in jobs if not job.reads]
    with Client(address) as client:
        done = _through(client.get_executor(pure=False), away, MemoryFolder({}), release())
        for job in jobs:
            yield run(job, folder) if job.reads else next(done)


def _through(executor: Executor, jobs: Sequence[Job], folder: Folder, compiler: str = "") -> Iterator[Made]:
    """The results in the order of the jobs; they cross as bytes, which costs less than objects do."""
    import msgspec

    futures = [executor.submit(run_as_bytes, job, folder, compiler) for job in jobs]
    decoder = msgspec.msgpack.Decoder(Made)
    for future in futures:
        yield decoder.decode(future.result())


class OtherCompilerError(Exception):
    """A worker has another version of idpc than what asks it."""


def run_as_bytes(job: Job, folder: Folder, compiler: str = "") -> bytes:
    """Do a job and give what it made as MessagePack; raises OtherCompilerError unless this is the `compiler` asked for."""
    import msgspec

    if compiler and compiler != release():
        raise OtherCompilerError

    with _seldom_collected():
        return msgspec.msgpack.encode(run(job, folder))


@contextmanager
def _seldom_collected() -> Iterator[Callable[[], None]]:
    """Without the collector, which would look at all that is kept again and again; what is given runs it now and then.

    What is alive after a collection stays so until the end, and is not looked at again.
    """
    enabled, done = gc.isenabled(), 0

    def collect() -> None:
        nonlocal done
        done += 1
        if done % BETWEEN_COLLECTIONS == 0:
            gc.collect()
            gc.freeze()

    gc.disable()
    gc.freeze()
    try:
        yield collect
    finally:
        if enabled:
            gc.unfreeze()
            gc.enable()


def default_workers() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
