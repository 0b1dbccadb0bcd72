"""Drafts the steps that apply an environment: each with the stage that takes it, not yet in any order."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from idpc.address import Address, kebab
from idpc.emit.site import Site
from idpc.graph.model import EnvironmentGraph, Node
from idpc.plan import durations, gates
from idpc.plan.checks import health_checks
from idpc.plan.model import Gate, PlanInputs, PlannedApp, PlannedFile, PlannedObject, Rollback, Step
from idpc.plan.workflows import StageRule, WorkflowRules, Workflows, stands_in
from idpc.schema.durations import of_action

TERRAFORM_MINUTES = 60
CHECK_MINUTES = 5
_OWN_STEPS = frozenset({"terraform", "namespace", "monitoring", "prune", "_app"})


class Draft(Struct, frozen=True):
    """A step and the stage that takes it; `chosen` where a workflow names it, so that it may not run in another.

    `realises` are the instances that are there after it, `watches` those that it asks about.
    `part` is what the step is for its app: namespace, terraform, shared, instance, check, monitoring, push, wait.
    """

    step: Step
    part: str
    app: str
    workflow: WorkflowRules
    stage: StageRule
    chosen: bool = False
    realises: tuple[Address, ...] = ()
    watches: tuple[Address, ...] = ()

    @property
    def id(self) -> str:
        """The step's."""
        return self.step.id


class Place(Struct, frozen=True):
    """Where the drafts of one app are made."""

    graph: EnvironmentGraph
    app: PlannedApp
    workflows: Workflows

    @property
    def workflow(self) -> WorkflowRules:
        """The workflow of the app."""
        return self.workflows.holding(Address.of(self.app.name))


def drafts(graph: EnvironmentGraph, inputs: PlanInputs, workflows: Workflows) -> Iterator[Draft]:
    """Every step that the engine runs when it applies all objects itself."""
    early = apps_with_early_namespace(graph, inputs)
    nodes = nodes_by_app(graph)
    for name in sorted(inputs.apps):
        place = Place(graph, inputs.apps[name], workflows)
        yield from terraform_drafts(place, nodes.get(name, ()))
        yield from _shared(place, early=name in early)
        for address, file in place.app.instances.items():
            node = graph.nodes.get(address)
            if node is not None:
                yield from _instance(place, node, file)
        yield from check_drafts(place, nodes.get(name, ()))
        yield from _monitoring(place)


def nodes_by_app(graph: EnvironmentGraph) -> dict[str, list[Node]]:
    """The instances of each app, by address."""
    nodes: dict[str, list[Node]] = {}
    for address in sorted(graph.nodes):
        nodes.setdefault(address.app, []).append(graph.nodes[address])
    return nodes


def apps_with_early_namespace(graph: EnvironmentGraph, inputs: PlanInputs) -> frozenset[str]:
    """The apps into whose namespace Terraform writes Secrets."""
    site = Site("", graph)
    if site.secrets != "kubernetes" and site.cloud not in {"kubernetes", "edge"}:
        return frozenset()
    with_root = {name for name, app in inputs.apps.items() if app.terraform}
    readers = {edge.source.app for edge in graph.edges if edge.outputs and edge.target.app in with_root}
    return frozenset(with_root | readers)


def terraform_drafts(place: Place, nodes: Sequence[Node]) -> Iterator[Draft]:
    """The Terraform root of an app, where it has one."""
    if not place.app.terraform:
        return
    provided = [node for node in nodes if node.resources and (not node.workload or not _file(place, node))]
    stage, chosen = _root_stage(place, provided)
    step = Step(
        id=f"{place.app.folder}/terraform",
        action="terraform.apply",
        address=place.app.name,
        artifacts=(place.app.terraform,),
        gate=Gate(terraform="outputs present"),
        rollback=Rollback(none=_forward_only(provided)),
        timeout=TERRAFORM_MINUTES,
        provides=tuple(str(node.address) for node in provided),
        takes=durations.of_root(nodes),
    )
    realised = tuple(node.address for node in nodes if node.resources and not _file(place, node))
    yield Draft(step, "terraform", place.app.name, place.workflow, stage, chosen, realised)


