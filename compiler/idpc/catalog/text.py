"""The catalog for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from idpc.catalog.facts import facts, origin, type_text, value_text
from idpc.catalog.model import Entry, FieldEntry, OutputEntry
from idpc.diagnostics.renderers.report import Look

_GROUPS = ("Templates", "Workloads", "Data and platform services")
_NARROWEST, _WIDEST = 40, 110
_PARAGRAPH = "\n\n"


def list_text(entries: Sequence[Entry], look: Look) -> str:
    """One line an entry, by group."""
    width = max((len(entry.name) for entry in entries), default=0)
    blocks = []
    for title in _GROUPS:
        lines = [line for entry in entries if _group(entry) == title for line in _row(entry, width, look)]
        if lines:
            blocks.append("".join(f"{line}\n" for line in (look.paint("title", title), *lines)))
    return "\n".join(blocks)


def entries_text(entries: Iterable[Entry], look: Look) -> str:
    """All that is known of some entries."""
    return "\n".join("".join(f"{line}\n" for line in _entry(entry, look)) for entry in entries)


def _group(entry: Entry) -> str:
    return _GROUPS[0] if entry.sort == "template" else _GROUPS[1] if entry.workload else _GROUPS[2]


def _row(entry: Entry, width: int, look: Look) -> Iterator[str]:
    first, *rest = _wrapped(entry.summary or entry.title, look, width + 4) or [""]
    yield f"  {look.paint('label', entry.name.ljust(width))}  {first}".rstrip()
    yield from (f"{' ' * (width + 4)}{line}" for line in rest)


def _entry(entry: Entry, look: Look) -> Iterator[str]:
    title = "" if entry.title == entry.name else f" {entry.title}"
    yield f"{look.paint('title', entry.name)}{title}  {look.paint('faint', f'({origin(entry)})')}"
    for paragraph in entry.doc.split(_PARAGRAPH) if entry.doc else ():
        yield from (f"  {line}" for line in _wrapped(paragraph, look, 2))
    told = list(facts(entry))
    if told:
        yield ""
        yield from _facts(told, look)
    yield from _fields("Parameters" if entry.sort == "template" else "Fields", entry.fields, look)
    yield from _outputs(entry.outputs, look)
    for record in entry.records:
        yield from _fields(record.name, record.fields, look)


def _facts(told: Sequence[tuple[str, str]], look: Look) -> Iterator[str]:
    width = max(len(name) for name, _ in told)
    for name, text in told:
        first, *rest = _wrapped(text, look, width + 4)
        yield f"  {look.paint('faint', name.ljust(width))}  {first}"
        yield from (f"{' ' * (width + 4)}{line}" for line in rest)


def _fields(title: str, fields: Sequence[FieldEntry], look: Look) -> Iterator[str]:
    yield from _section(title if fields else "", look)
    for each in fields:
        value = look.paint("error" if each.required else "fix", value_text(each))
        yield f"  {look.paint('label', each.name)}: {type_text(each)} {value}".rstrip()
        deprecated = f" Deprecated: {each.deprecated}." if each.deprecated else ""
        yield from (f"      {line}" for line in _wrapped(f"{each.doc}{deprecated}", look, 6))


def _outputs(outputs: Sequence[OutputEntry], look: Look) -> Iterator[str]:
    yield from _section("Outputs" if outputs else "", look)
    for each in outputs:
        yield f"  {look.paint('label', each.name)}: {each.type}"
        yield from (f"      {line}" for line in _wrapped(each.doc, look, 6))


def _section(title: str, look: Look) -> Iterator[str]:
    yield from ("", look.paint("title", title)) if title else ()


def _wrapped(text: str, look: Look, indent: int) -> list[str]:
    width = max(_NARROWEST, min(look.width, _WIDEST) - indent)
    return wrap(" ".join(text.split()), width, break_long_words=False, break_on_hyphens=False)
