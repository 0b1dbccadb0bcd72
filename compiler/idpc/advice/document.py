"""Advice as a document."""

from typing import Any

from idpc.advice.advise import Advised
from idpc.advice.model import Advice
from idpc.advice.observed import Observation
from idpc.cost.model import plain
from idpc.diagnostics.renderers.json import fix_document
from idpc.diagnostics.renderers.report import Report
from idpc.edits import text_of
from idpc.graph.convert import show


def advice_document(advised: Advised, report: Report) -> dict[str, Any]:
    """All advice of a project, that first which saves most; `report` has its files."""
    return {
        "version": 1,
        "currency": "USD",
        "advice": [_document(each, report) for each in advised.advice],
        "notes": list(advised.notes),
    }


def _document(advice: Advice, report: Report) -> dict[str, Any]:
    candidate = advice.candidate
    return {
        "environment": candidate.environment,
        "address": candidate.address or None,
        "field": ".".join(candidate.path),
        "before": text_of(candidate.before),
        "after": text_of(candidate.after),
        "saving": str(advice.saving) if advice.exact.known else None,
        "carbon_saving_grams": plain(advice.exact.grams),
        "confidence": candidate.confidence,
        "because": candidate.because,
        "inputs": [_input(name, each) for name, each in candidate.inputs],
        "fix": fix_document(candidate.fix, report),
    }


def _input(name: str, observation: Observation) -> dict[str, Any]:
    return {
        "metric": name,
        **{key: show(value) for key, value in observation.values.items()},
        "from": observation.first.isoformat(),
        "to": observation.last.isoformat(),
        "days": observation.days,
        "source": observation.source,
    }
