"""Where a line of an artifact comes from: its instance, the line of its kind, the fields behind it with their layers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from idpc.address import Address, kebab
from idpc.emit.bundles import emit_environment
from idpc.emit.lines import Part, part_at
from idpc.emit.model import Bundle, Path, Place
from idpc.emit.plain import plain_text
from idpc.emit.site import Site
from idpc.explain import UnknownSubject, explain_field
from idpc.graph.model import EnvironmentGraph, Node
from idpc.pipeline import Compilation
from idpc.source import Span
from idpc.stages import custom_schemas
from idpc.syntax import nodes, parse_module
from idpc.values import Range, Value

DOCUMENTS = frozenset({"plan.json", "graph.json", "cost.json"})
_WORD = re.compile(r"[a-z0-9]+")
_SHOWN = 3


class Line(Struct, frozen=True):
    """A line of an artifact: the file's path below the build folder, its text, the line and, if not 0, the column."""

    path: str
    text: str
    number: int
    column: int = 0


def explain_line(compilation: Compilation, line: Line) -> str:
    """Where a line comes from, as text; raises UnknownSubject where that cannot be told."""
    graph = _environment(compilation, line.path)
    if not line.path.endswith((".yaml", ".json")):
        raise UnknownSubject(f"`{line.path}` is a page for people; the lines of plan.json beside it can be explained")
    part = part_at(line.text, line.number, line.column)
    if part is None:
        raise UnknownSubject(f"line {line.number} of `{line.path}` is no part of a document")
    head = f"{line.path}:{line.number}: {_dotted(part.path)}" + (f" = {part.text}" if part.text is not None else "")
    if line.path.split("/", 1)[1] in DOCUMENTS:
        rows = _in_document(compilation, graph, line, part)
    else:
        rows = _in_bundle(compilation, graph, line, part)
    return "\n".join([head, "", *rows]) + "\n"


def _environment(compilation: Compilation, path: str) -> EnvironmentGraph:
    assert compilation.graph is not None  # noqa: S101  # compiled that far
    folder = path.partition("/")[0]
    found = [each for name, each in compilation.graph.environments.items() if folder in {name, kebab(name)}]
    if not found:
        raise UnknownSubject(f"the project has no environment `{folder}` from which `{path}` could come")
    return found[0]


