"""How evaluation stops at a user's mistake, and what it counts."""

from idpc.diagnostics import Diagnostic
from idpc.values import Value

MAX_ITEMS = 100_000
"""Items of one comprehension or list made by `range`."""
MAX_TEXT = 1 << 20
"""Characters, or parts of a list or map, of one value."""
MAX_STEPS = 500_000
"""Function calls and loop turns of one evaluation: of a field or `let` with all that it needs."""
MAX_DEPTH = 400
"""Values that wait for one another."""


class Fault(Exception):  # noqa: N818  # a user's mistake, caught at the nearest value
    """Evaluation of a value cannot go on; carries the diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Failed(dict[str, Value]):
    """A record some of whose fields have failed: these are not in it, and what reads one of them is poisoned."""

    def __missing__(self, name: str) -> Value:
        raise Poisoned


class Poisoned(Exception):  # noqa: N818  # as above
    """A value depends on one that failed; its diagnostic has been given."""
