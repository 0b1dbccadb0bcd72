"""What runs Rego: the protocol that every engine speaks, and the choice of one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Protocol

from msgspec import Struct

ENGINES = ("regorus", "opa", "none")
DEFAULT_TIMEOUT = 10.0

Module = tuple[str, str]
"""A Rego file: its path and its text."""
Results = Sequence[Mapping[str, Any]]
"""For each input the values of the rules by their paths; what is undefined is not there."""


class Evaluation(Struct, frozen=True, array_like=True):
    """Rules to evaluate over some inputs, each a document in JSON; `now` is in nanoseconds since 1970."""

    language: str
    modules: tuple[Module, ...]
    data: str
    inputs: tuple[str, ...]
    rules: tuple[str, ...]
    now: int
    coverage: bool = False


class Failure(Struct, frozen=True, array_like=True):
    """Why there are no results. `what`: syntax, failed, time, memory, crash or absent; `line` from 1, 0 where unknown.

    `other_language`: the file parses in the other version of Rego.
    """

    what: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    other_language: bool = False


class Covered(Struct, frozen=True, array_like=True):
    """Lines of a file that were run and that were not."""

    file: str
    covered: tuple[int, ...]
    missed: tuple[int, ...]


class PolicyEngine(Protocol):
    """Runs Rego without a look at the clock, the network or the machine."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""

    @property
    def verbs(self) -> str:
        """The verbs of `sprintf` that it writes as OPA does; empty where it has them all."""

    def parse(self, language: str, modules: Sequence[Module]) -> Failure | None:
        """What keeps files from being read as Rego."""

    def unknown(self, functions: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Those of some functions that it lacks, each with the ones it has, for a suggestion."""

    def evaluate(self, evaluation: Evaluation) -> Results | Failure:
        """The values of rules."""

    def cover(self, evaluation: Evaluation) -> Sequence[Covered] | Failure:
        """Which lines were run for them."""

    def close(self) -> None:
        """End what it has started."""


def choose(name: str, timeout: float = DEFAULT_TIMEOUT) -> PolicyEngine:
    """The engine of a name; where its library is not to be had, the one that runs nothing."""
    if name == "opa":
        from idpc.policy.engines.opa import Opa

        return Opa(timeout)
    if name == "regorus" and find_spec("regorus"):
        from idpc.policy.engines.regorus import Regorus

        return Regorus(timeout)
    from idpc.policy.engines.none import NoEngine

    return NoEngine(asked=name == "none")


@contextmanager
def opened(name: str, timeout: float) -> Iterator[PolicyEngine]:
    """The engine of a name for one run, ended behind it."""
    engine = choose(name, timeout)
    try:
        yield engine
    finally:
        engine.close()
