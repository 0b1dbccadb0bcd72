"""Says why something changes, in a clause."""

from collections.abc import Sequence

from idpc.changes.brief import both, brief
from idpc.changes.model import NEEDS, Document, FieldChange, PartChange
from idpc.changes.parts import Parts
from idpc.changes.setting import Needs, Setting

_NAMED = 3


def of_instance(  # noqa: PLR0913  # all that may be the reason
    address: str, old: Document, action: str, fields: Sequence[FieldChange], parts: Parts, setting: Setting
) -> str:
    """Why an instance that was and is there changes."""
    new, former = setting.after.nodes[address], setting.former[address]
    if old["kind"] != new["kind"]:
        return f"it is a `{new['kind']}` now and was a `{old['kind']}`"
    if action in {"replace", "unknown"}:
        return _grave(action, parts.changes)
    if former != address:
        return f"it was `{former}`, as `@was` says"
    own = [each for each in fields if not each.path.startswith(NEEDS)] or fields
    if own:
        more = f", and {len(own) - 2} more changes" if own[3:] else ", and 1 more change" if own[2:] else ""
        return (", " if more else " and ").join(_set(each) for each in own[:2]) + more
    return _from_others(address, parts, setting)


def of_app(action: str, parts: Parts) -> str:
    """Why something changes that an app has for all of its instances."""
    if action in {"create", "destroy"}:
        return "the app is new" if action == "create" else "the app is declared no more"
    if any(is_backend(each.path) for each in parts.settings):
        return "its Terraform state is kept elsewhere, and has to be taken there: `terraform init -migrate-state`"
    if action in {"replace", "unknown"}:
        return _grave(action, parts.changes)
    return "what its instances share changes with them"


def of_likeness(address: str, alike: str, setting: Setting) -> str:
    """What may be done where an instance goes and one that is alike comes."""
    if setting.before.nodes[address]["app"] == setting.after.nodes[alike]["app"]:
        name = address.partition(".")[2]
        return f'`{alike}` is new and alike: if it is the same under another name, write `@was("{name}")` before it'
    return f"`{alike}` is new and alike, but of another app: what was made for one app is not taken to another"


def is_backend(path: str) -> bool:
    """Whether a setting of a Terraform root says where its state is."""
    return path.startswith("terraform.backend")


def _grave(action: str, parts: Sequence[PartChange]) -> str:
    part = max((each for each in parts if each.action == action), key=lambda each: each.holds_data)
    names = _listed(sorted(name for name, effect in part.effects.items() if effect == action))
    if action == "replace":
        return f"{names} of `{part.name}` cannot change in place"
    return f"whether a change of {names} makes `{part.name}` anew is not known offline"


def _set(change: FieldChange) -> str:
    if change.path.startswith(NEEDS):
        target = f"`{change.path.removeprefix(NEEDS)}`"
        now = {change.before is None: f"it needs {target}", change.after is None: f"it needs {target} no more"}
        return now.get(True, f"its access to {target} is {brief(change.after)}, was {brief(change.before)}")
    before, after = both(change.before, change.after)
    if change.before is None or change.after is None:
        return f"`{change.path}` is {'unset' if change.after is None else f'{after}, was unset'}"
    return f"`{change.path}` is {after}, was {before}"


def _from_others(address: str, parts: Parts, setting: Setting) -> str:
    needs = [target for target in sorted(setting.needs_after.get(address, ())) if _differs(target, setting)]
    if needs:
        return f"what it needs changes: {_listed(needs)}"
    came, went = _users(address, setting.needs_after), _users(address, setting.needs_before)
    if came != went:
        said = ((came - went, "needs it now", "need it now"), (went - came, "needs it no more", "need it no more"))
        return " and ".join(
            f"{_listed(sorted(who))} {one if len(who) == 1 else several}" for who, one, several in said if who
        )
    names = _listed([each.name for each in parts.changes])
    return f"its fields are the same; its kind, app or environment makes something else of it: {names}"


def _users(address: str, needs: Needs) -> set[str]:
    return {source for source, targets in needs.items() if address in targets}


def _differs(address: str, setting: Setting) -> bool:
    old = setting.before.nodes.get(setting.former.get(address, ""))
    new = setting.after.nodes.get(address)
    return old is None or new is None or any(old[each] != new[each] for each in ("fields", "outputs"))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if names[_NAMED:] else ""
    return ", ".join(f"`{name}`" for name in names[:_NAMED]) + more
