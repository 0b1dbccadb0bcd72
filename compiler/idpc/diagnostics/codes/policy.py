"""Codes of stage 5: policy."""

from idpc.diagnostics.model import Code, Severity

VIOLATED = Code("IDP5001", "a policy is violated")
NO_ENGINE = Code("IDP5002", "a policy in Rego, and nothing to run it")
REGO_MISSING = Code("IDP5003", "a policy whose Rego is not there")
REGO_SYNTAX = Code("IDP5004", "a file that is no Rego")
REGO_FAILED = Code("IDP5005", "Rego that fails as it runs")
REGO_STOPPED = Code("IDP5006", "Rego that comes to no end")
RESULT_SHAPE = Code("IDP5007", "a violation that is none")
UNKNOWN_CALL = Code("IDP5008", "a function that Rego does not have")
UNKNOWN_PATH = Code("IDP5009", "a path that nothing stands at")
SILENT = Code("IDP5010", "Rego that would silently do nothing")
DATA_UNUSABLE = Code("IDP5011", "data that a policy cannot read")
ANNOTATION = Code("IDP5012", "an annotation that cannot be read")
INERT = Code("IDP5014", "a policy that would say nothing")
GATEKEEPER = Code("IDP5013", "a file of Gatekeeper that cannot be used")

WAIVER_EXPIRED = Code("IDP5020", "a waiver that has expired")
WAIVER_EXPIRES = Code("IDP5021", "a waiver that expires soon", Severity.WARNING)
WAIVER_UNUSED = Code("IDP5022", "a waiver that waives nothing", Severity.WARNING)
WAIVER_OVERLAPS = Code("IDP5023", "waivers of the same violation", Severity.WARNING)
WAIVER_OWNER = Code("IDP5024", "a waiver by those who may not give it")
WAIVER_TOO_LONG = Code("IDP5025", "a waiver for too long")

FOREIGN_APP = Code("IDP5030", "a change to an app of another team")
FOREIGN_WAIVER = Code("IDP5031", "a change to a waiver of another team")
NOT_PLATFORM = Code("IDP5032", "a change to what belongs to the organisation")
