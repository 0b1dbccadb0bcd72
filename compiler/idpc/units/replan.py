"""Writes the plans of a build once more, with what a comparison tells of changes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from idpc.artifacts import plan_text
from idpc.plan.model import Change
from idpc.plan.page import plan_page
from idpc.units.build import Built
from idpc.units.join import join

if TYPE_CHECKING:
    from idpc.pipeline import Options

_PLANS = ("/plan.json", "/plan.md")


def with_changes(built: Built, changes: Mapping[str, tuple[Change, ...]], options: "Options") -> Built:
    """The build with the changes of each environment in its plan."""
    plans = _of_compilation(built, changes) if built.compilation else _of_parts(built, changes, options)
    return replace(built, texts={**built.texts, **{path: plans[path] for path in plans if path in built.texts}})


def _of_parts(built: Built, changes: Mapping[str, tuple[Change, ...]], options: "Options") -> dict[str, str]:
    texts = join(built.parts, built.digest, options.environments, changes).texts
    return {path: text for path, text in texts.items() if path.endswith(_PLANS)}


def _of_compilation(built: Built, changes: Mapping[str, tuple[Change, ...]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, plan in built.compilation.plans.items() if built.compilation else ():
        told = replace(plan, changes=changes.get(name, ()))
        texts |= {f"{name}/plan.json": plan_text(told), f"{name}/plan.md": plan_page(told)}
    return texts
