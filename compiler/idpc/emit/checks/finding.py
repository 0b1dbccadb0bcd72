"""What a check finds."""

from typing import NamedTuple

from idpc.diagnostics.model import Code, Diagnostic
from idpc.emit.findings import at_app, at_node
from idpc.emit.model import Source
from idpc.emit.site import Site


class Finding(NamedTuple):
    """A fault of an object: the rest of a sentence that begins with the object."""

    code: Code
    message: str
    advice: str = ""


def told(finding: Finding, what: str, source: Source, app: str, site: Site) -> Diagnostic:
    """A finding about an object of an app, at the instance that it comes from or else at the app."""
    message = f"`{what}`: {finding.message}"
    if source.address is None:
        return at_app(finding.code, site.app(app), site, message, advice=finding.advice)
    node = site.node(source.address)
    return at_node(finding.code, node, site, message, written=source.span, advice=finding.advice)
