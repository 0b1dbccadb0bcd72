"""JUnit's XML, which every CI shows: a suite a file, a case a diagnostic; what is waived is skipped."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from idpc.diagnostics.model import Diagnostic, Severity
from idpc.diagnostics.renderers.report import Look, Report
from idpc.diagnostics.renderers.sarif import rule_id

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, _look: Look) -> str:
    """The document: a failure for each error, a passed case with a note for each warning."""
    suites = _by_file(report.diagnostics)
    inner = "".join(_suite(file, each, report) for file, each in suites.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{_counts(report.diagnostics)}>\n{inner}</testsuites>\n'


def _by_file(diagnostics: Sequence[Diagnostic]) -> dict[str, list[Diagnostic]]:
    found: dict[str, list[Diagnostic]] = {}
    for each in diagnostics:
        found.setdefault(each.span.file, []).append(each)
    return found


def _counts(diagnostics: Sequence[Diagnostic]) -> str:
    failures = sum(each.severity is Severity.ERROR for each in diagnostics)
    skipped = sum(each.waived is not None for each in diagnostics)
    return f' name="idpc" tests="{len(diagnostics)}" failures="{failures}" errors="0" skipped="{skipped}"'


def _suite(file: str, diagnostics: Sequence[Diagnostic], report: Report) -> str:
    counts = _counts(diagnostics).replace(' name="idpc"', f" name={_quoted(report.path(file) or 'idpc')}")
    return f"  <testsuite{counts}>\n{''.join(_case(each, report) for each in diagnostics)}  </testsuite>\n"


def _case(each: Diagnostic, report: Report) -> str:
    place, name = report.place(each.span) or "idpc", f"{rule_id(each)}: {each.message}"
    head = f"    <testcase classname={_quoted(rule_id(each))} name={_quoted(f'{place} {name}')}"
    return f"{head}>\n      {_outcome(each, place)}\n    </testcase>\n"


def _outcome(each: Diagnostic, place: str) -> str:
    lines = [f"{place}: {each.message}", each.hint, *each.notes, each.help]
    text = _escaped("\n".join(line for line in lines if line))
    if each.waived is not None:
        why = each.waived.why
        return f"<skipped message={_quoted(why)}/>"
    if each.severity is Severity.ERROR:
        return f"<failure type={_quoted(rule_id(each))} message={_quoted(each.message)}>{text}</failure>"
    return f"<system-out>{text}</system-out>"


def _escaped(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text))


def _quoted(text: str) -> str:
    return quoteattr(_NO_XML.sub("\ufffd", text), {"\n": "&#10;"})
