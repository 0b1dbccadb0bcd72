"""Properties: any text parses without raising, what is printed is read as it was, and mutations are told singly."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syntax_samples import WIDE, module_of, without_places

from idpc.format import format_expression, format_module
from idpc.source import SourceFile, Span
from idpc.syntax import nodes as n
from idpc.syntax import parse_expression, parse_module
from idpc.syntax.scanner import scan
from idpc.syntax.terminals import terminals

NOWHERE = Span("a.platform", 0, 0)
PIECES = (
    "app x { } kind type template let fn in if else then for match require = += : => -> == && || ?? .. . , ; | ? @ "
    '! - + * / < > ( ) [ ] { } "a" "${ """ \' # // /// 1 2Gi $5/month 2027-01-31 a.b true null _ $ \\ § \n \n \n  '
).split(" ")


def tokens_of(text: str) -> list[tuple[int, int]]:
    found, kinds = scan(SourceFile("a.platform", text)), terminals()
    parts = zip(found.kinds, found.starts, found.ends, strict=True)
    return [
        (start, end) for kind, start, end in parts if end > start and kind not in (kinds.NEWLINE, kinds.STRING_TEXT)
    ]


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_parses_without_raising(text):
    outcome = parse_module(SourceFile("a.platform", text))
    format_module(SourceFile("a.platform", text), outcome.value)
    parse_expression(SourceFile("a.platform", text))


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_soup_of_tokens_parses_without_raising(pieces):
    source = SourceFile("a.platform", " ".join(pieces))
    outcome = parse_module(source)
    lines = [source.position(each.span.start).line for each in outcome.diagnostics]
    assert len(lines) == len(set(lines))
    printed = SourceFile("a.platform", format_module(source, outcome.value))
    assert bool(parse_module(printed).diagnostics) == bool(outcome.diagnostics)


WORDS = st.sampled_from(("a", "b_c", "type", "Then", "x1"))
TEXTS = st.text(st.sampled_from('ab "\\$\n\t{}é\u200b'), max_size=6)
LEAVES = st.one_of(
    WORDS.map(lambda word: n.Ref(word, NOWHERE)),
    st.integers(0, 2**63 - 1).map(lambda value: n.Number(value, str(value), NOWHERE)),
    st.sampled_from(("512Mi", "1h30m", "99.9%", "$1_500/month")).map(lambda text: n.Measure(text, NOWHERE)),
    st.booleans().map(lambda value: n.Bool(value, NOWHERE)),
    st.just(n.Null(NOWHERE)),
    st.just(n.Date("2027-01-31", NOWHERE)),
    TEXTS.map(lambda text: n.String((text,) if text else (), NOWHERE)),
)


def composed(inner: st.SearchStrategy) -> st.SearchStrategy:
    name = WORDS.map(lambda word: n.Name(word, NOWHERE))
    key = st.one_of(name, TEXTS.map(lambda text: n.Name(text, NOWHERE, quoted=True)))
    several = st.lists(inner, max_size=3).map(tuple)
    names = st.lists(name, min_size=1, max_size=2).map(tuple)
    argument = st.builds(n.Argument, st.none() | name, inner)
    operators = st.sampled_from(("+", "-", "*", "/", "<", ">=", "in", "==", "!=", "&&", "||", "??"))
    low, high = inner, inner
    return st.one_of(
        st.builds(n.Member, inner, name, st.just(NOWHERE)),
        st.builds(n.Index, inner, inner, st.just(NOWHERE)),
        st.builds(n.Call, inner, st.lists(argument, max_size=3).map(tuple), st.just(NOWHERE)),
        st.builds(n.Unary, st.sampled_from("!-"), inner, st.just(NOWHERE)),
        st.builds(n.Binary, operators, inner, inner, st.just(NOWHERE), st.just(NOWHERE)),
        st.builds(n.RangeExpr, low, high, st.just(NOWHERE)),
        st.builds(n.IfExpr, inner, inner, inner, st.just(NOWHERE)),
        st.builds(n.ListExpr, several, st.just(NOWHERE)),
        st.builds(
            n.MapExpr,
            st.lists(st.builds(n.Entry, key, inner, st.just(NOWHERE)), max_size=3).map(tuple),
            st.just(NOWHERE),
        ),
        st.builds(n.ListFor, names, inner, st.none() | inner, inner, st.just(NOWHERE)),
        st.builds(n.MapFor, names, inner, st.none() | inner, inner, inner, st.just(NOWHERE)),
        inner.map(lambda value: n.String(("a${", value, '"'), NOWHERE)),
    )


@given(st.recursive(LEAVES, composed, max_leaves=12))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_printed_expression_is_read_as_it_was(expr):
    outcome = parse_expression(SourceFile("a.platform", format_expression(expr)))
    assert outcome.diagnostics == ()
    assert without_places(outcome.value) == without_places(expr)


@given(st.randoms(use_true_random=False), st.sampled_from((" ", "\n", " // c\n", "\n\n\n", "\n// own\n", "\t")))
@settings(max_examples=150, deadline=None)
def test_formatting_keeps_nodes_and_comments_wherever_blanks_are(choose, blank):
    text = WIDE
    for _ in range(3):
        start, _ = choose.choice(tokens_of(text))
        text = text[:start] + blank + text[start:]
    source = SourceFile("a.platform", text)
    module = parse_module(source).value
    printed = SourceFile("a.platform", format_module(source, module))
    again = parse_module(printed)
    if not module.broken:
        assert without_places(again.value) == without_places(module)
        assert [each.text.rstrip() for each in again.value.comments] == [each.text.rstrip() for each in module.comments]
        assert format_module(printed, again.value) == printed.text


def mutants(count: int, seed: int):
    """Texts with one token deleted, doubled, replaced or put before another, and where."""
    choose = random.Random(seed)  # noqa: S311  # any choice will do
    tokens = tokens_of(WIDE)
    for _ in range(count):
        (start, end), (first, last) = choose.choice(tokens), choose.choice(tokens)
        own, other = WIDE[start:end], WIDE[first:last]
        put = choose.choice(("", f"{own} {own}", other, f"{other} {own}"))
        yield start, WIDE[:start] + put + WIDE[end:]


def test_a_mutation_gives_one_diagnostic_at_its_place():
    module_of(WIDE)
    invalid = single = near = 0
    for at, text in mutants(600, 20):
        source = SourceFile("a.platform", text)
        found = parse_module(source).diagnostics
        line = source.position(at).line
        spans = [[each.span, *(label.span for label in each.labels)] for each in found]
        away = [min(abs(source.position(span.start).line - line) for span in each) for each in spans]
        invalid += bool(found)
        single += len(found) == 1
        near += bool(found) and max(away) <= 1
    assert invalid > 300
    assert single >= 0.95 * invalid, f"{single} of {invalid}"
    assert near >= 0.98 * invalid, f"{near} of {invalid}"
