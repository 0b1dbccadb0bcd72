"""What expressions mean: precedence, literals, strings, and the exact places of all nodes."""

import pytest
from syntax_samples import short, shown

from idpc.source import SourceFile
from idpc.syntax import parse_expression
from idpc.syntax.nodes import Binary, Member, String

PRECEDENCE = {
    "a + b * c": "a + (b * c)",
    "a * b + c": "(a * b) + c",
    "a - b - c": "(a - b) - c",
    "a / b * c": "(a / b) * c",
    "-a * b": "(-a) * b",
    "!a && b": "(!a) && b",
    "a < b == c": "(a < b) == c",
    "a in b == c": "(a in b) == c",
    "a + 1 in b": "(a + 1) in b",
    "a == b && c != d": "(a == b) && (c != d)",
    "a && b || c && d": "(a && b) || (c && d)",
    "a || b ?? c": "(a || b) ?? c",
    "a ?? b ?? c": "(a ?? b) ?? c",
    "a + 1..b * 2": "(a + 1)..(b * 2)",
    "a ?? 1..2": "(a ?? 1)..2",
    "if a then b else c + 1": "if a then b else (c + 1)",
    "if a then b else if c then d else e": "if a then b else (if c then d else e)",
    "-a.b[0].c(1)": "-(((a.b)[0]).c(1))",
}


@pytest.mark.parametrize(("text", "same"), PRECEDENCE.items())
def test_precedence(text, same):
    assert short(text) == short(same)


FORMS = {
    "512Mi": "512Mi",
    "1h30m": "1h30m",
    "99.9%": "99.9%",
    "$1_500/month": "$1_500/month",
    "$80 / x": "(Binary '/' $80 x)",
    "2027-01-31": "2027-01-31",
    "1_000": "1_000",
    "3.14": "3.14",
    "2..10": "(RangeExpr 2 10)",
    "-5": "(Unary '-' 5)",
    "a.for.in": "(Member (Member a for) in)",
    "{}": "(MapExpr [])",
    "[]": "(ListExpr [])",
    "[1, 2,]": "(ListExpr [1 2])",
    '{ a = 1, "b c" = 2, d { e = 3 } }': "(MapExpr [(Entry a 1) (Entry b c 2) (Entry d (MapExpr [(Entry e 3)]))])",
    "{ let = 1, in = 2, require = 3 }": "(MapExpr [(Entry let 1) (Entry in 2) (Entry require 3)])",
    "f(1, b = 2)": "(Call f [(Argument none 1) (Argument b 2)])",
    "[for x in xs: x]": "(ListFor [x] xs none x)",
    "[for k, v in m if v: k]": "(ListFor [k v] m v k)",
    "{for k, v in m: k => v}": "(MapFor [k v] m none k v)",
    'match x { "a" | "b" => 1, range => 2, null => 0, a.b => 4, -1 => 5, _ => 3 }': (
        "(Match x [(Arm [(String ['a'] False) (String ['b'] False)] 1) (Arm [range] 2) (Arm [(Null)] 0) "
        "(Arm [(Member a b)] 4) (Arm [(Unary '-' 1)] 5) (Arm [_] 3)])"
    ),
    "type": "type",
    "kind + fn": "(Binary '+' kind fn)",
    "then": "then",
}


@pytest.mark.parametrize(("text", "form"), FORMS.items())
def test_form(text, form):
    assert short(text) == form


STRINGS = {
    '""': (),
    '"a"': ("a",),
    r'"\n\t\"\\\$\u{e9}"': ('\n\t"\\$é',),
    '"$ $a $$"': ("$ $a $$",),
    '"""\n    a\n      b\n\n    c\n    """': ("a\n  b\n\nc\n",),
    '"""\n  a\n  b"""': ("a\nb",),
    '"""a "quoted" b"""': ('a "quoted" b',),
    '"""\n"""': (),
}


@pytest.mark.parametrize(("text", "parts"), STRINGS.items())
def test_string(text, parts):
    outcome = parse_expression(SourceFile("a.platform", text))
    assert outcome.diagnostics == ()
    assert isinstance(outcome.value, String)
    assert outcome.value.parts == parts


def test_interpolations_nest_strings_and_braces():
    assert short('"a${f("b${c}", { d = 1 })}e"') == (
        "(String ['a' (Call f [(Argument none (String ['b' c] False)) "
        "(Argument none (MapExpr [(Entry d 1)]))]) 'e'] False)"
    )


def test_the_indent_of_a_long_string_is_stripped_around_interpolations():
    value = parse_expression(SourceFile("a.platform", '"""\n    a ${b} c\n      ${d}\n  """')).value
    assert isinstance(value, String)
    assert [part if isinstance(part, str) else shown(part) for part in value.parts] == ["a ", "b", " c\n  ", "d", "\n"]


def test_spans_are_exact():
    text = '(a + b.c) * -"x${d}"'
    value = parse_expression(SourceFile("a.platform", text)).value
    assert isinstance(value, Binary)
    assert isinstance(value.left, Binary)
    assert isinstance(value.left.right, Member)

    def said(node):
        return text[node.span.start : node.span.end]

    places = (value, value.left, value.left.right, value.left.right.name, value.right)
    assert list(map(said, places)) == [text, "a + b.c", "b.c", "c", '-"x${d}"']
    assert text[value.operator_span.start : value.operator_span.end] == "*"


@pytest.mark.parametrize(
    "text",
    ["a +\n b", "f(\n a,\n b\n)", "[\n1,\n2\n]", "if a\n then b\n else c", "a &&\n // why\n b", "{\n a = 1\n b = 2\n}"],
)
def test_where_a_line_may_be_broken(text):
    assert parse_expression(SourceFile("a.platform", text)).diagnostics == ()


def test_the_smallest_whole_number_is_one():
    assert short("-9223372036854775808") == "(Unary '-' 9223372036854775808)"
