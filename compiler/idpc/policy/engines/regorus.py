"""regorus in a process of its own, which may be stopped: it has no time limit, and a fault in it ends its process."""

import hashlib
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import msgspec
from msgspec.structs import replace

from idpc.policy.engine import Covered, Evaluation, Failure, Module, Results

MEMORY = 4 << 30
"""Bytes of address space that a worker may take."""
_START = "import sys; sys.path[:] = sys.argv[2:]; from idpc.policy.engines.worker import serve; serve(int(sys.argv[1]))"
_TAIL = 4096
_HEADER = 8


class Regorus:
    """Asks one worker after the other: a new one is started where the last one was stopped or died."""

    name = "regorus"
    verbs = "bcdefgqsvxEGX"

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._worker: _Worker | None = None

    def parse(self, language: str, modules: Sequence[Module]) -> Failure | None:
        """See `PolicyEngine.parse`."""
        return _failure(self._ask("parse", language, modules))

    def unknown(self, functions: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """See `PolicyEngine.unknown`."""
        names = sorted({*functions})
        found = self._ask("unknown", names) if names else {}
        return {} if _failure(found) else found

    def evaluate(self, evaluation: Evaluation) -> Results | Failure:
        """See `PolicyEngine.evaluate`."""
        found = self._about("evaluate", evaluation)
        return _failure(found) or [msgspec.json.decode(each) for each in found]

    def cover(self, evaluation: Evaluation) -> Sequence[Covered] | Failure:
        """See `PolicyEngine.cover`."""
        found = self._about("cover", evaluation)
        return _failure(found) or [msgspec.convert(each, Covered) for each in found]

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _about(self, what: str, evaluation: Evaluation) -> Any:
        """Ask about inputs, which a worker is given once: policies that look at the same come one after the other."""
        key, asked = _key(evaluation.inputs), replace(evaluation, inputs=())
        found = self._ask(what, asked, key, None) if self._worker else None
        return self._ask(what, asked, key, evaluation.inputs) if found is None else found

    def _ask(self, what: str, *arguments: object) -> Any:
        if self._worker is None:
            self._worker = _Worker()
        answer = self._worker.ask((what, *arguments), self._timeout)
        if isinstance(answer, Failure):
            self.close()
        return answer


def _key(inputs: Sequence[str]) -> str:
    found = hashlib.blake2b(digest_size=16)
    for each in inputs:
        found.update(f"{len(each)} {each}".encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _failure(answer: object) -> Failure | None:
    """The failure that an answer is: of the worker itself, or as it tells one."""
    if isinstance(answer, dict) and "failure" in answer:
        return msgspec.convert(answer["failure"], Failure)
    return answer if isinstance(answer, Failure) else None


class _Worker:
    """A process that answers one question after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # this Python
            [sys.executable, "-I", "-c", _START, str(MEMORY), *filter(None, sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._said = b""
        self._readers = [self._start(self._listen), self._start(self._overhear)]

    def ask(self, question: object, timeout: float) -> Any:
        """The answer to a question; a Failure where there is none in time."""
        try:
            _send(_pipe(self._process.stdin), msgspec.msgpack.encode(question))
            answer = self._answers.get(timeout=timeout)
        except queue.Empty:
            return Failure("time", f"it has not come to an end after {timeout:g} s")
        except OSError:
            answer = None
        return self._death() if answer is None else msgspec.msgpack.decode(answer)

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            _close(_pipe(pipe))

    def _start(self, run: Any) -> threading.Thread:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _listen(self) -> None:
        pipe = _pipe(self._process.stdout)
        while (answer := _receive(pipe)) is not None:
            self._answers.put(answer)
        self._answers.put(None)

    def _overhear(self) -> None:
        """Keep the end of what the process says of its faults; nobody else empties that pipe."""
        pipe = _pipe(self._process.stderr)
        while said := pipe.read1(_TAIL) if hasattr(pipe, "read1") else pipe.read(_TAIL):
            self._said = (self._said + said)[-_TAIL:]

    def _death(self) -> Failure:
        code = self._process.wait()
        self._readers[1].join()
        if b"memory allocation" in self._said or b"MemoryError" in self._said:
            return Failure("memory", f"it takes more memory than the {MEMORY >> 30} GiB that it may have")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Failure("crash", f"the engine broke down ({how}), as it does where rules call themselves without end")


def _pipe(pipe: IO[bytes] | None) -> Any:
    assert pipe is not None  # noqa: S101  # all three were asked for
    return pipe


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:  # what was left to send has nobody to read it
        return


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(_HEADER) + message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    header = pipe.read(_HEADER)
    if len(header) < _HEADER:
        return None
    size = int.from_bytes(header)
    message = pipe.read(size)
    return message if len(message) == size else None
