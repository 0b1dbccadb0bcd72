"""Finds lines by their name in shipped files of sorted lines, each a name and its facts between tabs, without parsing the others."""

from functools import cache

from idpc.resources import resource


@cache
def content(*parts: str) -> bytes:
    """The whole file at `parts` below `schemas/`."""
    return resource("schemas", *parts).read_bytes()


def rows(text: bytes, name: str) -> list[list[str]]:
    """The columns of the lines called `name`, in the order of the file."""
    wanted = name.encode()
    start, found = _first(text, wanted), []
    while text.startswith(wanted + b"\t", start):
        end = text.index(b"\n", start)
        found.append(text[start:end].decode().split("\t"))
        start = end + 1
    return found


def names(text: bytes) -> tuple[str, ...]:
    """The names of all lines, each once, in the order of the file."""
    return tuple(dict.fromkeys(line.partition(b"\t")[0].decode() for line in text.splitlines()))


def names_ending(text: bytes, suffix: str) -> tuple[str, ...]:
    """The names that end in `suffix`, each once, in the order of the file; facts hold no tab, so one follows names only."""
    wanted = f"{suffix}\t".encode()
    found: dict[str, None] = {}
    place = text.find(wanted)
    while place >= 0:
        found[text[text.rfind(b"\n", 0, place) + 1 : place].decode() + suffix] = None
        place = text.find(wanted, place + 1)
    return tuple(found)


def _first(text: bytes, name: bytes) -> int:
    """Where the first line stands whose name is not before `name`: a binary search by the middle byte's line."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high) // 2
        start = max(low, text.rfind(b"\n", low, middle) + 1)
        if text[start : text.index(b"\t", start)] < name:
            low = text.index(b"\n", middle) + 1
        else:
            high = start
    return low
