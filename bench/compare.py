"""Compares what two programs wrote, object by object.

    python bench/compare.py EXPECTED FOUND [--at-least]

With `--at-least` FOUND, which idpc wrote, may hold more, and other fields: each app must have all the kinds. Texts are read as YAML 1.2 reads them, in which `on` is a string; the order of keys does not count.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, ClassVar

import yaml


class Reader(yaml.CSafeLoader):
    """YAML with the booleans of version 1.2: some peers leave `on` bare."""

    yaml_implicit_resolvers: ClassVar = {
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


def missing(expected: Path, found: Path) -> list[str]:
    """A line for each kind of object and type of resource that an app has fewer of than expected."""
    wanted, got = kinds(expected), kinds(found)
    lacks = ((app, kind, number - got[app][kind]) for app in wanted for kind, number in wanted[app].items())
    return [f"{app}: {number} {kind} too few" for app, kind, number in sorted(lacks) if number > 0]


def kinds(folder: Path) -> dict[str, Counter[str]]:
    """How many there are of each kind of object and type of resource, by environment and app."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, path in files(folder).items():
        if path.suffix == ".yaml" or path.name == "main.tf.json":
            app = "/".join(name.split("/")[:2])
            found[app].update(each for one in content(path) for each in kinds_of(one))
    return found


def kinds_of(found: Any) -> list[str]:
    """The kind of an object; the types of a module's resources."""
    if "kind" in found:
        return [found["kind"]]
    return [type_ for type_, resources in found["resource"].items() for _ in resources]


def main() -> int:
    """Print the first twenty differences, or that there are none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("expected", type=Path)
    parser.add_argument("found", type=Path)
    parser.add_argument("--at-least", action="store_true")
    options = parser.parse_args()
    lines = (missing if options.at_least else differences)(options.expected, options.found)
    number = sum(len(content(path)) for path in files(options.expected).values())
    verdict = "all kinds are there" if options.at_least else "alike"
    print("\n".join(lines[:20]) or f"{verdict}: {number:,} objects and modules")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
