"""What a string holds: its escapes are replaced, and one of several lines loses its common indent."""

import re
from typing import TYPE_CHECKING

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes.syntax import UNKNOWN_ESCAPE
from idpc.source import Span

if TYPE_CHECKING:
    from idpc.syntax.nodes import Expr

THREE_QUOTES = '"""'

_ESCAPE = re.compile(r"\\(?:u\{([^}\"\n]*)\}|(.)|\Z)", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
_LINE_START = re.compile(r"\n([ \t]*)(?=[^ \t\n]|\Z)")
_OPENING_LINE = re.compile(r"\A[ \t]*\n")
_CLOSING_INDENT = re.compile(r"(?<=\n)[ \t]+\Z")


def replace_escapes(file: str, text: str, start: int, found: list[Diagnostic]) -> str:
    """The text with its escapes replaced; `start` is its place in the file."""
    if "\\" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        span = Span(file, start + match.start(), start + match.end())
        if match[1] is not None:
            return _code_point(match[1], span, found)
        if match[2] in _PLAIN_ESCAPES:
            return _PLAIN_ESCAPES[match[2]]
        found.append(_unknown_escape(match[0], span))
        return match[0]

    return _ESCAPE.sub(character, text)


def _code_point(digits: str, span: Span, found: list[Diagnostic]) -> str:
    number = int(digits, 16) if re.fullmatch("[0-9A-Fa-f]{1,6}", digits) else -1
    if 0 < number < 0xD800 or 0xDFFF < number < 0x110000:
        return chr(number)
    found.append(
        UNKNOWN_ESCAPE.at(
            span,
            f"`\\u{{{digits}}}` is not a Unicode character",
            hint="not a character",
            help=r"between the braces stand one to six hexadecimal digits, as in `\u{e9}`",
        )
    )
    return "\N{REPLACEMENT CHARACTER}"


def _unknown_escape(text: str, span: Span) -> Diagnostic:
    return UNKNOWN_ESCAPE.at(
        span,
        f"`{text}` is no escape that a string knows" if len(text) > 1 else "`\\` at the end of a line escapes nothing",
        hint="unknown escape",
        help=r"a backslash itself is `\\`; known are `\n \t \" \\ \$` and `\u{…}`",
        fixes=(Fix("write the backslash twice", (Edit(span, "\\" + text),)),),
    )


def strip_indent(parts: "list[str | Expr]") -> "list[str | Expr]":
    """The parts of a string of several lines, as written, without the first line break and the common indent."""
    last = len(parts) - 1
    indents = [
        len(match[1])
        for place, part in enumerate(parts)
        if isinstance(part, str)
        for match in _LINE_START.finditer(part)
        if match.end() < len(part) or place < last
    ]
    common = min(indents, default=0)
    stripped = [_strip(part, common) if isinstance(part, str) else part for part in parts]
    if isinstance(stripped[-1], str):
        stripped[-1] = _CLOSING_INDENT.sub("", stripped[-1])
    if isinstance(stripped[0], str):
        stripped[0] = _OPENING_LINE.sub("", stripped[0])
    return stripped


def _strip(part: str, common: int) -> str:
    return re.sub(rf"\n[ \t]{{0,{common}}}", "\n", part)
