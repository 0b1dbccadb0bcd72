"""Diagnostics about what an instance becomes."""

from idpc.diagnostics.model import Code, Diagnostic, Label
from idpc.emit.site import Site
from idpc.graph.model import App, Node
from idpc.source import Span
from idpc.values import Value

Path = tuple[str | int, ...]


def at_node(  # noqa: PLR0913  # what a diagnostic says
    code: Code,
    node: Node,
    site: Site,
    message: str,
    *,
    span: Span | None = None,
    written: Span | None = None,
    hint: str = "",
    advice: str = "",
) -> Diagnostic:
    """A diagnostic at an instance or one of its fields, with the place in its kind and the templates' uses that made it."""
    labels = [Label(span, "through this template") for span in node.trace]
    if written is not None and written != node.span:
        labels.append(Label(written, "written here"))
    found = code.at(span or node.span, message, hint=hint, labels=tuple(labels), help=advice, address=str(node.address))
    return found.but(environments=(site.name,))


def at_app(code: Code, app: App, site: Site, message: str, *, advice: str = "") -> Diagnostic:
    """A diagnostic at an app, for what belongs to no instance."""
    return code.at(app.span, message, help=advice, address=app.name).but(environments=(site.name,))


def given_by(value: Value, node: Node) -> tuple[Path, Span] | None:
    """The field of an instance that has a value, and where it was set; None where the kind itself made the value."""
    path = _path_to(value, dict(node.fields))
    steps = [".".join(map(str, path[:length])) for length in range(len(path or ()), 0, -1)] if path else []
    span = next((node.origins[step] for step in steps if step in node.origins), None)
    return (path, span) if path and span else None


def _path_to(value: Value, within: Value, path: Path = ()) -> Path | None:
    if path and value == within:
        return path
    items = within.items() if isinstance(within, dict) else enumerate(within) if isinstance(within, list) else ()
    found = (_path_to(value, item, (*path, key)) for key, item in items)
    return next((place for place in found if place is not None), None)
