"""The files of an environment whose cluster checks policies itself, and the list of what it checks and what it cannot.

Nothing of a plan applies them: who deploys must not be able to change the rules that deployments keep to. They are a
precondition.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from msgspec.structs import replace

from idpc.address import kebab
from idpc.emit.model import Bundle, Document, File, Json, Owner, Requirement, Source
from idpc.emit.site import Site
from idpc.graph.build import Evaluated
from idpc.policy.admission.cel import UnfitError
from idpc.policy.admission.gatekeeper import gatekeeper_documents
from idpc.policy.admission.rules import AdmissionRule, admission_rule
from idpc.policy.admission.validating import validating_documents
from idpc.policy.check import Checked

ADMISSION = "admission"
_FORMS: Mapping[str, Callable[[AdmissionRule, Site], tuple[Document, ...]]] = {
    "validating_admission_policy": validating_documents,
    "gatekeeper": gatekeeper_documents,
}


def with_admission(evaluated: Evaluated, bundles: Iterable[Bundle], checked: Checked) -> tuple[Bundle, ...]:
    """The bundles with the policies of each environment that asks for them."""
    return tuple(_with_admission(bundle, evaluated, checked) for bundle in bundles)


def _with_admission(bundle: Bundle, evaluated: Evaluated, checked: Checked) -> Bundle:
    graph = evaluated.graph
    site = Site(graph.project, graph.environments[bundle.environment])
    form = _FORMS.get(site.text("admission", "none"))
    if form is None:
        return bundle
    files = tuple(_files(evaluated, site, checked, form))
    added = {file.path: file for file in files}
    asked = (Requirement(ADMISSION, file.path, ()) for file in files if file.path.endswith(".yaml"))
    return replace(
        bundle,
        files=_in_order({**bundle.files, **{path: file.documents for path, file in added.items()}}),
        owners={**bundle.owners, **{path: file.owner for path, file in added.items()}},
        sources={**bundle.sources, **{path: file.sources for path, file in added.items()}},
        requirements=(*bundle.requirements, *asked),
    )


def _in_order(files: Mapping[str, tuple[Document, ...]]) -> Mapping[str, tuple[Document, ...]]:
    return {path: files[path] for path in sorted(files)}


def _files(
    evaluated: Evaluated, site: Site, checked: Checked, form: Callable[[AdmissionRule, Site], tuple[Document, ...]]
) -> Iterator[File]:
    run, waivers = evaluated.runs[site.name], checked.waivers.get(site.name, ())
    listed: list[Json] = []
    for policy in sorted(run.typed.policies, key=lambda each: each.name):
        entry: Document = {"policy": policy.name, "severity": policy.severity, "file": None, "why_not": None}
        try:
            if policy.rego:
                raise UnfitError(policy.span, "is written in Rego")  # noqa: TRY301  # as everything else that is unfit
            rule = admission_rule(policy, run, waivers)
        except UnfitError as error:
            entry["why_not"] = f"it {error.why}"
        else:
            entry["file"] = f"{ADMISSION}/{kebab(policy.name)}.yaml"
            yield _file(f"{site.folder}/{entry['file']}", form(rule, site), rule)
        listed.append(entry)
    yield File(f"{site.folder}/{ADMISSION}.json", Owner("", ADMISSION), ({"policies": listed},), {})


def _file(path: str, documents: tuple[Document, ...], rule: AdmissionRule) -> File:
    sources = {(number, cast("tuple[str | int, ...]", ())): Source(rule.span) for number in range(len(documents))}
    return File(path, Owner("", ADMISSION), documents, sources)