def _dotted(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _in_bundle(compilation: Compilation, graph: EnvironmentGraph, line: Line, part: Part) -> Iterator[str]:
    """Of an object or a resource."""
    assert compilation.graph is not None  # noqa: S101  # compiled that far
    site = Site(compilation.graph.project, graph, custom_schemas(compilation.sources)[0])
    bundle = emit_environment(site).value
    if line.path not in bundle.files:
        raise UnknownSubject(f"the sources make no `{line.path}` now; build again")
    place = Place(line.path, part.document, part.path)
    span, address = bundle.origin(place), bundle.address(place)
    node = graph.nodes.get(address) if address else None
    if node is None:
        yield from _of_app(compilation, graph, bundle, line.path, span)
        return
    yield from _of_instance(compilation, node)
    if span is not None and span != node.span:
        yield f"made by    {_at(compilation, span)}  {_source_line(compilation, span)}"
        yield from _written(compilation, span, _below_object(line.path, part.path))
    yield from _layers(compilation, graph, node, _fields(compilation, node, part, span, line.path))


def _of_app(
    compilation: Compilation, graph: EnvironmentGraph, bundle: Bundle, path: str, span: Span | None
) -> Iterator[str]:
    owner = bundle.owners.get(path)
    app = graph.apps.get(owner.app) if owner else None
    if app is not None:
        yield f"belongs to app {app.name}, {_at(compilation, app.span)}"
        yield "made by    idpc for the app as a whole, from all of its instances"
    else:
        yield f"belongs to the environment {graph.name}, and is made by idpc from all of its apps"
    if span is not None and (app is None or span != app.span):
        yield f"from       {_at(compilation, span)}  {_source_line(compilation, span)}"


def _of_instance(compilation: Compilation, node: Node) -> Iterator[str]:
    yield f"belongs to {node.kind} {node.address}, {_at(compilation, node.span)}"
    yield from (f"through    the template used at {_at(compilation, span)}" for span in node.trace)


def _at(compilation: Compilation, span: Span) -> str:
    file = compilation.files_by_path.get(span.file)
    return f"{span.file}:{file.position(span.start).line}" if file else span.file or "idpc itself"


def _source_line(compilation: Compilation, span: Span) -> str:
    file = compilation.files_by_path.get(span.file)
    if file is None:
        return ""
    start = file.text.rfind("\n", 0, span.start) + 1
    return file.text[start:].partition("\n")[0].strip()


def _below_object(path: str, parts: Path) -> Path:
    """The path within an object, or within a resource behind `resource`, its type and its name."""
    return parts[3:] if path.endswith(".json") and parts[:1] in {("resource",), ("data",)} else parts


def _written(compilation: Compilation, span: Span, path: Path) -> Iterator[str]:
    """The line of the kind in which the part is written, as far as it is written out and not made by a function."""
    found, added = _deepest(compilation, span, path)
    if added:
        yield "added by   idpc, to what the kind says"
    elif found is not None and found.span != span:
        yield f"written at {_at(compilation, found.span)}  {_source_line(compilation, found.span)}"


Written = nodes.Block | nodes.Assign | nodes.Entry


def _deepest(compilation: Compilation, span: Span, path: Path) -> tuple[Written | None, bool]:
    """The statement that writes a part, or the smallest one around it; whether what is written out lacks the part."""
    file = compilation.files_by_path.get(span.file)
    inside: Any = _block_at(parse_module(file).value.statements, span) if file else None
    found: Written | None = None
    for step in path:
        following = _member(inside, step)
        if following is None:
            return found, _is_written_out(inside)
        found = inside = following
    return found, False


def _is_written_out(written: Any) -> bool:
    """Whether all that is in it stands there, and no function makes it."""
    inner = written.value if isinstance(written, nodes.Assign | nodes.Entry) else written
    return isinstance(inner, nodes.Block | nodes.MapExpr)


def _block_at(statements: Iterable[Any], span: Span) -> nodes.Block | None:
    """The block whose header is at a span."""
    for each in _blocks(statements):
        if each.span.start <= span.start < each.span.end:
            return _block_at(each.body, span) or each
    return None


def _blocks(statements: Iterable[Any]) -> Iterator[nodes.Block]:
    for each in statements:
        if isinstance(each, nodes.Block):
            yield each
        else:
            for name in ("body", "then", "otherwise", "statements"):
                yield from _blocks(getattr(each, name, None) or ())


def _member(inside: Any, step: str | int) -> Any:
    """The part of a name in a block, a map, or one of the branches of a condition."""
    match inside:
        case nodes.Block(body=body):
            named = [each for each in body if isinstance(each, nodes.Block | nodes.Assign)]
            return next((each for each in named if _name(each) == step), None)
        case nodes.Assign(value=value) | nodes.Entry(value=value):
            return _member(value, step)
        case nodes.MapExpr(entries=entries):
            return next((each for each in entries if each.key.text == step), None)
        case nodes.ListExpr(items=items) if isinstance(step, int) and len(items) == 1:
            return items[0]
        case nodes.ListFor(item=item):
            return item
        case nodes.IfExpr(then=then, otherwise=otherwise):
            return _member(then, step) or _member(otherwise, step)
        case _:
            return None


def _name(each: "nodes.Block | nodes.Assign") -> str:
    return each.head.text if isinstance(each, nodes.Block) else each.name.text


Found = tuple[float, str]


def _fields(compilation: Compilation, node: Node, part: Part, span: Span | None, path: str) -> Sequence[str]:
    """The fields behind a part: those with its value or its name, else those that the line of the kind reads."""
    named = (part.text or "",) if part.path[-1] == "name" else ()
    words = [
        _words(str(step)) for step in (*_below_object(path, part.path), *part.names, *named) if isinstance(step, str)
    ]
    scored = sorted((-_score(field, value, part.text, words), field) for field, value in _leaves(dict(node.fields)))
    best = [(score, field) for score, field in scored if score <= -2]
    if best:
        return [field for score, field in best if score == best[0][0]][:_SHOWN]
    found, added = _deepest(compilation, span, _below_object(path, part.path)) if span else (None, True)
    if added:
        return ()
    read = dict.fromkeys(_references(found)) if found is not None else {}
    return [name for name in read if name in node.fields][:_SHOWN]


def _leaves(value: Value, path: str = "") -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Range):
        yield path, value.min
        yield path, value.max
    elif path:
        yield path, value


