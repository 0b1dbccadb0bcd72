"""Finds entries of the catalog by words."""

from collections.abc import Iterable, Iterator, Sequence

from idpc.catalog.model import Entry

_IN_NAME, _IN_DOC, _IN_FIELD = 8, 4, 1
"""What a word is worth by the place where it is found."""


def search(entries: Iterable[Entry], words: Sequence[str]) -> tuple[Entry, ...]:
    """The entries in which every word is found, the best first; upper and lower case are one.

    Those with a word in their fields only are of use where no entry is about all of the words.
    """
    wanted = [word.lower() for word in words]
    scored = [(_score(entry, wanted), entry) for entry in entries]
    about = _IN_DOC * len(wanted)
    least = about if any(score >= about for score, _ in scored) else 1
    found = sorted((-score, entry.name, entry) for score, entry in scored if score >= least)
    return tuple(entry for _, _, entry in found)


def _score(entry: Entry, words: Sequence[str]) -> int:
    scores = [_of_word(entry, word) for word in words]
    return sum(scores) if all(scores) else 0


def _of_word(entry: Entry, word: str) -> int:
    name = word in entry.name.lower() or word in entry.title.lower()
    about = " ".join((entry.doc, entry.sort, *entry.compliance, *entry.clouds, *_kinds(entry))).lower()
    inside = any(word in text for text in _field_texts(entry))
    return _IN_NAME * name + _IN_DOC * (word in about) + _IN_FIELD * inside


def _kinds(entry: Entry) -> Iterator[str]:
    for _, kinds in entry.instances:
        yield from kinds


def _field_texts(entry: Entry) -> Iterator[str]:
    yield from (" ".join((each.name, each.doc, *each.choices)).lower() for each in entry.fields)
    yield from (f"{each.name} {each.doc}".lower() for each in entry.outputs)
