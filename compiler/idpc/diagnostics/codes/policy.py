"""Codes of stage 5: policy."""

from idpc.diagnostics.model import Code

VIOLATED = Code("IDP5001", "a policy is violated")
NO_REGO = Code("IDP5002", "a policy in Rego, which this version does not run")
