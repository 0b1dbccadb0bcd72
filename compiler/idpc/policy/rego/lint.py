"""What makes policies fail closed: calls, paths and idioms that an engine takes without a word, and that do nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from idpc.diagnostics import Diagnostic
from idpc.policy.rego import faults
from idpc.policy.rego.annotations import annotations
from idpc.policy.rego.module import Reference, RegoFile, Rule, Step
from idpc.policy.rego.shapes import Nowhere, Shape, follow
from idpc.resolve.suggest import did_you_mean
from idpc.source import Span

_EXCEPTION = "exception"
RESULTS = re.compile(r"(deny|warn|violation)(_\w+)?")
_VERB = re.compile(r"%(?P<flags>[-+# ]*)(?P<width>\d*)(?P<precision>\.\d*)?(?P<index>\[\d*\])?(?P<verb>.)?")


class Ground(Struct, frozen=True):
    """What the files of a policy may refer to: the input's shape, what is in `data`, and how the engine formats."""

    policy: str
    language: str
    shape: Shape
    data: Mapping[str, Shape]
    verbs: str = ""


def is_result(rule: Rule) -> bool:
    """Whether a rule's values are violations."""
    return RESULTS.fullmatch(rule.name) is not None and rule.form != "function" and not rule.default


def lint(files: Sequence[RegoFile], ground: Ground) -> Iterator[Diagnostic]:
    """All that is at fault in the files of a policy, its libraries included."""
    for file in files:
        yield from _annotations(file)
        yield from _paths(file, files, ground)
        yield from _maps(file, ground)
        yield from _misspelt(file, ground)
        yield from _exceptions(file, ground)
        if ground.verbs:
            yield from _verbs(file, ground)


def calls(files: Sequence[RegoFile]) -> Mapping[str, Span]:
    """The functions that are called and that none of the files declares, with the place of the first call."""
    own = {f"data.{file.package}.{rule.name}" for file in files for rule in file.rules}
    found: dict[str, Span] = {}
    for file in files:
        for each in map(file.resolved, file.references):
            local = f"data.{file.package}.{each.name}"
            if each.call and None not in each.steps and not own.intersection((each.name, local)):
                found.setdefault(each.name, each.span)
    return found


def unknown_calls(
    called: Mapping[str, Span], lacking: Mapping[str, Sequence[str]], policy: str
) -> Iterator[Diagnostic]:
    """Those of the called functions that the engine lacks."""
    for name, known in lacking.items():
        yield faults.unknown_call(name, called[name], did_you_mean(name, known), policy)


def _annotations(file: RegoFile) -> Iterator[Diagnostic]:
    for each in annotations(file.source).values():
        if each.fault:
            start = file.source.starts[each.line - 1]
            span = Span(file.source.path, start, start + len(file.source.line(each.line)))
            yield faults.annotation(span, each.fault)


def _paths(file: RegoFile, files: Sequence[RegoFile], ground: Ground) -> Iterator[Diagnostic]:
    for reference in input_and_data(file):
        root, steps = reference.steps[0], reference.steps[1:]
        if root == "input":
            found = follow(ground.shape, steps)
            if isinstance(found, Nowhere):
                yield _nowhere(reference, found.step + 1, found.known, ground)
        elif root == "data" and steps and not reference.call:
            found = _in_data(steps, files, ground.data)
            if isinstance(found, Nowhere):
                yield _nowhere(reference, found.step + 1, sorted(found.known), ground)


def _nowhere(reference: Reference, step: int, known: Iterable[str], ground: Ground) -> Diagnostic:
    name, span = reference.steps[step] or "", reference.spans[step]
    before = ".".join(each or "_" for each in reference.steps[:step])
    return faults.unknown_path(before, name, span, tuple(known), ground.policy)


def _in_data(steps: Sequence[Step], files: Sequence[RegoFile], data: Mapping[str, Shape]) -> Shape | Nowhere:
    """What stands at a path of `data`: a rule of a package, or what files and parameters hold."""
    packages = [(each, each.package.split(".")) for each in files]
    passed = [each for each in packages if all(a in (None, b) for a, b in zip(steps, each[1], strict=False))]
    if any(len(steps) <= len(package) or _has_rule(file, steps[len(package)]) for file, package in passed):
        return None
    if steps[0] in data or steps[0] is None:
        return follow({**data}, steps)
    if passed:
        depth = max(len(package) for _, package in passed)
        return Nowhere(depth, tuple(rule.name for file, _ in passed for rule in file.rules))
    return Nowhere(0, tuple({package[0] for _, package in packages} | {*data}))


