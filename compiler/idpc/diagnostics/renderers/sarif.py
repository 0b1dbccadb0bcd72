"""SARIF 2.1.0 for code scanning: a rule for each code and policy, waivers as suppressions, fixes as replacements."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from idpc.diagnostics.baseline import fingerprint
from idpc.diagnostics.codes import REGISTRY
from idpc.diagnostics.manual import page, url
from idpc.diagnostics.model import Diagnostic, Fix, Severity, Waived
from idpc.diagnostics.renderers.report import Look, Report
from idpc.source import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RESERVED = re.compile("[^A-Za-z0-9._~/-]")
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report, _look: Look) -> str:
    """The document, indented."""
    import json

    return json.dumps(document(report), ensure_ascii=False, indent=2) + "\n"


def document(report: Report) -> Mapping[str, Any]:
    """The diagnostics as one run."""
    from idpc import __version__

    rules = _rules(report.diagnostics)
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "idpc", "version": __version__, "informationUri": "https://idpc.dev", "rules": rules}
    results = [_result(each, report, numbers) for each in report.diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def rule_id(each: Diagnostic) -> str:
    """A violation is one of its policy; anything else is of its code."""
    return f"{each.code}/{each.policy}" if each.policy and each.code == "IDP5001" else each.code


def _rules(diagnostics: Sequence[Diagnostic]) -> list[Mapping[str, Any]]:
    firsts: dict[str, Diagnostic] = {}
    for each in diagnostics:
        firsts.setdefault(rule_id(each), each)
    return [_rule(name, firsts[name]) for name in sorted(firsts)]


def _rule(name: str, first: Diagnostic) -> Mapping[str, Any]:
    code = REGISTRY[first.code]
    title = f"the policy `{first.policy}`" if "/" in name else code.title
    helps = f"{first.help}\n\n{_page(first.code)}" if "/" in name and first.help else _page(first.code)
    return {
        "id": name,
        "name": (first.policy if "/" in name else code.title).replace("_", " ").title().replace(" ", ""),
        "shortDescription": {"text": title},
        "fullDescription": {"text": first.help if "/" in name and first.help else title},
        "help": {"text": helps, "markdown": helps},
        "helpUri": url(first.code),
        "defaultConfiguration": {"level": _level(first)},
    }


@cache
def _page(code: str) -> str:
    return page(code) or ""


def _level(each: Diagnostic) -> str:
    return _LEVELS[each.waived.severity if each.waived else each.severity]


def _result(each: Diagnostic, report: Report, numbers: Mapping[str, int]) -> Mapping[str, Any]:
    name = rule_id(each)
    found: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": numbers[name],
        "level": _level(each),
        "message": {"text": _message(each)},
        "locations": [_location(each.span, report, address=each.address)],
        "partialFingerprints": {"idpc/v1": fingerprint(each)},
    }
    related = [_location(label.span, report, text=label.text) for label in each.labels]
    fixes = [made for fix in each.fixes if (made := _fix(fix, report))]
    found |= {"relatedLocations": related} if related else {}
    found |= {"fixes": fixes} if fixes else {}
    found |= {"suppressions": [_suppression(each)]} if each.waived else {}
    found |= {"properties": {"environments": list(each.environments)}} if each.environments else {}
    return found


def _message(each: Diagnostic) -> str:
    return "\n".join(text for text in (each.message, each.hint, *each.notes, each.help) if text)


def _suppression(each: Diagnostic) -> Mapping[str, Any]:
    waived = each.waived
    if waived is None or not waived.waiver:
        return {"kind": "external", "status": "accepted", "justification": Waived(each.severity).why}
    return {"kind": "inSource", "status": "accepted", "justification": waived.why}


def _location(span: Span, report: Report, *, text: str = "", address: str = "") -> Mapping[str, Any]:
    artifact = {"uri": _uri(report.path(span.file) or "idpc")}
    physical: dict[str, Any] = {"artifactLocation": artifact}
    region = _region(span, report)
    physical |= {"region": region} if region else {}
    found: dict[str, Any] = {"physicalLocation": physical}
    found |= {"message": {"text": text}} if text else {}
    found |= {"logicalLocations": [{"fullyQualifiedName": address, "kind": "resource"}]} if address else {}
    return found


def _uri(path: str) -> str:
    return _RESERVED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), path)


def _region(span: Span, report: Report) -> Mapping[str, int] | None:
    positions = report.positions(span)
    if positions is None:
        return None
    (line, column), (last, end) = positions
    return {"startLine": line, "startColumn": column, "endLine": last, "endColumn": end}


def _fix(fix: Fix, report: Report) -> Mapping[str, Any] | None:
    """The edits of a fix by file; none where a file is not at hand."""
    changes: dict[str, list[Mapping[str, Any]]] = {}
    for edit in fix.edits:
        region = _region(edit.span, report)
        if region is None:
            return None
        replacement = {"deletedRegion": region, "insertedContent": {"text": edit.text}}
        changes.setdefault(report.path(edit.span.file), []).append(replacement)
    made = [{"artifactLocation": {"uri": _uri(path)}, "replacements": each} for path, each in changes.items()]
    return {"description": {"text": fix.title}, "artifactChanges": made}
