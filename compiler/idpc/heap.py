"""Keeps the collector of cycles from walking again and again over what is made at once and stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No collection inside; for trees, which hold no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def kept() -> Iterator[None]:
    """No collection inside, and what is alive at the end is not looked at again: it stays as long as the process."""
    with uncollected():
        yield
        gc.freeze()
