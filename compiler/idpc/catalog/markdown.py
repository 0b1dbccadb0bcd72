"""The catalog as a page of documentation."""

from collections.abc import Iterable, Iterator, Sequence

from idpc.catalog.facts import facts, origin, type_text
from idpc.catalog.model import Entry, FieldEntry
from idpc.diagnostics.renderers.report import plural


def list_markdown(entries: Sequence[Entry]) -> str:
    """A table of the entries."""
    return "".join(f"{line}\n" for line in _overview(entries, linked=False))


def entries_markdown(entries: Sequence[Entry]) -> str:
    """A chapter for each entry."""
    return "\n".join("".join(f"{line}\n" for line in _chapter(entry)) for entry in entries)


def page_markdown(title: str, entries: Sequence[Entry]) -> str:
    """All entries on one page, which begins with a table of them."""
    count = plural(len(entries), "entry", "entries")
    head = (f"# {title}", "", f"{count}, each with its fields, their types and what they are by default.", "")
    return "".join(f"{line}\n" for line in (*head, *_overview(entries, linked=True), "")) + entries_markdown(entries)


def _overview(entries: Iterable[Entry], *, linked: bool) -> Iterator[str]:
    yield from _head("name", "what it is", "runs on")
    for entry in entries:
        name = f"[`{entry.name}`](#{entry.name})" if linked else f"`{entry.name}`"
        yield _row(name, _cell(entry.summary), ", ".join(entry.clouds))


def _chapter(entry: Entry) -> Iterator[str]:
    yield from (f"## {entry.name}", "", f"*{entry.title}*, {_article(origin(entry))}.", "")
    if entry.doc:
        yield from (entry.doc, "")
    told = list(facts(entry))
    if told:
        yield from _head("", "")
        yield from (_row(name, _cell(text)) for name, text in told)
        yield ""
    yield from _fields("Parameters" if entry.sort == "template" else "Fields", entry.fields)
    if entry.outputs:
        yield from ("### Outputs", "", *_head("output", "type", "what it is"))
        yield from (_row(f"`{each.name}`", _code(each.type), _cell(each.doc)) for each in entry.outputs)
        yield ""
    for record in entry.records:
        yield from _fields(record.name, record.fields)


def _article(words: str) -> str:
    return f"a {words}"


def _fields(title: str, fields: Sequence[FieldEntry]) -> Iterator[str]:
    if not fields:
        return
    yield from (f"### {title}", "", *_head("field", "type", "default", "what it is"))
    for each in fields:
        default = "**required**" if each.required else _code(each.default) if each.default else ""
        deprecated = f" *Deprecated: {each.deprecated}.*" if each.deprecated else ""
        yield _row(f"`{each.name}`", _code(type_text(each)), default, _cell(each.doc) + deprecated)
    yield ""


def _head(*names: str) -> tuple[str, str]:
    return _row(*names), f"|{'---|' * len(names)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text)}`"
