"""Mends the tokens of a text with mistakes, so that the parser accepts them: one diagnostic for each mistake."""

from idpc.syntax.recovery.mending import Mended, mend

__all__ = ["Mended", "mend"]
