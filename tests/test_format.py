"""The formatter: one style, nothing lost, and nothing touched that did not parse."""

from pathlib import Path

import pytest
from syntax_samples import WIDE, module_of, without_places

from idpc.format import format_expression, format_module
from idpc.source import SourceFile
from idpc.syntax import parse_expression, parse_module

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "stdlib").rglob("*.platform"), *(ROOT / "examples").rglob("*.platform")])


def formatted(text: str) -> str:
    source = SourceFile("a.platform", text)
    return format_module(source, parse_module(source).value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_ships_keeps_its_meaning(path):
    text = path.read_text(encoding="utf-8")
    once = formatted(text)
    assert formatted(once) == once
    assert without_places(module_of(once)) == without_places(module_of(text))
    assert [each.text for each in module_of(once).comments] == [each.text for each in module_of(text).comments]


def test_formatting_is_idempotent_and_changes_no_node():
    once = formatted(WIDE)
    assert formatted(once) == once
    assert without_places(module_of(once)) == without_places(module_of(WIDE))


CHANGES = {
    "indents": ("app a {\nb {\nc = 1\n}\n}", "app a {\n  b {\n    c = 1\n  }\n}\n"),
    "spaces": ("app  a{b=1,c=-2,d=[1,2],e={f=1}}", "app a { b = 1, c = -2, d = [1, 2], e = { f = 1 } }\n"),
    "alignment": ("app a {\n  b    = 1\n  long = 2\n}", "app a {\n  b = 1\n  long = 2\n}\n"),
    "empty lines": ("\n\nlet a = 1\n\n\n\nlet b = 2\n\n", "let a = 1\n\nlet b = 2\n"),
    "one statement a line": ("app a {\n  b = 1, c = 2\n}", "app a {\n  b = 1\n  c = 2\n}\n"),
    "a block on one line": ("app a { b { c = 1 } }", "app a { b { c = 1 } }\n"),
    "an empty block": ("app a {\n}", "app a { }\n"),
    "parentheses": ("let a = ((b + c)) * (d)", "let a = (b + c) * d\n"),
    "parentheses for readers": ("let a = b && c || !d ?? e", "let a = ((b && c) || !d) ?? e\n"),
    "needed parentheses": (
        "let a = -(b + c).d ?? (if e then f else g)",
        "let a = -(b + c).d ?? (if e then f else g)\n",
    ),
    "strings": ('let a = "\\u{41}\\$ \\u{7}"', 'let a = "A$ \\u{7}"\n'),
    "trailing comments": ("let a = 1 // why\n", "let a = 1  // why\n"),
    "own comments": ("app a {\n// why\n  b = 1\n\n// end\n}", "app a {\n  // why\n  b = 1\n\n  // end\n}\n"),
    "comments in lists": (
        "let a = [ // all\n1, // one\n// two\n2]",
        "let a = [  // all\n  1,  // one\n  // two\n  2\n]\n",
    ),
    "comments in arguments": ("let a = f(\n1, // one\n2)", "let a = f(\n  1,  // one\n  2\n)\n"),
    "comments in arms": (
        "let a = match b {\n1 => 2 // one\n_ => 3\n}",
        "let a = match b {\n  1 => 2  // one\n  _ => 3\n}\n",
    ),
    "comments within operators": ("let a = b + // why\n   c", "let a = b + // why\n   c\n"),
    "annotations": ('@was("b")@locked let a = 1', '@was("b") @locked let a = 1\n'),
    "annotations on lines": ("@locked\n\n/// Why.\nlet a = 1", "@locked\n/// Why.\nlet a = 1\n"),
    "choices on lines": ("let a = if b\nthen c\nelse d", "let a = if b\n  then c\n  else d\n"),
    "values on the next line": ("let a =\n      1", "let a =\n  1\n"),
    "a long text": (
        'app a {\n  b = """\n        c\n          d\n        """\n}',
        'app a {\n  b = """\n    c\n      d\n  """\n}\n',
    ),
    "imports": ('import{a,b}from"c"', 'import { a, b } from "c"\n'),
    "an if on one line": ("app a { if b { c = 1 } else { } }", "app a { if b { c = 1 } else { } }\n"),
    "an if on several": (
        "app a {\n if b { c = 1 } else if d {\n c = 2 } else { }\n}",
        "app a {\n  if b {\n    c = 1\n  } else if d {\n    c = 2\n  } else { }\n}\n",
    ),
    "a removed entry": ("app a { b c=null }", "app a { b c = null }\n"),
    "nothing": ("", ""),
    "comments only": ("// a", "// a\n"),
}


@pytest.mark.parametrize(("text", "expected"), CHANGES.values(), ids=CHANGES)
def test_style(text, expected):
    assert formatted(text) == expected
    assert formatted(expected) == expected


WORD = "a" * 30


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"let x = [{', '.join([WORD] * 4)}]", "let x = [\n" + ",\n".join([f"  {WORD}"] * 4) + "\n]\n"),
        (f"let x = f({', '.join([WORD] * 4)})", "let x = f(\n" + ",\n".join([f"  {WORD}"] * 4) + "\n)\n"),
        (f"let x = {' && '.join([WORD] * 4)}", f"let x = {WORD} &&\n  {WORD} &&\n  {WORD} &&\n  {WORD}\n"),
        (
            f"let x = if {WORD} == {WORD} then {WORD} else {WORD}",
            f"let x = if {WORD} == {WORD} then {WORD}\n  else {WORD}\n",
        ),
        (f'require {WORD} != {WORD} && {WORD} else "{WORD}"', None),
        (f"app x {{ {', '.join([f'{WORD} = 1'] * 4)} }}", "app x {\n" + f"  {WORD} = 1\n" * 4 + "}\n"),
        (f"let x = {{ {', '.join([f'{WORD} = 1'] * 4)} }}", "let x = {\n" + f"  {WORD} = 1\n" * 4 + "}\n"),
    ],
)
def test_long_lines_are_broken(text, expected):
    if expected is None:
        text = f"type T {{\n{text}\n}}"
        expected = f'type T {{\n  require {WORD} != {WORD} && {WORD}\n    else "{WORD}"\n}}\n'
    assert formatted(text) == expected
    assert formatted(expected) == expected
    assert without_places(module_of(expected)) == without_places(module_of(text))


