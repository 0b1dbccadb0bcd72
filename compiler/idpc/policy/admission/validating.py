"""A policy as a ValidatingAdmissionPolicy, with the binding that has it enforced in the namespaces of an environment."""

from idpc.emit.model import Document, Json
from idpc.emit.site import Site
from idpc.policy.admission.matching import RESOURCES, labels, name_of, namespaces
from idpc.policy.admission.rules import AdmissionRule, Validation

_VERSION = "admissionregistration.k8s.io/v1"


def validating_documents(rule: AdmissionRule, site: Site) -> tuple[Document, ...]:
    """The policy and its binding; both are the cluster's, so their names tell projects and environments apart."""
    name = name_of(rule.policy, site)
    actions: list[Json] = ["Deny"] if rule.is_error else ["Warn", "Audit"]
    binding: Document = {
        "policyName": name,
        "validationActions": actions,
        "matchResources": {"namespaceSelector": namespaces(site)},
    }
    return (
        _object("ValidatingAdmissionPolicy", name, rule, site, _policy(rule)),
        _object("ValidatingAdmissionPolicyBinding", name, rule, site, binding),
    )


def _object(kind: str, name: str, rule: AdmissionRule, site: Site, spec: Document) -> Document:
    metadata: Document = {"name": name, "labels": labels(site)}
    if rule.waived and kind == "ValidatingAdmissionPolicy":
        metadata["annotations"] = {"idpc.dev/waivers": ", ".join(rule.waived)}
    return {"apiVersion": _VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _policy(rule: AdmissionRule) -> Document:
    rules: list[Json] = [
        {"apiGroups": [group], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": [*resources]}
        for group, resources in RESOURCES.items()
    ]
    constraints: Document = {"resourceRules": rules}
    if rule.components:
        constraints["objectSelector"] = selected(rule)
    return {"failurePolicy": "Fail", "matchConstraints": constraints, **expressions(rule)}


def selected(rule: AdmissionRule) -> Document:
    """The objects of the kinds that a policy looks at."""
    asked: Json = {"key": "app.kubernetes.io/component", "operator": "In", "values": [*rule.components]}
    return {"matchExpressions": [asked]}


def expressions(rule: AdmissionRule) -> Document:
    """What is evaluated, as both this object and the templates of Gatekeeper have it."""
    made: Document = {}
    if rule.conditions:
        made["matchConditions"] = [{"name": each.name, "expression": each.expression} for each in rule.conditions]
    if rule.variables:
        made["variables"] = [{"name": name, "expression": expression} for name, expression in rule.variables]
    made["validations"] = [_validation(each) for each in rule.validations]
    return made


def _validation(each: Validation) -> Document:
    made: Document = {"expression": each.expression, "message": each.message}
    return made | ({"messageExpression": each.message_expression} if each.message_expression else {})
