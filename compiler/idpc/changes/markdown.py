"""A comparison as a comment on a pull request: what matters first, all else folded."""

from collections.abc import Iterator, Sequence

from idpc.changes.alike import Alike, alike
from idpc.changes.brief import both
from idpc.changes.costs import carbon_in_short, in_short
from idpc.changes.model import (
    ACTIONS,
    Comparison,
    EnvironmentChanges,
    FieldChange,
    InstanceChange,
    PartChange,
    Violation,
)
from idpc.changes.text import counted
from idpc.diagnostics.model import Diagnostic

LIMIT = 65_000
"""Characters: GitHub takes 65,536 in a comment."""
_CUT = "\n> [!NOTE]\n> {count} of this comparison do not fit here: `idpc diff --format text` shows all.\n"
_GRAVE = frozenset({"destroy", "replace", "unknown"})
_NAMED = 5
_ESCAPES = str.maketrans({"|": "\\|", "\n": " ", "<": "&lt;", ">": "&gt;"})


def diff_page(comparison: Comparison, refused: Sequence[Diagnostic] = (), limit: int = LIMIT) -> str:
    """The comment, at most `limit` characters; `refused` is what must not be done in one step."""
    head = "".join(f"{line}\n" for line in (*_head(comparison), *_refused(refused)))
    return _fitted(head, [*_blocks(comparison)], limit)


def _fitted(head: str, blocks: Sequence[str], limit: int) -> str:
    """The blocks that fit, from the first on, and how many do not."""
    room = limit - len(_CUT) - 40
    if len(head) > room:
        head = head[: head.rindex("\n", 0, room) + 1]
    kept, length = [], len(head)
    for block in blocks:
        if length + len(block) > room:
            break
        kept.append(block)
        length += len(block)
    left = len(blocks) - len(kept)
    note = _CUT.format(count="1 part" if left == 1 else f"{left} parts") if left else ""
    return head + "".join(kept) + note


def _head(comparison: Comparison) -> Iterator[str]:
    yield f"## Changes from `{comparison.base}` to `{comparison.head}`"
    yield ""
    if not comparison.changes:
        yield "Nothing changes: no instance, field, resource or object."
        return
    counted_columns = [name for name in ACTIONS[1:] if any(_count(each, name) for each in comparison.environments)]
    emits = any(carbon_in_short(each.cost) for each in comparison.environments)
    columns = ["environment", *counted_columns, "cost a month", *(["CO2e a month"] if emits else [])]
    yield from (f"| {' | '.join(columns)} |", "|---|" + "---:|" * (len(columns) - 1))
    for each in comparison.environments:
        counts = [str(_count(each, name) or "") for name in counted_columns]
        amounts = [in_short(each.cost), *([carbon_in_short(each.cost)] if emits else [])]
        yield f"| `{each.environment}` | {' | '.join([*counts, *amounts])} |"
    if any(change.cost and not change.cost.whole for each in comparison.environments for change in each.changes):
        yield from ("", "A cost of `?` is one of something that has no price.")
    yield from _attention(comparison)
    yield from _policies(comparison)


def _count(each: EnvironmentChanges, action: str) -> int:
    return sum(change.action == action for change in each.changes)


def _refused(found: Sequence[Diagnostic]) -> Iterator[str]:
    if found:
        yield from ("", "### Not in one step", "")
    for each in found:
        where = f" ({', '.join(each.environments)})" if each.environments else ""
        yield f"- **{each.code}** {_cell(each.message)}{where}. {_sentence(_cell(each.help))}"


def _attention(comparison: Comparison) -> Iterator[str]:
    """What cannot be undone or is not known, each once with the environments in which it happens."""
    where: dict[tuple[int, str, str], list[str]] = {}
    for each in comparison.environments:
        for change in each.changes:
            if change.action in _GRAVE or change.data_loss:
                rank = -ACTIONS.index(change.action) - 10 * change.data_loss
                where.setdefault((rank, change.address, _warning(change)), []).append(each.environment)
    if where:
        yield from ("", "### Look at these", "")
    for (_, _, words), environments in sorted(where.items()):
        yield f"- {words} ({', '.join(environments)})"


