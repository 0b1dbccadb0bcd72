"""The texts of a build: what an environment's bundle, graph and plan are written as."""

import hashlib
from collections.abc import Mapping

from idpc.emit import Bundle, render
from idpc.emit.json_writer import json_document
from idpc.graph.document import graph_document
from idpc.graph.model import EnvironmentGraph
from idpc.plan.document import plan_document
from idpc.plan.model import Plan
from idpc.plan.page import plan_page
from idpc.source import SourceFile, Span


def digest_of(bundle: Bundle) -> str:
    """`sha256:…` of all files of a bundle."""
    found = hashlib.sha256()
    for path, text in sorted(render(bundle).items()):
        found.update(f"{path}\0{hashlib.sha256(text.encode()).hexdigest()}\n".encode())
    return f"sha256:{found.hexdigest()}"


def texts(bundle: Bundle, graph: EnvironmentGraph, plan: Plan, files: Mapping[str, SourceFile]) -> dict[str, str]:
    """Every file of an environment by its path below the build folder."""
    return {
        **render(bundle),
        f"{bundle.environment}/graph.json": graph_text(graph, files),
        f"{bundle.environment}/plan.json": json_document(plan_document(plan)),
        f"{bundle.environment}/plan.md": plan_page(plan),
    }


def graph_text(graph: EnvironmentGraph, files: Mapping[str, SourceFile]) -> str:
    """The graph of an environment as `graph.json` has it."""
    return json_document(graph_document(graph, lambda span: location(span, files)))


def location(span: Span, files: Mapping[str, SourceFile]) -> dict[str, str | int]:
    """A place as published documents have it."""
    file = files.get(span.file)
    if file is None:
        return {"file": span.file, "line": 1, "column": 1}
    line, column = file.position(span.start)
    return {"file": span.file, "line": line, "column": column}
