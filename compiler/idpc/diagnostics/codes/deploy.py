"""Codes of stage 7: running a plan."""

from idpc.diagnostics.model import Code, Severity

PLAN_UNREADABLE = Code("IDP7401", "a plan that cannot be read")
PLAN_STALE = Code("IDP7402", "a plan that is not of the files beside it")
NOT_APPROVED = Code("IDP7403", "a plan that is not approved")
OTHER_TARGET = Code("IDP7404", "a plan for another cluster or account")
PRECONDITION_FAILED = Code("IDP7405", "a precondition that does not hold")
NOT_CHECKED = Code("IDP7406", "a precondition that cannot be checked", Severity.WARNING)
LOCKED_BY_OTHER = Code("IDP7407", "another deployment is running")
OTHER_UNFINISHED = Code("IDP7408", "a deployment of another plan is not finished")
STEP_FAILED = Code("IDP7409", "a step that failed")
NOT_UNDONE = Code("IDP7410", "a step that stays after a failure", Severity.WARNING)
NO_EARLIER = Code("IDP7411", "no deployment to go back to")
