"""Cases in Markdown: a heading with a `platform` block is a test, other blocks hold what is expected of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CASES = Path(__file__).parent / "cases"
_FENCE = re.compile(r"^(`{3,})(\S*)[ ]*(.*)$")
_HEADING = re.compile(r"^#+ +(.*)$")
_FILE = re.compile(r"^// file: (\S+)$")
_CLAIM = re.compile(r"// (error|warning|info): (.*)$")
_CLAIMED = re.compile(r'\[(IDP\d{4})\](?: "([^"]*)")?')


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the words behind it, its lines, and the line of its opening fence (from 0)."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True)
class Claim:
    """What a comment says about its line: a severity, a code, and part of the message."""

    file: str
    line: int
    severity: str
    code: str
    words: str = ""


@dataclass(frozen=True)
class Case:
    """A heading and its blocks."""

    path: Path
    heading: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.path.relative_to(CASES).with_suffix('').as_posix()}::{self.heading}"

    @property
    def stage(self) -> str:
        return self.path.relative_to(CASES).parts[0]

    @property
    def files(self) -> dict[str, str]:
        """The sources by path; a `platform` block is `case.platform` up to its first `// file:` line."""
        texts: dict[str, list[str]] = {}
        for block in self.blocks:
            name = "case.platform"
            for line in block.text.splitlines(keepends=True) if block.language == "platform" else ():
                named = _FILE.match(line.rstrip("\n"))
                name = named[1] if named else name
                if not named:
                    texts.setdefault(name, []).append(line)
        return {name: "".join(lines) for name, lines in texts.items()}

    @property
    def expected(self) -> list[Block]:
        return [block for block in self.blocks if block.language != "platform"]


def claims(files: dict[str, str]) -> Iterator[Claim]:
    """Every diagnostic that a comment at a line's end claims."""
    for file, text in files.items():
        for number, line in enumerate(text.split("\n"), 1):
            claim = _CLAIM.search(line)
            for code, words in _CLAIMED.findall(claim[2]) if claim else ():
                yield Claim(file, number, claim[1], code, words)


def cases() -> Iterator[Case]:
    """All cases, file by file."""
    for path in sorted(CASES.rglob("*.md")):
        yield from (case for case in cases_in(path) if case.files)


def cases_in(path: Path) -> Iterator[Case]:
    case, lines = Case(path, path.stem), path.read_text(encoding="utf-8").split("\n")
    number = 0
    while number < len(lines):
        heading, fence = _HEADING.match(lines[number]), _FENCE.match(lines[number])
        if heading:
            yield case
            case = Case(path, heading[1])
        if fence:
            end = next(index for index in range(number + 1, len(lines)) if lines[index] == fence[1])
            text = "".join(f"{line}\n" for line in lines[number + 1 : end])
            case.blocks.append(Block(fence[2], tuple(fence[3].split()), text, number))
            number = end
        number += 1
    yield case


def rewrite(case: Case, block: Block, text: str) -> None:
    """Put `text` into a block of the file; found anew, as earlier rewrites move what follows."""
    again = next(other for other in cases_in(case.path) if other.heading == case.heading)
    place = again.blocks[case.blocks.index(block)]
    lines = case.path.read_text(encoding="utf-8").split("\n")
    end = place.line + 1 + place.text.count("\n")
    lines[place.line + 1 : end] = text.rstrip("\n").split("\n")
    case.path.write_text("\n".join(lines), encoding="utf-8")
