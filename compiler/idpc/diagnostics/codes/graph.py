"""Codes of stage 4: the graph."""

from idpc.diagnostics.model import Code, Severity

NEEDS_ITSELF = Code("IDP4001", "a value that needs itself")
HARD_RING = Code("IDP4002", "instances that need each other")
UNREAD = Code("IDP4003", "an instance that nothing uses", Severity.WARNING)
ABSENT = Code("IDP4004", "an instance that does not exist here")
NO_TARGET = Code("IDP4005", "a kind that the environment's cloud does not have")
NO_LEVEL = Code("IDP4006", "a level of access that the kind lacks")
BAD_KEY = Code("IDP4007", "keys of instances that are not unique strings")
PATCHES_NOTHING = Code("IDP4008", "a patch of an object that is not there")
SAME_PLACE = Code("IDP4009", "two environments in the same place")
USES_ITSELF = Code("IDP4010", "an instance that uses itself")
NO_OUTPUT_HERE = Code("IDP4011", "an output that has no value in this environment")
