"""No engine: for platforms without one, and for those who want none. Whatever needs Rego fails."""

from collections.abc import Iterable, Mapping, Sequence

from idpc.policy.engine import Covered, Evaluation, Failure, Module


class NoEngine:
    """An engine that runs nothing; `asked`: on purpose."""

    name = "none"
    verbs = ""

    def __init__(self, *, asked: bool) -> None:
        why = "`--policy-engine none` was asked for" if asked else "there is no engine for Rego on this platform"
        self._failure = Failure("absent", why)

    def parse(self, language: str, modules: Sequence[Module]) -> Failure | None:
        """Refused."""
        del language, modules
        return self._failure

    def unknown(self, functions: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Nothing is known of any."""
        del functions
        return {}

    def evaluate(self, evaluation: Evaluation) -> Failure:
        """Refused."""
        del evaluation
        return self._failure

    def cover(self, evaluation: Evaluation) -> Sequence[Covered] | Failure:
        """Refused."""
        del evaluation
        return self._failure

    def close(self) -> None:
        """Nothing was started."""
