"""Who owns what stands in the sources: the teams of apps and waivers, and what belongs to the organisation as a whole."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from idpc.diagnostics import Code, Diagnostic
from idpc.diagnostics.codes import policy as codes
from idpc.resolve.program import declared_name
from idpc.source import SourceFile, Span
from idpc.syntax.nodes import Assign, Block, Bool, InStatement, Module, Ref, Statement

_ORGANISATION = frozenset(
    ("project", "environment", "team", "policy", "defaults", "kind", "budget", "carbon_budget", "workflow")
)
_OWNERS = {"app": "team", "waiver": "owner"}
"""Declarations that are a team's, with the field that says which."""


class Revision(Struct, frozen=True):
    """A file as it is or was, with its nodes."""

    file: SourceFile
    module: Module

    def texts(self) -> Mapping[str, Statement]:
        """The statements at top level by what they say."""
        return {self.file.slice(each.span): each for each in self.module.statements}


class Change(Struct, frozen=True):
    """A file that changed: as it is, None where it is gone, and as it was where that is known; else all of it counts."""

    path: str
    now: Revision | None
    before: Revision | None = None

    def statements(self) -> Iterator[Statement]:
        """What was added, changed or removed: changed statements as they were and as they are."""
        now = self.now.texts() if self.now else {}
        before = self.before.texts() if self.before else {}
        yield from (each for text, each in before.items() if text not in now)
        yield from (each for text, each in now.items() if text not in before)


def foreign_changes(team: str, changes: Iterable[Change], modules: Iterable[Module]) -> tuple[Diagnostic, ...]:
    """What a team changed though it belongs to others; `modules` are those of the project.

    Who owns something, and who is trusted with the organisation's declarations, is asked of what was there before, too:
    nobody takes over an app by writing their name on it.
    """
    changes = tuple(changes)
    by_path = {each.path: each for each in changes}
    settled = [_settled(module, by_path.get(module.path)) for module in modules]
    if team in platform_teams(settled):
        return ()
    found = (fault for change in changes for fault in _of_change(change, team))
    return tuple({(each.code, each.span): each for each in found}.values())


def _of_change(change: Change, team: str) -> Iterator[Diagnostic]:
    """What is wrong with the change of one file; one without declarations is Rego, or data that Rego reads."""
    if change.now is None and change.before is None and not change.path.endswith(".platform"):
        what = f"`{change.path}` is a part of policies, which belong to the organisation"
        yield _told(codes.NOT_PLATFORM, Span(change.path, 0, 0), what, team)
    for each in change.statements():
        yield from _faults(each, team, change)


def _settled(module: Module, change: Change | None) -> Module:
    """A module as it was before a change that says so."""
    return change.before.module if change and change.before else module


def platform_teams(modules: Iterable[Module]) -> frozenset[str]:
    """The teams that may change what belongs to the organisation."""
    return frozenset(
        name.text
        for module in modules
        for each in module.statements
        if isinstance(each, Block) and each.head.text == "team" and _is_platform(each) and (name := declared_name(each))
    )


def _is_platform(team: Block) -> bool:
    return any(
        each.name.text == "platform" and isinstance(each.value, Bool) and each.value.value
        for each in team.body
        if isinstance(each, Assign)
    )


def _faults(statement: Statement, team: str, change: Change) -> Iterator[Diagnostic]:
    if not isinstance(statement, Block):
        return
    sort, name = statement.head.text, declared_name(statement)
    called = name.text if name else ""
    place = _place(sort, called, change) or Span(change.path, 0, 0)
    if sort in _ORGANISATION:
        yield _told(codes.NOT_PLATFORM, place, f"the {sort} `{called}` belongs to the organisation", team)
    elif sort in _OWNERS:
        code = codes.FOREIGN_APP if sort == "app" else codes.FOREIGN_WAIVER
        for owner in sorted({*owners(statement)} - {team}):
            yield _told(code, place, f"the {sort} `{called}` belongs to team `{owner}`", team)


def owners(declaration: Block) -> Iterator[str]:
    """The teams that a declaration names, in any environment."""
    yield from _named(declaration.body, _OWNERS[declaration.head.text])


def _named(statements: Iterable[Statement], field: str) -> Iterator[str]:
    for each in statements:
        if isinstance(each, Assign) and each.name.text == field and isinstance(each.value, Ref):
            yield each.value.name
        elif isinstance(each, InStatement):
            yield from _named(each.body, field)


def _place(sort: str, called: str, change: Change) -> Span | None:
    """The name of a declaration where it stands now."""
    for each in change.now.module.statements if change.now else ():
        name = declared_name(each) if isinstance(each, Block) and each.head.text == sort else None
        if name and name.text == called:
            return name.span
    return None


def _told(code: Code, place: Span, what: str, team: str) -> Diagnostic:
    helps = {
        codes.NOT_PLATFORM: "ask a team with `platform = true`, or propose the change to it",
        codes.FOREIGN_APP: "leave the change to that team, or have it approve this one",
        codes.FOREIGN_WAIVER: "a waiver is given by the team that answers for it",
    }
    return code.at(place, f"{what}, and team `{team}` changed it", hint=f"not of `{team}`", help=helps[code])


def code_owners(modules: Iterable[Module], contacts: Mapping[str, tuple[str, ...]], prefix: str = "") -> str:
    """The files of a project with their owners, as GitHub and GitLab read it; later lines beat earlier ones.

    `contacts` are addresses or names of teams, `prefix` the project's folder in its repository. A file that holds
    something of the organisation is the platform teams', beside the teams of its apps.
    """
    modules = tuple(modules)
    platform = sorted(platform_teams(modules))
    lines = [_line(f"/{prefix}" if prefix else "*", platform, contacts)] if platform else []
    for module in sorted(modules, key=lambda each: each.path):
        blocks = [each for each in module.statements if isinstance(each, Block)]
        shared = platform if any(each.head.text in _ORGANISATION for each in blocks) else []
        own = sorted({team for each in blocks if each.head.text in _OWNERS for team in owners(each)})
        teams = [*dict.fromkeys((*own, *shared))]
        if teams:
            lines.append(_line(f"/{prefix}{module.path}", teams, contacts))
    return "".join(f"{line}\n" for line in lines)


def _line(path: str, teams: Iterable[str], contacts: Mapping[str, tuple[str, ...]]) -> str:
    found = dict.fromkeys(each for team in teams for each in contacts.get(team, ()))
    return " ".join((path.replace(" ", "\\ "), *found))
