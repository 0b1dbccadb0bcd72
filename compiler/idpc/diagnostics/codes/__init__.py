"""The registry of codes: one module a stage, one line a code."""

from idpc.diagnostics.codes import artifacts, cost, deploy, faults, graph, lint, names, policy, syntax, types
from idpc.diagnostics.model import Code

REGISTRY: dict[str, Code] = {
    code.id: code
    for module in (syntax, names, types, graph, policy, cost, artifacts, deploy, lint, faults)
    for code in vars(module).values()
    if isinstance(code, Code)
}
