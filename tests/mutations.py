"""Single-token mutations of a project, and how well the compiler tells of each.

A token is deleted, doubled, swapped with its neighbour on the line, replaced by another of the file, misspelt by one
letter, or has one of its quotes or brackets lost or changed.
"""

import datetime
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from idpc.diagnostics import Diagnostic, Severity
from idpc.pipeline import Options, compile_project
from idpc.project import Sources
from idpc.source import SourceFile
from idpc.syntax.scanner import scan
from idpc.syntax.terminals import terminals

ROOT = Path(__file__).parents[1]
OPTIONS = Options(today=datetime.date(2026, 11, 1))
SWAPS = {'"': "'", "{": "(", "}": ")", "(": "[", ")": "]", "[": "{", "]": "}"}
WAYS = ("delete", "duplicate", "swap", "replace", "letter", "bracket")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A project with one token changed: which file, what was done where, and the text that came of it."""

    path: str
    way: str
    at: int
    was: str
    text: str

    @property
    def line(self) -> int:
        """The line of the edit."""
        return SourceFile(self.path, self.text).position(self.at).line


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the compiler said of a mutant that it did not say of the project."""

    mutant: Mutant
    found: tuple[Diagnostic, ...]
    raised: str = ""

    @property
    def invalid(self) -> bool:
        """Whether the mutant is wrong: valid ones still compile, to something else."""
        return bool(self.raised) or any(each.severity is Severity.ERROR for each in self.found)

    @property
    def single(self) -> bool:
        """Whether one mistake gave one diagnostic."""
        return len(self.found) == 1

    @property
    def near(self) -> bool:
        """Whether each diagnostic stands within one line of the edit."""
        return all(self.distance(each) <= 1 for each in self.found)

    @property
    def shown(self) -> bool:
        """Whether each diagnostic stands, or has a label, within one line of the edit."""
        return all(self.distance(each, labels=True) <= 1 for each in self.found)

    def distance(self, each: Diagnostic, *, labels: bool = False) -> int:
        """Lines between a diagnostic and the edit."""
        spans = [each.span, *(label.span for label in each.labels if labels)]
        source = SourceFile(self.mutant.path, self.mutant.text)
        lines = [_lines(source, span.start, span.end) for span in spans if span.file == self.mutant.path]
        line = self.mutant.line
        return min((max(first - line, line - last, 0) for first, last in lines), default=10**6)


def _lines(source: SourceFile, start: int, end: int) -> tuple[int, int]:
    return source.position(start).line, source.position(end).line


def texts(example: str) -> dict[str, str]:
    """The files of an example, by path."""
    folder = ROOT / "examples" / example
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "build" not in path.relative_to(folder).parts
    }


def mutants(files: Mapping[str, str], count: int, seed: int) -> Iterator[Mutant]:
    """Some mutants of a project: any token of any of its files, changed in any of the ways."""
    choose = random.Random(seed)  # noqa: S311  # any choice will do
    paths = [path for path in files if path.endswith(".platform")]
    tokens = {path: list(_tokens(path, files[path])) for path in paths}
    every = [(path, index) for path in paths for index in range(len(tokens[path]))]
    made = 0
    while made < count:
        path, index = choose.choice(every)
        mutant = _mutant(path, files[path], tokens[path], index, choose)
        if mutant is not None and mutant.text != files[path]:
            made += 1
            yield mutant


def _tokens(path: str, text: str) -> Iterator[tuple[int, int]]:
    kinds, found = terminals(), scan(SourceFile(path, text))
    for kind, start, end in zip(found.kinds, found.starts, found.ends, strict=True):
        if (
            end > start
            and kind not in (kinds.NEWLINE, kinds.COMMA, kinds.STRING_TEXT)
            and not text[start:end].isspace()
        ):
            yield start, end


def _mutant(path: str, text: str, tokens: list[tuple[int, int]], index: int, choose: random.Random) -> Mutant | None:
    start, end = tokens[index]
    way, token = choose.choice(WAYS), text[start:end]
    match way:
        case "delete":
            made = text[:start] + text[end:]
        case "duplicate":
            made = f"{text[:end]} {text[start:]}"
        case "swap":
            if index + 1 == len(tokens):
                return None
            second, last = tokens[index + 1]
            if text[end:second].strip(" "):
                return None
            made = text[:start] + text[second:last] + text[end:second] + token + text[last:]
        case "replace":
            other = choose.choice(tokens)
            made = text[:start] + text[slice(*other)] + text[end:]
        case "letter":
            if not token.isidentifier():
                return None
            position = choose.randrange(len(token))
            made = (
                text[: start + position] + choose.choice("abcdefghijklmnopqrstuvwxyz_") + text[start + position + 1 :]
            )
        case _:
            marks = [position for position in range(start, end) if text[position] in SWAPS]
            if not marks:
                return None
            position = choose.choice(marks)
            made = text[:position] + choose.choice(("", SWAPS[text[position]])) + text[position + 1 :]
    return Mutant(path, way, start, token, made)


def judge(files: Mapping[str, str], mutant: Mutant, known: frozenset[tuple[str, str]]) -> Verdict:
    """Compile a mutant. `known` is what is said of the project as it is."""
    try:
        compilation = compile_project(Sources.of({**files, mutant.path: mutant.text}), OPTIONS)
    except Exception as fault:  # noqa: BLE001  # that none is raised is what is looked at
        return Verdict(mutant, (), f"{type(fault).__name__}: {fault}")
    return Verdict(mutant, tuple(each for each in compilation.diagnostics if (each.code, each.message) not in known))


def known_of(files: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """What the compiler says of a project that is right: warnings."""
    return frozenset((each.code, each.message) for each in compile_project(Sources.of(files), OPTIONS).diagnostics)


@dataclass(frozen=True, slots=True)
class Figures:
    """The sum of many verdicts."""

    mutants: int
    valid: int
    invalid: int
    single: int
    near: int
    shown: int
    raised: int

    @classmethod
    def of(cls, verdicts: list[Verdict]) -> "Figures":
        """The figures of some verdicts."""
        wrong = [each for each in verdicts if each.invalid]
        return cls(
            len(verdicts),
            len(verdicts) - len(wrong),
            len(wrong),
            sum(each.single for each in wrong),
            sum(each.near and not each.raised for each in wrong),
            sum(each.shown and not each.raised for each in wrong),
            sum(bool(each.raised) for each in wrong),
        )

    def __str__(self) -> str:
        def share(part: int) -> str:
            return f"{part} ({100 * part / max(self.invalid, 1):.1f} %)"

        return (
            f"{self.mutants} mutants: {self.valid} valid, {self.invalid} invalid; of the invalid "
            f"{share(self.single)} give exactly one diagnostic, {share(self.near)} within one line of the edit, "
            f"{share(self.shown)} with labels; {self.raised} raise"
        )
