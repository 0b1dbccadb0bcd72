"""`idpc policy new`: a policy to begin with, in the language or in Rego, with a test."""

import re
from collections.abc import Mapping
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.session import near_path
from idpc.cli.writing import Refused, replace_file, reported

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FOLDER = "policies"


@click.command(
    cls=options.Command,
    examples=(
        ("idpc policy new two_of_each", "policies/two_of_each.platform"),
        ("idpc policy new two_of_each --rego", "with policies/two_of_each.rego and a test of it"),
    ),
)
@click.argument("name")
@options.project_path
@click.option("--rego", is_flag=True, help="In Rego; otherwise in the language.")
def command(name: str, path: Path, *, rego: bool) -> int:
    """Write a policy that warns of services that run once; change it to what you mean."""
    if not _NAME.fullmatch(name):
        raise click.BadParameter(f"`{name}` is no name in snake_case", param_hint="NAME")
    root = _root(path)
    files = _in_rego(name) if rego else _in_language(name)
    there = next((file for file in files if (root / file).exists()), None)
    if there:
        raise Refused(f"`{near_path(root / there)}` is there already")
    with reported():
        (root / _FOLDER).mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        replace_file(root / file, text.encode())
        console.write(f"{near_path(root / file)}\n")
    return 0


def _root(path: Path) -> Path:
    """The folder of the project around a path."""
    from idpc.project import load

    root = load(path).value.root
    if root is None:
        raise Refused(f"`{path}` is in no project: `idpc init` makes one")
    return root


def _in_language(name: str) -> Mapping[str, str]:
    text = f"""/// What is served keeps running when one replica is lost.
policy {name} {{
  on = [service]
  severity = "warning"

  require self.replicas.min >= 2 else "`${{self.name}}` may run as a single replica"
}}
"""
    return {f"{_FOLDER}/{name}.platform": text}


def _in_rego(name: str) -> Mapping[str, str]:
    block = f"""/// What is served keeps running when one replica is lost.
policy {name} {{
  rego = "{_FOLDER}/{name}.rego"
  severity = "warning"
}}
"""
    rule = f"""package {name}

# METADATA
# title: Two replicas
# custom:
#   remediation: ask for at least two
deny contains {{"msg": msg, "resource": r.address, "path": "/fields/replicas"}} if {{
	some r in input.resources
	r.fields.replicas.min < 2
	msg := sprintf("`%s` may run as a single replica", [r.address])
}}
"""
    test = f"""package {name}_test

import data.{name}

service(least) := {{"resources": [{{"address": "shop.web", "fields": {{"replicas": {{"min": least}}}}}}]}}

test_one_is_too_few if count({name}.deny) == 1 with input as service(1)

test_two_are_enough if count({name}.deny) == 0 with input as service(2)
"""
    start = f"{_FOLDER}/{name}"
    return {f"{start}.platform": block, f"{start}.rego": rule, f"{start}_test.rego": test}
