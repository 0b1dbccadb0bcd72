"""The schemas in `schemas/` are those of the models, and are schemas."""

import json
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import write_schemas  # noqa: E402  # from a folder that is no package


@pytest.mark.parametrize("name", sorted(write_schemas.PUBLISHED))
def test_a_schema_is_that_of_its_model(name):
    assert write_schemas.is_current(name), "run scripts/write_schemas.py"


@pytest.mark.parametrize("name", sorted(write_schemas.PUBLISHED))
def test_a_schema_is_valid_and_closed(name):
    schema = json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    records = [schema, *schema["$defs"].values()]
    assert all(record["additionalProperties"] is False for record in records if record.get("properties"))


def test_every_published_model_has_a_schema():
    modules = sorted((ROOT / "compiler" / "idpc").glob("*/published.py"))
    named = {module for module, _ in write_schemas.PUBLISHED.values()}
    assert {f"idpc.{path.parent.name}.published" for path in modules} == named


def test_the_json_renderer_prints_what_is_published():
    from idpc.diagnostics import Diagnostic, Edit, Fix, Label, Severity
    from idpc.diagnostics.published import DiagnosticsDocument
    from idpc.diagnostics.renderers.json import document
    from idpc.diagnostics.renderers.report import Report
    from idpc.source import SourceFile, Span

    span = Span("shop.platform", 0, 3)
    fix = Fix("rename", (Edit(span, "app"),), safe=True)
    fault = Diagnostic("IDP3001", Severity.ERROR, "no", span, labels=(Label(span, "here"),), fixes=(fix,))
    report = Report((fault,), {"shop.platform": SourceFile("shop.platform", "apq shop { }\n")})
    printed = DiagnosticsDocument.model_validate(document(report))
    assert printed.summary.errors == 1
    assert printed.diagnostics[0].fixes[0].edits[0].text == "app"
