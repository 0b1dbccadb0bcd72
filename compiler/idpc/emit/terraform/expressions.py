"""Terraform's two notations: templates in the strings of JSON, and the expressions inside them."""

import datetime
import re
from collections.abc import Callable

from idpc.emit.model import Json
from idpc.emit.plain import clock
from idpc.schema.terraform import is_set
from idpc.values import Base64, JsonText, Quantity, ResourceRef, Symbol, Text, Value

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPENERS = re.compile(r"([$%])\{")
_CONTROL = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_WORDS = frozenset({"for", "if", "null", "true", "false"})


def template(value: Value) -> Json:
    """A value in JSON syntax: strings are templates, nulls are left out, and a lone reference keeps its type."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, dict):
        return {literal(key): template(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [template(item) for item in value if item is not None]
    if isinstance(value, Text):
        return _joined(value, literal)
    if isinstance(value, ResourceRef | JsonText | Base64):
        return _interpolated(value)
    return literal(_scalar(value))


def literal(text: str) -> str:
    """Text that a template gives back as it is."""
    return _OPENERS.sub(r"\1\1{", text)


def address(reference: ResourceRef) -> str:
    """The address of what a reference reads from: `aws_db_instance.orders_main`, `data.aws_vpc.main`."""
    return f"{'data.' if reference.data else ''}{reference.type}.{reference.label}"


def traversal(reference: ResourceRef) -> str:
    """A reference as an expression: `aws_db_instance.orders_main.address`; a set becomes a list where it is counted."""
    written = address(reference)
    for position, step in enumerate(reference.path):
        if isinstance(step, int) and is_set(reference.type, reference.data, reference.path[:position]):
            written = f"tolist({written})"
        written += _step(step)
    return written


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _NAME.fullmatch(step) else f"[{_quoted(step)}]"


def _joined(text: Text, spell: Callable[[str], str]) -> str:
    """The parts of an interpolation; `spell` writes the plain ones. A `$` before `${` would escape it."""
    written = ""
    for part in text.parts:
        if isinstance(part, str):
            written += spell(part)
        else:
            kept = written.rstrip("$")
            dollars = written[len(kept) :]
            written = f'{kept}${{"{dollars}"}}' if dollars else kept
            written += _interpolated(part)
    return written


def _interpolated(symbol: Symbol) -> str:
    return f"${{{expression(symbol)}}}"


def expression(value: Value) -> str:
    """A value as an expression of Terraform's language."""
    if isinstance(value, bool | None):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(key)} = {expression(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(expression, value))}]"
    return _text_expression(value)


def _text_expression(value: Value) -> str:
    if isinstance(value, ResourceRef):
        return traversal(value)
    if isinstance(value, Text):
        return f'"{_joined(value, _escaped)}"'
    if isinstance(value, JsonText):
        return f"jsonencode({expression(value.value)})"
    if isinstance(value, Base64):
        return f"base64encode({expression(value.value)})"
    return _quoted(value if isinstance(value, str) else _scalar(value))


def _key(key: str) -> str:
    return key if _NAME.fullmatch(key) and key not in _WORDS else _quoted(key)


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return literal(_CONTROL.sub(lambda found: _ESCAPES.get(found[0], f"\\u{ord(found[0]):04x}"), text))


def _scalar(value: Value) -> str:
    if isinstance(value, Quantity) and value.unit == "duration":
        return clock(int(value.amount))
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"unresolved: {value!r}")
