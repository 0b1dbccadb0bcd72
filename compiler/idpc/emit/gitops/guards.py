"""Keeps a GitOps engine from removing what holds data when it is no longer in the repository.

What such an object is in a repository without it, a mistake or a wish, an engine cannot tell. An instance that holds data is
removed in two steps: the first sets `retire`, which takes the guard away, the second deletes the declaration. What a set of
pods keeps for a workload stays without the set, as its claims are retained.
"""

from idpc.emit.gitops.files import ENGINES
from idpc.emit.gitops.model import GITOPS, Engine
from idpc.emit.kubernetes.completion import arranged
from idpc.emit.model import Document, File
from idpc.emit.reading import at, mapping, text
from idpc.emit.site import Site
from idpc.schema.effects import kept_kinds

_RETIRE = "retire"


def guarded(file: File, site: Site) -> File:
    """The objects of a file, guarded where they hold data and the environment has an engine."""
    engine = ENGINES.get(site.text(GITOPS))
    if engine is None:
        return file
    kept = _is_kept(file, site)
    documents = tuple(_with_guard(each, engine) if _holds(each, site, kept=kept) else each for each in file.documents)
    return File(file.path, file.owner, documents, file.sources)


def _is_kept(file: File, site: Site) -> bool:
    """Whether a file is that of an instance that holds data and is not retired."""
    fields = site.node(file.owner.address).fields if file.owner.address else {}
    return _RETIRE in fields and fields[_RETIRE] is None


def _holds(document: Document, site: Site, *, kept: bool) -> bool:
    kind = text(document["kind"])
    if kind in kept_kinds():
        return True
    of_pods = bool(at(document, "spec", "volumeClaimTemplates"))
    return kept and (of_pods or site.custom(kind, text(document.get("apiVersion"))))


def _with_guard(document: Document, engine: Engine) -> Document:
    metadata = mapping(document["metadata"])
    annotations = mapping(metadata.get("annotations"))
    name, value = engine.guard
    given = text(annotations.get(name))
    annotations = {**annotations, name: f"{given},{value}" if given else value}
    return arranged({**document, "metadata": {**metadata, "annotations": annotations}})
