"""Writes the use of a template as a specification."""

from collections.abc import Mapping

from idpc.catalog.model import Entry, FieldEntry
from idpc.source import SourceFile


def expression(field: FieldEntry, given: str) -> str:
    """What a person gives for a parameter, as the language writes it: text need not be quoted."""
    given = given.strip()
    if not field.text or given.startswith('"') or (given == "null" and field.type.endswith("?")):
        return given
    escaped = given.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def specification(entry: Entry, name: str, values: Mapping[str, str], team: str = "") -> str:
    """A file with an app of that name, which has one instance of the template; `values` are expressions."""
    from idpc.format import format_module
    from idpc.syntax import parse_module

    lines = [f"{field.name} = {values[field.name]}" for field in entry.fields if field.name in values]
    body = "\n".join((f"{entry.name} {name} {{", *lines, "}"))
    owner = f"team = {team}\n\n" if team else ""
    source = SourceFile(f"{name}.platform", f"app {name} {{\n{owner}{body}\n}}\n")
    return format_module(source, parse_module(source).value)
