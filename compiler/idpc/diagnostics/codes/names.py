"""Codes of stage 2: names and imports."""

from idpc.diagnostics.model import Code

DUPLICATE = Code("IDP2001", "declared twice")
SAME_IN_KEBAB = Code("IDP2002", "two names that become the same in artifacts")
NAME_NOT_DNS = Code("IDP2003", "a name that no artifact can carry")
UNKNOWN_KIND = Code("IDP2004", "unknown kind or declaration")
UNKNOWN_NAME = Code("IDP2005", "unknown name")
UNKNOWN_TYPE = Code("IDP2006", "unknown type")
UNKNOWN_PACKAGE = Code("IDP2007", "unknown package")
NOT_IN_PACKAGE = Code("IDP2008", "a name that the package does not have")
UNKNOWN_ENVIRONMENT = Code("IDP2009", "unknown environment")
UNKNOWN_REFERENCE = Code("IDP2010", "unknown team, app or other declaration")
AMBIGUOUS_NAME = Code("IDP2011", "a name that means several things here")
MISPLACED = Code("IDP2012", "a declaration in the wrong place")
PRIVATE_NAME = Code("IDP2013", "a name that is private to its template or package")
NO_PROJECT = Code("IDP2090", "no project here")
NOT_IN_PROJECT = Code("IDP2091", "a file that belongs to no project")
PACKAGE_UNSUPPORTED = Code("IDP2092", "a package reference that is not supported")
PACKAGE_MISSING = Code("IDP2093", "a package whose folder is missing")
