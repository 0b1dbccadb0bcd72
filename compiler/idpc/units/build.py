"""Builds a project from what is known of its units, and from the compilation of those that changed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idpc import profile
from idpc.diagnostics import Diagnostic, Severity
from idpc.identity import identity
from idpc.project import Sources
from idpc.project.sources import digest_of_digests
from idpc.stages import parsed
from idpc.units.facts import FileFacts, facts_of
from idpc.units.job import Job, job_for
from idpc.units.join import join
from idpc.units.make import NotApartError, parts_of
from idpc.units.part import FilePart, Made, Part
from idpc.units.runners import Runner, in_turn
from idpc.units.split import BASE, Unit, split
from idpc.units.used import Used

if TYPE_CHECKING:
    from idpc.pipeline import Compilation, Options

BATCH = 64


class Known(Struct, frozen=True):
    """What earlier builds have found: facts by path, parts by key, whether files of a part are as it says, and these."""

    facts: Mapping[str, FileFacts] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    intact: Callable[[Part], bool] = lambda _part: False
    read: Callable[[str], str] = str


class Built(Struct, frozen=True):
    """A build: `texts` are to be written by path, `kept` are files that are on disk already.

    `made` are the units that were compiled for it; `compilation` is there where the project had to be compiled as a
    whole, and then there are no parts.
    """

    sources: Sources
    digest: str
    environments: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str]
    kept: tuple[FilePart, ...] = ()
    facts: tuple[FileFacts, ...] = ()
    parts: tuple[Part, ...] = ()
    made: tuple[str, ...] = ()
    compilation: "Compilation | None" = None

    @property
    def reads(self) -> set[str]:
        """The further files that were read, relative to the project."""
        return {*self.sources.readings, *(path for part in self.parts for path, _ in part.reads)}

    @property
    def there(self) -> dict[str, str]:
        """The SHA-256 by path of the files that are on disk already."""
        return {file.path: file.digest for file in self.kept}


def build(sources: Sources, options: "Options", known: Known, runner: Runner = in_turn, *, texts: bool = True) -> Built:
    """The project built; without `texts` only checked."""
    with profile.stage("units"):
        facts = gather(sources, known)
    units = None if facts is None else split(facts, sources.root_name)
    if facts is None or units is None:
        return whole(sources, options, texts=texts)
    try:
        return _in_parts(sources, options, known, runner, facts, units, texts=texts)
    except NotApartError:
        return whole(sources, options, texts=texts)


def gather(sources: Sources, known: Known) -> tuple[FileFacts, ...] | None:
    """The facts of all files; None where one has a mistake, which is best told with all of the project in view."""
    found = []
    for file in sources.files:
        facts = known.facts.get(file.path)
        if facts is None or facts.digest != file.digest:
            outcome = parsed(file)
            if outcome.diagnostics:
                return None
            facts = facts_of(outcome.value, file, file.digest)
        found.append(facts)
    return tuple(found)


def whole(sources: Sources, options: "Options", *, texts: bool) -> Built:
    """The project compiled at once."""
    from idpc.pipeline import compile_project

    return of_compilation(compile_project(sources, options), texts=texts)


def of_compilation(compilation: "Compilation", *, texts: bool) -> Built:
    """The build of a project that was compiled at once."""
    from idpc.pipeline import artifacts

    made = artifacts(compilation) if texts and compilation.ok else {}
    names, digest = compilation.environments, compilation.sources.digest()
    return Built(compilation.sources, digest, names, compilation.diagnostics, made, compilation=compilation)


def keyed(
    sources: Sources, facts: Sequence[FileFacts], units: Sequence[Unit], options: "Options", compiler: str
) -> dict[str, Unit]:
    """The units by keys, which change with all that they are made from; what all apps share comes first."""
    shared = [each for each in facts if each.common]
    project = _key(
        compiler,
        str(options.today),
        *sorted(options.baseline),
        sources.root_name,
        *(line for file in sources.crds for line in (file.path, file.digest)),
        *(line for each in sources.packages for file in each.files for line in (each.name, file.path, file.digest)),
    )
    base = _key(project, *(line for each in shared for line in (each.path, each.digest)))
    digests = {each.path: each.digest for each in facts}
    used = Used.of(facts, sources.root_name)

    def key(unit: Unit) -> str:
        common = base if len(units) == 1 else _key(project, *used.by(unit.apps))
        return _key(common, *unit.apps, *(digests[path] for path in unit.files), *unit.files)

    keys = {key(unit): unit for unit in units}
    return keys if len(units) == 1 else {base: BASE, **keys}


def _key(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _in_parts(  # noqa: PLR0913  # what one build is made from
    sources: Sources,
    options: "Options",
    known: Known,
    runner: Runner,
    facts: tuple[FileFacts, ...],
    units: Sequence[Unit],
    *,
    texts: bool,
) -> Built:
    keys = keyed(sources, facts, units, options, identity())
    held = {key: part for key in keys if (part := known.parts.get(key)) and holds(part, sources, known, texts=texts)}
    stale = {key: unit for key, unit in keys.items() if key not in held}
    if len(stale) == len(keys) == 1:
        return _at_once(sources, options, facts, keys, texts=texts)
    made = list(runner(list(jobs(sources, facts, stale, options, texts=texts)), sources.folder))
    parts = held | {part.key: part for each in made for part in each.parts}
    return _put_together(sources, options, facts, [parts[key] for key in keys], made)


def _at_once(
    sources: Sources, options: "Options", facts: tuple[FileFacts, ...], keys: Mapping[str, Unit], *, texts: bool
) -> Built:
    """The only unit, compiled here: whatever is wrong is told right away."""
    from idpc.pipeline import compile_whole, judged

    compilation = compile_whole(sources, options)
    try:
        made = parts_of(compilation, keys, texts=texts)
    except NotApartError:
        return of_compilation(judged(compilation), texts=texts)
    return _put_together(sources, options, facts, made.parts, [made])


def _put_together(
    sources: Sources,
    options: "Options",
    facts: tuple[FileFacts, ...],
    parts: Sequence[Part],
    made: Sequence[Made],
) -> Built:
    """A build from the parts of all units; those that were just made bring their texts."""
    digest, new = _digest(sources, facts, parts), tuple(part.unit for each in made for part in each.parts)
    with profile.stage("join"):
        joined = join(parts, digest, sources, options.terms, options.environments, options.changes)
    if any(each.severity is Severity.ERROR for each in joined.diagnostics):
        return Built(sources, digest, joined.environments, joined.diagnostics, {}, (), facts, tuple(parts), new)
    names = {file.path for file in joined.files}
    fresh = {path: text for each in made for path, text in each.texts.items() if path in names}
    texts = fresh | dict(joined.texts)
    kept = tuple(file for file in joined.files if file.path not in texts)
    return Built(sources, digest, joined.environments, joined.diagnostics, texts, kept, facts, tuple(parts), new)


def jobs(
    sources: Sources, facts: Sequence[FileFacts], stale: Mapping[str, Unit], options: "Options", *, texts: bool
) -> Iterator[Job]:
    """Stale units in batches, those that read further files by themselves, since a batch reads as one."""
    shared = [each for each in facts if each.common]
    alone = any(each.reads for each in shared)
    together = [key for key, unit in stale.items() if not (alone or unit.reads)]
    groups = [*batched_keys(together), *((key,) for key in stale if key not in {*together})]
    for keys in groups:
        yield job_for(sources, {key: stale[key] for key in keys}, shared, options, texts=texts)


def batched_keys(keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Keys in batches of about the same size, none over `BATCH`."""
    for start in range(0, len(keys), BATCH):
        yield tuple(keys[start : start + BATCH])


def holds(part: Part, sources: Sources, known: Known, *, texts: bool) -> bool:
    """Whether a part is what compiling its unit would give, and its files are there."""
    if any(sources.read_text(path).digest != digest for path, digest in part.reads):
        return False
    return not texts or known.intact(part)


def _digest(sources: Sources, facts: Iterable[FileFacts], parts: Iterable[Part]) -> str:
    of_packages = (file for package in sources.packages for file in package.files)
    digests = {file.path: file.digest for file in (*sources.crds, *sources.rego, *of_packages)}
    digests |= {each.path: each.digest for each in facts}
    return digest_of_digests(digests | dict(read for part in parts for read in part.reads))
