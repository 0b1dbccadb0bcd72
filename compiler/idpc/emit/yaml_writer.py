"""Writes trees of plain values as YAML in block style, in one way, that YAML 1.1 and 1.2 read alike."""

import re
from collections.abc import Iterable
from functools import lru_cache

Tree = str | int | float | bool | None | list["Tree"] | dict[str, "Tree"]

FIRST_KEYS = ("apiVersion", "kind", "metadata")
_LONGEST_IMPLICIT_KEY = 1000

_MEANS_SOMETHING_ELSE = re.compile(
    r"""(?xi) |~|null|true|false|yes|no|on|off|y|n|=|<<
    |[-+]?(?: 0b[01_]+ | 0o[0-7_]+ | 0x[0-9a-f_]+ | [0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
            | (?:\.[0-9_]+ | [0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9_]+)? | \.inf) |\.nan
    |[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[t\s].*)?"""
)
_INDICATES = re.compile(r"""[,\[\]{}#&*!|>'"%@`]|[-?:](?:\s|$)|---|\.\.\.|\s|.*(?::(?:\s|$)|\s\#|\s$|\t)""")
_NOT_PRINTABLE = re.compile("[^\t -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_QUOTES = re.compile('["\\\\]|' + _NOT_PRINTABLE.pattern)
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def yaml_document(value: Tree) -> str:
    """One document: keys in the order given, but `FIRST_KEYS` before all others at the top; ends in a newline."""
    lines: list[str] = []
    if isinstance(value, dict) and value:
        _mapping(lines, _identity_first(value), "", "")
    elif isinstance(value, list) and value:
        _sequence(lines, value, "", "")
    else:
        lines.append(f"{_scalar(value) if isinstance(value, str) else _atom(value)}\n")
    return "".join(lines)


def yaml_stream(documents: Iterable[Tree]) -> str:
    """Several documents, with `---` between them."""
    return "---\n".join(map(yaml_document, documents))


def _identity_first(value: dict[str, Tree]) -> dict[str, Tree]:
    return {key: value[key] for key in FIRST_KEYS if key in value} | value


def _mapping(lines: list[str], value: dict[str, Tree], lead: str, pad: str) -> None:
    """Writes the entries, the first after `lead` (a dash of a list, or the indent), the others after `pad`."""
    for key, item in value.items():
        name = _scalar(key)
        if len(name) > _LONGEST_IMPLICIT_KEY:
            lines.append(f"{lead}? {name}\n")
            _entry(lines, item, f"{pad}:", pad)
        elif type(item) is str and "\n" not in item:
            lines.append(f"{lead}{name}: {_scalar(item)}\n")
        else:
            _entry(lines, item, f"{lead}{name}:", pad)
        lead = pad


def _entry(lines: list[str], item: Tree, head: str, pad: str) -> None:
    """Writes a value below or behind its key."""
    if isinstance(item, dict) and item:
        lines.append(f"{head}\n")
        _mapping(lines, item, f"{pad}  ", f"{pad}  ")
    elif isinstance(item, list) and item:
        lines.append(f"{head}\n")
        _sequence(lines, item, pad, pad)
    elif isinstance(item, str):
        lines.append(f"{head} {_text(item, f'{pad}  ')}\n")
    else:
        lines.append(f"{head} {_atom(item)}\n")


def _sequence(lines: list[str], value: list[Tree], lead: str, pad: str) -> None:
    for item in value:
        if isinstance(item, str):
            lines.append(f"{lead}- {_text(item, f'{pad}  ')}\n")
        elif isinstance(item, dict) and item:
            _mapping(lines, item, f"{lead}- ", f"{pad}  ")
        elif isinstance(item, list) and item:
            _sequence(lines, item, f"{lead}- ", f"{pad}  ")
        else:
            lines.append(f"{lead}- {_atom(item)}\n")
        lead = pad


def _atom(value: Tree) -> str:
    """A value without text: null, a truth value, a number, an empty list or map."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    return str(value)


def _float(value: float) -> str:
    """YAML 1.1 asks for a dot in every float."""
    text = repr(value)
    if text[-1] in "fn":
        return text.replace("inf", ".inf").replace("nan", ".nan")
    return text if "." in text else text.replace("e", ".0e")


def _text(text: str, pad: str) -> str:
    if "\n" not in text:
        return _scalar(text)
    if text.isspace() or _NOT_PRINTABLE.search(text.replace("\n", "")):
        return _scalar(text)
    return _block(text, pad)


def _block(text: str, pad: str) -> str:
    """A literal block: `|` with what tells its indent where it begins with a blank, and how it ends."""
    indent = "2" if text[0] in " \n\t" else ""
    stripped = text.rstrip("\n")
    end = {0: "-", 1: ""}.get(len(text) - len(stripped), "+")
    body = "\n".join(f"{pad}{line}" if line else "" for line in stripped.split("\n"))
    return f"|{indent}{end}\n{body}{text[len(stripped) + 1 :]}"


@lru_cache(maxsize=1 << 15)
def _scalar(text: str) -> str:
    """A string on one line: plain where that reads back as the same string, else quoted."""
    if _NOT_PRINTABLE.search(text):
        return f'"{_NOT_IN_QUOTES.sub(_escape, text)}"'
    if _MEANS_SOMETHING_ELSE.fullmatch(text) or _INDICATES.match(text):
        return "'" + text.replace("'", "''") + "'"
    return text


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    wide = f"\\u{code:04X}" if code < 1 << 16 else f"\\U{code:08X}"
    return _SHORT_ESCAPES.get(character) or (f"\\x{code:02X}" if code < 1 << 8 else wide)
