"""A build in shards: each makes a part of the units wherever it runs, and all of them together are one build."""

import datetime
import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from idpc.diagnostics.renderers import Report
from idpc.identity import release
from idpc.pipeline import Options
from idpc.policy.judge import Terms
from idpc.project import Package, Sources, standard_library
from idpc.project.sources import digest_of_digests
from idpc.source import SourceFile
from idpc.units.build import Built, Known, gather, jobs, keyed, whole
from idpc.units.facts import FileFacts
from idpc.units.join import join
from idpc.units.make import NotApartError
from idpc.units.part import Part
from idpc.units.runners import Runner, in_turn
from idpc.units.split import Unit, split

SUFFIX = ".idpc-shard"
_ASKED = re.compile(r"([1-9][0-9]{0,4})/([1-9][0-9]{0,4})")


class Share(Struct, frozen=True, array_like=True):
    """Which shard of how many: `3/8` is the third of eight."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Share | None":
        """The share that a text like `3/8` asks for, None where it is none."""
        found = _ASKED.fullmatch(text)
        share = cls(int(found[1]), int(found[2])) if found else None
        return share if share and share.number <= share.count else None

    def takes(self, unit: Unit) -> bool:
        """Whether a unit is of this share: every unit is of one, whichever others there are."""
        digest = hashlib.sha256(unit.name.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.number}-of-{self.count}{SUFFIX}"


class Shard(Struct, frozen=True, array_like=True):
    """What one run contributes. `order` has the keys of all units of the project, `sources` the digests of its files.

    `whole` is there where the project had to be compiled as a whole: then it is all of the build, and in every shard.
    `policies` are policies in Rego with their data, `bases` the folders of packages that have some, `terms` on what they
    are judged. `shown` are the sources at which something may be told: those of its units, and those that all share.
    """

    compiler: str
    project: str
    share: Share
    environments: tuple[str, ...]
    today: datetime.date
    sources: dict[str, str]
    order: tuple[str, ...]
    parts: tuple[Part, ...]
    texts: dict[str, str]
    whole: dict[str, str] | None = None
    policies: dict[str, str] = {}
    bases: tuple[str, ...] = ()
    terms: Terms | None = None
    shown: dict[str, str] = {}


class UnlikeShardsError(Exception):
    """Shards that make no build together; the message says why, as a sentence without its full stop."""


def make_shard(
    sources: Sources, options: Options, share: Share, runner: Runner = in_turn
) -> tuple[Shard, Built | None]:
    """The share of a project; with it the whole build where it had to be made, so that its mistakes can be told."""
    facts = gather(sources, Known())
    units = None if facts is None else split(facts, sources.root_name)
    if facts is None or units is None:
        return _whole(sources, options, share)
    keys = keyed(sources, facts, units, options, release())
    mine = {key: unit for key, unit in keys.items() if share.takes(unit)}
    try:
        made = list(runner(list(jobs(sources, facts, mine, options, texts=True)), sources.folder))
    except NotApartError:
        return _whole(sources, options, share)
    parts = tuple(part for each in made for part in each.parts)
    texts = {path: text for each in made for path, text in each.texts.items()}
    rego = {file.path: file.text for file in sources.rego}
    bases = tuple(package.folder for package in sources.packages)
    shown = _shown(sources, facts, mine.values())
    head = _head(sources, options, share)
    return Shard(*head, tuple(keys), parts, texts, None, rego, bases, options.terms, shown), None


def _shown(sources: Sources, facts: Iterable[FileFacts], units: Iterable[Unit]) -> dict[str, str]:
    """The texts of some units' sources, of those with what all apps share, and of packages."""
    paths = {path for unit in units for path in unit.files} | {each.path for each in facts if each.common}
    of_packages = (file for package in sources.packages for file in package.files)
    files = (*(file for file in sources.files if file.path in paths), *of_packages)
    return {file.path: file.text for file in files}


