"""The programs that are measured: idpc, the plain script, and the peers in virtual environments of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import fleet
import inputs
from measure import RunError, run

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE / ".environments"
IDPC, PLAIN, KCL = "idpc", "plain Python", "KCL"


@dataclass(frozen=True, slots=True)
class Case:
    """A fleet on disk, for idpc as a project and for the peers as data."""

    count: int
    environments: int
    folder: Path

    @property
    def title(self) -> str:
        """As it is printed."""
        return f"N = {self.count:,}, {self.environments} environment{'s' * (self.environments > 1)}"

    @property
    def project(self) -> Path:
        """What idpc builds."""
        return self.folder / "project"

    @property
    def data(self) -> Path:
        """What the peers expand."""
        return self.folder / "data"

    def write(self) -> None:
        """Write the inputs of all programs."""
        fleet.write(self.count, self.project, self.environments)
        inputs.write(self.count, self.data, self.environments)

    def output(self, program: str) -> Path:
        """Where a program writes."""
        return self.folder / "output" / program.replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Program:
    """A program by its name, and the command that expands a case."""

    name: str
    command: Callable[[Case], list[str]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A program from PyPI: the folder below `peers/`, and what its script takes before the folders."""

    option: str
    name: str
    folder: str
    arguments: tuple[str, ...] = ()

    def program(self) -> Program:
        """How it is run, in its own environment."""
        script = str(HERE / "peers" / self.folder / "expand.py")
        start = [str(_interpreter(ENVIRONMENTS / self.folder)), script, *self.arguments]
        return Program(self.name, lambda case: [*start, str(case.data), str(case.output(self.name))])


PEERS = (
    Peer("kcl", KCL, "kcl"),
    Peer("jsonnet-rust", "Jsonnet, Rust", "jsonnet", ("rust",)),
    Peer("jsonnet-go", "Jsonnet, Go", "jsonnet", ("go",)),
    Peer("nickel", "Nickel", "nickel"),
    Peer("helm", "Helm", "helm"),
)


def idpc_command() -> list[str]:
    """How idpc is started: by its script, as people do, where it is installed as one."""
    script = Path(sys.executable).with_name("idpc")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "idpc.cli"]


def plain() -> Program:
    """The script that all are measured against."""
    start = [sys.executable, str(HERE / "plain.py")]

    def command(case: Case) -> list[str]:
        return [*start, str(case.count), str(case.output(PLAIN)), "--environments", str(case.environments)]

    return Program(PLAIN, command)


def idpc() -> Program:
    """`idpc build`."""
    return Program(IDPC, lambda case: [*idpc_command(), "build", str(case.project), "-o", str(case.output(IDPC))])


def peers(options: Iterable[str], folder: Path) -> tuple[list[Program], dict[str, str]]:
    """The peers that work on this machine, and the others with the reason, by name."""
    found: list[Program] = []
    absent: dict[str, str] = {}
    trial = Case(3, 1, folder)
    trial.write()
    for peer in PEERS:
        if peer.option not in options:
            absent[peer.name] = "not asked for (--peers)"
            continue
        try:
            _prepare(peer)
            run(peer.program().command(trial), {})
            found.append(peer.program())
        except RunError as reason:
            absent[peer.name] = _last_line(str(reason))
    return found, absent


def _prepare(peer: Peer) -> None:
    """Make the environment of a peer, unless it was made of the same requirements for the same Python."""
    place, wanted = ENVIRONMENTS / peer.folder, HERE / "peers" / peer.folder / "requirements.txt"
    stamp, facts = place / "made-of", f"{sys.version}\n{wanted.read_text()}"
    if stamp.is_file() and stamp.read_text() == facts:
        return
    print(f"making the environment of {peer.name} …", file=sys.stderr, flush=True)
    shutil.rmtree(place, ignore_errors=True)
    _call([sys.executable, "-m", "venv", str(place)])
    pip = [str(_interpreter(place)), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _call([*pip, "--only-binary", ":all:", "-r", str(wanted)])
    stamp.write_text(facts)


def _call(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RunError(result.stderr or result.stdout)


def _interpreter(place: Path) -> Path:
    return place / ("Scripts" if os.name == "nt" else "bin") / "python"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")
