"""Reads a folder's files, its custom resources and its packages, and reports what cannot be read."""

import posixpath
import re
from typing import NamedTuple

from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.names import PACKAGE_MISSING, PACKAGE_UNSUPPORTED
from idpc.project.decode import decode
from idpc.project.folder import MEBIBYTE, PROJECT_FILE, SUFFIX, Folder, Refusal, is_custom_resource
from idpc.project.packages import ProjectHead, Requirement, read_head
from idpc.source import SourceFile, Span

FILE_LIMIT = 4 * MEBIBYTE
_REMOTE = re.compile(r"[a-z][a-z0-9+]*:|git@|[a-z0-9.-]+\.[a-z]{2,}/")


class Package(NamedTuple):
    """A package of the project: the name by which it is imported, its folder and its files.

    `folder` and the files' paths are relative to the project's folder, so they may begin with `../`.
    """

    name: str
    folder: str
    files: tuple[SourceFile, ...]


class Gathered(NamedTuple):
    """What a project's folder holds; `rego` are policies in Rego and their data, those of packages included."""

    name: str
    files: tuple[SourceFile, ...]
    crds: tuple[SourceFile, ...]
    packages: tuple[Package, ...]
    rego: tuple[SourceFile, ...]


def gather(folder: Folder, found: list[Diagnostic]) -> Gathered:
    """Everything that a project's folder and its packages hold."""
    paths = folder.paths()
    head = _head(folder, paths)
    rego: list[SourceFile] = []
    packages = _packages(folder, head, found, rego)
    inside = tuple(f"{package.folder}/" for package in packages)
    files = _files(folder, [path for path in paths if path.endswith(SUFFIX) and not path.startswith(inside)], found)
    crds = _files(folder, [path for path in paths if is_custom_resource(path)], found)
    beside = [path for path in paths if not (path.endswith(SUFFIX) or is_custom_resource(path))]
    rego += _files(folder, [path for path in beside if not path.startswith(inside)], found)
    return Gathered(head.name or "project", files, crds, packages, tuple(sorted(rego, key=lambda file: file.path)))


def read_file(folder: Folder, path: str, found: list[Diagnostic], shown_as: str | None = None) -> SourceFile | None:
    """One file, or None and a diagnostic."""
    name = path if shown_as is None else shown_as
    content = folder.read(path, FILE_LIMIT)
    if isinstance(content, Refusal):
        found.append(content.code.at(Span(name, 0, 0), f"`{name}` {content.clause}"))
        return None
    return decode(name, content, found)


def _files(folder: Folder, paths: list[str], found: list[Diagnostic]) -> tuple[SourceFile, ...]:
    files = (read_file(folder, path, found) for path in paths)
    return tuple(file for file in files if file)


def _head(folder: Folder, paths: list[str]) -> ProjectHead:
    """The head of `project.platform`; its faults are reported when it is read with the others."""
    file = read_file(folder, PROJECT_FILE, []) if PROJECT_FILE in paths else None
    return read_head(file) if file else ProjectHead("", ())


def _packages(
    folder: Folder, head: ProjectHead, found: list[Diagnostic], rego: list[SourceFile]
) -> tuple[Package, ...]:
    packages: dict[str, Package] = {}
    for requirement in head.packages:
        package = _package(folder, requirement, found, rego)
        if package:
            packages.setdefault(package.name, package)
    return tuple(packages.values())


def _package(
    folder: Folder, requirement: Requirement, found: list[Diagnostic], rego: list[SourceFile]
) -> Package | None:
    name, reference, span = requirement
    if reference is None or _REMOTE.match(reference) or posixpath.isabs(reference):
        found.append(_unsupported(requirement))
        return None
    path = posixpath.normpath(reference)
    inner = folder.sub(path) if path != "." else Refusal("is the project itself")
    if isinstance(inner, Refusal):
        message = f"the package `{name}` is not to be had: `{reference}` {inner.clause}"
        found.append(PACKAGE_MISSING.at(span, message, help="give its folder relative to `project.platform`"))
        return None
    paths = [below for below in inner.paths() if below != PROJECT_FILE and not is_custom_resource(below)]
    read = (read_file(inner, below, found, f"{path}/{below}") for below in paths)
    files = [file for file in read if file]
    rego += [file for file in files if not file.path.endswith(SUFFIX)]
    return Package(name, path, tuple(file for file in files if file.path.endswith(SUFFIX)))


def _unsupported(requirement: Requirement) -> Diagnostic:
    what = f"`{requirement.reference}`" if requirement.reference is not None else "what stands here"
    message = f"the package `{requirement.name}` must be a folder relative to `project.platform`, and {what} is none"
    helps = 'packages from git and OCI registries are not supported: keep a copy in the repository, as in `"./packages/edge"`'
    return PACKAGE_UNSUPPORTED.at(requirement.span, message, hint="no relative folder", help=helps)
