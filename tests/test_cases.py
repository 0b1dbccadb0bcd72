"""Runs the cases: every claimed diagnostic is there, no other is, and the expected blocks hold the text of their view."""

import datetime

import pytest
from casefile import Case, Claim, cases, claims, rewrite

from idpc.diagnostics.renderers import Look, Report, render
from idpc.explain import explain_field
from idpc.format import format_module
from idpc.pipeline import Options, compile_project
from idpc.project import Sources
from idpc.views import VIEWS

TODAY = datetime.date(2026, 11, 1)
UNTIL = {
    "syntax": "syntax",
    "format": "syntax",
    "names": "types",
    "types": "types",
    "lint": "graph",
    "graph": "graph",
    "policy": "plan",
}
ALL = list(cases())


@pytest.mark.parametrize("case", ALL, ids=[case.id for case in ALL])
def test_case(case, update):
    sources = Sources.of(case.files)
    compilation = compile_project(sources, Options(today=TODAY), UNTIL.get(case.stage, "plan"))
    found = (*sources.check_files(), *(each for each in compilation.diagnostics if not _is_advice(case, each)))
    assert _unclaimed(case, compilation.files_by_path, found) == [], _text(compilation, found)
    for block in case.expected:
        text = _view(block, compilation, found)
        if update and text != block.text:
            rewrite(case, block, text)
        elif not update:
            assert text == block.text


def test_no_two_cases_of_a_file_have_the_same_heading():
    assert len({case.id for case in ALL}) == len(ALL)


def _is_advice(case: Case, found) -> bool:
    """Whether it is a warning of the policies that every project starts with, in a case about something else."""
    return case.stage != "policy" and found.severity == "warning" and bool(found.policy)


def _unclaimed(case: Case, files, found) -> list[str]:
    """What was found and not claimed, or claimed and not found."""
    open_claims = list(claims(case.files))
    wrong = []
    for each in found:
        line = files[each.span.file].position(each.span.start).line if each.span.file in files else 0
        claim = next((claim for claim in open_claims if _fits(claim, each, line)), None)
        if claim:
            open_claims.remove(claim)
        else:
            wrong.append(f"unclaimed: {each.span.file}:{line}: {each.severity}[{each.code}]: {each.message}")
    return wrong + [f"not found: {claim}" for claim in open_claims]


def _fits(claim: Claim, each, line: int) -> bool:
    same = (claim.file, claim.line, claim.code, claim.severity) == (each.span.file, line, each.code, each.severity)
    return same and claim.words in each.message


def _view(block, compilation, found) -> str:
    """The text of the view for which a block is named; the words behind the name are its environment or subject."""
    if block.language == "diagnostics":
        return _text(compilation, found)
    if block.language == "formatted":
        file = compilation.sources.files[0]
        return format_module(file, next(module for module in compilation.modules if module.path == file.path))
    *subject, environment = (*block.words, *([] if _ends_in_environment(block, compilation) else [_first(compilation)]))
    if block.language == "explain":
        return explain_field(compilation, subject[0], environment)
    return VIEWS[block.language](compilation, environment)


def _ends_in_environment(block, compilation) -> bool:
    return bool(block.words) and block.words[-1] in compilation.graph.environments


def _first(compilation) -> str:
    return next(iter(compilation.graph.environments))


def _text(compilation, found) -> str:
    return render("text", Report(tuple(found), compilation.files_by_path), Look(width=100))
