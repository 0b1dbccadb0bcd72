"""What happens to the resources and objects of an environment, by the instance or app whose they are."""

from collections.abc import Iterator

from msgspec import Struct, field

from idpc.changes.kubernetes import changed_objects
from idpc.changes.layout import Folder, folders
from idpc.changes.model import Content, FieldChange, PartChange
from idpc.changes.setting import Setting
from idpc.changes.terraform import Root, changed_resources, changed_settings, read_root

_ROOT = ("main.tf.json", "versions.tf.json")


class Parts(Struct):
    """What happens to what one instance or app is made of; `settings` are those of the app's Terraform root."""

    changes: list[PartChange] = field(default_factory=list)
    settings: list[FieldChange] = field(default_factory=list)


def changed_parts(setting: Setting) -> dict[str, Parts]:
    """The parts of all that has any."""
    found: dict[str, Parts] = {}
    old = {setting.folder_now(name): (name, folder) for name, folder in folders(setting.before).items()}
    new = folders(setting.after)
    for name in sorted({*old, *new}):
        was, before = old.get(name, (name, Folder()))
        after = new.get(name, Folder())
        for owner, change in _objects(setting, (was, before), (name, after)):
            found.setdefault(owner, Parts()).changes.append(change)
        if any(not _same(before.terraform.get(each), after.terraform.get(each)) for each in _ROOT):
            for owner, change in _resources(setting, (was, before), (name, after)):
                found.setdefault(owner, Parts()).changes.append(change)
            if before.terraform and after.terraform:
                found.setdefault(setting.owners_after.app(name), Parts()).settings += _settings(before, after)
    return {owner: parts for owner, parts in found.items() if parts.changes or parts.settings}


def _objects(setting: Setting, old: tuple[str, Folder], new: tuple[str, Folder]) -> Iterator[tuple[str, PartChange]]:
    """An instance has one manifest, whatever that is called; those of an app are known by their names."""
    before = {
        _key(setting.now(setting.owners_before.of_manifest(old[0], name)), name): name for name in old[1].manifests
    }
    after = {_key(setting.owners_after.of_manifest(new[0], name), name): name for name in new[1].manifests}
    for key in dict.fromkeys((*before, *after)):
        files = old[1].manifests.get(before.get(key, "")), new[1].manifests.get(after.get(key, ""))
        if not _same(*files):
            yield from ((key[0], change) for change in changed_objects(*map(_text, files)))


def _key(owner: str, name: str) -> tuple[str, str]:
    return owner, "" if "." in owner else name


def _resources(setting: Setting, old: tuple[str, Folder], new: tuple[str, Folder]) -> Iterator[tuple[str, PartChange]]:
    for change in changed_resources(_root(old[1]), _root(new[1])):
        label = change.name.partition(".")[2]
        if change.action == "destroy":
            yield setting.now(setting.owners_before.of_label(old[0], label)), change
        else:
            yield setting.owners_after.of_label(new[0], label), change


def _settings(before: Folder, after: Folder) -> Iterator[FieldChange]:
    return (FieldChange(*each) for each in changed_settings(_root(before), _root(after)))


def _root(folder: Folder) -> Root:
    return read_root(*(_text(folder.terraform.get(name)) for name in _ROOT))


def _same(before: Content | None, after: Content | None) -> bool:
    return (before and before.digest) == (after and after.digest)


def _text(content: Content | None) -> str:
    return content.read() if content else ""
