"""The comments of a file while it is printed: which stand where, and which have been printed."""

from bisect import bisect_left

from idpc.source import SourceFile
from idpc.syntax.nodes import Comment, Module


class Comments:
    """The comments of a module in order."""

    def __init__(self, source: SourceFile, module: Module) -> None:
        self.text = source.text
        self.comments = module.comments
        self.starts = [each.span.start for each in self.comments]
        self.printed: set[int] = set()

    def between(self, start: int, end: int) -> tuple[Comment, ...]:
        """The comments in a range of the text."""
        return self.comments[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def waiting(self, start: int, end: int) -> list[Comment]:
        """The comments in a range that have not been printed."""
        return [each for each in self.between(start, end) if each.span.start not in self.printed]

    def take(self, comment: Comment) -> None:
        """A comment has been printed."""
        self.printed.add(comment.span.start)

    def follows_on_line(self, place: int, comment: Comment) -> bool:
        """Whether a comment stands on the line on which something ends, with no more than a separator between."""
        return not self.text[place : comment.span.start].strip(" \t,")

    def blank_line(self, start: int, end: int) -> bool:
        """Whether an empty line stands between two places."""
        return self.text[start:end].count("\n") > 1 and any(
            not line.strip() for line in self.text[start:end].split("\n")[1:-1]
        )
