"""A policy as a ConstraintTemplate of Gatekeeper, which runs the same expressions, and the Constraint that has it enforced.

Formats: open-policy-agent.github.io/gatekeeper/website/docs/validating-admission-policy and .../constrainttemplates.
"""

from idpc.emit.model import Document, Json
from idpc.emit.site import Site
from idpc.policy.admission.matching import KINDS, RESOURCES, labels, name_of, namespaces
from idpc.policy.admission.rules import AdmissionRule
from idpc.policy.admission.validating import expressions, selected


def gatekeeper_documents(rule: AdmissionRule, site: Site) -> tuple[Document, ...]:
    """The template and its constraint."""
    source: Document = {"failurePolicy": "Fail", **expressions(rule)}
    return template(rule, {"engine": "K8sNativeValidation", "source": source}, site), constraint(rule, site)


def template(rule: AdmissionRule, code: Document, site: Site, validation: Document | None = None) -> Document:
    """The template that runs some code; it is called as its kind, in lower case. `validation` is of its parameters."""
    kind = _kind(rule, site)
    crd: Document = {"names": {"kind": kind}}
    annotations: Document = {"description": rule.title}
    if rule.waived:
        annotations["idpc.dev/waivers"] = ", ".join(rule.waived)
    return {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": kind.lower(), "labels": labels(site), "annotations": annotations},
        "spec": {
            "crd": {"spec": crd | ({"validation": validation} if validation else {})},
            "targets": [{"target": "admission.k8s.gatekeeper.sh", "code": [code]}],
        },
    }


def constraint(rule: AdmissionRule, site: Site, parameters: Document | None = None) -> Document:
    """What has a template enforced in the namespaces of an environment."""
    grouped = [group for group in RESOURCES if group]
    kinds: list[Json] = [{"apiGroups": [""], "kinds": [*KINDS]}, {"apiGroups": [*grouped], "kinds": ["*"]}]
    match: Document = {"kinds": kinds, "namespaceSelector": namespaces(site)}
    if rule.components:
        match["labelSelector"] = selected(rule)
    spec: Document = {"enforcementAction": "deny" if rule.is_error else "warn", "match": match}
    return {
        "apiVersion": "constraints.gatekeeper.sh/v1beta1",
        "kind": _kind(rule, site),
        "metadata": {"name": name_of(rule.policy, site), "labels": labels(site)},
        "spec": spec | ({"parameters": parameters} if parameters else {}),
    }


def _kind(rule: AdmissionRule, site: Site) -> str:
    return "".join(word.capitalize() for word in name_of(rule.policy, site).split("-"))
