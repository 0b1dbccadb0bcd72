"""Advice as a document."""

from collections.abc import Callable, Mapping
from typing import Any

from idpc.advice.advise import Advised
from idpc.advice.model import Advice
from idpc.advice.observed import Observation
from idpc.advice.wording import text_of
from idpc.graph.convert import show
from idpc.source import Span

Location = Callable[[Span], Mapping[str, str | int]]


def advice_document(advised: Advised, location: Location) -> dict[str, Any]:
    """All advice of a project, that first which saves most."""
    return {
        "version": 1,
        "currency": "USD",
        "advice": [_document(each, location) for each in advised.advice],
        "notes": list(advised.notes),
    }


def _document(advice: Advice, location: Location) -> dict[str, Any]:
    candidate = advice.candidate
    return {
        "environment": candidate.environment,
        "address": candidate.address or None,
        "field": ".".join(candidate.path),
        "before": text_of(candidate.before),
        "after": text_of(candidate.after),
        "saving": str(advice.saving),
        "confidence": candidate.confidence,
        "because": candidate.because,
        "inputs": [_input(name, each) for name, each in candidate.inputs],
        "location": dict(location(candidate.span)),
        "fix": {
            "title": candidate.fix.title,
            "edits": [{**location(edit.span), "text": edit.text} for edit in candidate.fix.edits],
        },
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
