"""The published form of diagnostics in JSON: what `--format json` prints, readable without the sources."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Point(_Closed):
    """A place in a file: line and column from 1, and the offset in characters from 0."""

    line: int = Field(ge=1)
    column: int = Field(ge=1)
    offset: int = Field(ge=0)


class Extent(_Closed):
    """A half-open range of a file."""

    start: Point
    end: Point


class LabelDocument(_Closed):
    """Another place that matters, and what it has to do with the fault."""

    file: str
    span: Extent
    text: str


class EditDocument(_Closed):
    """Replace what `span` covers by `text`."""

    file: str
    span: Extent
    text: str


class FixDocument(_Closed):
    """Edits that mend the fault; a `safe` one cannot change what was meant."""

    title: str
    safe: bool
    edits: list[EditDocument]


class WaivedDocument(_Closed):
    """Leave to break a policy; without a waiver it was known before, in the baseline."""

    waiver: str | None
    severity: Literal["error", "warning", "info"]
    reason: str
    owner: str
    expires: str | None


class DiagnosticDocument(_Closed):
    """One fault. `environments` are those in which it holds, empty for all; `policy` is set where a policy found it.

    What is `waived` is of the severity `info`, and would be of another one without the waiver.
    """

    code: str = Field(pattern=r"^IDP\d{4}$")
    severity: Literal["error", "warning", "info"]
    message: str
    file: str
    span: Extent
    hint: str = ""
    labels: list[LabelDocument] = []
    help: str = ""
    notes: list[str] = []
    fixes: list[FixDocument] = []
    environments: list[str] = []
    address: str | None = None
    url: str
    policy: str | None = None
    waived: WaivedDocument | None = None


class Summary(_Closed):
    """How many diagnostics there are of each severity."""

    errors: int = Field(ge=0)
    warnings: int = Field(ge=0)
    infos: int = Field(default=0, ge=0)


class DiagnosticsDocument(_Closed):
    """All diagnostics of one run, in their fixed order."""

    model_config = ConfigDict(title="idpc diagnostics")

    version: Literal[1]
    summary: Summary
    diagnostics: list[DiagnosticDocument]
