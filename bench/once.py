"""Runs one command to its end and prints what it took; so small that its own memory does not count as the command's.

    python -I -S once.py COMMAND...

The system counts as a process's peak also what the one had that started it: a large one may not start what is measured.
Prints seconds of wall time, seconds of CPU time (with that of children that were waited for), mebibytes and the exit
code. Memory is that of the largest process or, while the command has children, of all together, in which what they
share counts once; the latter is sampled, and on Linux only.
"""

import os
import sys
import threading
import time

INTERVAL = 0.02
REST = 50
"""To sum up the memory of large processes takes milliseconds: the watch rests so many times longer."""
PER_MEBIBYTE = 1024**2 if sys.platform == "darwin" else 1024


class PoolWatch(threading.Thread):
    """Samples the memory of a process together with its children, while it has any."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.is_over = pid, 0.0, threading.Event()

    def run(self) -> None:
        pause = INTERVAL
        while not self.is_over.wait(pause):
            start = time.thread_time()
            below = children(self.pid)
            if below:
                self.peak = max(self.peak, sum(map(proportional, (self.pid, *below))))
            pause = max(INTERVAL, REST * (time.thread_time() - start))

    def end(self) -> float:
        """Stop, and tell the peak; 0 where there never were children."""
        self.is_over.set()
        self.join()
        return self.peak


def children(pid: int) -> list[int]:
    """The processes that a process started, and those that they did; none where the system does not tell."""
    found = [int(each) for each in read(f"/proc/{pid}/task/{pid}/children").split()]
    return [each for child in found for each in (child, *children(child))]


def proportional(pid: int) -> float:
    """The mebibytes of a process, of shared pages its part; 0 once it has ended."""
    lines = read(f"/proc/{pid}/smaps_rollup").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def read(path: str) -> str:
    """A file of `/proc`; empty once the process has ended, and on other systems."""
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123  # pathlib is larger than all that is imported here
            return file.read()
    except OSError:
        return ""


def main(command: list[str]) -> str:
    """Run a command; what it took."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    watch = PoolWatch(os.posix_spawnp(command[0], command, os.environ, file_actions=silent))
    watch.start()
    _, status, usage = os.wait4(watch.pid, 0)
    wall = time.perf_counter() - start
    peak = max(watch.end(), usage.ru_maxrss / PER_MEBIBYTE)
    return f"{wall} {usage.ru_utime + usage.ru_stime} {peak} {os.waitstatus_to_exitcode(status)}"


if __name__ == "__main__":
    print(main(sys.argv[1:]))
