"""The files of an environment whose cluster checks policies itself, and the list of what it checks and what it cannot.

Nothing of a plan applies them: who deploys must not be able to change the rules that deployments keep to. They are a
precondition.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from msgspec.structs import replace

from idpc.address import kebab
from idpc.emit.model import Bundle, Document, File, Json, Owner, Requirement, Source
from idpc.emit.reading import entries, text
from idpc.emit.site import Site
from idpc.graph.build import Evaluated
from idpc.graph.run import EnvironmentRun
from idpc.policy.admission.cel import UnfitError
from idpc.policy.admission.gatekeeper import gatekeeper_documents
from idpc.policy.admission.rego import rego_documents
from idpc.policy.admission.rules import admission_rule
from idpc.policy.admission.validating import validating_documents
from idpc.policy.check import Checked
from idpc.policy.rego.sources import RegoSources
from idpc.policy.waivers import Waiver
from idpc.types.declared import PolicyInfo

ADMISSION = "admission"
NATIVE, GATEKEEPER = "validating_admission_policy", "gatekeeper"


def with_admission(
    evaluated: Evaluated, bundles: Iterable[Bundle], checked: Checked, sources: RegoSources
) -> tuple[Bundle, ...]:
    """The bundles with the policies of each environment that asks for them."""
    return tuple(_with_admission(bundle, evaluated, checked, sources) for bundle in bundles)


def _with_admission(bundle: Bundle, evaluated: Evaluated, checked: Checked, sources: RegoSources) -> Bundle:
    graph, name = evaluated.graph, bundle.environment
    site = Site(graph.project, graph.environments[name])
    if site.text("admission", "none") not in (NATIVE, GATEKEEPER):
        return bundle
    writer = _Writer(site, evaluated.runs[name], checked.waivers.get(name, ()), sources)
    added = {file.path: file for file in writer.files()}
    asked = (Requirement(ADMISSION, path, ()) for path in added if path.endswith(".yaml"))
    return replace(
        bundle,
        files=_in_order({**bundle.files, **{path: file.documents for path, file in added.items()}}),
        owners={**bundle.owners, **{path: file.owner for path, file in added.items()}},
        sources={**bundle.sources, **{path: file.sources for path, file in added.items()}},
        requirements=(*bundle.requirements, *asked),
    )


def enforcement(bundle: Bundle) -> Mapping[str, str]:
    """For each policy why the cluster does not check it, empty where it does; nothing where it is not asked to."""
    listed = next((held[0] for path, held in bundle.files.items() if path.endswith(f"/{ADMISSION}.json")), {})
    return {text(each.get("policy")): text(each.get("why_not")) for each in entries(listed.get("policies"))}


def _in_order(files: Mapping[str, tuple[Document, ...]]) -> Mapping[str, tuple[Document, ...]]:
    return {path: files[path] for path in sorted(files)}


class _Writer(NamedTuple):
    """What the files of one environment are made from."""

    site: Site
    run: EnvironmentRun
    waivers: tuple[Waiver, ...]
    rego: RegoSources

    def files(self) -> Iterator[File]:
        """A file for each policy that the cluster can check, and the list of all."""
        listed: list[Json] = []
        for policy in sorted(self.run.typed.policies, key=lambda each: each.name):
            entry: Document = {"policy": policy.name, "severity": policy.severity, "file": None, "why_not": None}
            try:
                documents = self._documents(policy)
            except UnfitError as error:
                entry["why_not"] = f"it {error.why}"
            else:
                entry["file"] = f"{ADMISSION}/{kebab(policy.name)}.yaml"
                yield _file(f"{self.site.folder}/{entry['file']}", documents, policy)
            listed.append(entry)
        yield File(f"{self.site.folder}/{ADMISSION}.json", Owner("", ADMISSION), ({"policies": listed},), {})

    def _documents(self, policy: PolicyInfo) -> tuple[Document, ...]:
        native = self.site.text("admission") == NATIVE
        if policy.rego:
            if native:
                raise UnfitError(policy.span, "is written in Rego, which the API server does not run")
            return rego_documents(policy, self.run, self.rego, self.waivers, self.site)
        rule = admission_rule(policy, self.run, self.waivers)
        return validating_documents(rule, self.site) if native else gatekeeper_documents(rule, self.site)


def _file(path: str, documents: tuple[Document, ...], policy: PolicyInfo) -> File:
    sources = {(number, cast("tuple[str | int, ...]", ())): Source(policy.span) for number in range(len(documents))}
    return File(path, Owner("", ADMISSION), documents, sources)
