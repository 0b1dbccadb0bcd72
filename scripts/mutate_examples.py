"""Compiles single-token mutations of the examples and prints how well each is told: `mutate_examples.py [COUNT] [SEED]`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import mutations  # noqa: E402  # the tests' own, found by the path above


def main(count: int = 600, seed: int = 1) -> None:
    """Spread the mutants over the examples, list those that are told badly, then the figures."""
    examples = sorted(path.parent.name for path in ROOT.glob("examples/*/project.platform"))
    verdicts = []
    for position, example in enumerate(examples):
        share = count // len(examples) + (position < count % len(examples))
        files = mutations.texts(example)
        known = mutations.known_of(files)
        for mutant in mutations.mutants(files, share, seed):
            verdict = mutations.judge(files, mutant, known)
            verdicts.append(verdict)
            if verdict.invalid and not (verdict.single and verdict.near):
                show(example, verdict)
    print(mutations.Figures.of(verdicts))


def show(example: str, verdict: mutations.Verdict) -> None:
    """One mutant that is told badly."""
    mutant = verdict.mutant
    lines = mutant.text.split("\n")
    first = max(mutant.line - 2, 0)
    print(f"== {example}/{mutant.path}:{mutant.line} {mutant.way} {mutant.was!r}")
    for number, line in enumerate(lines[first : mutant.line + 1], start=first + 1):
        print(f"  {number:4} {line}")
    if verdict.raised:
        print(f"  RAISED {verdict.raised}")
    for each in verdict.found:
        distances = f"{verdict.distance(each)}/{verdict.distance(each, labels=True)}"
        print(f"  -> {each.severity} {each.code} {distances} lines off: {each.message}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
