"""Policies that would say nothing, whatever they look at: without rules, switched off, or about what cannot be."""

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes import policy as codes
from idpc.resolve import did_you_mean
from idpc.resolve.program import Table, declared_name, is_opt_in
from idpc.schema import kubernetes, terraform
from idpc.schema.reach import fields_at, reach
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types.checker import Checker
from idpc.types.declared import PolicyInfo
from idpc.types.policy_fix import is_fix

_REGO_ONLY = ("params", "language", "form")
_RESOURCE = ("type", "name", "values")
_COMPARED = frozenset(("==", "!=", "in"))
Step = tuple[str, Span]


def silent_policies(policies: Iterable[PolicyInfo], table: Table, checker: Checker) -> Iterator[Diagnostic]:
    """What is wrong with the policies of a project; those of packages are checked where they are imported."""
    found = {policy.span: policy for policy in policies if not policy.span.file.startswith("std/")}
    for block in table.rules.values():
        name = declared_name(block)
        if block.head.text == "policy" and name is not None and is_opt_in(block):
            yield _off(block, name)
        elif block.head.text == "policy" and name is not None and name.span in found:
            yield from _without_rules(block, name, found[name.span])
    for policy in found.values():
        yield from _Paths(policy, checker).faults()


def _off(block: nodes.Block, name: nodes.Name) -> Diagnostic:
    place = next(each.span for each in block.annotations if each.name.text == "opt_in")
    why = f"`@opt_in` leaves the policy `{name.text}` off: nothing imports what a project declares itself"
    return _fault(place, why, hint="take it out")


def _without_rules(block: nodes.Block, name: nodes.Name, policy: PolicyInfo) -> Iterator[Diagnostic]:
    for each in block.body:
        if policy.rego and (isinstance(each, nodes.Require) or is_fix(each)):
            yield _fault(
                each.span,
                f"`{name.text}` is written in Rego: what stands here is never looked at",
                hint="not looked at",
            )
        elif not policy.rego and isinstance(each, nodes.Assign | nodes.Block) and _name(each).text in _REGO_ONLY:
            yield _fault(
                _name(each).span, f"only Rego reads `{_name(each).text}`, and `{name.text}` has none", hint="not read"
            )
    named = any(isinstance(each, nodes.Assign) and each.name.text == "rego" for each in block.body)
    if not policy.rules and not named:
        yield _fault(name.span, f"the policy `{name.text}` demands nothing", hint="it has neither `require` nor `rego`")


def _name(statement: nodes.Assign | nodes.Block) -> nodes.Name:
    return statement.name if isinstance(statement, nodes.Assign) else statement.head


def _fault(place: Span, why: str, hint: str = "", near: str | None = None) -> Diagnostic:
    fixes = (Fix(f"write `{near}`", (Edit(place, near),)),) if near else ()
    return codes.INERT.at(place, why, hint=f"did you mean `{near}`?" if near else hint, fixes=fixes)


