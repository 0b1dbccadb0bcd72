"""Applying fixes to texts."""

from hypothesis import given
from hypothesis import strategies as st

from idpc.diagnostics import Code, Edit, Fix
from idpc.fixes import edited, repair
from idpc.source import Span

CODE = Code("IDP3001", "unknown field")
TEXTS = {"a": "one two three\n", "b": "other\n"}


def wrong(*edits, safe=True):
    return CODE.at(edits[0].span, "m", fixes=(Fix("do it", edits, safe),))


def edit(start, end, text, file="a"):
    return Edit(Span(file, start, end), text)


def test_fixes_that_do_not_touch_are_all_applied():
    done = repair([wrong(edit(0, 3, "1")), wrong(edit(4, 7, "2")), wrong(edit(0, 5, "O", "b"))], TEXTS)
    assert done.texts == {"a": "1 2 three\n", "b": "O\n"}
    assert len(done.applied) == 3


def test_of_fixes_that_overlap_the_first_is_applied():
    done = repair([wrong(edit(0, 5, "x")), wrong(edit(4, 7, "y")), wrong(edit(0, 0, "z"))], TEXTS)
    assert done.texts == {"a": "xwo three\n"}
    assert len(done.applied) == 1


def test_a_fix_is_applied_whole_or_not_at_all():
    both = wrong(edit(8, 13, "3"), edit(0, 3, "1"))
    assert repair([wrong(edit(1, 2, "N")), both], TEXTS).texts == {"a": "oNe two three\n"}
    assert repair([both], TEXTS).texts == {"a": "1 two 3\n"}


def test_what_is_not_safe_or_not_ours_is_left_alone():
    assert repair([wrong(edit(0, 3, "1"), safe=False), wrong(edit(0, 1, "x", "std/a.platform"))], TEXTS).texts == {}


def test_neighbours_may_both_change():
    assert repair([wrong(edit(0, 3, "1")), wrong(edit(3, 4, ""))], TEXTS).texts == {"a": "1two three\n"}


def test_a_fix_that_changes_nothing_is_no_change():
    assert repair([wrong(edit(0, 3, "one"))], TEXTS).texts == {}


@given(st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13), st.text(max_size=3)), max_size=6))
def test_what_is_applied_never_overlaps(places):
    faults = [wrong(edit(min(a, b), max(a, b), text)) for a, b, text in places]
    done = repair(faults, TEXTS)
    edits = [one for _, fix in done.applied for one in fix.edits]
    covered = [offset for one in edits for offset in range(one.span.start, one.span.end)]
    assert len(covered) == len(set(covered))
    assert len({one.span.start for one in edits}) == len(edits)
    assert edited(TEXTS, edits) == done.texts
