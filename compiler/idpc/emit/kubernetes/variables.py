"""Values of environment variables and arguments, composed by Kubernetes' own `$(NAME)` where a part is known only later."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec import Struct, field

from idpc.emit.delivery import output_key
from idpc.emit.plain import plain_text
from idpc.values import SYMBOLS, JsonText, OutputRef, StoreRef, Symbol, Text, Value

_DOLLARS = re.compile(r"\$+")


class Composition(NamedTuple):
    """The text with `$(NAME)` for what comes later, and the values that could not be composed with the reason."""

    text: str
    faults: tuple[tuple[str, Value], ...]


class _Composer(Struct, frozen=True):
    deliverable: Callable[[Symbol], Symbol]
    added: dict[str, OutputRef | StoreRef]
    faults: list[tuple[str, Value]] = field(default_factory=list)


def composed(
    symbol: Symbol, deliverable: Callable[[Symbol], Symbol], added: dict[str, OutputRef | StoreRef]
) -> Composition:
    """A symbol as the value of a variable; the variables that it needs are put into `added`."""
    composer = _Composer(deliverable, added)
    return Composition(_text(symbol, composer), tuple(composer.faults))


def variable_text(value: Value) -> str | None:
    """A value that is known as the text of a variable or argument, None where it has none."""
    plain = plain_text(value)
    return None if plain is None else escaped(plain)


def escaped(text: str, following: str = "") -> str:
    """Text that Kubernetes' expansion of `$(NAME)` gives back as it is; `following` is what stands after it."""
    whole = text + following[:1]

    def double(dollars: re.Match[str]) -> str:
        after = whole[dollars.end() : dollars.end() + 1]
        expands = len(dollars[0]) > 1 or after in {"(", "$"} or not after.isascii()
        return dollars[0] * 2 if expands else dollars[0]

    return _DOLLARS.sub(double, text)


def _text(value: str | Symbol, composer: _Composer) -> str:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, OutputRef | StoreRef):
        return f"$({_name(value, composer)})"
    if isinstance(value, Text):
        return "".join(_parts(value, lambda text: text, composer))
    if isinstance(value, JsonText):
        return _json(value.value, composer)
    composer.faults.append(("symbol", value))
    return ""


def _parts(text: Text, spell: Callable[[str], str], composer: _Composer) -> Iterator[str]:
    """The parts of an interpolation; `spell` writes the plain ones."""
    for index, part in enumerate(text.parts):
        if isinstance(part, str):
            yield escaped(spell(part), "$" if index + 1 < len(text.parts) else "")
        else:
            yield _text(composer.deliverable(part), composer)


def _json(value: Value, composer: _Composer) -> str:
    if isinstance(value, dict):
        members = (f"{escaped(json.dumps(key))}:{_json(item, composer)}" for key, item in value.items())
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        return f"[{','.join(_json(item, composer) for item in value)}]"
    if isinstance(value, SYMBOLS):
        return _json_symbol(composer.deliverable(value), composer)
    if isinstance(value, str | int | float | None):
        return escaped(json.dumps(value, ensure_ascii=False))
    plain = plain_text(value)
    if plain is None:
        composer.faults.append(("value", value))
    return escaped(json.dumps(plain))


def _json_symbol(symbol: Symbol, composer: _Composer) -> str:
    """A symbol within JSON. What people keep may hold quotes, and so does JSON itself: neither can be composed."""
    if isinstance(symbol, OutputRef):
        return f'"{_text(symbol, composer)}"'
    if isinstance(symbol, Text) and not any(isinstance(part, StoreRef | JsonText) for part in symbol.parts):
        parts = _parts(symbol, lambda text: json.dumps(text, ensure_ascii=False)[1:-1], composer)
        return f'"{"".join(parts)}"'
    composer.faults.append(("json", symbol))
    return '""'


def _name(symbol: OutputRef | StoreRef, composer: _Composer) -> str:
    """The variable that holds a symbol, added where it is new."""
    name = re.sub(r"[^A-Z0-9]+", "_", "_".join(("IDPC", *_words(symbol))).upper())
    if composer.added.setdefault(name, symbol) != symbol:
        name = f"{name}_{hashlib.sha256(repr(symbol).encode()).hexdigest()[:8].upper()}"
        composer.added[name] = symbol
    return name


def _words(symbol: OutputRef | StoreRef) -> tuple[str, ...]:
    if isinstance(symbol, StoreRef):
        return ("SECRET", symbol.path, symbol.property) if symbol.property else ("SECRET", symbol.path)
    return (*(word for part in symbol.address.parts for word in part if word), output_key(symbol))
