"""Habits from other languages are told by name, and mended by their fixes."""

import pytest

from idpc.source import SourceFile
from idpc.syntax import parse_module

BODIES = {
    "team: payments": "team = payments",
    "steps: [1, 2]": "steps = [1, 2]",
    "replicas: 2..10": "replicas = 2..10",
    "env: { A = 1 }": "env { A = 1 }",
    "env { A: 1 }": "env { A = 1 }",
    "x = f(a: 1)": "x = f(a = 1)",
    "x == 1": "x = 1",
    "x := 1": "x = 1",
    "x => 1": "x = 1",
    "var x = 1": "let x = 1",
    "x = 1;": "x = 1",
    "x = 1; y = 2": "x = 1, y = 2",
    "x = 'a \"b\"'": 'x = "a \\"b\\""',
    "x = “a”": 'x = "a"',
    "# a comment": "// a comment",
    "x = 1 # why": "x = 1 // why",
    "x = a and b": "x = a && b",
    "x = a or b": "x = a || b",
    "x = not a": "x = !a",
    "x = if a = b then 1 else 2": "x = if a == b then 1 else 2",
    'x = match y { "a" -> 1, _ => 2 }': 'x = match y { "a" => 1, _ => 2 }',
    "memory = 512 Mi": "memory = 512Mi",
    "x = a & b": "x = a && b",
}


@pytest.mark.parametrize(("wrong", "right"), BODIES.items())
def test_habit_and_its_fix(wrong, right):
    source = SourceFile("a.platform", f"app shop {{\n  {wrong}\n}}\n")
    (found,) = parse_module(source).diagnostics
    assert found.code == "IDP1013"
    assert source.position(found.span.start).line == 2
    (fix,) = found.fixes
    text = source.text
    for edit in sorted(fix.edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert text == f"app shop {{\n  {right}\n}}\n"
    assert parse_module(SourceFile("a.platform", text)).diagnostics == ()


OTHERS = {
    "a YAML list": "app a {\n  command:\n    - a\n    - b\n  y = 1\n}",
    "a list below =": "app a {\n  command =\n    - --a\n    - 5\n  y = 1\n}",
    "a ternary": "app a {\n  x = b ? c : d\n  y = 1\n}",
    "an arrow before a type": 'fn f(x: int) -> string = "a"',
    "a comment of C": "app a {\n  /* b\n  c */\n  y = 1\n}",
    "Terraform": 'resource "aws_vpc" "main" {\n  cidr = "a"\n}',
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_habit_without_a_sure_fix(text):
    outcome = parse_module(SourceFile("a.platform", text))
    assert [each.code for each in outcome.diagnostics] == ["IDP1013"]
