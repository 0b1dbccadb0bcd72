"""Writes the plans of a build once more, with what a comparison tells of changes, which policies may look at."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from idpc.diagnostics.model import Severity
from idpc.plan.model import Compared
from idpc.units.build import Built, of_compilation
from idpc.units.join import join

if TYPE_CHECKING:
    from idpc.pipeline import Options


def with_changes(built: Built, changes: Mapping[str, Compared], options: "Options") -> Built:
    """The build with the changes of each environment in its plan, and with what policies say of them."""
    asked = replace(options, changes=changes)
    again = _whole(built, asked) if built.compilation else _in_parts(built, asked)
    return replace(again, diagnostics=tuple(dict.fromkeys((*built.diagnostics, *again.diagnostics))))


def _whole(built: Built, options: "Options") -> Built:
    from idpc.pipeline import judged

    assert built.compilation is not None  # noqa: S101  # asked for before
    compilation = built.compilation.unjudged or built.compilation
    return of_compilation(judged(replace(compilation, options=options)), texts=True)


def _in_parts(built: Built, options: "Options") -> Built:
    joined = join(built.parts, built.digest, built.sources, options.terms, options.environments, options.changes)
    if any(each.severity is Severity.ERROR for each in joined.diagnostics):
        return replace(built, diagnostics=joined.diagnostics, texts={}, kept=())
    return replace(built, diagnostics=joined.diagnostics, texts={**built.texts, **joined.texts})