def _whole(sources: Sources, options: Options, share: Share) -> tuple[Shard, Built]:
    built = whole(sources, options, texts=True)
    return Shard(*_head(sources, options, share), (), (), {}, dict(built.texts)), built


def _head(
    sources: Sources, options: Options, share: Share
) -> tuple[str, str, Share, tuple[str, ...], datetime.date, dict[str, str]]:
    digests = {file.path: file.digest for file in sources.all_files()}
    return release(), sources.root_name, share, options.environments, options.today, digests


def written(shard: Shard) -> bytes:
    """A shard as the content of its file."""
    return zlib.compress(msgspec.msgpack.encode(shard), 1)


def read(content: bytes) -> Shard:
    """A shard from the content of its file; raises UnlikeShardsError where it holds none."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(content), type=Shard)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise UnlikeShardsError("it holds no shard that this version of idpc has written") from error


class Merged(NamedTuple):
    """The texts of all files by path, the digest of the sources, the environments, and what only the whole can tell.

    `report` tells that with the sources at hand, in which no secret can be read.
    """

    texts: dict[str, str]
    digest: str
    environments: tuple[str, ...]
    report: Report = Report(())


def merged(shards: Sequence[Shard]) -> Merged:
    """All shards as one build; raises UnlikeShardsError."""
    _check(shards)
    first = shards[0]
    entire = next((shard.whole for shard in shards if shard.whole is not None), None)
    parts = {part.key: part for shard in shards for part in shard.parts}
    digest = digest_of_digests(first.sources | dict(read for part in parts.values() for read in part.reads))
    if entire is not None:
        return Merged(dict(entire), digest, first.environments)
    try:
        joined = join([parts[key] for key in first.order], digest, _policies(first), _terms(first), first.environments)
    except NotApartError as error:
        raise UnlikeShardsError("apps of different shards are in each other's way: build without `--shard`") from error
    texts = {path: text for shard in shards for path, text in shard.texts.items()}
    texts = {file.path: texts[file.path] for file in joined.files} | dict(joined.texts)
    told = {each for part in parts.values() for each in part.diagnostics}
    masked = Report((*told, *joined.diagnostics), _sources(shards)).masked()
    found = tuple(each for each in joined.diagnostics if each not in told)
    return Merged(texts, digest, first.environments, Report(found, masked.files))


def _sources(shards: Iterable[Shard]) -> dict[str, SourceFile]:
    """The sources that the shards hold, and the standard library."""
    texts = {path: text for shard in shards for path, text in (*shard.policies.items(), *shard.shown.items())}
    return {file.path: file for file in (*standard_library(), *(SourceFile(*each) for each in texts.items()))}


def _policies(shard: Shard) -> Sources:
    """The policies in Rego of a project, and nothing else of it."""
    packages = tuple(Package("", folder, ()) for folder in shard.bases)
    rego = tuple(SourceFile(path, text) for path, text in shard.policies.items())
    return Sources(shard.project, (), packages=packages, rego=rego)


def _terms(shard: Shard) -> Terms:
    return shard.terms or Terms(shard.today)


def _check(shards: Sequence[Shard]) -> None:
    """Refuse shards that are not all of one build, each once."""
    first = shards[0]
    alike: Mapping[str, Sequence[object]] = {
        "other versions of idpc": [shard.compiler for shard in shards],
        "other projects": [shard.project for shard in shards],
        "other numbers of shards": [shard.share.count for shard in shards],
        "other sources": [shard.sources for shard in shards],
        "other days or environments": [(shard.today, shard.environments) for shard in shards],
    }
    for what, values in alike.items():
        if any(value != values[0] for value in values):
            raise UnlikeShardsError(f"the shards are of {what}")
    numbers = sorted(shard.share.number for shard in shards)
    missing = sorted({*range(1, first.share.count + 1)} - {*numbers})
    if missing:
        raise UnlikeShardsError(f"shard {missing[0]} of {first.share.count} is missing")
    if len({*numbers}) < len(numbers):
        raise UnlikeShardsError("a shard is there twice")
