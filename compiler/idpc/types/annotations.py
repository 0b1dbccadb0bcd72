"""Annotations: which there are, before what each may stand, and what it takes."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes import types as codes
from idpc.resolve import did_you_mean
from idpc.resolve.program import SORTS, declared_name
from idpc.syntax import nodes


class Use(Struct, frozen=True):
    """Before what an annotation may stand, in words and as sorts of places, and whether it takes a text."""

    words: str
    places: frozenset[str]
    text: str = ""


def _use(words: str, *places: str, text: str = "") -> Use:
    return Use(words, frozenset(places), text)


ANNOTATIONS = {
    "was": _use("an app or an instance", "app", "instance", "inner", text="needed"),
    "locked": _use("a field", "field", "value"),
    "deprecated": _use(
        "a kind, template, type, function, field or output", "kind", "template", "type", "fn", "field", "output",
        text="allowed",
    ),
    "opt_in": _use("a declaration of a package", "kind", "template", "type", "fn", "let", "policy"),
    "private": _use("an instance in a template, or a declaration", "inner", "kind", "template", "type", "fn", "let"),
    "workload": _use("a kind", "kind"),
    "shared": _use("a kind", "kind"),
    "per_app": _use("a resource, data source or object in `provision`", "resource"),
    "hashed": _use("an object in `provision`", "resource"),
    "flatten": _use("a field of a kind or type", "field"),
}  # fmt: skip
"""Every annotation of the language."""

_DECLARED = (nodes.FieldDecl, nodes.OutputDecl, nodes.Let, nodes.Fn, nodes.TypeAlias, nodes.Assign, nodes.Block)
_INSIDE = {
    "app": "instance", "template": "inner", "instance": "value", "inner": "value", "value": "value", "kind": "block",
    "provision": "resource", "resource": "value", "defaults": "value",
}  # fmt: skip
"""What a block is, by what it stands in."""


def faults(statements: Iterable[nodes.Statement], place: str = "") -> Iterator[Diagnostic]:
    """What is wrong with annotations among some statements and inside them; `place` is what they stand in."""
    for statement in statements:
        if isinstance(statement, nodes.IfStatement):
            yield from faults((*statement.then, *(statement.otherwise or ())), place)
        elif isinstance(statement, nodes.InStatement):
            yield from faults(statement.body, place)
        elif isinstance(statement, _DECLARED):
            sort = _sort(statement, place)
            for annotation in statement.annotations:
                yield from _fault(annotation, sort, statement)
            if isinstance(statement, nodes.Block):
                yield from faults(statement.body, sort)


_SORTS: Mapping[type, str] = {
    nodes.FieldDecl: "field",
    nodes.OutputDecl: "output",
    nodes.Let: "let",
    nodes.Fn: "fn",
    nodes.TypeAlias: "type",
}


def _sort(statement: nodes.Statement, place: str) -> str:
    """As what sort of place a statement takes annotations."""
    if not isinstance(statement, nodes.Block):
        return _SORTS.get(type(statement), "value")
    head = statement.head.text
    if (head == "defaults" and place in ("", "app")) or (head == "workflow" and place in ("app", "template")):
        return head
    if not place:
        return head if head in SORTS else "instance"
    return head if place == "kind" and head == "provision" else _INSIDE.get(place, "value")


def _fault(node: nodes.Annotation, sort: str, statement: nodes.Statement) -> Iterator[Diagnostic]:
    name = node.name.text
    use = ANNOTATIONS.get(name)
    if use is None:
        yield _unknown(node)
    elif sort not in use.places:
        yield codes.ANNOTATION.at(node.span, f"`@{name}` stands before {use.words}", hint="not here")
    elif use.text:
        yield from _text_fault(node, use, statement)
    elif node.arguments:
        yield codes.ANNOTATION.at(node.span, f"`@{name}` takes nothing in brackets", hint=f"`@{name}`")


def _unknown(node: nodes.Annotation) -> Diagnostic:
    near = did_you_mean(node.name.text, ANNOTATIONS)
    fixes = (Fix(f"write `@{near}`", (Edit(node.name.span, near),), safe=True),) if near else ()
    return codes.ANNOTATION.at(
        node.name.span,
        f"there is no annotation `@{node.name.text}`",
        hint=f"did you mean `@{near}`?" if near else f"there are: {', '.join(ANNOTATIONS)}",
        fixes=fixes,
    )


def _text_fault(node: nodes.Annotation, use: Use, statement: nodes.Statement) -> Iterator[Diagnostic]:
    text = node.arguments[0] if len(node.arguments) == 1 else None
    given = text.plain if isinstance(text, nodes.String) else None
    name = declared_name(statement) if isinstance(statement, nodes.Block) else None
    if not given and (node.arguments or use.text == "needed"):
        example = '@was("old_name")' if node.name.text == "was" else '@deprecated("use x")'
        what = "the former name" if node.name.text == "was" else "what to use instead"
        yield codes.ANNOTATION.at(node.span, f"`@{node.name.text}` takes {what}, in quotes", hint=f"`{example}`")
    elif node.name.text == "was" and name is not None and given == name.text:
        yield codes.ANNOTATION.at(node.span, f"`{given}` is its name now, not a former one", hint="the same name")
