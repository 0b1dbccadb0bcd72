"""What a check of a finished value finds: a place in it and a few words."""

from typing import Any, NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_FORMS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (str, "a string"),
    ((int, float), "a number"),
    (list, "a list"),
    (dict, "an object"),
)


class Fault(NamedTuple):
    """What does not fit, and where in the value."""

    path: Path
    message: str


def misfit(path: Path, wanted: str, value: Any) -> Fault:
    """The value at `path` is not what was wanted."""
    found = next((name for form, name in _FORMS if isinstance(value, form)), "null")
    return Fault(path, f"must be {wanted}, not {found}")