class _Paths:
    """What the expressions of a policy read of objects and resources, and with which words they compare it."""

    def __init__(self, policy: PolicyInfo, checker: Checker) -> None:
        self.policy, self.checker = policy, checker
        self.version = checker.kubernetes
        conditions = (policy.when, *(part for rule in policy.rules for part in (rule.condition, rule.message)))
        self.found = list(_inside(conditions, set()))
        self.words = {str(each.value) for each in self.found if isinstance(each, c.Const)}

    def faults(self) -> Iterator[Diagnostic]:
        """Paths that lead nowhere, and words that are no kind, type or environment."""
        told: set[Span] = set()
        for each in self._all():
            if each.span not in told:
                told.add(each.span)
                yield each.but(policy=self.policy.name)

    def _all(self) -> Iterator[Diagnostic]:
        for each in self.found:
            root, steps = _path(each)
            if root == "object":
                yield from self._of_object(steps)
            elif root == "resource":
                yield from self._of_resource(steps)
            if isinstance(each, c.Operation) and each.operator in _COMPARED:
                yield from self._compared(each)

    # ------------------------------------------------------------- objects

    def _of_object(self, steps: list[Step]) -> Iterator[Diagnostic]:
        names = [name for name, _ in steps]
        far = reach(names, self.version, self.words, self.checker.crds)
        if far < len(steps):
            before = ".".join(("object", *names[:far]))
            name, span = steps[far]
            near = did_you_mean(name, fields_at(names[:far], self.version))
            place = Span(span.file, span.end - len(name), span.end)
            yield _fault(place, f"no object has `{name}` in `{before}`", "it is always null", near)

    # ----------------------------------------------------------- resources

    def _of_resource(self, steps: list[Step]) -> Iterator[Diagnostic]:
        if steps and steps[0][0] not in _RESOURCE:
            name, span = steps[0]
            place = Span(span.file, span.end - len(name), span.end)
            yield _fault(
                place, f"a resource has no `{name}`", f"it has {', '.join(_RESOURCE)}", did_you_mean(name, _RESOURCE)
            )
        named = [found for word in self.words if (found := terraform.resource(word))]
        if len(steps) > 1 and steps[0][0] == "values" and named:
            name, span = steps[1]
            known = {each for found in named for each in (*found.attributes, *found.blocks)}
            if name not in known:
                place = Span(span.file, span.end - len(name), span.end)
                yield _fault(
                    place,
                    f"none of the resources that are named here has `{name}`",
                    "it is always null",
                    did_you_mean(name, known),
                )

    # --------------------------------------------------------------- words

    def _compared(self, operation: c.Operation) -> Iterator[Diagnostic]:
        left, right = operation.operands
        for path, other in ((left, right), (right, left)):
            root, steps = _path(path)
            names = tuple(name for name, _ in steps)
            if (root, names) == ("environment", ("name",)):
                yield from self._words(other, self.checker.program.environments(), "environment", only_near=False)
            elif (root, names) == ("object", ("kind",)):
                yield from self._words(other, kubernetes.kinds(self.version), "kind of object", only_near=True)
            elif (root, names) == ("resource", ("type",)):
                for each in _constants(other):
                    provider = terraform.provider_of(str(each.value))
                    known = terraform.types(provider) if provider else ()
                    yield from self._words(each, known, "type of resource", only_near=True)

    def _words(self, other: c.Core, known: Collection[str], what: str, *, only_near: bool) -> Iterator[Diagnostic]:
        for each in _constants(other):
            near = did_you_mean(str(each.value), known)
            if each.value not in known and (near or not only_near):
                place = Span(each.span.file, each.span.start + 1, each.span.end - 1)
                hint = f"there is {', '.join(known)}" if known and not only_near else ""
                yield _fault(place, f"there is no {what} `{each.value}`", hint, near)


def _inside(core: object, seen: set[int]) -> Iterator[c.Core]:
    """Every expression in some others, through `let`s and functions; of a path only the whole of it."""
    match core:
        case tuple():
            for each in core:
                yield from _inside(each, seen)
        case c.ReadLet(let=let):
            if id(let) not in seen:
                seen.add(id(let))
                yield from _inside(let.value, seen)
        case c.Member() | c.Index() if _path(core)[0]:
            yield core
        case Struct() if type(core).__module__ == c.__name__:
            if isinstance(core, c.Const | c.Operation):
                yield core
            for name in core.__struct_fields__:
                yield from _inside(getattr(core, name), seen)


def _path(core: object) -> tuple[str, list[Step]]:
    """The context that a path begins with and its steps by name, up to one that is known only later; empty for no path."""
    match core:
        case c.Context(name=name):
            return name, []
        case c.Member(base=base, name=name, span=span):
            root, steps = _path(base)
            return root, [*steps, (name, span)] if _is_whole(base) else steps
        case c.Index(base=base):
            return _path(base)
    return "", []


def _is_whole(core: object) -> bool:
    """Whether a path has steps by name only."""
    return isinstance(core, c.Context) or (isinstance(core, c.Member) and _is_whole(core.base))


def _constants(core: object) -> Iterator[c.Const]:
    match core:
        case c.Const(value=str()):
            yield core
        case c.MakeList(items=items):
            for each in items:
                yield from _constants(each)
        case c.Convert(value=value):
            yield from _constants(value)
