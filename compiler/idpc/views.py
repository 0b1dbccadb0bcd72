"""Each stage of the compiler as text, for `idpc show` and for tests."""

from collections.abc import Callable, Mapping

from idpc.artifacts import graph_text
from idpc.emit.json_writer import json_document
from idpc.emit.text import render
from idpc.pipeline import Compilation
from idpc.plan.document import plan_document
from idpc.plan.page import plan_page
from idpc.policy.verdicts import PolicyVerdict

View = Callable[[Compilation, str], str]


def _syntax(compilation: Compilation, environment: str) -> str:
    from pprint import pformat

    del environment
    own = [module for module in compilation.modules if not module.path.startswith("std/")]
    return "".join(f"// file: {module.path}\n{pformat(module.statements, width=120)}\n" for module in own)


def _names(compilation: Compilation, environment: str) -> str:
    del environment
    program = compilation.program
    if program is None:
        return ""
    rows = [
        f"{sort:<13}{name}\n"
        for sort in ("kind", "value", "team", "environment", "rule")
        for name in sorted(program.project.of_sort(sort))
    ]
    return "".join(rows)


def _types(compilation: Compilation, environment: str) -> str:
    del environment
    typed = compilation.typed
    kinds = sorted(typed.kinds.items()) if typed else []
    lines = []
    for name, kind in kinds:
        lines.append(f"{'template' if kind.template else 'kind'} {name}\n")
        lines += [f"  {field.name}: {field.type}\n" for field in kind.fields.values()]
        lines += [f"  output {output.name}: {output.type}\n" for output in kind.outputs.values()]
    return "".join(lines)


def _graph(compilation: Compilation, environment: str) -> str:
    """One line an instance, one an edge."""
    if compilation.graph is None:
        return ""
    graph = compilation.graph.environments[environment]
    nodes = [f"{address}: {node.kind}\n" for address, node in graph.nodes.items()]
    edges = [
        f"{edge.source} -> {edge.target}: {edge.order}, {edge.why}{f', {edge.access}' if edge.access else ''}\n"
        for edge in graph.edges
    ]
    return "".join((*nodes, *edges))


def _rendered(what: str) -> View:
    def view(compilation: Compilation, environment: str) -> str:
        for bundle in compilation.bundles:
            if bundle.environment == environment:
                texts = render(bundle)
                wanted = [path for path in texts if bundle.owners[path].what == what]
                return "".join(f"# {path}\n{texts[path]}" for path in wanted)
        return ""

    return view


def _plan(compilation: Compilation, environment: str) -> str:
    plan = compilation.plans.get(environment)
    return plan_page(plan) if plan else ""


def _plan_json(compilation: Compilation, environment: str) -> str:
    plan = compilation.plans.get(environment)
    return json_document(plan_document(plan)) if plan else ""


def _graph_json(compilation: Compilation, environment: str) -> str:
    graph = compilation.graph
    return graph_text(graph.environments[environment], compilation.files_by_path) if graph else ""


def _policies(compilation: Compilation, environment: str) -> str:
    found = compilation.verdicts.policies.get(environment, {})
    return "".join(_verdict(found[name]) for name in sorted(found))


def _verdict(verdict: PolicyVerdict) -> str:
    of_all = verdict.among()
    counts = f"looked at {of_all.looked_at}, passed {of_all.passed}, failed {of_all.failed}"
    return f"{verdict.name:<28}{verdict.severity:<9}{counts}\n"


VIEWS: Mapping[str, View] = {
    "syntax": _syntax,
    "names": _names,
    "types": _types,
    "graph": _graph,
    "graph.json": _graph_json,
    "kubernetes": _rendered("kubernetes"),
    "terraform": _rendered("terraform"),
    "catalog": _rendered("catalog"),
    "policies": _policies,
    "plan": _plan,
    "plan.json": _plan_json,
}
"""The stages by name."""
