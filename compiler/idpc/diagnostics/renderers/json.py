"""Diagnostics for machines: one JSON document that needs no access to the sources."""

from collections.abc import Mapping

from idpc.diagnostics.manual import url
from idpc.diagnostics.model import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.renderers.report import Look, Report
from idpc.source import Position, Span


def render(report: Report, _look: Look) -> str:
    """The document, indented, keys in a fixed order."""
    import json

    return json.dumps(document(report), ensure_ascii=False, indent=2) + "\n"


def document(report: Report) -> Mapping[str, object]:
    """The diagnostics as the published schema has them."""
    counts = report.counts
    return {
        "version": 1,
        "summary": {
            "errors": counts.errors,
            "warnings": counts.warnings,
            "infos": counts.infos,
        },
        "diagnostics": [_diagnostic(each, report) for each in report.diagnostics],
    }


def _diagnostic(each: Diagnostic, report: Report) -> Mapping[str, object]:
    return {
        "code": each.code,
        "severity": each.severity.value,
        "message": each.message,
        "file": each.span.file,
        "span": _span(each.span, report),
        "hint": each.hint,
        "labels": [_label(label, report) for label in each.labels],
        "notes": list(each.notes),
        "help": each.help,
        "fixes": [fix_document(fix, report) for fix in each.fixes],
        "environments": list(each.environments),
        "address": each.address or None,
        "url": url(each.code),
        "policy": each.policy or None,
        "waived": _waived(each),
    }


def _waived(each: Diagnostic) -> Mapping[str, object] | None:
    if each.waived is None:
        return None
    expires = each.waived.expires
    return {
        "waiver": each.waived.waiver or None,
        "severity": each.waived.severity.value,
        "reason": each.waived.reason,
        "owner": each.waived.owner,
        "expires": expires.isoformat() if expires else None,
    }


def _span(span: Span, report: Report) -> Mapping[str, object]:
    start, end = report.positions(span) or (Position(1, 1), Position(1, 1))
    return {"start": _position(start, span.start), "end": _position(end, span.end)}


def _position(position: Position, offset: int) -> Mapping[str, object]:
    return {"line": position.line, "column": position.column, "offset": offset}


def _label(label: Label, report: Report) -> Mapping[str, object]:
    return {"file": label.span.file, "span": _span(label.span, report), "text": label.text}


def fix_document(fix: Fix, report: Report) -> Mapping[str, object]:
    """A fix with its edits."""
    return {"title": fix.title, "safe": fix.safe, "edits": [_edit(edit, report) for edit in fix.edits]}


def _edit(edit: Edit, report: Report) -> Mapping[str, object]:
    return {"file": edit.span.file, "span": _span(edit.span, report), "text": edit.text}
