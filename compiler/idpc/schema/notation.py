"""The one-line notation of a definition: how it is written to the shipped files and read back.

A line is a JSON object of fields; each is a type, or a list of a type, a doc sentence, a merge key and the allowed
texts, as far as there are any. A type is a word, `@` and the name of a record, `[]` or `{}` before the type of the
entries; `*` before all marks a required field. The field `...` stands for whatever else the object holds.
"""

import json
from typing import cast

from idpc.schema.model import Definition, FieldSchema, FieldType

OPEN = "..."


def write_definition(definition: Definition) -> str:
    """The definition's fields as one line."""
    fields = {name: _write_field(field) for name, field in sorted(definition.fields.items())}
    if definition.preserve_unknown:
        fields[OPEN] = "any"
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def read_definition(name: str, line: str) -> Definition:
    """The definition that `write_definition` wrote."""
    fields: dict[str, str | list[str]] = json.loads(line)
    preserve_unknown = fields.pop(OPEN, None) is not None
    return Definition(name, {field: _read_field(written) for field, written in fields.items()}, preserve_unknown)


def _write_field(field: FieldSchema) -> str | list[str]:
    notation = ("*" if field.required else "") + _type_of(field)
    parts = [notation, field.doc, field.merge_key or "", *_innermost(field).enum]
    while len(parts) <= 3 and not parts[-1]:
        parts.pop()
    return notation if len(parts) == 1 else parts


def _type_of(field: FieldSchema) -> str:
    if field.type == "record":
        return f"@{field.definition}"
    if field.item is None:
        return field.type
    return ("[]" if field.type == "list" else "{}") + _type_of(field.item)


def _innermost(field: FieldSchema) -> FieldSchema:
    return field if field.item is None else _innermost(field.item)


def _read_field(written: str | list[str]) -> FieldSchema:
    notation, doc, merge_key, *enum = (
        (written, "", "") if isinstance(written, str) else [*written, "", ""][: max(3, len(written))]
    )
    required = notation.startswith("*")
    return _field(notation[1:] if required else notation, tuple(enum), merge_key or None, doc, required=required)


def _field(
    notation: str, enum: tuple[str, ...], merge_key: str | None = None, doc: str = "", *, required: bool = False
) -> FieldSchema:
    if notation.startswith("@"):
        return FieldSchema("record", None, notation[1:], required, None, (), doc)
    if notation[:2] in {"[]", "{}"}:
        kind: FieldType = "list" if notation[:2] == "[]" else "map"
        return FieldSchema(kind, _field(notation[2:], enum), None, required, merge_key, (), doc)
    return FieldSchema(cast("FieldType", notation), None, None, required, None, enum, doc)
