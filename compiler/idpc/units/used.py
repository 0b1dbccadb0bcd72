"""What of all that apps share a unit is made from: what needs no naming, and what it names, itself or through others."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from idpc.units.facts import FileFacts, Piece


class Used(Struct, frozen=True):
    """The pieces of what is shared, the names among them, those that apply unnamed mention, and the words of each app."""

    pieces: Sequence[Piece]
    names: frozenset[str]
    always: frozenset[str]
    mentions: Mapping[str, Sequence[str]]
    known: dict[frozenset[str], tuple[str, ...]]

    @classmethod
    def of(cls, facts: Sequence[FileFacts], project: str) -> "Used":
        """What is in the files of a project; an instance at top level is of the app that is called as the project is."""
        pieces = tuple(piece for each in facts for piece in each.pieces)
        names = frozenset(piece.name for piece in pieces if piece.name)
        always = frozenset(word for piece in pieces if not piece.name for word in piece.mentions.split()) & names
        mentions: dict[str, list[str]] = {}
        for app in (app for each in facts for app in each.apps):
            mentions.setdefault(app.name or project, []).append(app.mentions)
        return cls(pieces, names, always, mentions, {})

    def by(self, apps: Iterable[str]) -> tuple[str, ...]:
        """The marks of the pieces that apps are made from."""
        texts = (text for app in apps for text in self.mentions[app]) if self.names else ()
        asked = self.always.union(*(self.names.intersection(text.split()) for text in texts))
        if asked not in self.known:
            self.known[asked] = tuple(self._marks(asked))
        return self.known[asked]

    def _marks(self, asked: frozenset[str]) -> list[str]:
        mentioned: dict[str, set[str]] = {}
        for piece in self.pieces:
            mentioned.setdefault(piece.name, set()).update(piece.mentions.split())
        reached, pending = {*asked}, [*asked]
        while pending:
            new = (mentioned[pending.pop()] & self.names) - reached
            reached |= new
            pending += new
        return [piece.mark for piece in self.pieces if not piece.name or piece.name in reached]
