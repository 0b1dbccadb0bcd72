"""Compares what two programs wrote, object by object.

    python bench/compare.py EXPECTED FOUND

Texts are read as YAML 1.2 reads them, in which `on` is a string; the order of keys does not count.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml


class Reader(yaml.CSafeLoader):
    """YAML with the booleans of version 1.2: some peers leave `on` bare."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool"]
        for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


Reader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def content(path: Path) -> list[Any]:
    """The objects of a file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return [json.loads(text)]
    return [each for each in yaml.load_all(text, Reader) if each is not None]


def key(found: Any) -> str:
    """What an object is sorted by: some peers order them by kind."""
    return json.dumps(found, sort_keys=True)


def files(folder: Path) -> dict[str, Path]:
    """The files below a folder by their paths there."""
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def differences(expected: Path, found: Path) -> list[str]:
    """A line for each file that is missing, or holds other objects; none where all is alike."""
    wanted, got = files(expected), files(found)
    lines = [f"{path}: only in {expected}" for path in sorted(wanted.keys() - got.keys())]
    lines += [f"{path}: only in {found}" for path in sorted(got.keys() - wanted.keys())]
    for path in sorted(wanted.keys() & got.keys()):
        first, second = sorted(map(key, content(wanted[path]))), sorted(map(key, content(got[path])))
        lines += [f"{path}:\n  - {one}\n  + {two}" for one, two in zip(first, second, strict=False) if one != two]
        if len(first) != len(second):
            lines.append(f"{path}: {len(second)} objects instead of {len(first)}")
    return lines


def counted(folder: Path) -> int:
    """The objects below a folder."""
    return sum(len(content(path)) for path in files(folder).values())


if __name__ == "__main__":
    found = differences(Path(sys.argv[1]), Path(sys.argv[2]))
    print("\n".join(found[:20]) or f"alike: {counted(Path(sys.argv[1]))} objects")
    sys.exit(bool(found))
