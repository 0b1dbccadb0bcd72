"""Finds the checked standard library: in this process, in the cache, else by checking it."""

from collections.abc import Iterable
from functools import lru_cache

from idpc.project import standard_library
from idpc.schema.custom_resources import CustomSchemas
from idpc.syntax.nodes import Block, Module
from idpc.types.library import Library


def library_for(modules: Iterable[Module], crds: CustomSchemas | None) -> Library:
    """The standard library as the modules of a project need it: for their version of Kubernetes."""
    from idpc.types.check import kubernetes_version

    statements = (statement for module in modules for statement in module.statements)
    projects = [each for each in statements if isinstance(each, Block) and each.head.text == "project"]
    return _checked(kubernetes_version(projects)[0], crds)


@lru_cache(maxsize=8)
def _checked(version: str, crds: CustomSchemas | None) -> Library:
    from idpc.syntax import parse_module
    from idpc.types.check import check_library

    return check_library([parse_module(file).value for file in standard_library()], version, crds)
