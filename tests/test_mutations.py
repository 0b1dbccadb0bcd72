"""One mistake gives one diagnostic, at its place: single-token mutations of the examples, and eight mistakes in a file."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import OPTIONS, Figures, judge, known_of, mutants, texts
from running import EXAMPLES

from idpc.diagnostics import Severity
from idpc.pipeline import compile_project
from idpc.project import Sources

SAMPLE = 30
"""Mutants of each example; `scripts/mutate_examples.py` makes as many as one likes."""

PLANTED = """\
app shop {
  postgres orders {
    version = 16
    storage = 20Gib
  }
  service web {
    imag = "ghcr.io/acme/web:1.0.0"
    port = 80800
    replicas = 2..
    env { DATABASE_URL = ordrs.url }
    expose { host = "shop.example.com" }
    in prodd { replicas = 3 }
  }
  servce api { image = "ghcr.io/acme/api:1.0.0" }
}
"""
PROJECT = """\
project planted { language = "2026.1" }

environment prod { cloud = "kubernetes" }
"""


def test_one_mistake_gives_one_diagnostic():
    verdicts = []
    for example in EXAMPLES:
        files = texts(example)
        known = known_of(files)
        verdicts += [judge(files, mutant, known) for mutant in mutants(files, SAMPLE, seed=17)]
    figures = Figures.of(verdicts)
    told_badly = [(each.mutant.path, each.mutant.line, each.mutant.way) for each in verdicts if not each.single]
    assert figures.raised == 0, [each.raised for each in verdicts if each.raised]
    assert figures.invalid > figures.mutants / 2
    assert figures.single >= 0.95 * figures.invalid, (str(figures), told_badly)
    assert figures.shown >= 0.97 * figures.invalid, str(figures)


def test_eight_planted_mistakes_give_eight_diagnostics():
    found = compile_project(Sources.of({"project.platform": PROJECT, "shop.platform": PLANTED}), OPTIONS).diagnostics
    errors = [each for each in found if each.severity is Severity.ERROR]
    lines = [PLANTED.count("\n", 0, each.span.start) + 1 for each in errors]
    assert lines == [3, 4, 7, 8, 9, 10, 12, 14], [each.message for each in errors]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=200))
def test_any_text_compiles_without_raising(text):
    compile_project(Sources.of({"any.platform": text}), OPTIONS)
    compile_project(Sources.of({"any.platform": f"app a {{\n  service web {{\n{text}\n  }}\n}}\n"}), OPTIONS)
