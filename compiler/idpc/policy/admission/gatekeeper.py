"""A policy as a ConstraintTemplate of Gatekeeper, which runs the same expressions, and the Constraint that has it enforced.

Formats: open-policy-agent.github.io/gatekeeper/website/docs/validating-admission-policy and .../constrainttemplates.
"""

from idpc.emit.model import Document, Json
from idpc.emit.site import Site
from idpc.policy.admission.matching import KINDS, RESOURCES, labels, name_of, namespaces
from idpc.policy.admission.rules import AdmissionRule
from idpc.policy.admission.validating import expressions, selected


def gatekeeper_documents(rule: AdmissionRule, site: Site) -> tuple[Document, ...]:
    """The template and its constraint; a template is called as its kind, in lower case."""
    name = name_of(rule.policy, site)
    kind = "".join(word.capitalize() for word in name.split("-"))
    return _template(rule, kind, site), _constraint(rule, name, kind, site)


def _template(rule: AdmissionRule, kind: str, site: Site) -> Document:
    source: Document = {"failurePolicy": "Fail", **expressions(rule)}
    target: Document = {
        "target": "admission.k8s.gatekeeper.sh",
        "code": [{"engine": "K8sNativeValidation", "source": source}],
    }
    annotations: Document = {"description": rule.title}
    if rule.waived:
        annotations["idpc.dev/waivers"] = ", ".join(rule.waived)
    return {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": kind.lower(), "labels": labels(site), "annotations": annotations},
        "spec": {"crd": {"spec": {"names": {"kind": kind}}}, "targets": [target]},
    }


def _constraint(rule: AdmissionRule, name: str, kind: str, site: Site) -> Document:
    grouped = [group for group in RESOURCES if group]
    kinds: list[Json] = [{"apiGroups": [""], "kinds": [*KINDS]}, {"apiGroups": [*grouped], "kinds": ["*"]}]
    match: Document = {"kinds": kinds, "namespaceSelector": namespaces(site)}
    if rule.components:
        match["labelSelector"] = selected(rule)
    return {
        "apiVersion": "constraints.gatekeeper.sh/v1beta1",
        "kind": kind,
        "metadata": {"name": name, "labels": labels(site)},
        "spec": {"enforcementAction": "deny" if rule.is_error else "warn", "match": match},
    }
