"""What each rule of the grammar builds: one method of that name, called with the values of its parts."""

from idpc.syntax.build.expressions import Expressions
from idpc.syntax.build.statements import Statements
from idpc.syntax.build.types import Types

__all__ = ["Builder"]


class Builder(Statements, Types, Expressions):
    """Builds the nodes of one file."""
