"""Compares the examples with themselves, there and back after random edits, and tells of very many changes in one comment."""

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from random import Random

import pytest
from running import EXAMPLES, ROOT

from idpc.changes import compare
from idpc.changes.markdown import LIMIT, diff_page
from idpc.changes.model import (
    Bill,
    Comparison,
    CostChange,
    EnvironmentChanges,
    FieldChange,
    InstanceChange,
    PartChange,
    Place,
)
from idpc.pipeline import Options
from idpc.project import Sources
from idpc.units.runners import in_turn
from idpc.units.versions import compiled_pair, compiled_whole

TODAY = Options(datetime.date(2026, 11, 24))
MIRRORED = {"create": "destroy", "destroy": "create"}
IN_PLACE_OR_ANEW = frozenset({"update", "replace", "unknown"})
"""What grows in place may have to be made anew to shrink."""
WANTED = 2
"""How often the mirror of an example is looked into."""

Texts = Mapping[str, str]


@cache
def texts(example: str) -> dict[str, str]:
    """The files of an example by path."""
    folder = ROOT / "examples" / example
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "build" not in path.parts)
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def number(text: str, random: Random) -> str:
    """A number of a field becomes twice as much."""
    found = random.choice([*re.finditer(r"(?<= = )\d+(?=Mi|Gi|m\b|d\b)", text)])
    return text[: found.start()] + str(2 * int(found[0])) + text[found.end() :]


def image(text: str, random: Random) -> str:
    """An image gets another tag."""
    found = random.choice([*re.finditer(r'(?<=image = ")[^"$@]+(?=")', text)])
    return f"{text[: found.end()]}-next{text[found.end() :]}"


def service(text: str, random: Random) -> str:
    """An app gets one more service."""
    found = random.choice([*re.finditer(r"^app \w+ \{\n", text, re.MULTILINE)])
    name = f"extra_{random.randint(0, 999)}"
    added = f'  service {name} {{\n    image = "registry.acme.io/{name}:1.0"\n    port = 8080\n  }}\n'
    return text[: found.end()] + added + text[found.end() :]


def variable(text: str, random: Random) -> str:
    """A variable of an `env` goes."""
    found = random.choice([*re.finditer(r"^ +[A-Z][A-Z_]+ = [^{}\n]+\n", text, re.MULTILINE)])
    return text[: found.start()] + text[found.end() :]


EDITS: tuple[Callable[[str, Random], str], ...] = (number, image, service, variable)


def edited(files: Texts, random: Random) -> dict[str, str]:
    """The files after up to three edits; one that finds nothing to change in a file leaves it."""
    result = dict(files)
    for _ in range(random.randint(1, 3)):
        path = random.choice([path for path in sorted(result) if path.endswith(".platform")])
        try:
            result[path] = random.choice(EDITS)(result[path], random)
        except IndexError:
            continue
    return result


def there_and_back(before: Texts, after: Texts) -> tuple[Comparison, Comparison] | None:
    """Both comparisons; None where the edit is a mistake."""
    pair = compiled_pair(Sources.of(before), Sources.of(after), TODAY, in_turn)
    one, other = (each.version for each in pair)
    if one is None or other is None:
        return None
    return compare(one, other), compare(other, one)


def shape(comparison: Comparison, *, back: bool) -> object:
    """What a comparison tells, or what its mirror does when it is read `back`."""
    return [
        (
            each.environment,
            [told(change, back=back) for change in each.changes],
            more(each.cost, back=back),
            each.policies and ((each.policies.mended, each.policies.broken)[:: 1 if back else -1]),
        )
        for each in comparison.environments
    ]


def told(change: InstanceChange, *, back: bool) -> object:
    action = MIRRORED.get(change.action, change.action) if back else change.action
    fields = [
        (each.path, *((each.after, each.before) if back else (each.before, each.after))) for each in change.fields
    ]
    shown = "change" if action in IN_PLACE_OR_ANEW else action
    return change.address, shown, fields, more(change.cost, back=back)


def more(cost: CostChange | None, *, back: bool) -> object:
    """By how much more is paid and emitted."""
    sign = -1 if back else 1
    return cost and (sign * cost.by, sign * cost.carbon_by)


@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_changes_from_an_example_to_itself(example: str) -> None:
    one, other = (compiled_whole(Sources.of(dict(files)), TODAY).version for files in twice(example))
    assert one
    assert other
    comparison = compare(one, other)
    assert not comparison.changes
    assert comparison.environments == ()


def twice(example: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The files of an example in one order and in the other."""
    files = [*texts(example).items()]
    return files, files[::-1]


@pytest.mark.parametrize("example", EXAMPLES)
def test_back_is_the_mirror_of_forth_whatever_is_edited(example: str) -> None:
    random = Random(example)  # noqa: S311  # a test's
    before, compared = texts(example), 0
    for _ in range(12):
        after = edited(before, random)
        both = there_and_back(before, after)
        if both:
            assert shape(both[0], back=True) == shape(both[1], back=False)
            compared += both[0].changes
            before = after
        if compared == WANTED:
            return
    pytest.fail(f"of twelve edits, {compared} made a difference")


def change(app: int, action: str) -> InstanceChange:
    """A change that is like no other one, with as much to tell as there may be."""
    fields = tuple(
        FieldChange(f"env.VARIABLE_{each}", f"{app}", f"{app}{each}", Place("a.platform", app, 1)) for each in range(9)
    )
    parts = tuple(
        PartChange(f"Deployment/web-{app}-{each}", action, {"spec.replicas": "in place"}) for each in range(9)
    )
    cost = CostChange(Bill(Decimal(app)), Bill(Decimal(app + 1)))
    return InstanceChange(
        f"app_{app}.web", "service", action, f"its {app} fields change", Place("a.platform", app, 1), "", fields, parts,
        data_loss=action == "destroy", affects=tuple(f"app_{app}.user_{each}" for each in range(9)), cost=cost,
    )  # fmt: skip


@pytest.mark.parametrize("action", ["update", "replace", "destroy"])
def test_a_comment_on_a_thousand_changed_apps_fits(action: str) -> None:
    changes = tuple(change(app, action) for app in range(1_000))
    several = (EnvironmentChanges("prod", changes), EnvironmentChanges("staging", changes[1:]))
    page = diff_page(Comparison("main", "head", several))
    assert len(page) <= LIMIT
    assert len(page.encode("utf-16-le")) // 2 < 65_536
    assert "| `prod` | 1000 |" in page
    assert "do not fit here: `idpc diff --format text` shows all." in page
    assert page.count("<details>") == page.count("</details>")
