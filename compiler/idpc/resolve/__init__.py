"""Names: which declarations there are, where each is visible, and what a misspelt one may have meant."""

from idpc.resolve.program import Program, Table, resolve
from idpc.resolve.suggest import did_you_mean, misspelt

__all__ = ["Program", "Table", "did_you_mean", "misspelt", "resolve"]