BROKEN = {
    "a value": ("app  a {\n  b  =\n  c  =  1\n}\n", "app  a {\n  b  =\n  c = 1\n}\n"),
    "a statement": (
        "app  a {\n  ( ] b  \n  c  =  [1,2]\n}\nlet  x=1\n",
        "app  a {\n  ( ] b  \n  c = [1, 2]\n}\nlet x = 1\n",
    ),
    "a string": ('let  a = "b\nlet  c=1\n', 'let  a = "b\nlet c = 1\n'),
    "a brace": ("app a {\n  b  {\n  c=1\n\nlet  d=1\n", "app a {\n  b  {\n  c=1\n\nlet d = 1\n"),
    "a habit": ("app a {\n  b  =  'x' # why\n  c=1\n}\n", "app a {\n  b  =  'x' # why\n  c = 1\n}\n"),
    "a misplaced statement": ("app a {\n  type  X=1\n  c=1\n}\n", "app a {\n  type  X=1\n  c = 1\n}\n"),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_what_did_not_parse_stays_as_it_is(text, expected):
    assert formatted(text) == expected
    assert formatted(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a.b[0](c, d = 1)",
        "[for x in xs if x > 0: x]",
        'match a { "b" => 1, _ => {} }',
        '"a ${b["c"]} d"',
        "1..2",
        "!a && -b < c",
    ],
)
def test_an_expression_is_printed_on_one_line(text):
    assert format_expression(parse_expression(SourceFile("a.platform", text)).value) == text


def test_a_hole_is_printed_as_such():
    assert format_expression(parse_expression(SourceFile("a.platform", "a + ")).value) == "a + …"
