"""Says what must not change in one step, in words."""

from collections.abc import Callable, Iterator

from idpc.changes.model import Comparison, InstanceChange
from idpc.diagnostics.codes.artifacts import BASE_BROKEN, MOVED_BETWEEN_APPS, NOT_RETIRED
from idpc.diagnostics.model import Diagnostic
from idpc.source import Span

Spot = Callable[[str], Span]
"""Where an app is declared."""


def faults(comparison: Comparison, spot: Spot) -> Iterator[Diagnostic]:
    """An error for each instance whose data would go without a word, in each environment."""
    for each in comparison.environments:
        for change in each.changes:
            if not change.retired:
                app, other = (address.partition(".")[0] for address in (change.address, change.twin or change.address))
                fault = _not_retired(change, spot(app)) if app == other else _moved(change, spot(other))
                yield fault.but(environments=(each.environment,))


def _not_retired(change: InstanceChange, span: Span) -> Diagnostic:
    return NOT_RETIRED.at(
        span,
        f"`{change.address}` holds data and is declared no more, and nothing has said what becomes of the data",
        hint="it was declared in this app",
        help='put it back with `retire = "keep"` or `retire = "destroy"`, deploy that, and delete it with the next change'
        + (f"; {change.hint}" if change.hint else ""),
        notes=(f"it was declared at {change.place}",),
        address=change.address,
    )


def _moved(change: InstanceChange, span: Span) -> Diagnostic:
    old, new = change.address, change.twin
    return MOVED_BETWEEN_APPS.at(
        span,
        f"`{old}` holds data and became `{new}`, but nothing takes data from one app to another",
        hint=f"`{new}` is declared in this app",
        help=f"do it in steps: 1. keep `{old}` and deploy `{new}` beside it; 2. copy the data; 3. let all that reads "
        f'`{old}` read `{new}`, and deploy; 4. set `retire = "destroy"` in `{old}`, and deploy; 5. delete `{old}`',
        notes=(f"`{old}` was declared at {change.place}",),
        address=new,
    )


def base_broken(name: str, found: tuple[Diagnostic, ...], span: Span) -> Diagnostic:
    """What is told of a base that became nothing: its first mistake."""
    first = found[0] if found else None
    return BASE_BROKEN.at(
        span,
        f"`{name}` does not compile, so nothing can be compared with it",
        help="choose a base that does, or a build folder",
        notes=(f"{first.code} in {first.span.file}: {first.message}",) if first else (),
    )
