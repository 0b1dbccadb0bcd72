"""Reads `plan.json` back into a plan."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from idpc.plan.model import Plan, Precondition

Document = Mapping[str, Any]


class UnreadablePlanError(Exception):
    """A file that is no plan of this version; the message is a clause."""


def read_plan(content: bytes) -> Plan:
    """The plan that a file holds."""
    try:
        document = json.loads(content)
        if not isinstance(document, dict) or document.get("version") != 1:
            raise UnreadablePlanError("is no plan of version 1")
        plain = {name: value for name, value in document.items() if name not in {"stages", "preconditions"}}
        stages = [_with_minutes(stage) for stage in document["stages"]]
        plan = msgspec.convert({**plain, "stages": stages}, Plan)
        return msgspec.structs.replace(plan, preconditions=tuple(map(_precondition, document["preconditions"])))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadablePlanError(f"is no plan: {error}") from error


def _with_minutes(stage: Document) -> Document:
    """A stage with its times as numbers."""
    waves = [[_with_numbers(step) for step in wave] for wave in stage["waves"]]
    return {**stage, "timeout": _minutes(stage.get("timeout", "0m")), "waves": waves}


def _with_numbers(step: Document) -> Document:
    takes = [int(text.removesuffix("s")) for text in step.get("takes", {}).values()] or [0, 0]
    return {**step, "timeout": _minutes(step["timeout"]), "takes": takes}


def _minutes(text: str) -> int:
    return int(text.removesuffix("m"))


def _precondition(document: Document) -> Precondition:
    return Precondition(document["what"], document["name"], tuple(document["used_by"]))
