"""Writes trees of plain values as YAML in block style, in one way, that YAML 1.1 and 1.2 read alike."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

Tree = str | int | float | bool | None | list["Tree"] | dict[str, "Tree"]

FIRST_KEYS = ("apiVersion", "kind", "metadata")
_LONGEST_IMPLICIT_KEY = 1000
_INDENT = "  "
_REMEMBERED = 1 << 15

_SURELY_PLAIN = re.compile(r"(?!(?i:null|true|false|yes|no|on|off|y|n)\Z)[a-zA-Z/$][a-zA-Z0-9_./$()@+-]*")

_MEANS_SOMETHING_ELSE = re.compile(
    r"""(?xi) |~|null|true|false|yes|no|on|off|y|n|=|<<
    |[-+]?(?: 0b[01_]+ | 0o[0-7_]+ | 0x[0-9a-f_]+ | [0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
            | (?:\.[0-9_]+ | [0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9_]+)? | \.inf) |\.nan
    |[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[t\s].*)?"""
)
_INDICATES = re.compile(r"""[,\[\]{}#&*!|>'"%@`]|[-?:](?:\s|$)|---|\.\.\.|\s|.*(?::(?:\s|$)|\s\#|\s$|\t)""")
_NOT_PRINTABLE = re.compile("[\0-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_NOT_IN_QUOTES = re.compile('["\\\\]|' + _NOT_PRINTABLE.pattern)
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def yaml_document(value: Tree) -> str:
    """One document: keys in the order given, but `FIRST_KEYS` before all others at the top; ends in a newline."""
    lines: list[str] = []
    if isinstance(value, dict) and value:
        _mapping(lines, _identity_first(value), 0)
    elif isinstance(value, list) and value:
        _sequence(lines, value, 0)
    else:
        lines.append(f"{_scalar(value) if isinstance(value, str) else _atom(value)}\n")
    return "".join(lines)


def yaml_stream(documents: Iterable[Tree]) -> str:
    """Several documents, with `---` between them."""
    return "---\n".join(map(yaml_document, documents))


def _identity_first(value: dict[str, Tree]) -> dict[str, Tree]:
    return {key: value[key] for key in FIRST_KEYS if key in value} | value


def _mapping(lines: list[str], value: dict[str, Tree], depth: int) -> None:
    heads = _heads(depth)
    for key, item in value.items():
        if isinstance(item, str):
            lines.append(heads[key] + (_ENDS[item] or _long_end(item, depth + 1)))
        elif isinstance(item, dict) and item:
            lines.append(f"{heads[key]}\n")
            _mapping(lines, item, depth + 1)
        elif isinstance(item, list) and item:
            lines.append(f"{heads[key]}\n")
            _sequence(lines, item, depth)
        else:
            lines.append(f"{heads[key]} {_atom(item)}\n")


def _sequence(lines: list[str], value: list[Tree], depth: int) -> None:
    dash = f"{_INDENT * depth}-"
    for item in value:
        first = len(lines)
        if isinstance(item, str):
            lines.append(dash + (_ENDS[item] or _long_end(item, depth + 1)))
        elif isinstance(item, dict) and item:
            _mapping(lines, item, depth + 1)
            lines[first] = f"{dash} {lines[first][len(dash) + 1 :]}"
        elif isinstance(item, list) and item:
            _sequence(lines, item, depth + 1)
            lines[first] = f"{dash} {lines[first][len(dash) + 1 :]}"
        else:
            lines.append(f"{dash} {_atom(item)}\n")


def _atom(value: Tree) -> str:
    """A value without text: null, a truth value, a number, an empty list or map."""
    if type(value) is int:
        return str(value)
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


class _Memo(dict[str, str]):
    """What becomes of strings, each made once; all is forgotten when it grows too large. Empty results are not kept."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __missing__(self, text: str) -> str:
        made = self._make(text)
        if len(self) >= _REMEMBERED:
            self.clear()
        if made:
            self[text] = made
        return made


@lru_cache(maxsize=64)
def _heads(depth: int) -> _Memo:
    """For a depth, what each key becomes at the start of its line."""
    pad = _INDENT * depth

    def head(key: str) -> str:
        name = _scalar(key)
        return f"{pad}{name}:" if len(name) <= _LONGEST_IMPLICIT_KEY else f"{pad}? {name}\n{pad}:"

    return _Memo(head)


def _end(text: str) -> str:
    """What stands behind the colon or dash of a string on one line, empty for a string that has several."""
    return "" if "\n" in text else f" {_scalar(text)}\n"


def _long_end(text: str, depth: int) -> str:
    """What stands behind the colon or dash of a string that has line ends."""
    blocked = not text.isspace() and not _NOT_PRINTABLE.search(text.replace("\n", ""))
    return f" {_block(text, _INDENT * depth) if blocked else _scalar(text)}\n"


_ENDS = _Memo(_end)


def _block(text: str, pad: str) -> str:
    """A literal block: `|` with what tells its indent where it begins with a blank, and how it ends."""
    indent = "2" if text[0] in " \n\t" else ""
    stripped = text.rstrip("\n")
    end = {0: "-", 1: ""}.get(len(text) - len(stripped), "+")
    body = "\n".join(f"{pad}{line}" if line else "" for line in stripped.split("\n"))
    return f"|{indent}{end}\n{body}{text[len(stripped) + 1 :]}"


def _scalar(text: str) -> str:
    """A string on one line: plain where that reads back as the same string, else quoted."""
    if _SURELY_PLAIN.fullmatch(text):
        return text
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
