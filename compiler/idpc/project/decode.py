"""Bytes to text: byte order marks, line ends, and what is no text."""

import codecs
import re

from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.syntax import FILE_HAS_NUL, FILE_NOT_UTF8
from idpc.source import SourceFile, Span

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UNDECODED = re.compile("[\udc80-\udcff]")
_NO_TEXT = re.compile("[\0\udc80-\udcff]")
_MOST_BLANKS = 16


def decode(path: str, content: bytes, found: list[Diagnostic]) -> SourceFile:
    """The file that `content` holds; NULs and invalid bytes become blanks, so that the rest is still checked.

    A file of which more than a sixteenth is no text is taken as empty: its other faults would tell nothing.
    """
    if content.startswith(_UTF16):
        found.append(FILE_NOT_UTF8.at(Span(path, 0, 0), f"`{path}` is in UTF-16", help="save it as UTF-8"))
        return SourceFile(path, "")
    text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found += [*_invalid(path, text), *_nul(path, text)]
    mended, blanks = _NO_TEXT.subn(" ", text)
    return SourceFile(path, mended if blanks * _MOST_BLANKS <= len(text) or blanks == 1 else "")


def _invalid(path: str, text: str) -> list[Diagnostic]:
    first = _UNDECODED.search(text)
    if not first:
        return []
    byte = ord(first[0]) - 0xDC00
    message = f"`{path}` is not valid UTF-8: the byte 0x{byte:02X} stands for no character"
    return [
        FILE_NOT_UTF8.at(Span(path, first.start(), first.end()), message, hint="here", help="save the file as UTF-8")
    ]


def _nul(path: str, text: str) -> list[Diagnostic]:
    at = text.find("\0")
    if at < 0:
        return []
    return [FILE_HAS_NUL.at(Span(path, at, at + 1), f"`{path}` holds a NUL character", hint="remove it")]
