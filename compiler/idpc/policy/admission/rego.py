"""A policy in Rego of Gatekeeper's form as its ConstraintTemplate and Constraint: the same files, run by Gatekeeper."""

from collections.abc import Iterable

import msgspec

from idpc.address import kebab
from idpc.emit.model import Document
from idpc.emit.site import Site
from idpc.graph.frame import Frame
from idpc.graph.run import EnvironmentRun
from idpc.policy.admission.cel import Translation, UnfitError
from idpc.policy.admission.gatekeeper import constraint, template
from idpc.policy.admission.rules import AdmissionRule
from idpc.policy.rego.module import RegoFile
from idpc.policy.rego.prepare import is_gatekeeper
from idpc.policy.rego.sources import RegoSources, result_rules
from idpc.policy.share import MANIFEST, rego_policy
from idpc.policy.waivers import Waiver
from idpc.types.declared import PolicyInfo

_RESULT, _LIBRARIES = "violation", "lib"


def rego_documents(
    info: PolicyInfo, run: EnvironmentRun, sources: RegoSources, waivers: Iterable[Waiver], site: Site
) -> tuple[Document, ...]:
    """The template and its constraint; raises UnfitError where Gatekeeper could not run the policy as it is."""
    policy = rego_policy(info, run)
    own = sources.named(info.rego, info.span.file)
    if sources.gatekeepers(info.rego, info.span.file):
        raise UnfitError(info.span, "is in Gatekeeper's own files, which a cluster takes as they are")
    if policy is None or info.target != MANIFEST or not is_gatekeeper(policy, own):
        raise UnfitError(info.span, "is written in Rego that does not read objects as Gatekeeper gives them")
    if any(each.policy == info.name for each in waivers):
        raise UnfitError(info.span, "has waivers, which a Constraint cannot tell from other objects")
    _check_when(info, run)
    parameters = msgspec.json.decode(policy.params)
    code: Document = {"engine": "Rego", "source": _source(info, own, sources, policy.language)}
    rule = AdmissionRule(info.name, info.title, info.severity == "error", _components(info), (), (), (), (), info.span)
    schema: Document = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return template(rule, code, site, schema), constraint(rule, site, parameters)


def _components(info: PolicyInfo) -> tuple[str, ...]:
    return tuple(sorted(kebab(kind.name) for kind in info.kinds))


def _check_when(info: PolicyInfo, run: EnvironmentRun) -> None:
    """Refuse a policy whose `when` asks for more than the environment."""
    when = "true" if info.when is None else Translation(lambda core: run.coder.run(core, Frame(run))).of(info.when)
    if when == "false":
        raise UnfitError(info.span, "never applies in this environment")
    if when != "true":
        raise UnfitError(info.span, "has a `when` that reads more than the environment, beside Rego")


def _source(info: PolicyInfo, own: list[RegoFile], sources: RegoSources, language: str) -> Document:
    """The one file with the rules, and those that it refers to, which Gatekeeper wants in packages below `lib`."""
    libraries = [each for each in sources.with_libraries(own) if each not in own]
    if len(own) != 1 or {rule.name for _, rule in result_rules(own)} != {_RESULT}:
        raise UnfitError(info.span, "is not one file with `violation` rules, which is what Gatekeeper runs")
    if any(each.package.partition(".")[0] != _LIBRARIES for each in libraries):
        raise UnfitError(info.span, "refers to packages that are not below `lib`, which is where Gatekeeper wants them")
    if sources.data_beside([*own, *libraries]):
        raise UnfitError(info.span, "reads data beside it, which Gatekeeper does not have")
    made: Document = {} if language == "v0" else {"version": language}
    made["rego"] = own[0].source.text
    return made | ({"libs": [each.source.text for each in libraries]} if libraries else {})
