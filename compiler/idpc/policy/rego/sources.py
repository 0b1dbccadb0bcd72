"""Which Rego a policy is made of: the files that it names, the libraries that these refer to, and the data beside them."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from idpc.diagnostics import Diagnostic
from idpc.policy.rego import faults
from idpc.policy.rego.gatekeeper import is_gatekeepers
from idpc.policy.rego.module import RegoFile, Rule, rego_file
from idpc.source import SourceFile

REGO = ".rego"
TEST = "_test.rego"


class RegoSources(Struct, frozen=True):
    """All files with Rego and data of a project, by path; `bases` are the folders of its packages."""

    files: Mapping[str, SourceFile]
    bases: tuple[str, ...] = ()

    def named(self, pattern: str, declared_in: str) -> list[RegoFile]:
        """The files that fit a pattern, which is relative to the project, or to the package that a policy is of."""
        wanted = self._wanted(pattern, declared_in)
        paths = (path for path in self.rego() if not path.endswith(TEST) and wanted.fullmatch(path))
        return [rego_file(self.files[path]) for path in paths]

    def gatekeepers(self, pattern: str, declared_in: str) -> list[SourceFile]:
        """The files with templates and constraints of Gatekeeper that fit a pattern."""
        wanted = self._wanted(pattern, declared_in)
        return [file for path, file in sorted(self.files.items()) if wanted.fullmatch(path) and is_gatekeepers(file)]

    def _wanted(self, pattern: str, declared_in: str) -> re.Pattern[str]:
        base = next((each for each in self.bases if declared_in.startswith(f"{each}/")), "")
        return _pattern(posixpath.normpath(posixpath.join(base, pattern)))

    def rego(self) -> list[str]:
        """The paths of Rego, in order."""
        return sorted(path for path in self.files if path.endswith(REGO))

    def known(self) -> list[str]:
        """The paths of what a policy may name."""
        return sorted((*self.rego(), *(path for path, file in self.files.items() if is_gatekeepers(file))))

    def tests_of(self, files: Iterable[RegoFile]) -> list[RegoFile]:
        """The tests beside some files."""
        folders = {posixpath.dirname(each.source.path) for each in files}
        paths = (path for path in self.rego() if path.endswith(TEST) and posixpath.dirname(path) in folders)
        return [rego_file(self.files[path]) for path in paths]

    def with_libraries(self, files: Sequence[RegoFile]) -> list[RegoFile]:
        """The files with those whose packages they refer to, by themselves or through others."""
        known = [rego_file(self.files[path]) for path in self.rego() if not path.endswith(TEST)]
        found, waiting = {each.source.path: each for each in files}, list(files)
        while waiting:
            for other in _referred(waiting.pop(), known):
                if other.source.path not in found:
                    found[other.source.path] = other
                    waiting.append(other)
        return list(found.values())

    def data_beside(self, files: Iterable[RegoFile]) -> list[SourceFile]:
        """The data in the folders of some files."""
        folders = {posixpath.dirname(each.source.path) for each in files}
        others = (file for path, file in sorted(self.files.items()) if not path.endswith(REGO))
        return [each for each in others if posixpath.dirname(each.path) in folders and not is_gatekeepers(each)]


def result_rules(files: Iterable[RegoFile]) -> Iterator[tuple[RegoFile, Rule]]:
    """The rules whose values are violations."""
    from idpc.policy.rego.lint import is_result

    return ((file, rule) for file in files for rule in file.rules if is_result(rule))


def merged(files: Iterable[SourceFile], policy: str) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The data of some files as one map, and what is wrong with them."""
    data: dict[str, Any] = {}
    wrong: list[Diagnostic] = []
    for file in files:
        found, why = _read(file)
        why = why or _merge(data, found)
        wrong += [faults.unusable_data(file, why, policy)] if why else []
    return data, wrong


@lru_cache(maxsize=1 << 8)
def _read(file: SourceFile) -> tuple[dict[str, Any], str]:
    import json

    import yaml

    try:
        found = json.loads(file.text) if file.path.endswith(".json") else yaml.safe_load(file.text)
        msgspec.json.encode(found)
    except (ValueError, TypeError, OverflowError, RecursionError, yaml.YAMLError) as error:
        return {}, " ".join(str(error).split())
    return (found, "") if isinstance(found, dict) else ({}, "it holds no map")


def _merge(data: dict[str, Any], more: Mapping[str, Any]) -> str:
    """Add to a map what it does not have; the words for a key that has another value there."""
    for key, value in more.items():
        if key not in data:
            data[key] = deepcopy(value)  # what was read is kept, and further files are merged into this
        elif isinstance(value, dict) and isinstance(data[key], dict):
            why = _merge(data[key], value)
            if why:
                return why
        elif data[key] != value:
            return f"`{key}` is there already with another value"
    return ""


def _referred(file: RegoFile, known: Sequence[RegoFile]) -> Iterator[RegoFile]:
    wanted = [steps[1:] for each in file.references if (steps := file.resolved(each).steps)[0] == "data"]
    for other in known:
        package = other.package.split(".")
        if other is not file and any(_leads(steps, package) for steps in wanted):
            yield other


def _leads(steps: Sequence[str | None], package: Sequence[str]) -> bool:
    """Whether a path into `data` ends above a package or leads into it."""
    return bool(steps) and all(step in (None, name) for step, name in zip(steps, package, strict=False))


@lru_cache(maxsize=1 << 8)
def _pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of paths: `*` is within a folder, `**` goes through any number of them."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(piece, re.escape(piece)) for piece in pieces))