def _file(place: Place, node: Node) -> PlannedFile | None:
    return place.app.instances.get(node.address)


def _root_stage(place: Place, provided: Sequence[Node]) -> tuple[StageRule, bool]:
    """The first stage that names an instance of the root, else the default one; a root is never taken apart."""
    for node in provided:
        taking = place.workflows.holding(node.address).taking("infrastructure", node.address)
        whole = [rule for rule in taking if not rule.objects]
        if whole:
            return whole[0], True
    return place.workflow.default("infrastructure"), False


def _forward_only(nodes: Sequence[Node]) -> str:
    holding = ", ".join(str(node.address) for node in nodes if "retire" in node.fields)
    return f"forward only: holds data ({holding})" if holding else "forward only: what was made stays"


def _shared(place: Place, *, early: bool) -> Iterator[Draft]:
    """The namespace with all that stands in it for the whole app; the namespace by itself where Terraform needs it."""
    file = place.app.shared
    if file is None:
        return
    first = [each for each in file.objects if early and each.kind == "Namespace"]
    rest = [each for each in file.objects if each not in first]
    stage = place.workflow.default("infrastructure")
    if first:
        yield Draft(_apply(place, "namespace", file, first), "namespace", place.app.name, place.workflow, stage)
    yield Draft(_apply(place, "_app", file, rest), "shared", place.app.name, place.workflow, stage)


def _apply(place: Place, name: str, file: PlannedFile, objects: Sequence[PlannedObject]) -> Step:
    only_namespace = all(each.kind == "Namespace" for each in objects)
    return Step(
        id=f"{place.app.folder}/{name}",
        action="kubernetes.apply",
        address=place.app.name,
        artifacts=(file.path,),
        objects=_named(file, objects),
        gate=gates.gate(objects),
        rollback=(
            Rollback(none="a namespace is never removed")
            if only_namespace and objects
            else going_back(place.workflow, gates.kept(objects))
        ),
        timeout=gates.timeout(objects),
        takes=durations.of_objects(objects),
    )


def _named(file: PlannedFile, objects: Sequence[PlannedObject]) -> tuple[str, ...]:
    return tuple(str(each) for each in objects) if len(objects) < len(file.objects) else ()


def _instance(place: Place, node: Node, file: PlannedFile) -> Iterator[Draft]:
    """The steps of one instance: in the stages that run it, else in those that take it or parts of it."""
    workflow = place.workflows.holding(node.address)
    if is_manual(node):
        yield from _runs(place, node, file)
        return
    stage_type = "application" if node.workload else "infrastructure"
    for rule, objects, chosen in _portions(workflow, stage_type, node, file):
        suffix = f"/{kebab(rule.name)}" if rule.objects and len(objects) < len(file.objects) else ""
        step = _instance_step(place, node, file, objects, workflow, suffix)
        yield Draft(step, "instance", place.app.name, workflow, rule, chosen, (node.address,))


def is_manual(node: Node) -> bool:
    """Whether an instance runs only where a stage asks for it."""
    return node.fields.get("run") == "manual"


def _portions(
    workflow: WorkflowRules, stage_type: str, node: Node, file: PlannedFile
) -> Iterator[tuple[StageRule, Sequence[PlannedObject], bool]]:
    rest: Sequence[PlannedObject] = file.objects
    for rule in workflow.taking(stage_type, node.address):
        taken = [each for each in rest if not rule.objects or each.kind in rule.objects]
        rest = [each for each in rest if each not in taken]
        if taken:
            yield rule, taken, True
    if rest:
        yield workflow.default(stage_type), rest, False


def _runs(place: Place, node: Node, file: PlannedFile) -> Iterator[Draft]:
    suffix = ""
    for workflow in place.workflows.all():
        for rule in workflow.stages.values():
            if any(stands_in(node.address, run) for run in rule.run):
                step = _instance_step(place, node, file, file.objects, workflow, suffix)
                yield Draft(step, "instance", place.app.name, workflow, rule, chosen=True, realises=(node.address,))
                suffix = f"/{kebab(rule.name)}"


