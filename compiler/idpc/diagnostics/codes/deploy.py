"""Codes of stage 7: running a plan."""

from idpc.diagnostics.model import Code, Severity

PLAN_UNREADABLE = Code("IDP7301", "a plan that cannot be read")
PLAN_STALE = Code("IDP7302", "a plan that is not of the files beside it")
NOT_APPROVED = Code("IDP7303", "a plan that is not approved")
OTHER_TARGET = Code("IDP7304", "a plan for another cluster or account")
PRECONDITION_FAILED = Code("IDP7305", "a precondition that does not hold")
NOT_CHECKED = Code("IDP7306", "a precondition that cannot be checked", Severity.WARNING)
LOCKED_BY_OTHER = Code("IDP7307", "another deployment is running")
OTHER_UNFINISHED = Code("IDP7308", "a deployment of another plan is not finished")
STEP_FAILED = Code("IDP7309", "a step that failed")
NOT_UNDONE = Code("IDP7310", "a step that stays after a failure", Severity.WARNING)
NO_EARLIER = Code("IDP7311", "no deployment to go back to")
