"""Writes the JSON schemas of the published documents into `schemas/`, from their pydantic models."""

import argparse
import importlib
import json
import sys
from pathlib import Path

SCHEMAS = Path(__file__).parents[1] / "schemas"
PUBLISHED = {
    "plan.schema.json": ("idpc.plan.published", "PlanDocument"),
    "graph.schema.json": ("idpc.graph.published", "GraphDocument"),
    "cost.schema.json": ("idpc.cost.published", "CostDocument"),
    "advice.schema.json": ("idpc.advice.published", "AdviceDocument"),
    "diff.schema.json": ("idpc.changes.published", "DiffDocument"),
    "deployments.schema.json": ("idpc.deploy.published", "DeploymentsDocument"),
    "catalog.schema.json": ("idpc.catalog.published", "CatalogDocument"),
    "diagnostics.schema.json": ("idpc.diagnostics.published", "DiagnosticsDocument"),
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_text(name: str) -> str:
    """The schema of one published document, as it is written."""
    module, model = PUBLISHED[name]
    schema = getattr(importlib.import_module(module), model).model_json_schema(by_alias=True)
    return json.dumps({"$schema": DIALECT, "$id": name, **schema}, ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    """Write all schemas, or with `--check` say which are not up to date."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing, exit 1 when a schema would change")
    check = arguments.parse_args().check
    stale = [name for name in PUBLISHED if not is_current(name)]
    for name in stale:
        if not check:
            (SCHEMAS / name).write_text(schema_text(name), encoding="utf-8")
        print(f"{name}: {'stale' if check else 'written'}")
    return 1 if check and stale else 0


def is_current(name: str) -> bool:
    """Whether the schema on disk is that of its model."""
    path = SCHEMAS / name
    return path.is_file() and path.read_text(encoding="utf-8") == schema_text(name)


if __name__ == "__main__":
    sys.exit(main())
