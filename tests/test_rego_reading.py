"""Reading Rego: whatever stands in a file, it is looked through without a fault, and nothing moves from its line."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idpc.policy.engine import Evaluation, Failure, opened
from idpc.policy.rego.lint import Ground, calls, lint
from idpc.policy.rego.module import RegoFile
from idpc.policy.rego.shapes import graph_shape
from idpc.policy.rego.sources import RegoSources, merged
from idpc.policy.rego.tokens import separated
from idpc.source import SourceFile

WORDS = (
    *"package import default deny warn violation if contains some in not every with as else input data".split(),
    *"( ) [ ] { } := = == . , ; | : resources kind x y _ 1 2.5 true".split(),
    *('"a"', '"%d %t"', "`raw`", '"open', "#", "# METADATA", "\n", "\n", "sprintf(", "é", "\\", "%"),
)
GROUND = Ground("p", "v1", graph_shape({"name": 1}, {}), {"params": None}, "dvs")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join) | st.text(max_size=80)


@given(TEXTS)
def test_any_text_is_looked_through(text):
    file = RegoFile(SourceFile("p.rego", text))
    for each in lint([file], GROUND):
        assert 0 <= each.span.start <= each.span.end <= len(text)
    assert all(0 <= span.start <= span.end <= len(text) for span in calls([file]).values())
    for rule in file.rules:
        assert file.without([rule]).count("\n") == text.count("\n")
        assert len(file.without([rule])) == len(text)
        assert file.body(rule) in text
        assert isinstance(file.variables(rule), tuple)


@given(TEXTS)
def test_separating_moves_no_line(text):
    assert separated(text).count("\n") == text.count("\n")
    assert separated(text).replace(";", "") == text.replace(";", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x := a\n(b)", "x := a;\n(b)"),
        ("x := a[0] # why\n  (b)", "x := a[0]; # why\n  (b)"),
        ("not\n(b)", "not\n(b)"),
        ("f(x)\n(b)", "f(x)\n(b)"),
        ("f(\n(b))", "f(\n(b))"),
    ],
)
def test_a_semicolon_stands_where_a_call_would_be_seen(text, expected):
    assert separated(text) == expected


def test_bodies_and_variables_of_rules():
    text = (
        "package p\n\ndeny contains msg if {\n  some r in input.resources\n  some k, v in r.fields\n"
        "  n := count([y | y := r.x])\n  msg := k\n}\n\nwarn[m] { m := 1 }\n\nf(a) := b if { b := a } else := 2\n"
    )
    file = RegoFile(SourceFile("p.rego", text))
    deny, warn, function = file.rules
    assert file.variables(deny) == ("r", "k", "v", "n", "msg")
    assert file.body(warn) == " m := 1 "
    assert file.body(function) == ""
    assert [rule.form for rule in file.rules] == ["set", "set", "function"]


@pytest.mark.parametrize(
    "text",
    ["- a", "a: [", "? [1, 2]\n: x", "a: 2027-99-99", "[" * 3000, "&a [*a]", "'"],
)
def test_data_that_cannot_be_used_is_told(text):
    data, wrong = merged([SourceFile("p/a.yaml", text)], "p")
    assert data == {}
    assert [each.code for each in wrong] == ["IDP5011"]


def test_data_of_one_policy_does_not_come_to_another():
    one = SourceFile("p/a.yaml", "a: {b: {c: 1}}")
    other = SourceFile("p/b.yaml", "a: {b: {d: 2}}")
    assert merged([one, other], "p")[0] == {"a": {"b": {"c": 1, "d": 2}}}
    assert merged([one], "p")[0] == {"a": {"b": {"c": 1}}}


FUNCTIONS = {
    'net.cidr_intersects("10.0.0.0/8", "10.1.0.0/16")': True,
    'net.cidr_intersects("10.0.0.0/8", "::/0")': False,
    'net.cidr_merge(["10.0.0.0/9", "10.128.0.0/9", "::/1"])': ["10.0.0.0/8", "::/1"],
    'net.cidr_contains_matches("10.0.0.0/8", ["10.1.0.0/16", "11.0.0.0/16"])': [["10.0.0.0/8", 0]],
    'net.cidr_contains_matches({"a": "10.0.0.0/8"}, {"10.0.0.1"})': [["a", "10.0.0.1"]],
    'crypto.md5("a")': "0cc175b9c0f1b6a831c399e269772661",
    'crypto.sha256("")': "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    'regex.globs_match("a.c", "abc")': True,
    'regex.globs_match("[a-c]+", "d*")': False,
    'regex.globs_match("[^a]x*", "b")': True,
    'regex.globs_match("a\\\\.c", "a.c")': True,
    're_match("^a+$", "aaa")': True,
    "any([false, true])": True,
    "all([false, true])": False,
    "time.now_ns()": 86_400_000_000_000,
}


def test_functions_that_the_engine_lacks():
    rules = "".join(f"f{number} := {call}\n" for number, call in enumerate(FUNCTIONS))
    asked = Evaluation(
        "v1",
        (("p.rego", f"package p\n{rules}"),),
        "{}",
        ("{}",),
        tuple(f"data.p.f{number}" for number in range(len(FUNCTIONS))),
        86_400_000_000_000,
    )
    with opened("regorus", 10) as engine:
        found = engine.evaluate(asked)
    assert not isinstance(found, Failure), found
    assert dict(zip(FUNCTIONS, found[0].values(), strict=True)) == FUNCTIONS


def test_a_worker_that_died_is_replaced():
    crash = "package p\n\nf(x) := f(x)\n\ndeny contains x if x := f(1)\n"
    fine = "package p\n\ndeny contains input.a if true\n"
    with opened("regorus", 10) as engine:
        for text, inputs, expected in (
            (fine, ("1",), []),
            (crash, ("2",), None),
            (fine, ('{"a": 1}', '{"a": 2}'), [1]),
        ):
            found = engine.evaluate(Evaluation("v1", (("p.rego", text),), "{}", inputs, ("data.p.deny",), 0))
            if expected is None:
                assert isinstance(found, Failure)
                assert found.what == "crash"
            else:
                assert found[0]["data.p.deny"] == expected


def test_results_do_not_depend_on_what_was_asked_before():
    random = Random(3)  # noqa: S311  # a test's
    inputs = [tuple(f'{{"a": {number}}}' for number in range(count)) for count in (1, 2, 5, 9)]
    text = "package p\n\ntwice := input.a * 2\n\ndeny contains twice if twice > 2\n"
    with opened("regorus", 10) as engine:
        for _ in range(30):
            chosen = random.choice(inputs)
            found = engine.evaluate(Evaluation("v1", (("p.rego", text),), "{}", chosen, ("data.p.deny",), 0))
            assert not isinstance(found, Failure)
            assert [each["data.p.deny"] for each in found] == [[2 * n] if n > 1 else [] for n in range(len(chosen))]


def test_only_what_fits_a_pattern_is_named():
    paths = (
        "policies/a.rego",
        "policies/a_test.rego",
        "policies/deep/b.rego",
        "other/c.rego",
        "../kit/policies/d.rego",
    )
    sources = RegoSources({path: SourceFile(path, "package a\n") for path in paths}, ("../kit",))

    def named(pattern, declared="project.platform"):
        return [file.source.path for file in sources.named(pattern, declared)]

    assert named("policies/*.rego") == ["policies/a.rego"]
    assert named("policies/**/*.rego") == ["policies/a.rego", "policies/deep/b.rego"]
    assert named("./policies/../other/?.rego") == ["other/c.rego"]
    assert named("policies/*.rego", "../kit/rules.platform") == ["../kit/policies/d.rego"]
    assert named("policies/[a].rego") == []
