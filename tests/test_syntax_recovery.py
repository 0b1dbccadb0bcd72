"""Recovery: one diagnostic for each mistake, at its place, and the rest of the file as if nothing had been wrong."""

import re

import pytest
from syntax_samples import WIDE, module_of, without_places

from idpc.source import SourceFile
from idpc.syntax import parse_expression, parse_module
from idpc.syntax.nodes import Assign, Block, Hole, Let, Member
from idpc.syntax.tables import load

MISTAKES = {
    "a value": ("app a {\n  x =\n  y = 1\n}", 2, "IDP1002"),
    "a member": ("app a {\n  x = b.\n  y = 1\n}", 2, "IDP1002"),
    "an operand": ("app a {\n  x = b +\n  y = 1\n}", 2, "IDP1002"),
    "an argument and a bracket": ("app a {\n  x = f(\n  y = 1\n}", 2, "IDP1003"),
    "a type": ("kind k {\n  x:\n  y: int\n}", 2, "IDP1002"),
    "an else": ("app a {\n  x = if b then c\n  y = 1\n}", 2, "IDP1002"),
    "a sign": ("app a {\n  x 1\n  y = 1\n}", 2, "IDP1002"),
    "a body": ("app a {\n  service b\n  y = 1\n}", 2, "IDP1002"),
    "an opening brace": ("app a {\n  service b\n    c = 1\n  }\n  y = 1\n}", 2, "IDP1002"),
    "a closing brace": ("app a {\n  service b {\n    c = 1\n  y = 1\n}", 2, "IDP1003"),
    "the last brace": ("app a {\n  y = 1\n\nlet b = 1", 1, "IDP1003"),
    "a bracket": ("app a {\n  x = [1, 2\n  y = 1\n}", 2, "IDP1003"),
    "the end of an interpolation": ('app a {\n  x = "b ${c"\n  y = 1\n}', 2, "IDP1003"),
    "a brace too many": ("app a {\n  x = 1 }\n  y = 1\n}", 2, "IDP1004"),
    "a brace at the end": ("app a {\n  y = 1\n}\n}", 4, "IDP1004"),
    "a bracket too many": ("app a {\n  x = [1]]\n  y = 1\n}", 2, "IDP1004"),
    "a bracket of another sort": ("app a {\n  x = [1)\n  y = 1\n}", 2, "IDP1001"),
    "a body in parentheses": ("app a {\n  service b (\n    c = 1\n  }\n  y = 1\n}", 2, "IDP1001"),
    "a value too many": ("app a {\n  x = 1 2\n  y = 1\n}", 2, "IDP1001"),
    "a sign too many": ("app a {\n  x = = 1\n  y = 1\n}", 2, "IDP1001"),
    "a word too many": ("app a {\n  service b c d {\n    x = 1\n  }\n  y = 1\n}", 2, "IDP1014"),
    "a comma": ("app a {\n  x = [1 2]\n  y = 1\n}", 2, "IDP1002"),
    "a broken header": ("app a {\n  service * {\n    x = 1\n  }\n  y = 1\n}", 2, "IDP1001"),
    "rubbish": ("app a {\n  ) * ]( ,, ..\n  y = 1\n}", 2, "IDP1004"),
    "a string": ('app a {\n  x = "b\n  y = 1\n}', 2, "IDP1005"),
    "a long string": ('app a { y = 1 }\nlet x = """\n  b\n\nkind k {\n}', 2, "IDP1005"),
    "an escape": ('app a {\n  x = "b\\qc"\n  y = 1\n}', 2, "IDP1006"),
    "a character": ("app a {\n  x = 1 §\n  y = 1\n}", 2, "IDP1007"),
    "a number": ("app a {\n  x = 9223372036854775808\n  y = 1\n}", 2, "IDP1009"),
    "a chain of comparisons": ("app a {\n  x = 1 < b < 3\n  y = 1\n}", 2, "IDP1010"),
    "a type in an instance": ('app a {\n  service b {\n    type C = "d"\n  }\n  y = 1\n}', 3, "IDP1011"),
    "an instance in a type": ("app a { y = 1 }\ntype T {\n  b: int\n  service c { }\n}", 4, "IDP1011"),
    "a value in a kind": ("app a { y = 1 }\nkind k {\n  b = 1\n}", 3, "IDP1011"),
    "an output in an app": ("app a {\n  output b: int = 1\n  y = 1\n}", 2, "IDP1011"),
    "a function in an app": ("app a {\n  fn b() = 1\n  y = 1\n}", 2, "IDP1011"),
    "in within in": ("app a {\n  in b {\n    in c { }\n  }\n  y = 1\n}", 3, "IDP1011"),
    "a value at the top": ("app a { y = 1 }\nb = 1", 2, "IDP1011"),
    "fields under another word": ("app a { y = 1 }\ntyp B {\n  c: int[]\n  d: int = 1\n}", 2, "IDP1011"),
    "an annotation of nothing": ("app a {\n  @locked if b { }\n  y = 1\n}", 2, "IDP1012"),
    "no name": ("app a { y = 1 }\nservice { }", 2, "IDP1014"),
    "a quoted name": ('app "a" {\n  y = 1\n}', 1, "IDP1014"),
}


