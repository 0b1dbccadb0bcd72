"""Gatekeeper's own files: templates with Rego in them, and constraints with parameters and what they are about.

Formats: open-policy-agent.github.io/gatekeeper/website/docs/constrainttemplates and .../howto.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Fix
from idpc.diagnostics.codes import policy as codes
from idpc.diagnostics.model import Edit
from idpc.policy.rego.module import RegoFile
from idpc.resolve.suggest import did_you_mean
from idpc.schema.kubernetes import kinds, versions
from idpc.source import SourceFile, Span

YAML = (".yaml", ".yml")
_GROUPS = ("templates.gatekeeper.sh", "constraints.gatekeeper.sh")
_ENGINE, _TARGET = "Rego", "admission.k8s.gatekeeper.sh"
_MATCH = ("kinds", "namespaces", "excludedNamespaces", "labelSelector", "namespaceSelector", "scope", "name", "source")
_WORDS = {"scope": ("*", "Cluster", "Namespaced"), "source": ("All", "Original")}
_OWN_GROUPS = ("", "apps", "autoscaling", "batch", "extensions", "policy")
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_ACTIONS = {"deny": "", "warn": "warning", "dryrun": "warning"}
"""The severity of what a constraint finds, empty for that of the policy."""


class Template(Struct, frozen=True):
    """A template: the kind of its constraints, its Rego with the libraries behind it, and the schema of its parameters."""

    kind: str
    files: tuple[RegoFile, ...]
    language: str
    schema: Mapping[str, Any]
    span: Span


class Constraint(Struct, frozen=True):
    """A constraint: the parameters of its template, and what it matches. `severity` is empty where the policy says it."""

    kind: str
    name: str
    match: Mapping[str, Any]
    parameters: Mapping[str, Any]
    severity: str
    span: Span


class Declared(Struct, frozen=True):
    """What a file holds, and what is wrong with it."""

    templates: tuple[Template, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    wrong: tuple[Diagnostic, ...] = ()


def is_gatekeepers(file: SourceFile) -> bool:
    """Whether a file may hold templates or constraints."""
    return file.path.endswith(YAML) and any(f"{group}/" in file.text for group in _GROUPS)


@lru_cache(maxsize=1 << 8)
def declared_in(file: SourceFile) -> Declared:
    """The templates and constraints of a file."""
    import yaml

    found = _Reading(file)
    try:
        loader = yaml.SafeLoader(file.text)
        while loader.check_node():
            node = loader.get_node()
            found.document(node, loader.construct_document(node))
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        at = mark.index if mark else 0
        found.report(Span(file.path, at, at), f"it is no YAML: {getattr(error, 'problem', '') or error}")
    return Declared(tuple(found.templates), tuple(found.constraints), tuple(found.wrong))


def enforced(
    templates: Sequence[Template], constraints: Sequence[Constraint]
) -> Iterator[tuple[Template, Constraint | None]]:
    """Each template with each of its constraints; with none where a policy gives the parameters itself."""
    for template in templates:
        own = [each for each in constraints if each.kind == template.kind]
        yield from ((template, each) for each in own or (None,))


def constraint_faults(templates: Sequence[Template], constraints: Sequence[Constraint]) -> Iterator[Diagnostic]:
    """Constraints of templates that are not there, and parameters that theirs does not have."""
    by_kind = {each.kind: each for each in templates}
    for each in constraints:
        template = by_kind.get(each.kind)
        if template is None:
            near = did_you_mean(each.kind, by_kind)
            hint = f"did you mean `{near}`?" if near else f"there is {', '.join(sorted(by_kind)) or 'none'}"
            yield _fault(
                each.span, f"`{each.name}` is a constraint of `{each.kind}`, of which there is no template", hint
            )
        else:
            yield from _unknown(each.parameters, template.schema, each, "parameters")


def _unknown(value: Any, schema: Any, constraint: Constraint, path: str) -> Iterator[Diagnostic]:
    """Parameters that the schema does not have, which a cluster drops without a word."""
    if not isinstance(schema, dict):
        return
    if isinstance(value, list):
        for each in value:
            yield from _unknown(each, schema.get("items"), constraint, path)
    known = schema.get("properties")
    if isinstance(value, dict) and isinstance(known, dict):
        open_ = schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("additionalProperties")
        for name, each in value.items():
            if name not in known and not open_:
                near = did_you_mean(str(name), known)
                hint = f"did you mean `{near}`?" if near else f"it has {', '.join(sorted(known))}"
                yield _fault(
                    constraint.span, f"`{constraint.name}` sets `{path}.{name}`, which its template does not have", hint
                )
            yield from _unknown(each, known.get(name), constraint, f"{path}.{name}")


def with_defaults(value: Any, schema: Any) -> Any:
    """Parameters with the defaults of their schema, as a cluster fills them in."""
    if not isinstance(schema, dict):
        return value
    if isinstance(value, list):
        return [with_defaults(each, schema.get("items")) for each in value]
    known = schema.get("properties")
    if not isinstance(value, dict) or not isinstance(known, dict):
        return value
    given = {name: each["default"] for name, each in known.items() if isinstance(each, dict) and "default" in each}
    return {name: with_defaults(each, known.get(name)) for name, each in {**given, **value}.items()}


def _fault(span: Span, why: str, hint: str = "") -> Diagnostic:
    return codes.GATEKEEPER.at(span, why, hint=hint)


class _Reading:
    """Reads the documents of a file."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.templates: list[Template] = []
        self.constraints: list[Constraint] = []
        self.wrong: list[Diagnostic] = []

    def report(self, span: Span, why: str, hint: str = "") -> None:
        """Keep a fault."""
        self.wrong.append(_fault(span, why, hint))

    def document(self, node: Any, value: Any) -> None:
        """One document; an empty one is passed over."""
        if value is None:
            return
        document = value if isinstance(value, dict) else {}
        group = str(document.get("apiVersion", "")).partition("/")[0]
        kind = str(document.get("kind", ""))
        if group == _GROUPS[0] and kind == "ConstraintTemplate":
            self._template(node, document)
        elif group == _GROUPS[1] and kind:
            self._constraint(node, document, kind)
        else:
            what = f"a `{kind}`" if kind else "a document without a kind"
            self.report(
                self._span(node), f"{what} is neither a template nor a constraint of Gatekeeper", "not looked at"
            )

    def _span(self, node: Any, *path: str | int) -> Span:
        """The place of what stands at a path, or of the last step that is there: the first line of it."""
        node = _at(node, *path) or node
        start = node.start_mark.index
        line = self.file.text.find("\n", start)
        end = min(node.end_mark.index, line if line >= 0 else len(self.file.text))
        return Span(self.file.path, start, max(end, start))

    # ---------------------------------------------------------- templates

    def _template(self, node: Any, document: Mapping[str, Any]) -> None:
        crd = _value(document, "spec", "crd", "spec")
        kind = str(_value(crd, "names", "kind") or "")
        place = self._span(node, "spec", "crd", "spec", "names", "kind")
        targets = _value(document, "spec", "targets") or []
        before = len(self.wrong)
        found = [each for number in range(len(targets)) for each in self._target(node, targets[number], number)]
        if not kind:
            self.report(place, "the template says no `spec.crd.spec.names.kind`, so that no constraint can be of it")
        elif len(found) != 1 and len(self.wrong) == before:
            why = "it has no Rego" if not found else "it has several targets"
            self.report(place, f"the template `{kind}` cannot be run: {why}", "nothing to violate" if not found else "")
        elif len(found) == 1:
            schema = _value(crd, "validation", "openAPIV3Schema") or {}
            self.templates.append(Template(kind, *found[0], schema, place))

    def _target(self, node: Any, target: Any, number: int) -> Iterator[tuple[tuple[RegoFile, ...], str]]:
        """The Rego of a target, by itself or in `code`, with its version."""
        path: tuple[str | int, ...] = ("spec", "targets", number)
        if _value(target, "target") != _TARGET:
            self.report(self._span(node, *path, "target"), f"a target other than `{_TARGET}` is not looked at")
            return
        code = _value(target, "code") or []
        engines = [index for index, each in enumerate(code) if _value(each, "engine") == _ENGINE]
        if engines:
            source = (*path, "code", engines[0], "source")
            version = str(_value(code[engines[0]], "source", "version") or "v0")
            yield from self._modules(node, source, _value(code[engines[0]], "source"), version)
        elif _value(target, "rego"):
            yield from self._modules(node, path, target, "v0")

    def _modules(
        self, node: Any, path: tuple[str | int, ...], source: Any, version: str
    ) -> Iterator[tuple[tuple[RegoFile, ...], str]]:
        places = [(*path, "rego"), *((*path, "libs", each) for each in range(len(_value(source, "libs") or [])))]
        files = [self._module(_at(node, *each)) for each in places]
        if None not in files:
            yield tuple(each for each in files if each), version

    def _module(self, node: Any) -> RegoFile | None:
        """Rego in a block, with blanks in place of all that stands before it: what is told of it is told at its line."""
        if getattr(node, "style", None) != "|":
            place = self._span(node) if node else Span(self.file.path, 0, 0)
            self.report(place, "Rego stands in a block, so that its lines can be told", "write `rego: |`")
            return None
        start = self.file.text.index("\n", node.start_mark.index) + 1
        blank = "".join("\n" if each == "\n" else " " for each in self.file.text[:start])
        text = blank + self.file.text[start : node.end_mark.index]
        return RegoFile(SourceFile(self.file.path, text), f"{self.file.path}.{start}.rego")

    # -------------------------------------------------------- constraints

    def _constraint(self, node: Any, document: Mapping[str, Any], kind: str) -> None:
        name = str(_value(document, "metadata", "name") or "")
        place = self._span(node, "metadata", "name")
        match, parameters = _value(document, "spec", "match") or {}, _value(document, "spec", "parameters") or {}
        action = str(_value(document, "spec", "enforcementAction") or "deny")
        if action not in _ACTIONS:
            at = self._span(node, "spec", "enforcementAction")
            self.report(at, f"`{action}` is no enforcement action that can be judged here", f"{', '.join(_ACTIONS)}")
        if not isinstance(match, dict) or not isinstance(parameters, dict):
            self.report(place, f"`match` and `parameters` of the constraint `{name}` are maps")
            return
        self._match(node, match)
        self.constraints.append(Constraint(kind, name, match, parameters, _ACTIONS.get(action, ""), place))

    def _match(self, node: Any, match: Mapping[str, Any]) -> None:
        """What would match nothing."""
        for key in (each for each in match if each not in _MATCH):
            self._unmatched(node, str(key))
        for key, known in _WORDS.items():
            if match.get(key, known[0]) not in known:
                place = self._span(node, "spec", "match", key)
                self.report(place, f"`{key}` of a constraint is not `{match[key]}`", ", ".join(known))
        for selector in ("labelSelector", "namespaceSelector"):
            for number, each in enumerate(_value(match, selector, "matchExpressions") or ()):
                if _value(each, "operator") not in OPERATORS:
                    place = self._span(node, "spec", "match", selector, "matchExpressions", number, "operator")
                    self.report(place, f"a selector has no operator `{_value(each, 'operator')}`", ", ".join(OPERATORS))
        for number, each in enumerate(match.get("kinds") or ()):
            self._kinds(node, number, each)

    def _kinds(self, node: Any, number: int, wanted: Any) -> None:
        """Kinds that no group of Kubernetes has, where its own groups are meant."""
        groups, known = _value(wanted, "apiGroups") or ["*"], kinds(versions()[-1])
        if all(group in _OWN_GROUPS or str(group).endswith(".k8s.io") for group in groups):
            for position, kind in enumerate(_value(wanted, "kinds") or ()):
                if kind not in ("*", *known):
                    near = did_you_mean(str(kind), known)
                    place = self._span(node, "spec", "match", "kinds", number, "kinds", position)
                    hint = f"did you mean `{near}`?" if near else "no such kind"
                    self.report(place, f"Kubernetes has no kind `{kind}` in these groups: nothing would match", hint)

    def _unmatched(self, node: Any, key: str) -> None:
        near = did_you_mean(key, _MATCH)
        place = next(self._span(each) for each, _ in _at(node, "spec", "match").value if each.value == key)
        hint = f"did you mean `{near}`?" if near else ", ".join(_MATCH)
        fixes = (Fix(f"write `{near}`", (Edit(place, near),)),) if near else ()
        self.wrong.append(_fault(place, f"a constraint cannot match by `{key}`", hint).but(fixes=fixes))


def _value(document: Any, *path: str) -> Any:
    for step in path:
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _at(node: Any, *path: str | int) -> Any:
    """The node at a path, or the last one on the way to it."""
    for step in path:
        inner: Any = None
        if isinstance(step, int):
            inner = node.value[step] if isinstance(node.value, list) and step < len(node.value) else None
        elif isinstance(node.value, list):
            inner = next((each[1] for each in node.value if isinstance(each, tuple) and each[0].value == step), None)
        if inner is None:
            return node
        node = inner
    return node