def _has_rule(file: RegoFile, name: Step) -> bool:
    return name is None or any(rule.name.partition(".")[0] == name for rule in file.rules)


def input_and_data(file: RegoFile) -> Iterator[Reference]:
    """The references to `input` and `data`, those by way of imports and of variables that stand for a part of the input."""
    bound: dict[int, Mapping[str, Reference]] = {}
    for rule in file.rules:
        variables = _variables(file, rule)
        for number in range(*rule.words):
            bound[number] = variables
    for reference in file.references:
        found = file.resolved(reference)
        variable = bound.get(reference.at, {}).get(reference.steps[0] or "")
        if variable is not None and len(reference.steps) > 1:
            steps, spans = (*variable.steps, *reference.steps[1:]), (*variable.spans, *reference.spans[1:])
            yield Reference(steps, spans, reference.call, reference.at)
        elif not _is_header(file, reference):
            yield found


def _is_header(file: RegoFile, reference: Reference) -> bool:
    """Whether it is the name of the package."""
    return reference.at > 0 and file.words[reference.at - 1].text == "package"


def _variables(file: RegoFile, rule: Rule) -> Mapping[str, Reference]:
    """What variables of a rule stand for: `some r in input.resources`, `r := input.resources[_]`; none that is set twice."""
    found: dict[str, Reference | None] = {}
    for reference in file.in_rule(rule):
        source = file.resolved(reference)
        name, element = _assigned(file, reference.at)
        if name:
            steps = (*source.steps, None) if element else source.steps
            spans = (*source.spans, source.spans[-1]) if element else source.spans
            made = Reference(steps, spans, False, reference.at) if source.steps[0] == "input" else None
            found[name] = None if name in found else made
    return {name: each for name, each in found.items() if each is not None}


def _assigned(file: RegoFile, at: int) -> tuple[str, bool]:
    """The variable that takes what begins at a word, and whether it takes each element of it."""
    words = file.words
    if at < 2:
        return "", False
    before, name = words[at - 1].text, words[at - 2]
    if name.sort != "name" or (at > 2 and words[at - 3].text == "."):
        return "", False
    return name.text if before in (":=", "in") else "", before == "in"


def _maps(file: RegoFile, ground: Ground) -> Iterator[Diagnostic]:
    """`deny[x] if …` makes `deny` a map, whose keys nobody reads."""
    for rule in file.rules:
        if rule.form == "member" and ground.language == "v1" and RESULTS.fullmatch(rule.name):
            words = file.words[rule.words[0] : rule.words[1]]
            close = next((number for number, word in enumerate(words) if word.text == "if"), 0) - 1
            yield faults.map_of_results(rule, words, close, file, ground.policy)


def _misspelt(file: RegoFile, ground: Ground) -> Iterator[Diagnostic]:
    """A rule that is read by nobody, and whose name is nearly that of one whose values are violations."""
    read = {each.steps[0] for each in file.references if not _is_head(file, each)}
    for rule in file.rules:
        near = did_you_mean(rule.name, ("deny", "warn", "violation"))
        if near and rule.form in ("set", "member") and rule.name not in read and not RESULTS.fullmatch(rule.name):
            yield faults.misspelt_rule(rule, near, ground.policy)


def _exceptions(file: RegoFile, ground: Ground) -> Iterator[Diagnostic]:
    """Conftest's `exception` rules, which would let things pass without anyone who answers for it."""
    for rule in file.rules:
        if rule.name == _EXCEPTION and rule.form in ("set", "member"):
            yield faults.exception(rule, ground.policy)


def _is_head(file: RegoFile, reference: Reference) -> bool:
    return any(rule.words[0] == reference.at for rule in file.rules)


def _verbs(file: RegoFile, ground: Ground) -> Iterator[Diagnostic]:
    for reference in file.references:
        literal = file.words[reference.at + 2] if reference.at + 2 < len(file.words) else None
        if reference.call and reference.name == "sprintf" and literal is not None and literal.sort == "string":
            for verb in _VERB.finditer(literal.text):
                if not _is_written(verb, ground.verbs):
                    start = literal.start + verb.start()
                    span = Span(file.source.path, start, literal.start + verb.end())
                    yield faults.unwritten_verb(verb[0], span, ground.policy)


def _is_written(verb: re.Match[str], verbs: str) -> bool:
    plain = not verb["flags"] and not verb["precision"] and not verb["index"]
    return verb[0] == "%%" or (plain and (verb["verb"] or " ") in verbs)
