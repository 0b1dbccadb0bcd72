"""Sizes in bytes as people write and read them: `512 MiB`."""

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def parsed(text: str) -> int | None:
    """The bytes of `1GiB`, `512 MiB` or `4096`; None for what is no size."""
    number = text.rstrip("BiKMGT ")
    unit = text[len(number) :].strip() or "B"
    if not (number.isascii() and number.isdecimal() and len(number) < 19 and unit in _UNITS):
        return None
    return int(number) << 10 * _UNITS.index(unit)


def printed(size: float) -> str:
    """Bytes in the largest unit of which there is one, with one digit behind the point where it says something."""
    power = 0
    while size >= 1024 and power < len(_UNITS) - 1:
        size, power = size / 1024, power + 1
    return f"{size:.1f}".removesuffix(".0") + f" {_UNITS[power]}"
