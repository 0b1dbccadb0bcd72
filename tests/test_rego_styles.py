"""Policies in Rego as people write them, each with samples that it allows and samples that it does not."""

import json
from pathlib import Path

import pytest
import yaml
from casefile import Case, cases_in
from msgspec.structs import replace

from idpc.policy.engine import Evaluation, opened
from idpc.policy.inputs import Inputs
from idpc.policy.rego.prepare import prepare
from idpc.policy.rego.sources import RegoSources
from idpc.policy.results import violations
from idpc.policy.share import PolicyShare, RegoPolicy, Subject
from idpc.source import SourceFile, Span

FOLDER = Path(__file__).parent / "rego"
NOWHERE = Span("case.platform", 0, 0)
CASES = {
    f"{path.stem}::{case.heading}": case
    for path in sorted(FOLDER.glob("*.md"))
    for case in cases_in(path)
    if case.blocks
}


@pytest.fixture(scope="module")
def engine():
    with opened("regorus", 10) as made:
        yield made


def test_there_are_as_many_as_should_be():
    conftest = [name for name in CASES if name.startswith("conftest")]
    assert (len(conftest), len(CASES) - len(conftest)) == (20, 10)


@pytest.mark.parametrize("name", CASES)
def test_what_is_allowed_passes_and_the_rest_is_told(name, engine):
    case = CASES[name]
    assert found(case, "allowed", engine) == [[]] * len(documents(case, "allowed"))
    told = found(case, "disallowed", engine)
    words = " ".join(block(case, "disallowed").words)
    assert told
    assert all(told), told
    assert all(any(words in message for message in messages) for messages in told), told


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("gatekeeper")])
def test_templates_in_gatekeepers_own_files_judge_alike(name, engine):
    case = CASES[name]
    policy = replace(policy_of(case), pattern="gatekeeper/*.yaml", params="{}", language="v1")
    files = template_of(case)
    assert judged(policy, files, case, "allowed", engine) == [[]] * len(documents(case, "allowed"))
    told = judged(policy, files, case, "disallowed", engine)
    assert [set(each) for each in told] == [set(each) for each in found(case, "disallowed", engine)]


def template_of(case: Case) -> dict[str, SourceFile]:
    """A case as Gatekeeper's own files: a template, and a constraint with the parameters."""
    language = block(case, "rego").words[0]
    main, *libraries = (indented(file.text, 12) for file in files_of(case).values())
    libs = "".join(f"            - |\n{indented(text, 4)}" for text in libraries)
    texts = {
        "gatekeeper/template.yaml": f"""apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {{name: case}}
spec:
  crd: {{spec: {{names: {{kind: Case}}}}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: Rego
          source:
            version: {language}
            rego: |
{indented(main, 4)}{"            libs:" if libs else ""}
{libs}
""",
        "gatekeeper/constraint.yaml": json.dumps(
            {
                "apiVersion": "constraints.gatekeeper.sh/v1beta1",
                "kind": "Case",
                "metadata": {"name": "case"},
                "spec": {"parameters": next(iter(documents(case, "params")), {})},
            }
        ),
    }
    return {path: SourceFile(path, text) for path, text in texts.items()}


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}" for line in text.splitlines(keepends=True))


def found(case: Case, what: str, engine) -> list[list[str]]:
    """The messages for each sample."""
    return judged(policy_of(case), files_of(case), case, what, engine)


def judged(policy: RegoPolicy, files: dict[str, SourceFile], case: Case, what: str, engine) -> list[list[str]]:
    several = prepare(policy, RegoSources(files), engine)
    assert isinstance(several, tuple), several
    (prepared,) = several
    samples = [subject(each) for each in documents(case, what)]
    beside = [subject(each) for each in documents(case, "inventory")]
    inputs = Inputs("dev", (PolicyShare((policy,), subjects={"manifest": (*samples, *beside)}),))
    texts = tuple(each.text for each in samples)
    numbers = list(range(len(samples)))
    if prepared.gatekeeper:
        numbers, texts = zip(*inputs.documents(prepared, samples), strict=True)
    asked = Evaluation(prepared.policy.language, prepared.modules, inputs.data(prepared), texts, prepared.paths, 0)
    told, wrong = violations(prepared, asked, engine)
    assert wrong == []
    singly = [engine.evaluate(replace(asked, inputs=(text,)))[0] for text in texts]
    assert list(engine.evaluate(asked)) == singly
    return [[each.message for each in told if numbers[each.number] == number] for number in range(len(samples))]


def policy_of(case: Case) -> RegoPolicy:
    language, target = block(case, "rego").words
    params = json.dumps(next(iter(documents(case, "params")), {}))
    where = "graph" if target == "any" else target
    return RegoPolicy("case", where, "error", "policies/*.rego", language, "", params, "", "", NOWHERE, NOWHERE)


def files_of(case: Case) -> dict[str, SourceFile]:
    texts, name = dict[str, str](), "main.rego"
    for line in block(case, "rego").text.splitlines(keepends=True):
        if line.startswith("# file: "):
            name = line.removeprefix("# file: ").strip()
        else:
            texts[name] = texts.get(name, "") + line
    return {f"policies/{path}": SourceFile(f"policies/{path}", text) for path, text in texts.items()}


def subject(document: dict) -> Subject:
    metadata = document.get("metadata") or {}
    names = (document.get("apiVersion"), document.get("kind"), metadata.get("namespace"), metadata.get("name"))
    return Subject("shop.web", "shop", "", NOWHERE, json.dumps(document), tuple(str(each or "") for each in names))


def block(case: Case, language: str):
    return next(each for each in case.blocks if each.language == language)


def documents(case: Case, language: str) -> list[dict]:
    texts = [each.text for each in case.blocks if each.language == language]
    return [document for text in texts for document in yaml.safe_load_all(text)]
