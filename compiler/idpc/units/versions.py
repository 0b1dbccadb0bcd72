"""Versions of a project to compare: of two sources only the units that differ are compiled."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idpc.changes import Version
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.merge import merge
from idpc.identity import identity
from idpc.project import Sources
from idpc.units.build import Built, Known, gather, holds, jobs, keyed
from idpc.units.facts import FileFacts
from idpc.units.make import NotApartError
from idpc.units.part import Made, Part, merged_places
from idpc.units.rego import told_by_rego, violations
from idpc.units.runners import Runner
from idpc.units.split import Unit, split
from idpc.units.states import states_of, states_of_compilation

if TYPE_CHECKING:
    from idpc.pipeline import Compilation, Options


class Compiled(Struct, frozen=True):
    """A version that was compiled; None where a mistake kept it from becoming anything."""

    sources: Sources
    environments: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    version: Version | None


class Keyed(Struct, frozen=True):
    """Sources with the facts of their files and their units by keys."""

    sources: Sources
    facts: tuple[FileFacts, ...]
    units: Mapping[str, Unit]

    def only(self, other: Iterable[str], sources: Sources, held: Mapping[str, Part]) -> dict[str, Unit]:
        """The units that another version does not have, or whose further files may be others there."""
        reads = any(each.reads for each in self.facts if each.common)
        theirs = frozenset(other)

        def alike(key: str, unit: Unit) -> bool:
            return key in theirs and (not (reads or unit.reads) or _reads_alike(held.get(key), self.sources, sources))

        return {key: unit for key, unit in self.units.items() if not alike(key, unit)}


def _reads_alike(part: Part | None, one: Sources, other: Sources) -> bool:
    """Whether the further files from which a part was made are the same in two versions; no key stands for these."""
    if part is None:
        return False
    return all(sources.read_text(path).digest == digest for sources in (one, other) for path, digest in part.reads)


def compiled_pair(
    base: Sources, head: Sources, options: "Options", runner: Runner, known: Known | None = None
) -> tuple[Compiled, Compiled]:
    """Two versions of a project. What both leave out is the same in them; `known` is what builds have found."""
    known = known or Known()
    two = keys_of(head, options, known)
    one = keys_of(base, options, replace(known, facts={each.path: each for each in two.facts}) if two else known)
    if one is not None and two is not None:
        try:
            return _in_units(one, two, options, runner, known)
        except NotApartError:
            pass
    return compiled_whole(base, options), compiled_whole(head, options)


def compiled_beside(sources: Sources, other: Version, known: Known, options: "Options", runner: Runner) -> Compiled:
    """A version beside one from a build folder: of parts that are held, those whose files stand there are taken."""
    keyed_units = keys_of(sources, options, known)
    if keyed_units is None:
        return compiled_whole(sources, options)
    held = known.parts
    same = {key: held[key] for key in keyed_units.units if key in held and _stands_in(held[key], sources, other)}
    stale = {key: unit for key, unit in keyed_units.units.items() if key not in same}
    try:
        made = _made(keyed_units, stale, options, runner)
    except NotApartError:
        return compiled_whole(sources, options)
    made.append(Made(tuple(same.values()), {}))
    return _compiled(sources, made, told=told_by_rego(sources, _in_order(keyed_units, made), options))


def _stands_in(part: Part, sources: Sources, other: Version) -> bool:
    """Whether the files of a part are those of a version, and it was made from what can be read now."""
    files = (each for environment in part.environments for each in environment.files)
    there = {path: content.digest for state in other.states.values() for path, content in state.files.items()}
    read = all(sources.read_text(path).digest == digest for path, digest in part.reads)
    return read and all(there.get(file.path) == file.digest for file in files)


def compiled_before(built: Built, base: Sources, options: "Options", runner: Runner) -> tuple[Compiled, Compiled]:
    """The version before one that was built, and that; what both leave out is the same in them."""
    facts = Known({each.path: each for each in built.facts})
    known = None if built.compilation is not None else keys_of(base, options, facts)
    if known is None:
        return compiled_whole(base, options), of_build(built)
    own = {part.key: part for part in built.parts}
    try:
        made = _made(known, known.only(own, built.sources, own), options, runner)
    except NotApartError:
        return compiled_whole(base, options), of_build(built)
    same = known.units.keys() & own.keys() - {part.key for each in made for part in each.parts}
    rest = tuple(part for part in built.parts if part.key not in same)
    return _compiled(base, made, built.environments), of_build(replace(built, parts=rest))


def keys_of(sources: Sources, options: "Options", known: Known) -> Keyed | None:
    """The units of sources by keys; None where they are compiled as a whole."""
    facts = gather(sources, known)
    units = None if facts is None else split(facts, sources.root_name)
    if facts is None or units is None:
        return None
    return Keyed(sources, facts, keyed(sources, facts, units, options, identity()))


def _in_units(one: Keyed, two: Keyed, options: "Options", runner: Runner, known: Known) -> tuple[Compiled, Compiled]:
    """Both versions; of the base what was built is not compiled again, while of the head fields must have places."""
    before = one.only(two.units, two.sources, known.parts)
    after = two.only(one.units, one.sources, known.parts)
    parts = known.parts
    built = {key: parts[key] for key in before if key in parts and holds(parts[key], one.sources, known, texts=True)}
    old = _made(one, {key: unit for key, unit in before.items() if key not in built}, options, runner)
    old += [Made(tuple(built.values()), {})] if built else []
    new = _made(two, after, options, runner)
    same = _same(two, after, options, runner, parts)
    told = [told_by_rego(each.sources, _in_order(each, made, same), options) for each, made in ((one, old), (two, new))]
    return (
        _compiled(one.sources, old, _names(new), told[0], known.read),
        _compiled(two.sources, new, _names(old), told[1]),
    )


def _same(
    version: Keyed, stale: Mapping[str, Unit], options: "Options", runner: Runner, held: Mapping[str, Part]
) -> list[Made]:
    """The units that are the same in both versions, which only policies in Rego look at."""
    if not version.sources.rego:
        return []
    same = {key: unit for key, unit in version.units.items() if key not in stale}
    made = _made(version, {key: unit for key, unit in same.items() if key not in held}, options, runner)
    return [*made, Made(tuple(held[key] for key in same if key in held), {})]


def _in_order(version: Keyed, *several: Sequence[Made]) -> list[Part]:
    """The parts of all units of a version that were made, what all apps share first."""
    parts = {part.key: part for made in several for each in made for part in each.parts}
    return [parts[key] for key in version.units if key in parts]


def _made(version: Keyed, units: Mapping[str, Unit], options: "Options", runner: Runner) -> list[Made]:
    asked = [replace(job, places=True) for job in jobs(version.sources, version.facts, units, options, texts=True)]
    return list(runner(asked, version.sources.folder))


def _names(made: Sequence[Made]) -> tuple[str, ...]:
    parts = [part for each in made for part in each.parts]
    return tuple(environment.name for environment in parts[0].environments) if parts else ()


def _compiled(
    sources: Sources,
    made: Sequence[Made],
    others: tuple[str, ...] = (),
    told: Sequence[Diagnostic] = (),
    read: Callable[[str], str] = str,
) -> Compiled:
    """A version from what was made for it; with nothing made its environments are those of the other one.

    `told` is what policies in Rego say; `read` gives the texts that were made earlier, by path.
    """
    names = _names(made) or others
    parts = [part for each in made for part in each.parts]
    texts = {path: text for each in made for path, text in each.texts.items()}
    found = [*(each for part in parts for each in part.diagnostics), *told]
    states = states_of(parts, texts, names, merged_places(made), read)
    return Compiled(sources, names, merge(found, names), Version("", states, violations(found, names)))


def compiled_whole(sources: Sources, options: "Options") -> Compiled:
    """A version compiled at once; a policy that it breaks does not keep it from being compared."""
    from idpc.pipeline import compile_project

    return of_compilation(compile_project(sources, options))


def of_compilation(compilation: "Compilation") -> Compiled:
    """A version that was compiled as a whole."""
    names = compilation.environments
    states = dict(states_of_compilation(compilation.unjudged or compilation))
    version = Version("", states, violations(compilation.found, names)) if states else None
    return Compiled(compilation.sources, names, compilation.diagnostics, version)


def of_build(built: Built) -> Compiled:
    """A version that was built; files that it kept are as they were on disk."""
    if built.compilation is not None:
        return of_compilation(built.compilation)
    states = states_of(built.parts, built.texts, built.environments, {})
    found = violations(built.diagnostics, built.environments)
    return Compiled(built.sources, built.environments, built.diagnostics, Version("", states, found))
