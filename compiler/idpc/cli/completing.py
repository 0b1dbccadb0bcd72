"""What the shell is offered where a name of the project is wanted: found by the first words of lines, without compiling."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from idpc.resources import resource

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
_MOST_FILES = 2000
_DECLARED = re.compile(r"^(?P<sort>environment|app|kind|template)\s+(?P<name>\w+)", re.MULTILINE)
_INSTANCE = re.compile(r"^(?P<indent>[ \t]*)(?P<kind>[a-z]\w*)\s+(?P<name>[a-z]\w*)\b[^={\n]*\{", re.MULTILINE)
_APP = re.compile(r"^app\s+(\w+)\s*\{.*?^\}", re.MULTILINE | re.DOTALL)


def offering(names: Callable[[], Iterator[str]]) -> Offer:
    """What click asks for, from a function that gives all names."""

    def offered(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in sorted({*names()}) if name.startswith(incomplete)]

    return offered


def environments() -> Iterator[str]:
    """The environments of the project around the current folder."""
    yield from _declared("environment")


def apps() -> Iterator[str]:
    """Its apps."""
    yield from _declared("app")


def kinds() -> Iterator[str]:
    """The kinds and templates of the standard library and of the project."""
    yield from _declared("kind", _library())
    yield from _declared("template", _library())
    yield from (*_declared("kind"), *_declared("template"))


def addresses() -> Iterator[str]:
    """The instances of its apps: `shop.orders`."""
    known = {*kinds()}
    for text in _project():
        for app in _APP.finditer(text):
            for found in _INSTANCE.finditer(app[0]):
                if found["kind"] in known and len(found["indent"].expandtabs(2)) == 2:
                    yield f"{app[1]}.{found['name']}"


def subjects() -> Iterator[str]:
    """What can be explained: codes of diagnostics, and addresses."""
    from idpc.diagnostics.codes import REGISTRY

    yield from REGISTRY
    yield from addresses()


def stages() -> Iterator[str]:
    """The stages that can be shown."""
    from idpc.views import VIEWS

    yield from VIEWS


def _declared(sort: str, texts: Iterator[str] | None = None) -> Iterator[str]:
    for text in _project() if texts is None else texts:
        yield from (found["name"] for found in _DECLARED.finditer(text) if found["sort"] == sort)


def _library() -> Iterator[str]:
    yield from (
        each.read_text(encoding="utf-8") for each in resource("stdlib").iterdir() if each.name.endswith(".platform")
    )


def _project() -> Iterator[str]:
    from idpc.cli.places import project_folder

    folder = project_folder(Path())
    for number, path in enumerate(sorted(folder.rglob("*.platform")) if folder else ()):
        if number == _MOST_FILES:
            return
        yield path.read_text(encoding="utf-8", errors="replace")
