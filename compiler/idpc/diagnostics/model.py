"""A diagnostic: what is wrong, where, and how to fix it."""

import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from idpc.source import Span

T = TypeVar("T")


class Severity(StrEnum):
    """How bad it is: an error stops a build, a warning does not unless `--strict`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Label(Struct, frozen=True):
    """Another place that matters, with what it has to do with the fault."""

    span: Span
    text: str


class Edit(Struct, frozen=True):
    """Replace what `span` covers by `text`."""

    span: Span
    text: str


class Fix(Struct, frozen=True):
    """Edits that mend the fault; `safe` when applying them without a look cannot change what was meant."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


class Waived(Struct, frozen=True):
    """Leave to break a policy: the waiver, why and by whom it was given, until when, and how bad it would be without.

    Without a waiver it was known before, in the baseline.
    """

    severity: Severity
    waiver: str = ""
    reason: str = ""
    owner: str = ""
    expires: datetime.date | None = None

    @property
    def why(self) -> str:
        """Who let it pass, until when, and for what reason."""
        if not self.waiver:
            return "it is in the baseline"
        until = f", until {self.expires.isoformat()}" if self.expires else ""
        return f"{self.reason} (waiver `{self.waiver}` of {self.owner}{until})"


class Diagnostic(Struct, frozen=True):
    """One fault, told once.

    `message` is one sentence that stands alone; `hint` is a few words for under the span; `environments` are those in
    which it holds, empty for all; `address` is the instance or app that it is about, `policy` what found it; one that is
    waived is only noted.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    hint: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    notes: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    environments: tuple[str, ...] = ()
    address: str = ""
    policy: str = ""
    waived: Waived | None = None

    def but(self, **changes: object) -> "Diagnostic":
        """A copy with some fields changed."""
        return replace(self, **changes)


class Code(Struct, frozen=True):
    """A kind of fault; its page is `pages/<id>.md`."""

    id: str
    title: str
    severity: Severity = Severity.ERROR

    def at(  # noqa: PLR0913  # the parts of a diagnostic, by name
        self,
        span: Span,
        message: str,
        *,
        hint: str = "",
        labels: tuple[Label, ...] = (),
        help: str = "",  # noqa: A002  # the field's name
        notes: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
        address: str = "",
    ) -> Diagnostic:
        """A diagnostic of this code at a place."""
        return Diagnostic(self.id, self.severity, message, span, hint, labels, help, notes, fixes, (), address)


class Outcome(Struct, Generic[T], frozen=True):
    """What a stage made, and what it found wrong on the way."""

    value: T
    diagnostics: tuple[Diagnostic, ...] = ()
