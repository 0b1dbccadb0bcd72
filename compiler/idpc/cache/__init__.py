"""Keeps bytes by key in the user's cache folder; of idpc and the standard library it imports next to nothing."""

from idpc.cache.store import Store

__all__ = ["Store"]