def _warning(change: InstanceChange) -> str:
    loss = ", **loses data**" if change.data_loss else ""
    hint = f". {_sentence(change.hint)}" if change.hint else ""
    affected = f". {_sentence(_needed_by(change.affects))}" if change.affects else ""
    return f"**{change.action}** `{change.address}`{loss}: {_cell(change.why)}{affected}{hint}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _policies(comparison: Comparison) -> Iterator[str]:
    said = [each.policies for each in comparison.environments if each.policies]
    yield from _violations("Policies broken", [each for one in said for each in one.broken])
    yield from _violations("Policies waived", [each for one in said for each in one.waived])
    yield from _violations("Policies kept again", [each for one in said for each in one.mended])


def _violations(title: str, found: Sequence[Violation]) -> Iterator[str]:
    where: dict[tuple[str, str, str, str], list[str]] = {}
    for policy, address, environment, message, waived in found:
        where.setdefault((policy, address, message, waived), []).append(environment)
    if where:
        yield from ("", f"### {title}", "")
    for (policy, address, message, waived), environments in sorted(where.items()):
        by = f" (waived by `{waived}`)" if waived else ""
        yield f"- `{policy}` at `{address}`: {_cell(message)}{by} ({', '.join(environments)})"


def _blocks(comparison: Comparison) -> Iterator[str]:
    """The folded part, in blocks of which none may be cut; environments in which the same happens share theirs."""
    alike_ones: dict[object, list[EnvironmentChanges]] = {}
    for each in comparison.environments:
        if each.changes:
            alike_ones.setdefault(repr(each.changes), []).append(each)
    for first, *rest in alike_ones.values():
        names = ", ".join(each.environment for each in (first, *rest))
        yield from _environment_blocks(names, first.changes)


def _environment_blocks(names: str, changes: Sequence[InstanceChange]) -> Iterator[str]:
    groups = sorted(alike(changes), key=lambda group: -ACTIONS.index(group.change.action))
    table = ["| | instance | why | cost a month | needed by |", "|---|---|---|---:|---|", *map(_row, groups)]
    yield _folded(f"<b>{names}</b>: {counted(changes)}", "\n".join(table))
    for change, others in ((group.change, group.others) for group in groups):
        sections = (_fields(change.fields), _bare(change.parts), _changed(change.parts))
        body = "\n\n".join(text for section in sections if (text := "\n".join(section)))
        if body:
            more = f" and {len(others)} alike" if others else ""
            yield _folded(f"{names}: {change.action} <code>{change.address}</code>{more}", body)


def _folded(summary: str, body: str) -> str:
    return f"\n<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>\n"


def _row(group: Alike) -> str:
    change = group.change
    place = f"<br>{change.place}" if change.place else ""
    affects = f"{len(change.affects)}: {_codes(change.affects)}" if change.affects else ""
    why = _cell(change.why)
    more = f"<br>and {len(group.others)} alike: {_codes(group.others)}" if group.others else ""
    what = f"`{change.address}` ({change.kind}){place}{more}"
    amounts = "<br>".join(filter(None, (in_short(change.cost), carbon_in_short(change.cost))))
    return f"| {change.action}{_loss(change.data_loss)} | {what} | {why} | {amounts} | {affects} |"


def _fields(fields: Sequence[FieldChange]) -> Iterator[str]:
    if fields:
        yield from ("| field | before | after | set at |", "|---|---|---|---|")
    for each in fields:
        values = " | ".join(map(_cell, both(each.before, each.after)))
        yield f"| {_cell(f'`{each.path}`')} | {values} | {each.place or ''} |"


def _bare(parts: Sequence[PartChange]) -> Iterator[str]:
    """What is only made, moved or removed: a line for each."""
    found: dict[str, list[str]] = {}
    for part in parts:
        if not part.effects:
            found.setdefault(part.action, []).append(f"`{part.name}`{_loss(part.loses_data)}")
    yield from (f"- {action} {', '.join(names)}" for action, names in found.items())


def _changed(parts: Sequence[PartChange]) -> Iterator[str]:
    changed = [part for part in parts if part.effects]
    if changed:
        yield from ("| resource or object | what happens | attributes |", "|---|---|---|")
    for part in changed:
        effects = ", ".join(_cell(f"`{path}` {effect}") for path, effect in sorted(part.effects.items()))
        yield f"| `{part.name}` | {part.action}{_loss(part.loses_data)} | {effects} |"


def _loss(loses: bool) -> str:
    return " **loses data**" if loses else ""


def _needed_by(affects: Sequence[str]) -> str:
    return f"needed by {len(affects)}: {_codes(affects)}"


def _codes(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if names[_NAMED:] else ""
    return ", ".join(f"`{name}`" for name in names[:_NAMED]) + more


def _cell(text: str) -> str:
    return text.translate(_ESCAPES)
