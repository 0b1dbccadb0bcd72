"""Finds the data that ships with idpc (grammar, standard library, schemas) in a checkout, a wheel or a zipped wheel."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


@cache
def package() -> "Traversable":
    """The folder of this package."""
    folder = Path(__file__).parent
    if folder.is_dir():
        return folder
    from importlib.resources import files

    return files("idpc")


@cache
def root() -> "Traversable":
    """The folder that holds `grammar/`, `stdlib/` and `schemas/`."""
    return package() if package().joinpath("grammar").is_dir() else Path(__file__).parents[2]


def resource(*parts: str) -> "Traversable":
    """The shipped file or folder at `parts`, for example `resource("grammar", "platform.lark")`."""
    return root().joinpath(*parts)
