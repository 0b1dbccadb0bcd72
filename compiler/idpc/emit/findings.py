"""Diagnostics about what an instance becomes."""

from idpc.diagnostics.model import Code, Diagnostic, Label
from idpc.emit.site import Site
from idpc.graph.model import App, Node
from idpc.source import Span


def at_node(  # noqa: PLR0913  # what a diagnostic says
    code: Code, node: Node, site: Site, message: str, *, written: Span | None = None, hint: str = "", advice: str = ""
) -> Diagnostic:
    """A diagnostic at an instance, with the place in its kind and the templates' uses that made it."""
    labels = [Label(span, "through this template") for span in node.trace]
    if written is not None and written != node.span:
        labels.append(Label(written, "written here"))
    found = code.at(node.span, message, hint=hint, labels=tuple(labels), help=advice, address=str(node.address))
    return found.but(environments=(site.name,))


def at_app(code: Code, app: App, site: Site, message: str, *, advice: str = "") -> Diagnostic:
    """A diagnostic at an app, for what belongs to no instance."""
    return code.at(app.span, message, help=advice, address=app.name).but(environments=(site.name,))
