"""A build folder as a version to compare with: what its manifest lists, each file read when it is asked for."""

import json
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from idpc.changes import Bill, Content, State, Version
from idpc.emit.manifest import DamagedManifestError, Manifest, read_manifest

GRAPH, COST = "graph.json", "cost.json"


def read_version(folder: Path) -> Version:
    """The version in a build folder; raises DamagedManifestError, also for what is no such folder any more."""
    manifest = read_manifest(folder)
    names = sorted(path.partition("/")[0] for path in manifest.files if path.partition("/")[2] == GRAPH)
    return Version("", {name: _state(folder, name, manifest) for name in names})


def is_build(folder: Path) -> bool:
    """Whether a folder holds a build."""
    return (folder / "manifest.json").is_file()


def _state(folder: Path, name: str, manifest: Manifest) -> State:
    document = _document(folder / name / GRAPH)
    files = {
        path: Content(digest.removeprefix("sha256:"), partial(_text, folder / path))
        for path, digest in manifest.files.items()
        if path.startswith(f"{name}/")
    }
    bills = _bills(_document(folder / name / COST))
    return State({node["address"]: node for node in document["nodes"]}, tuple(document["edges"]), files, {}, bills)


def _bills(document: Any) -> dict[str, Bill]:
    amounts, emitted = _by_instance(document["lines"]), _by_instance(document["carbon"]["lines"])
    lacking = {each["address"] for each in document["unpriced"]}
    none = Decimal(0)
    return {
        each: Bill(amounts.get(each, none), each not in lacking, emitted.get(each, none))
        for each in {*amounts, *emitted, *lacking}
    }


def _by_instance(lines: Any) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in lines:
        found[line["address"]] = found.get(line["address"], Decimal(0)) + Decimal(line["expected"])
    return found


def _document(path: Path) -> Any:
    try:
        document = json.loads(_text(path))
    except ValueError as error:
        raise DamagedManifestError(f"lists `{path.name}`, which is not valid JSON") from error
    if not isinstance(document, dict) or document.get("version") != 1:
        raise DamagedManifestError("belongs to a build of another version of idpc: build it again")
    return document


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DamagedManifestError(f"lists `{path.name}`, which cannot be read: {error.strerror}") from error
