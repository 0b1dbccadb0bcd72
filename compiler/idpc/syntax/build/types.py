"""Builds types."""

from idpc.source import Span
from idpc.syntax.build.base import Base, Places, Values
from idpc.syntax.nodes import (
    GenericType,
    ListType,
    LiteralType,
    Name,
    NamedType,
    OptionalType,
    Pattern,
    UnionType,
)


class Types(Base):
    """The actions of the rules for types."""

    def union(self, values: Values, places: Places, end: int) -> UnionType:
        """`A | B`."""
        return UnionType(tuple(values[0]), Span(self.file, places[0], end))

    def optional_type(self, values: Values, places: Places, end: int) -> OptionalType:
        """`T?`."""
        return OptionalType(values[0], Span(self.file, places[0], end))

    def list_type(self, values: Values, places: Places, end: int) -> ListType:
        """`T[]`."""
        return ListType(values[0], Span(self.file, places[0], end))

    def named_type(self, values: Values, places: Places, end: int) -> NamedType:
        """A name, or `package.Name`."""
        qualifier: Name | None = values[0] if len(values) == 3 else None
        return NamedType(values[-1], qualifier, None, Span(self.file, places[0], end))

    def refined_type(self, values: Values, places: Places, end: int) -> NamedType:
        """`int(1..50)`."""
        qualifier: Name | None = values[0] if len(values) == 6 else None
        return NamedType(values[-4], qualifier, values[-2], Span(self.file, places[0], end))

    def pattern(self, values: Values, places: Places, end: int) -> Pattern:
        """`/…/`; the expression inside is kept as it is, and an escaped slash is a slash to it as well."""
        return Pattern(values[0][1:-1], Span(self.file, places[0], end))

    def generic_type(self, values: Values, places: Places, end: int) -> GenericType:
        """`map<K, T>`."""
        return GenericType(values[0], tuple(values[2]), Span(self.file, places[0], end))

    def literal_type(self, values: Values, places: Places, end: int) -> LiteralType:
        """A literal as a type."""
        return LiteralType(values[0], Span(self.file, places[0], end))
