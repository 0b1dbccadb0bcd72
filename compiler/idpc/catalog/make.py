"""Makes the catalog of a project: the standard library's kinds and templates, its packages' and its own."""

import datetime
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from idpc.catalog.fields import Written, choices, kind_fields, record_fields, records
from idpc.catalog.model import Entry, OutputEntry, Place, Version
from idpc.diagnostics import Outcome
from idpc.pipeline import Compilation, Options, compile_modules
from idpc.project import Sources
from idpc.source import Span
from idpc.stages import parse_all
from idpc.syntax.nodes import Module
from idpc.types import core as c
from idpc.types.checker import DECLARED_BY
from idpc.types.declared import KindInfo, TypedProgram
from idpc.types.model import RecordType
from idpc.units.facts import is_of_app

ANY, EDGE, CLUSTER = "any", "edge", "kubernetes"
_ENVIRONMENT, _CLOUD = "Environment", "cloud"
_VERSION, _SIZE = "version", "size"
_NAME = "name"
"""The field that is no field of a block, since it stands behind the block's first word."""


def compile_declarations(sources: Sources, options: Options) -> Compilation:
    """What all apps of a project share, without the apps: what the catalog is made from."""
    parsed = parse_all(sources)
    modules = tuple(replace(each, statements=_shared(each)) for each in parsed.value)
    return compile_modules(sources, Outcome(modules, parsed.diagnostics), options, "graph")


def _shared(module: Module) -> tuple[object, ...]:
    return tuple(each for each in module.statements if not is_of_app(each))


def catalog(compilation: Compilation) -> tuple[Entry, ...]:
    """All entries by name; what a project declares hides what the standard library calls so."""
    assert compilation.typed is not None  # noqa: S101  # compiled that far
    typed = compilation.typed
    clouds, places = _clouds(typed), tuple(_places(compilation)) if compilation.sources.files else ()
    found: dict[str, KindInfo] = {}
    for kind in sorted(typed.kinds.values(), key=lambda each: (each.package != "std", bool(not each.package))):
        found[_name(kind)] = kind
    return tuple(_entry(name, found[name], clouds, places, compilation) for name in sorted(found))


def declarations(compilation: Compilation) -> tuple[Entry, ...]:
    """What an organisation declares beside its apps, such as `environment` and `budget`, with the fields of each."""
    assert compilation.typed is not None  # noqa: S101  # compiled that far
    types, written = compilation.typed.types, _reader(compilation)
    known = ((name, types.get(record)) for name, record in DECLARED_BY.items())
    return tuple(_declaration(name, record, written) for name, record in known if isinstance(record, RecordType))


def _declaration(name: str, record: RecordType, written: Written) -> Entry:
    return Entry(
        name,
        "declaration",
        name.replace("_", " ").capitalize(),
        fields=tuple(each for each in record_fields(record, written) if each.name != _NAME),
        records=records(record.fields.values(), written),
    )


def _reader(compilation: Compilation) -> Written:
    def written(span: Span) -> str:
        file = compilation.files_by_path.get(span.file)
        return " ".join(file.slice(span).split()) if file else ""

    return written


def _name(kind: KindInfo) -> str:
    """The name by which a kind is used: those of packages stand behind the package's."""
    return kind.name if kind.package in ("", "std") else f"{kind.package}.{kind.name}"


def _entry(
    name: str, kind: KindInfo, clouds: tuple[str, ...], places: tuple[Place, ...], compilation: Compilation
) -> Entry:
    facts, written = _facts(kind), _reader(compilation)
    runs_on = _runs_on(kind, clouds)
    return Entry(
        name,
        "template" if kind.template else "kind",
        str(facts.get("title") or kind.name),
        kind.doc,
        kind.package,
        kind.workload,
        kind.shared,
        kind.deprecated,
        tuple(kind_fields(kind, written)),
        tuple(OutputEntry(each.name, str(each.type), each.doc) for each in kind.outputs.values()),
        records(kind.fields.values(), written),
        tuple((inner, tuple(dict.fromkeys(each.kind.name for each in made))) for inner, made in kind.inner.items()),
        runs_on,
        tuple(place for place in places if place.cloud in runs_on),
        tuple(_versions(kind, facts.get("end_of_life"))),
        choices(kind.fields[_SIZE].type) if _SIZE in kind.fields else (),
        kind.levels(),
        tuple(_strings(facts.get("compliance"))),
    )


def _facts(kind: KindInfo) -> Mapping[str, object]:
    """What the `catalog` block says that holds for every instance."""
    value = None if kind.catalog is None else _constant(kind.catalog)
    return value if isinstance(value, dict) else {}


def _constant(value: c.Core) -> object:
    """A value that depends on nothing; None for one that does."""
    match value:
        case c.Const():
            return value.value
        case c.MakeList():
            return [_constant(item) for item in value.items]
        case c.MakeMap() | c.MakeRecord():
            return {name: _constant(each) for name, each in value.entries}
        case c.Convert():
            return _constant(value.value)
    return None


def _versions(kind: KindInfo, ends: object) -> Iterator[Version]:
    known = ends if isinstance(ends, dict) else {}
    offered = choices(kind.fields[_VERSION].type) if _VERSION in kind.fields else ()
    for text in offered:
        version = text.strip('"')
        end = known.get(version)
        yield Version(version, end.isoformat() if isinstance(end, datetime.date) else "")


def _strings(value: object) -> Iterator[str]:
    yield from (each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _clouds(typed: TypedProgram) -> tuple[str, ...]:
    """All targets, as the declaration of environments lists them."""
    record = typed.types.get(_ENVIRONMENT)
    declared = record.fields.get(_CLOUD) if isinstance(record, RecordType) else None
    return tuple(text.strip('"') for text in choices(declared.type)) if declared else ()


def _runs_on(kind: KindInfo, clouds: tuple[str, ...]) -> tuple[str, ...]:
    """The targets of a kind; of a template, those on which each of its instances can be of some kind."""
    if kind.template:
        several = [{cloud for each in made for cloud in _runs_on(each.kind, clouds)} for made in kind.inner.values()]
        return tuple(cloud for cloud in clouds if all(cloud in each for each in several))
    own = kind.clouds()
    return tuple(cloud for cloud in clouds if cloud in own or ANY in own or (cloud == EDGE and CLUSTER in own))


def _places(compilation: Compilation) -> Iterator[Place]:
    """The environments that the project declares, with their regions."""
    graph = compilation.graph
    for name, each in graph.environments.items() if graph else ():
        record = each.environment
        regions = [*_strings(record.get("regions"))] or [*_strings([record.get("region")])]
        yield Place(name, str(record.get(_CLOUD)), tuple(region for region in regions if region))
