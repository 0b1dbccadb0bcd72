"""Codes of stage 7: artifacts and plan."""

from idpc.diagnostics.model import Code, Severity
FOREIGN_FILE = Code("IDP7001", "a file in the way that idpc did not write")
LINK_IN_TREE = Code("IDP7002", "a symbolic link in the way")
PATH_LEAVES_TREE = Code("IDP7003", "an artifact's path that leaves the build folder")
TREE_NOT_WRITABLE = Code("IDP7004", "a build folder that cannot be written")
MANIFEST_DAMAGED = Code("IDP7005", "a manifest that cannot be read")
