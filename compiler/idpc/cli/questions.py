"""Asks people for the parameters of a template, and checks each answer with the compiler's own types."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from idpc.cli import console
from idpc.diagnostics.merge import merge
from idpc.diagnostics.renderers import Report, render
from idpc.source import SourceFile

if TYPE_CHECKING:
    from idpc.catalog.model import Entry, FieldEntry
    from idpc.diagnostics import Diagnostic
    from idpc.pipeline import Compilation
    from idpc.types.declared import KindInfo


class Question(Struct, frozen=True):
    """What answers are checked against: a project and the template in it."""

    compilation: "Compilation"
    kind: "KindInfo"

    def check(self, field: "FieldEntry", value: str) -> "tuple[Diagnostic, ...]":
        """What is wrong with an expression as the value of a parameter."""
        from idpc.queries import check_value

        return check_value(self.compilation, value, self.kind, field.name)


def ask(entry: "Entry", question: Question, known: Mapping[str, str]) -> dict[str, str]:
    """The answers that differ from defaults, as expressions, for the parameters that are not known."""
    console.error(f"{entry.name}: {entry.summary}\nAn empty answer takes what stands in brackets.\n")
    answers = ((field.name, _answer(field, question)) for field in entry.fields if field.name not in known)
    return {name: answer for name, answer in answers if answer}


def ask_team(teams: Sequence[str], *, asking: bool) -> str:
    """The team that answers for an app: the only one, or the one that is chosen; none where none is declared."""
    if len(teams) <= 1:
        return "".join(teams)
    if not asking:
        raise click.UsageError(f"which team? Use --team with one of {', '.join(teams)}")
    return str(click.prompt("team", type=click.Choice(teams), err=True))


def _answer(field: "FieldEntry", question: Question) -> str:
    """One answer that holds; empty for the default."""
    from idpc.catalog.use import expression

    console.error(_introduction(field))
    while True:
        given = click.prompt(field.name, default=_shown_default(field), err=True, show_default=not field.required)
        if not field.required and given == field.default:
            return ""
        value = expression(field, given)
        wrong = question.check(field, value)
        if not wrong:
            return value
        report = Report(merge(wrong, ()), {f"<{field.name}>": SourceFile(f"<{field.name}>", value)})
        console.error(render("text", report, console.look(error=True)))


def _shown_default(field: "FieldEntry") -> str | None:
    return None if field.required else field.default


def _introduction(field: "FieldEntry") -> str:
    doc = " ".join(field.doc.split())
    lines = (
        f"\n{console.look(error=True).paint('title', field.name)}: {_expected(field)}",
        *([f"  {doc}"] if doc else ()),
    )
    return "".join(f"{line}\n" for line in lines)


def _expected(field: "FieldEntry") -> str:
    from idpc.catalog.facts import type_text

    if not field.choices:
        return type_text(field)
    several = [choice.strip('"') for choice in field.choices] + ["null"] * field.type.endswith("?")
    return f"one of {', '.join(several)}"