def _instance_step(  # noqa: PLR0913  # what a step is made of
    place: Place,
    node: Node,
    file: PlannedFile,
    objects: Sequence[PlannedObject],
    workflow: WorkflowRules,
    suffix: str,
) -> Step:
    name = f"kubernetes/{node.name}" if node.name in _OWN_STEPS else node.name
    return Step(
        id=f"{place.app.folder}/{name}{suffix}",
        action="kubernetes.apply",
        address=str(node.address),
        artifacts=(file.path,),
        objects=_named(file, objects),
        gate=gates.gate(objects),
        rollback=_rollback(node, objects, workflow),
        timeout=gates.timeout(objects),
        provides=(str(node.address),),
        takes=durations.of_objects(objects),
    )


def _rollback(node: Node, objects: Sequence[PlannedObject], workflow: WorkflowRules) -> Rollback:
    if not node.workload:
        return Rollback(none=_forward_only([node]))
    if any(each.kind == "Job" for each in objects):
        return Rollback(none="what a job did cannot be undone")
    return going_back(workflow, gates.kept(objects))


def going_back(workflow: WorkflowRules, keeps: tuple[str, ...] = ()) -> Rollback:
    """Back to the previous artifacts, where the workflow does not say that what was applied stays."""
    if workflow.on_failure != "rollback":
        return Rollback(none=f"workflow {workflow.name} says {workflow.on_failure} on failure: what was applied stays")
    return Rollback(to="previous", keeps=keeps)


def check_drafts(place: Place, nodes: Sequence[Node]) -> Iterator[Draft]:
    """A request to the health path of each exposed instance, as its users would send it."""
    for node in nodes:
        checks = health_checks(node)
        workflow = place.workflows.holding(node.address)
        taking = workflow.taking("testing", node.address)
        stage = taking[0] if taking else workflow.default("testing")
        for name, url in checks:
            suffix = "smoke" if len(checks) == 1 else f"smoke-{kebab(name)}"
            step = Step(
                id=f"{place.app.folder}/{node.name}/{suffix}",
                action="http.check",
                address=str(node.address),
                artifacts=(),
                gate=Gate(url=url, status="2xx"),
                rollback=Rollback(none="changes nothing"),
                timeout=CHECK_MINUTES,
                takes=of_action("http.check"),
            )
            watches = (node.address,)
            yield Draft(step, "check", place.app.name, workflow, stage, chosen=bool(taking), watches=watches)


def _monitoring(place: Place) -> Iterator[Draft]:
    file = place.app.monitoring
    if file is None:
        return
    for portion in _monitoring_portions(place, file):
        own = portion.stage.name != place.workflow.default("monitoring").name
        step = Step(
            id=f"{place.app.folder}/monitoring" + (f"/{kebab(portion.stage.name)}" if own else ""),
            action="kubernetes.apply",
            address=place.app.name,
            artifacts=(file.path,),
            objects=_named(file, portion.objects),
            gate=gates.gate(portion.objects),
            rollback=going_back(portion.workflow),
            timeout=gates.timeout(portion.objects),
            takes=durations.of_objects(portion.objects),
        )
        watches = tuple(dict.fromkeys(each.owner for each in portion.objects if each.owner is not None))
        yield Draft(
            step, "monitoring", place.app.name, portion.workflow, portion.stage, portion.chosen, watches=watches
        )


class _Portion(Struct, frozen=True):
    """The objects of a file that one stage takes."""

    workflow: WorkflowRules
    stage: StageRule
    chosen: bool
    objects: list[PlannedObject]


def _monitoring_portions(place: Place, file: PlannedFile) -> Iterator[_Portion]:
    """The objects by the stage that takes their instances."""
    portions: dict[str, _Portion] = {}
    for each in file.objects:
        address = each.owner or Address.of(place.app.name)
        workflow = place.workflows.holding(address)
        taking = workflow.taking("monitoring", address)
        stage = taking[0] if taking else workflow.default("monitoring")
        portions.setdefault(stage.name, _Portion(workflow, stage, bool(taking), [])).objects.append(each)
    yield from portions.values()
