"""`# METADATA` blocks: what the authors of rules say about them, by the line of the rule that follows."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from idpc.source import SourceFile

_START = re.compile(r"#\s*METADATA\s*$")
SEVERITIES = {
    "error": "error",
    "critical": "error",
    "high": "error",
    "warning": "warning",
    "warn": "warning",
    "medium": "warning",
    "low": "warning",
    "info": "warning",
}
"""What authors call how bad it is, and what that is here."""


class Annotation(Struct, frozen=True):
    """What a block says; `fault` is there where it is no YAML. `scope` is `rule`, `package` and the like."""

    id: str = ""
    title: str = ""
    description: str = ""
    severity: str = ""
    remediation: str = ""
    target: str = ""
    scope: str = "rule"
    line: int = 0
    fault: str = ""


@lru_cache(maxsize=1 << 10)
def annotations(source: SourceFile) -> Mapping[int, Annotation]:
    """The blocks of a file by the line of what each stands before."""
    found: dict[int, Annotation] = {}
    lines, number = source.text.split("\n"), 0
    while number < len(lines):
        if _START.match(lines[number]):
            start = number
            number += 1
            while number < len(lines) and lines[number].startswith("#"):
                number += 1
            block = "\n".join(line.removeprefix("#") for line in lines[start + 1 : number])
            found[_next(lines, number) + 1] = _annotation(block, start + 1)
        else:
            number += 1
    return found


def _next(lines: list[str], number: int) -> int:
    while number < len(lines) and (not lines[number].strip() or lines[number].startswith("#")):
        number += 1
    return number


def _annotation(block: str, line: int) -> Annotation:
    import yaml

    try:
        said = yaml.safe_load(_dedented(block))
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
        number = line + 1 + min(mark.line, block.count("\n")) if mark else line
        return Annotation(line=number, fault=str(getattr(error, "problem", "") or "it is no YAML"))
    if not isinstance(said, dict):
        return Annotation(line=line, fault="it is no map")
    custom = said.get("custom")
    known: dict[str, Any] = {**(custom if isinstance(custom, dict) else {}), **said}

    def text(name: str) -> str:
        value = known.get(name)
        return "" if value is None else str(value).strip()

    severity = SEVERITIES.get(text("severity").lower(), "")
    parts = (text("id"), text("title"), text("description"), severity, text("remediation"), text("target"))
    return Annotation(*parts, text("scope") or "rule", line)


def _dedented(block: str) -> str:
    from textwrap import dedent

    return dedent(block)
