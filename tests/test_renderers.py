"""How diagnostics look in each format."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idpc.diagnostics import Code, Diagnostic, Edit, Fix, Label, Severity
from idpc.diagnostics.manual import page, url
from idpc.diagnostics.merge import merge
from idpc.diagnostics.published import DiagnosticsDocument
from idpc.diagnostics.renderers import Look, Report, render
from idpc.diagnostics.renderers.report import summary
from idpc.source import SourceFile, Span

FIELD = Code("IDP3001", "unknown field")
OLD = Code("IDP8001", "deprecated", Severity.WARNING)
SHOP = """\
app shop {
  service checkout {
\timage = "日本語" + oops + two
    replica = 3
    a = 1
    b = {
      x = 1
      y = 2
      z = 3
      q = 4
      r = 5
    }
  }
}
"""
FILES = {
    "shop.platform": SourceFile("shop.platform", SHOP),
    "std/workloads.platform": SourceFile("std/workloads.platform", "\n" * 13 + "kind service { x: int }\n"),
}


def span(text, file="shop.platform"):
    start = FILES[file].text.index(text)
    return Span(file, start, start + len(text))


def between(first, last):
    return Span("shop.platform", SHOP.index(first), SHOP.index(last) + len(last))


def text(*diagnostics, files=FILES, width=100, colour=False, prefix=""):
    return render("text", Report(diagnostics, files, prefix), Look(colour, width))


def body(*diagnostics, **settings):
    """Without the summary and the line that names the page."""
    return re.split(r"\n +idpc explain", text(*diagnostics, **settings))[0] + "\n"


UNKNOWN = FIELD.at(
    span("replica"),
    "`service` has no field `replica`",
    hint="did you mean `replicas`?",
    notes=("defined in std/workloads.platform:14 with 31 fields",),
    fixes=(Fix("rename to `replicas`", (Edit(span("replica"), "replicas"),), safe=True),),
).but(environments=("dev", "prod"))


def test_text_of_one_mark():
    assert text(UNKNOWN) == (
        "error[IDP3001]: `service` has no field `replica`\n"
        "  ┌─ shop.platform:4:5\n"
        "  │\n"
        "4 │     replica = 3\n"
        "  │     ^^^^^^^ did you mean `replicas`?\n"
        "  │\n"
        "  = defined in std/workloads.platform:14 with 31 fields\n"
        "  = in dev, prod\n"
        "  fix: rename to `replicas`        idpc explain IDP3001\n"
        "\n"
        "1 error in 1 file; `idpc fix` mends 1\n"
    )


def test_several_marks_on_a_line_with_tabs_and_wide_characters():
    labels = (Label(span('"日本語"'), "a wide string"), Label(span("two"), "the third"))
    assert body(FIELD.at(span("oops"), "bad", hint="this", labels=labels)) == (
        "error[IDP3001]: bad\n"
        "  ┌─ shop.platform:3:18\n"
        "  │\n"
        '3 │     image = "日本語" + oops + two\n'
        "  │             --------   ^^^^   --- the third\n"
        "  │             │          │\n"
        "  │             │          this\n"
        "  │             a wide string\n"
        "  │\n"
    )


def test_marks_at_the_same_place():
    labels = (Label(span("replica = 3"), "the whole"), Label(span("replica"), "again"))
    assert body(FIELD.at(span("replica"), "bad", hint="this", labels=labels)) == (
        "error[IDP3001]: bad\n"
        "  ┌─ shop.platform:4:5\n"
        "  │\n"
        "4 │     replica = 3\n"
        "  │     ^^^^^^^----\n"
        "  │     │\n"
        "  │     this\n"
        "  │     again\n"
        "  │     the whole\n"
        "  │\n"
    )


def test_marks_in_two_files():
    label = Label(span("kind service", "std/workloads.platform"), "defined here")
    assert body(FIELD.at(span("replica"), "bad", labels=(label,)), prefix="shops/") == (
        "error[IDP3001]: bad\n"
        "   ┌─ shops/shop.platform:4:5\n"
        "   │\n"
        " 4 │     replica = 3\n"
        "   │     ^^^^^^^\n"
        "   │\n"
        "   ├─ std/workloads.platform:14:1\n"
        "   │\n"
        "14 │ kind service { x: int }\n"
        "   │ ------------ defined here\n"
        "   │\n"
    )


def test_a_mark_over_lines():
    labels = (Label(span("a = 1"), "because of this"), Label(span("y = 2"), "and this"))
    assert body(FIELD.at(between("{\n      x", "5\n    }"), "bad", hint="all of it", labels=labels)) == (
        "error[IDP3001]: bad\n"
        "   ┌─ shop.platform:6:9\n"
        "   │\n"
        " 5 │       a = 1\n"
        "   │       ----- because of this\n"
        " 6 │       b = {\n"
        "   │ ╭─────────^\n"
        " 7 │ │       x = 1\n"
        " 8 │ │       y = 2\n"
        "   │ │       ----- and this\n"
        "   · │\n"
        "12 │ │     }\n"
        "   │ ╰─────^ all of it\n"
        "   │\n"
    )


def test_a_mark_over_whole_lines_begins_beside_the_text():
    assert body(FIELD.at(between("q = 4", "r = 5\n"), "bad", hint="both")) == (
        "error[IDP3001]: bad\n"
        "   ┌─ shop.platform:10:7\n"
        "   │\n"
        "10 │ ╭       q = 4\n"
        "11 │ │       r = 5\n"
        "   │ ╰───────────^ both\n"
        "   │\n"
    )


def test_nested_marks_over_lines_are_closed_from_the_inside():
    outer = Label(between("b = {", "5\n    }"), "the outer")
    assert body(FIELD.at(between("x = 1", "5\n    }"), "bad", hint="the inner", labels=(outer,))) == (
        "error[IDP3001]: bad\n"
        "   ┌─ shop.platform:7:7\n"
        "   │\n"
        " 6 │ ╭       b = {\n"
        " 7 │ │ ╭       x = 1\n"
        " 8 │ │ │       y = 2\n"
        "   · │ │\n"
        "12 │ │ │     }\n"
        "   │ │ ╰─────^ the inner\n"
        "   │ ╰───────- the outer\n"
        "   │\n"
    )


@pytest.mark.parametrize("offset", [len("app shop {"), len(SHOP)])
def test_an_empty_span_is_one_caret(offset):
    said = body(FIELD.at(Span("shop.platform", offset, offset), "bad", hint="missing"))
    assert re.search(r"│ +\^ missing\n", said)


def test_a_long_line_is_cut_around_the_mark():
    files = {"a": SourceFile("a", "x" * 5000 + "bad" + "y" * 100_000)}
    said = body(FIELD.at(Span("a", 5000, 5003), "long", hint="here"), files=files, width=80)
    line, marks = said.splitlines()[3:5]
    assert len(line) <= 80
    assert line.index("bad") == marks.index("^^^")
    assert line.count("…") == 2


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_any_place_of_a_long_line_is_shown(width):
    source = "".join(f"name{n} = 日{n}\t" for n in range(60))
    for found in re.finditer(r"name\d+ ", source):
        place = Span("a", found.start(), found.end() - 1)
        said = body(FIELD.at(place, "m"), files={"a": SourceFile("a", source)}, width=width)
        line, marks = said.splitlines()[3:5]
        wide = line[: marks.index("^")].count("日")
        assert line[marks.index("^") - wide :].startswith(found[0].rstrip()) or wide


def test_no_control_character_reaches_the_terminal():
    said = text(FIELD.at(Span("gone.platform", 3, 4), "no \x1b[31m\u202efile", hint="here", help="a\x07b"))
    assert said.replace("\n", "").isprintable()
    assert "gone.platform" in said


def test_a_diagnostic_without_a_place():
    assert text(FIELD.at(Span("", 0, 0), "nowhere")) == "error[IDP3001]: nowhere\n  idpc explain IDP3001\n\n1 error\n"


def test_notes_are_wrapped():
    said = text(FIELD.at(Span("", 0, 0), "m", help="word " * 30), width=60)
    assert max(map(len, said.splitlines())) <= 60
    assert "\n        word" in said


def test_colours_add_nothing_but_colours():
    label = Label(span("kind service", "std/workloads.platform"), "defined here")
    painted = text(UNKNOWN.but(labels=(label,)), colour=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == text(UNKNOWN.but(labels=(label,)))
    assert "\x1b[1;31m" in painted


def test_nothing_found_is_nothing_said():
    assert [render(form, Report(()), Look()) for form in ("text", "short", "github")] == ["", "", ""]


def test_summary_counts():
    report = Report((UNKNOWN, UNKNOWN, OLD.at(span("a = 1"), "old")))
    assert summary(report) == "2 errors, 1 warning in 1 file"


def test_short():
    assert render("short", Report((UNKNOWN,), FILES, "x/"), Look()) == (
        "x/shop.platform:4:5: error[IDP3001]: `service` has no field `replica`\n"
    )


def test_github_escapes():
    odd = OLD.at(Span("a,b:c.platform", 0, 3), "100% a\nb", hint="c")
    files = {"a,b:c.platform": SourceFile("a,b:c.platform", SHOP)}
    assert render("github", Report((odd,), files), Look()) == (
        "::warning file=a%2Cb%3Ac.platform,line=1,endLine=1,col=1,endColumn=4,title=IDP8001 something deprecated is used"
        "::100%25 a%0Ab%0Ac%0Aidpc explain IDP8001\n"
    )


def test_json_is_as_published():
    document = json.loads(render("json", Report((UNKNOWN,), FILES), Look()))
    DiagnosticsDocument.model_validate(document)
    found = document["diagnostics"][0]
    assert document["summary"] == {"errors": 1, "warnings": 0, "infos": 0}
    assert found["file"] == "shop.platform"
    assert found["span"]["start"] == {"line": 4, "column": 5, "offset": SHOP.index("replica")}
    assert found["fixes"][0]["edits"][0]["text"] == "replicas"
    assert found["environments"] == ["dev", "prod"]
    assert found["url"] == url("IDP3001")


def test_json_of_nothing_is_a_document():
    assert json.loads(render("json", Report(()), Look()))["diagnostics"] == []


def in_environment(name, message="m", start=0):
    return Diagnostic(
        "IDP3001", Severity.ERROR, message, Span("a", start, start + 1), environments=(name,) if name else ()
    )


def test_merge_joins_environments():
    joined = merge([in_environment("prod"), in_environment("dev")], ("dev", "staging", "prod"))
    assert [each.environments for each in joined] == [("dev", "prod")]


def test_merge_names_no_environment_where_it_holds_in_all():
    assert merge([in_environment("prod"), in_environment("dev")], ("dev", "prod"))[0].environments == ()
    assert merge([in_environment(""), in_environment("dev")], ("dev", "prod"))[0].environments == ()


def test_merge_keeps_different_messages_apart_and_orders():
    merged = merge([in_environment("", "b", 5), in_environment("", "a", 5), in_environment("", "c", 1)], ())
    assert [each.message for each in merged] == ["c", "a", "b"]


def test_merge_keeps_the_fullest_telling():
    label = Label(Span("a", 7, 8), "here")
    merged = merge([in_environment("dev"), in_environment("prod").but(labels=(label,))], ("dev", "prod"))
    assert [each.labels for each in merged] == [(label,)]


def test_merge_of_merged_changes_nothing():
    once = merge([in_environment("prod"), in_environment("", "x"), in_environment("dev", "y")], ("dev", "prod"))
    assert merge(once, ("dev", "prod")) == once


def test_pages():
    assert page("IDP9001").startswith("# IDP9001: a fault of idpc\n")
    assert page("IDP0000") is None


@given(
    st.text(max_size=80),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=4),
    st.integers(1, 100),
)
def test_any_marks_in_any_text_are_drawn(source, places, width):
    spans = [Span("a", min(place), max(place)) for place in places]
    labels = tuple(Label(span, f"label {number}") for number, span in enumerate(spans[1:]))
    said = text(
        FIELD.at(spans[0], "m", hint="the hint", labels=labels), files={"a": SourceFile("a", source)}, width=width
    )
    assert "the hint" in said
    assert all(label.text in said for label in labels)
    assert said.replace("\n", "").isprintable()