@pytest.mark.parametrize(("text", "line", "code"), MISTAKES.values(), ids=MISTAKES)
def test_mistake(text, line, code):
    source = SourceFile("a.platform", text)
    outcome = parse_module(source)
    assert [(each.code, source.position(each.span.start).line) for each in outcome.diagnostics] == [(code, line)]
    assert outcome.value.broken
    assert "y" in names(outcome.value.statements) or "y = 1" not in text


def names(statements) -> set[str]:
    """All fields that are set somewhere."""
    found = {each.name.text for each in statements if isinstance(each, Assign)}
    return found.union(*(names(each.body) for each in statements if isinstance(each, Block)))


def test_an_unclosed_block_also_shows_where_it_should_end():
    source = SourceFile("a.platform", "app a {\n  service b {\n    c = 1\n  y = 1\n}")
    (found,) = parse_module(source).diagnostics
    assert [source.position(label.span.start).line for label in found.labels] == [3]


def test_eight_mistakes_give_eight_diagnostics():
    text = (
        "app shop {\n"
        "  team =\n"
        "  service web {\n"
        "    port 8080\n"
        "    image = 'x'\n"
        "    env: { A = 1 }\n"
        "    steps = [1, 2\n"
        "    url = orders.\n"
        "  }\n"
        "  cpu = = 250m\n"
        "}\n"
        "kind k {\n"
        "  size: int = 1 2\n"
        "}\n"
        "let fine = 1\n"
    )
    source = SourceFile("a.platform", text)
    outcome = parse_module(source)
    assert [source.position(each.span.start).line for each in outcome.diagnostics] == [2, 4, 5, 6, 7, 8, 10, 13]
    assert isinstance(outcome.value.statements[-1], Let)


def test_holes_stand_where_something_is_missing():
    module = parse_module(SourceFile("a.platform", "let a =\nlet b = c.\n")).value
    first, second = module.statements
    assert isinstance(first.value, Hole)
    assert isinstance(second.value, Member)
    assert second.value.name.text == ""


@pytest.mark.parametrize("text", ["1 +", "", "a b", "f(", "{", "}", "a.b.", '"${', "if a then b"])
def test_a_broken_expression_has_one_diagnostic(text):
    assert len(parse_expression(SourceFile("a.platform", text)).diagnostics) == 1


def test_declarations_after_a_broken_one_are_read_as_if_it_were_whole():
    lines = WIDE.split("\n")
    broken = "\n".join(["app broken {", "  x = [1, {", *lines])
    outcome = parse_module(SourceFile("a.platform", broken))
    whole = module_of(WIDE)
    assert without_places(outcome.value.statements[-len(whole.statements) + 1 :]) == without_places(
        whole.statements[1:]
    )


def test_no_name_of_a_terminal_reaches_a_user():
    terminals = re.compile(rf"\b(?:{'|'.join(re.escape(name) for name in load().terminals)}|SOFT_NEWLINE|INVALID)\b")
    for text, _, _ in MISTAKES.values():
        for found in parse_module(SourceFile("a.platform", text)).diagnostics:
            said = " ".join((found.message, found.hint, found.help, *(each.text for each in found.labels)))
            assert not terminals.search(re.sub("`[^`]*`", "", said)), said


def test_a_file_that_is_too_large_is_not_read():
    outcome = parse_module(SourceFile("a.platform", "// \n" * (1 << 20) + "x"))
    assert [each.code for each in outcome.diagnostics] == ["IDP1091"]


DEEP = {
    "lists": "let x = " + "[" * 10_000,
    "maps": "let x = " + "{ a = " * 10_000 + "1" + " }" * 10_000,
    "signs": "let x = " + "!" * 10_000 + "a",
    "a chain": "let x = " + "a +\n" * 10_000 + "a",
    "members": "let x = a" + ".b" * 10_000,
    "choices": "let x = " + "if a then b else " * 10_000 + "c",
    "conditions": "app a { " + "if a { } else " * 10_000 + "{ } }",
    "types": "type T = " + "map<string, " * 10_000 + "a" + ">" * 10_000,
    "strings": "let x = " + '"${' * 10_000 + "a" + '}"' * 10_000,
    "blocks": "app a {\n" + "b {\n" * 10_000 + "}\n" * 10_000 + "}",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting_is_one_diagnostic_and_the_rest_is_read(text):
    outcome = parse_module(SourceFile("a.platform", f"let before = 1\n{text}\nlet after = 1\n"))
    assert [each.code for each in outcome.diagnostics] == ["IDP1008"]
    assert [each.name.text for each in outcome.value.statements] in (["before", "after"], ["before"])
