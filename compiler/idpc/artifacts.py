"""The texts of a build: rendered bundles, the graph, and the plan of every environment."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from idpc.emit import Bundle, render
from idpc.emit.json_writer import json_document
from idpc.graph.document import graph_document
from idpc.plan.document import plan_document
from idpc.plan.page import plan_page
from idpc.source import Span

if TYPE_CHECKING:
    from idpc.pipeline import Compilation


def rendered(bundle: Bundle) -> dict[str, str]:
    """The texts of a bundle's files."""
    return render(bundle)


def digest_of(bundle: Bundle) -> str:
    """`sha256:…` of all files of a bundle."""
    found = hashlib.sha256()
    for path, text in sorted(rendered(bundle).items()):
        found.update(f"{path}\0{hashlib.sha256(text.encode()).hexdigest()}\n".encode())
    return f"sha256:{found.hexdigest()}"


def files(compilation: "Compilation") -> Mapping[str, str]:
    """Every file by its path below the build folder; those of the asked environments only, where some were asked."""
    wanted = compilation.options.environments
    made: dict[str, str] = {}
    for bundle in compilation.bundles:
        name = bundle.environment
        if not wanted or name in wanted:
            made.update(rendered(bundle))
            made[f"{name}/graph.json"] = graph_text(compilation, name)
            made[f"{name}/plan.json"] = json_document(plan_document(compilation.plans[name]))
            made[f"{name}/plan.md"] = plan_page(compilation.plans[name])
    return made


def graph_text(compilation: "Compilation", environment: str) -> str:
    """The graph of an environment as `graph.json` has it."""
    assert compilation.graph is not None  # noqa: S101  # asked for only then
    graph = compilation.graph.environments[environment]
    return json_document(graph_document(graph, lambda span: location(compilation, span)))


def location(compilation: "Compilation", span: Span) -> dict[str, str | int]:
    """A place as published documents have it."""
    file = compilation.files_by_path.get(span.file)
    if file is None:
        return {"file": span.file, "line": 1, "column": 1}
    line, column = file.position(span.start)
    return {"file": span.file, "line": line, "column": column}