def _score(field: str, value: Value, text: str | None, words: Sequence[frozenset[str]]) -> float:
    """How well a field fits: by its value, and by the words of its name; neither a flag nor a small number is enough."""
    shown = plain_text(value)
    same = shown is not None and shown == text
    telling = same and shown not in {"true", "false", ""} and len(shown or "") > 2
    last = _words(field.rpartition(".")[2])
    named = any(last <= each for each in words)
    behind = sum(1 for step in field.split(".")[:-1] if any(_words(step) <= each for each in words))
    return (
        2.0 * telling
        + 1.0 * same
        + 1.0 * named
        + 0.5 * behind
        + (1.0 if named and (text is None or last == _words(text)) else 0.0)
    )


def _words(name: str) -> frozenset[str]:
    """The words of a name in any spelling: `minReplicas`, `min_replicas`, `MIN-REPLICAS`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return frozenset(_WORD.findall(spaced.lower()))


def _references(written: Any) -> Iterator[str]:
    """The plain names in an expression, and the fields of `self`."""
    if isinstance(written, nodes.Ref):
        yield written.name
    elif isinstance(written, nodes.Member) and isinstance(written.base, nodes.Ref) and written.base.name == "self":
        yield written.name.text
    elif isinstance(written, tuple):
        for each in written:
            yield from _references(each)
    elif isinstance(written, Struct):
        for name in written.__struct_fields__:
            yield from _references(getattr(written, name))


def _layers(compilation: Compilation, graph: EnvironmentGraph, node: Node, fields: Sequence[str]) -> Iterator[str]:
    for field in fields:
        try:
            told = explain_field(compilation, f"{node.address}.{field}", graph.name)
        except UnknownSubject:
            continue
        yield from ("", told.rstrip("\n"))
    if not fields:
        yield "no field of the instance is known to stand behind it: its kind says it for all"


def _in_document(compilation: Compilation, graph: EnvironmentGraph, line: Line, part: Part) -> Iterator[str]:
    """Of the plan, the graph or the costs: the instance or app of the entry around the line, and its edges."""
    import json

    around = list(_around(json.loads(line.text), part.path))
    entry: Mapping[str, Any] = next(
        (each for each in reversed(around) if {"address", "from", "used_by"} & each.keys()), {}
    )
    step = next((each for each in reversed(around) if "action" in each and "needs" in each), None)
    if step is None and part.text in _steps(around[0]):
        step = entry = _steps(around[0])[part.text]
    if step is not None:
        yield f"step       {step['id']}, {step['action']} of {', '.join(step['artifacts']) or 'nothing'}"
    names = [entry.get("address"), entry.get("from"), entry.get("to"), *(entry.get("used_by") or ())]
    yield from _declared(compilation, graph, [name for name in names if name])
    if step is not None and part.path[-2:-1] == ("needs",):
        yield from _edges(compilation, graph, around, step, str(part.text))
    if part.path[:1] == ("approvals",) or part.path[:1] == ("stages",):
        for workflow in graph.workflows:
            yield f"stages by  workflow {workflow.name}, {_at(compilation, workflow.span)}"


def _steps(plan: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The steps of a plan by their ids; a document that is none has no stages."""
    return {each["id"]: each for stage in plan.get("stages", ()) for wave in stage["waves"] for each in wave}


def _around(document: Any, path: Path) -> Iterator[Mapping[str, Any]]:
    """The records around a part, the outermost first."""
    for step in path:
        if isinstance(document, Mapping):
            yield document
        document = document[step]
    if isinstance(document, Mapping):
        yield document


def _declared(compilation: Compilation, graph: EnvironmentGraph, names: Iterable[str]) -> Iterator[str]:
    told = False
    for name in names:
        address = Address.parse(name)
        node = graph.nodes.get(address) if address else None
        app = graph.apps.get(name)
        told = told or node is not None or app is not None
        if node is not None:
            yield from _of_instance(compilation, node)
        elif app is not None:
            yield f"belongs to app {app.name}, {_at(compilation, app.span)}"
    if not told:
        yield f"belongs to the environment {graph.name}, and is made by idpc from all of it"


def _edges(
    compilation: Compilation,
    graph: EnvironmentGraph,
    around: Sequence[Mapping[str, Any]],
    step: Mapping[str, Any],
    need: str,
) -> Iterator[str]:
    """The edges because of which a step needs another one."""
    steps = _steps(around[0])
    targets = {steps.get(need, {}).get("address"), *steps.get(need, {}).get("provides", ())}
    sources = {step["address"], *step["provides"]}
    found = [each for each in graph.edges if str(each.source) in sources and str(each.target) in targets]
    for each in found:
        yield f"needed as  {each.source} needs {each.target} ({each.order}), {_at(compilation, each.span)}"
    if not found:
        yield "needed by  the order in which idpc applies an app: namespace, Terraform, what is shared, instances"
