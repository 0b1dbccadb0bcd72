"""Runs `test_*` rules as `opa test` does, tells which lines they reach, and which rules could go without any failing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from idpc.policy.engine import Evaluation, Failure, PolicyEngine
from idpc.policy.rego.module import RegoFile, Rule, rego_file
from idpc.policy.rego.prepare import path_of
from idpc.policy.rego.sources import TEST, RegoSources, merged
from idpc.policy.rego.tokens import separated

_PREFIX = "test_"


class RegoTest(Struct, frozen=True):
    """A rule that must hold, with the files that it is about and the version of Rego that they are in."""

    file: RegoFile
    rule: Rule
    files: tuple[RegoFile, ...]
    language: str
    data: str

    @property
    def name(self) -> str:
        """As `opa test` calls it."""
        return path_of(self.file, self.rule)


class Tested(Struct, frozen=True):
    """What came of a test; `fault` says how it failed."""

    test: RegoTest
    fault: str = ""


def tests_of(sources: RegoSources, languages: Mapping[str, str]) -> Iterator[RegoTest]:
    """All tests of a project; `languages` has the versions of the files that policies are made of."""
    for path in sources.rego():
        file = rego_file(sources.files[path])
        rules = [rule for rule in file.rules if rule.name.startswith(_PREFIX) and rule.form == "value"]
        if rules:
            files = tuple(sources.with_libraries([file, *_about(file, sources)]))
            language = next((languages[each.source.path] for each in files if each.source.path in languages), "v1")
            data = merged(sources.data_beside(files), "")[0]
            text = msgspec.json.encode({"params": {}, **data}).decode()
            yield from (RegoTest(file, rule, files, language, text) for rule in rules)


def run(tests: Iterable[RegoTest], engine: PolicyEngine, now: int) -> list[Tested]:
    """Each test, by itself: one that fails in a function must not take others with it."""
    return [Tested(test, _fault(engine.evaluate(_asked(test, now)), test)) for test in tests]


def covered(tests: Iterable[RegoTest], engine: PolicyEngine, now: int) -> dict[str, tuple[set[int], set[int]]]:
    """By file the lines that tests have reached, and those that none has."""
    found: dict[str, tuple[set[int], set[int]]] = {}
    for test in tests:
        report = engine.cover(_asked(test, now))
        for each in report if not isinstance(report, Failure) else ():
            reached, missed = found.setdefault(each.file, (set(), set()))
            reached.update(each.covered)
            missed.update(each.missed)
    return {
        path: (reached, missed - reached)
        for path, (reached, missed) in sorted(found.items())
        if not path.endswith(TEST)
    }


def survivors(tests: Sequence[RegoTest], engine: PolicyEngine, now: int) -> Iterator[tuple[RegoFile, Rule]]:
    """The rules without which every test still passes."""
    files = {each.source.path: each for test in tests for each in test.files if not each.source.path.endswith(TEST)}
    for file in files.values():
        concerned = [test for test in tests if file in test.files]
        for rule in file.rules:
            if not rule.name.startswith(_PREFIX) and not _is_missed(file, rule, concerned, engine, now):
                yield file, rule


def _is_missed(file: RegoFile, rule: Rule, tests: Iterable[RegoTest], engine: PolicyEngine, now: int) -> bool:
    """Whether a test fails where a rule is not there."""
    texts = {file.source.path: file.without([rule])}
    return any(_fault(engine.evaluate(_asked(test, now, texts)), test) for test in tests)


def _about(file: RegoFile, sources: RegoSources) -> Iterator[RegoFile]:
    """The files of the package that a test is in, or that it is named for."""
    package = file.package.removesuffix("_test")
    for path in sources.rego():
        other = rego_file(sources.files[path])
        if not path.endswith(TEST) and other.package in (file.package, package) and _near(path, file):
            yield other


def _near(path: str, file: RegoFile) -> bool:
    return path.rpartition("/")[0] == file.source.path.rpartition("/")[0]


def _asked(test: RegoTest, now: int, texts: Mapping[str, str] | None = None) -> Evaluation:
    """A test as an engine takes it, with other `texts` of some files."""
    given = ((each.source.path, (texts or {}).get(each.source.path, each.source.text)) for each in test.files)
    modules = tuple((path, separated(text)) for path, text in given)
    return Evaluation(test.language, modules, test.data, ("{}",), (test.name,), now)


def _fault(answer: object, test: RegoTest) -> str:
    if isinstance(answer, Failure):
        place = f"{answer.file}:{answer.line}: " if answer.line else ""
        return f"{place}{answer.message}"
    assert isinstance(answer, list)  # noqa: S101  # results
    value = answer[0].get(test.name, None)
    return "" if value is True else "it does not hold"
