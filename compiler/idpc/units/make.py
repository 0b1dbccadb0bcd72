"""Compiles units and takes what they became apart; what only a compilation of the whole project can tell is refused."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from idpc import profile
from idpc.diagnostics import Diagnostic, Outcome
from idpc.graph.model import EnvironmentGraph
from idpc.pipeline import Compilation, Options, compile_modules
from idpc.plan.gitops import uses_gitops
from idpc.project import Sources
from idpc.syntax.nodes import Module
from idpc.units.facts import app_name, is_of_app
from idpc.units.part import Made, Part
from idpc.units.shares import Shares
from idpc.units.split import Unit


class NotApartError(Exception):
    """The units say nothing valid by themselves: the project is to be compiled as a whole."""


class AmbiguousError(Exception):
    """It cannot be told which of several units a diagnostic belongs to: they are to be compiled one by one."""


def make_parts(
    sources: Sources, modules: Sequence[Module], units: Mapping[str, Unit], options: Options, *, texts: bool
) -> Made:
    """The parts of some units, compiled together, by their keys; raises NotApartError.

    `modules` are those of the files of these units and of all that is shared; of other apps in them nothing is made.
    """
    own = replace(sources, readings={})
    compilation = compile_modules(own, Outcome(tuple(_of_units(modules, units, sources.root_name))), options)
    return parts_of(compilation, units, texts=texts)


def parts_of(compilation: Compilation, units: Mapping[str, Unit], *, texts: bool) -> Made:
    """The parts of the units that were compiled; raises NotApartError."""
    if not compilation.ok or _gives_rego(compilation) or not all(map(_stands_apart, _graphs(compilation))):
        raise NotApartError
    reads = tuple((path, each.digest) for path, each in sorted(compilation.sources.readings.items()))
    told = _told(compilation, units)
    with profile.stage("shares"):
        return _made(compilation, units, reads, told, texts=texts)


def _made(  # what parts are made of
    compilation: Compilation,
    units: Mapping[str, Unit],
    reads: tuple[tuple[str, str], ...],
    told: Mapping[str, Sequence[Diagnostic]],
    *,
    texts: bool,
) -> Made:
    shares = [Shares(compilation, bundle) for bundle in compilation.bundles]
    parts = tuple(
        Part(unit.name, key, tuple(told[key]), reads, tuple(share.of(unit, digests=texts) for share in shares))
        for key, unit in units.items()
    )
    return Made(parts, _texts(compilation, parts) if texts else {})


def _texts(compilation: Compilation, parts: Sequence[Part]) -> dict[str, str]:
    """The texts of the parts' own files: what belongs to no app is another part's, unless it is theirs."""
    bundles = {bundle.environment: bundle for bundle in compilation.bundles}
    shares = (share for part in parts for share in part.environments)
    return {file.path: bundles[share.name].texts[file.path] for share in shares for file in share.files}


def _of_units(modules: Sequence[Module], units: Mapping[str, Unit], project: str) -> Iterator[Module]:
    """The modules without the apps of other units."""
    apps = {name for unit in units.values() for name in unit.apps}
    for module in modules:
        kept = [each for each in module.statements if not is_of_app(each) or (app_name(each) or project) in apps]
        if kept or not module.statements:
            yield module if len(kept) == len(module.statements) else replace(module, statements=tuple(kept))


def _graphs(compilation: Compilation) -> Iterator[EnvironmentGraph]:
    if compilation.graph is not None:
        yield from compilation.graph.environments.values()


def _stands_apart(graph: EnvironmentGraph) -> bool:
    """Whether nothing in an environment reaches all of its apps: workflows of one, shared instances, a GitOps engine."""
    own = any(workflow.scope for workflow in graph.workflows)
    return not own and not uses_gitops(graph) and not any(node.shared for node in graph.nodes.values())


def _gives_rego(compilation: Compilation) -> bool:
    """Whether a build holds Rego, which parts know nothing of: they are judged when they are together."""
    in_rego = compilation.typed is not None and any(policy.rego for policy in compilation.typed.policies)
    return in_rego and any(graph.environment.get("admission") == "gatekeeper" for graph in _graphs(compilation))


def _told(compilation: Compilation, units: Mapping[str, Unit]) -> dict[str, list[Diagnostic]]:
    """The diagnostics of each unit by its key; one that may belong to several is in the way where there are several."""
    told: dict[str, list[Diagnostic]] = {key: [] for key in units}
    of_app = {app: key for key, unit in units.items() for app in unit.apps}
    of_file = {path: key for key, unit in units.items() for path in unit.files}
    only = next(iter(units)) if len(units) == 1 else None
    for each in compilation.found:
        key = only or of_app.get(each.address.partition(".")[0]) or of_file.get(each.span.file)
        if key is None:
            raise AmbiguousError
        told[key].append(each)
    return told
