"""Which instance a resource of Terraform or a file of objects belongs to, by how a build names them."""

from collections.abc import Mapping

from msgspec import Struct, field

from idpc.address import Address, kebab
from idpc.changes.model import Content, Document, State

_LIST = "kustomization.yaml"
"""It names the other files, and is no object."""


class Folder(Struct):
    """What a build holds of one app: the documents of its Terraform by name, its manifests by name without ending."""

    terraform: dict[str, Content] = field(default_factory=dict)
    manifests: dict[str, Content] = field(default_factory=dict)


def folders(state: State) -> dict[str, Folder]:
    """The folders of the apps of an environment by name."""
    found: dict[str, Folder] = {}
    for path, content in state.files.items():
        _, app, *inner = path.split("/")
        match inner:
            case ["terraform", name]:
                found.setdefault(app, Folder()).terraform[name] = content
            case ["kubernetes", name] if name != _LIST:
                found.setdefault(app, Folder()).manifests[name.rpartition(".")[0]] = content
    return found


class Owners(Struct, frozen=True):
    """The instances of an environment by app, by the labels and by the names that a build gives them."""

    apps: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    names: Mapping[str, Mapping[str, str]]

    def app(self, folder: str) -> str:
        """The app whose folder this is."""
        return self.apps.get(folder, folder)

    def of_label(self, folder: str, label: str) -> str:
        """The instance with the longest label that a resource's begins with, else the app."""
        known, words = self.labels.get(folder, {}), label.split("_")
        heads = ("_".join(words[:count]) for count in range(len(words), 0, -1))
        return next((known[head] for head in heads if head in known), self.app(folder))

    def of_manifest(self, folder: str, name: str) -> str:
        """The instance whose objects stand in a manifest, else the app."""
        return self.names.get(folder, {}).get(name, self.app(folder))


def owners(nodes: Mapping[str, Document]) -> Owners:
    """The owners of what is made of nodes."""
    apps: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}
    names: dict[str, dict[str, str]] = {}
    for text, node in nodes.items():
        address, folder = Address.parse(text), kebab(node["app"])
        if address is not None:
            apps[folder] = node["app"]
            labels.setdefault(folder, {})[address.label] = text
            names.setdefault(folder, {})[node.get("name", address.below_app)] = text
    return Owners(apps, labels, names)
