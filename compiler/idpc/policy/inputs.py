"""The inputs of policies in Rego, put together as JSON from the shares of all units; no document is read again for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Raw, Struct

from idpc.cost.pool import pooled
from idpc.policy.amounts import Amounts, all_carbon, all_costs, idle_amounts
from idpc.policy.rego.matching import matches, pods
from idpc.policy.rego.prepare import Prepared
from idpc.policy.share import GRAPH, PolicyShare, RegoPolicy, Subject
from idpc.source import Span

Numbered = tuple[int, str]
"""A document in JSON with the number of the subject that it is about."""


class Inputs(Struct, frozen=True, dict=True):
    """What there is to look at in one environment."""

    environment: str
    shares: tuple[PolicyShare, ...]

    @property
    def head(self) -> PolicyShare:
        """The share that says what all say: the policies, the environment, the project."""
        return self.shares[0]

    @cached_property
    def subjects(self) -> Mapping[str, Sequence[Subject]]:
        """The documents by target, in the order of a build of the whole."""
        targets = {target for share in self.shares for target in share.subjects}
        return {
            target: sorted((each for share in self.shares for each in share.subjects.get(target, ())), key=_place)
            for target in targets
        }

    @cached_property
    def instances(self) -> Mapping[str, Subject]:
        """The instances by address."""
        return {each.address: each for each in self.subjects.get(GRAPH, ())}

    @cached_property
    def kinds(self) -> Mapping[str, frozenset[str]]:
        """The kinds of the instances, with their fields."""
        found: dict[str, frozenset[str]] = {}
        for each in self.subjects.get(GRAPH, ()):
            read = msgspec.json.decode(each.text, type=_Fields)
            found.setdefault(read.kind, frozenset(read.fields))
        return found

    @cached_property
    def apps(self) -> Mapping[str, tuple[Span, str]]:
        """Where apps are declared, and their teams."""
        return {name: found for share in self.shares for name, found in share.apps.items()}

    def looked_at(self, policy: RegoPolicy) -> list[Subject]:
        """The documents that a policy looks at."""
        return [each for each in self.subjects.get(policy.target, ()) if policy.name not in each.skipped]

    def documents(self, prepared: Prepared, subjects: Sequence[Subject]) -> tuple[Numbered, ...]:
        """What an engine is given for some subjects: all of them at once, or one by one with their numbers."""
        if prepared.policy.target == GRAPH:
            return ((0, self._graph(subjects, by_kind=prepared.mentions("by_kind"))),)
        if prepared.gatekeeper:
            return tuple(self._reviews(prepared, subjects))
        if prepared.combined:
            entries = ({"path": path_of(each), "contents": Raw(each.text.encode())} for each in subjects)
            return ((-1, _text([*entries])),)
        return tuple((number, each.text) for number, each in enumerate(subjects))

    def _reviews(self, prepared: Prepared, subjects: Sequence[Subject]) -> Iterator[Numbered]:
        """The objects that a constraint matches, and the pods that they will make, as Gatekeeper is asked about them."""
        match = prepared.constraint.match if prepared.constraint else {}
        makes_pods = prepared.constraint is not None or not prepared.mentions("template")
        for number, each in enumerate(subjects):
            if not (match or makes_pods):
                yield number, _review(each.text, each.names, prepared.policy.params)
                continue
            made = msgspec.json.decode(each.text)
            if matches(match, made, self._namespaces):
                yield number, _review(each.text, each.names, prepared.policy.params)
            for pod in pods(made) if makes_pods else ():
                if matches(match, pod, self._namespaces):
                    metadata = pod["metadata"]
                    names = ("v1", "Pod", metadata.get("namespace", ""), metadata["name"])
                    yield number, _review(_text(pod), names, prepared.policy.params)

    @cached_property
    def _namespaces(self) -> Mapping[str, Any]:
        found = (each for each in self.subjects.get("manifest", ()) if each.names[:2] == ("v1", "Namespace"))
        return {each.names[3]: msgspec.json.decode(each.text) for each in found}

    def data(self, prepared: Prepared) -> str:
        """What the policy finds in `data`."""
        found: dict[str, Any] = {**prepared.data, "params": Raw(prepared.policy.params.encode())}
        if prepared.gatekeeper and prepared.mentions("inventory"):
            found["inventory"] = self._inventory
        return msgspec.json.encode(found).decode()

    def _graph(self, subjects: Sequence[Subject], *, by_kind: bool) -> str:
        found = sorted((each for share in self.shares for each in share.edges), key=lambda each: each[0])
        edges = ",".join(edge for _, edge in found)
        resources = ",".join(each.text for each in subjects)
        parts = [
            f'"resources":[{resources}]',
            f'"edges":[{edges}]',
            f'"environment":{self.head.environment}',
            f'"project":{self.head.project}',
            f'"cost":{_text(all_costs(self._amounts))}',
            f'"carbon":{_text(all_carbon(self._amounts))}',
        ]
        parts += [f'"by_kind":{_by_kind(subjects)}'] if by_kind else []
        return f"{{{','.join(parts)}}}"

    @cached_property
    def _amounts(self) -> tuple[Amounts, ...]:
        idle = pooled(share.pool for share in self.shares)
        return (*(each for share in self.shares for each in share.amounts), *idle_amounts(idle))

    @cached_property
    def _inventory(self) -> Mapping[str, Any]:
        """The objects as Gatekeeper's `data.inventory` has them, see https://open-policy-agent.github.io/gatekeeper/website/docs/sync/."""
        found: dict[str, Any] = {"cluster": {}, "namespace": {}}
        for each in self.subjects.get("manifest", ()):
            version, kind, namespace, name = each.names
            place = found["namespace"].setdefault(namespace, {}) if namespace else found["cluster"]
            place.setdefault(version, {}).setdefault(kind, {})[name] = Raw(each.text.encode())
        return found


def path_of(subject: Subject) -> str:
    """What tells a document from the others: whose it is, and for an object its kind and name."""
    return "/".join((subject.address, *subject.names[1:2], *subject.names[3:]))


def _place(each: Subject) -> tuple[str, str, tuple[str, ...]]:
    return each.app, each.address, each.names


def _by_kind(subjects: Iterable[Subject]) -> str:
    kinds: dict[str, list[str]] = {}
    for each in subjects:
        kinds.setdefault(msgspec.json.decode(each.text, type=_Kind).kind, []).append(each.text)
    lists = (f"{_text(kind)}:[{','.join(texts)}]" for kind, texts in sorted(kinds.items()))
    return f"{{{','.join(lists)}}}"


class _Kind(Struct):
    kind: str


class _Fields(Struct):
    kind: str
    fields: dict[str, Raw]


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _review(text: str, names: tuple[str, ...], params: str) -> str:
    version, kind, namespace, name = names
    group, _, number = version.rpartition("/")
    review: dict[str, Any] = {
        "object": Raw(text.encode()),
        "kind": {"group": group, "version": number, "kind": kind},
        "name": name,
        "operation": "CREATE",
    }
    review |= {"namespace": namespace} if namespace else {}
    return _text({"review": review, "parameters": Raw(params.encode())})
