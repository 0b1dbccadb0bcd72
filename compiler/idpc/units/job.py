"""A share of the work as values that go to another process or machine, and what does it there."""

import datetime
from collections.abc import Mapping, Sequence

from msgspec import Struct

from idpc.pipeline import Options
from idpc.project import Package, Sources
from idpc.project.folder import Folder
from idpc.source import SourceFile
from idpc.stages import parsed
from idpc.units.facts import FileFacts
from idpc.units.make import AmbiguousError, make_parts
from idpc.units.part import Made
from idpc.units.split import Unit

Text = tuple[str, str]


class Job(Struct, frozen=True, array_like=True):
    """Units to compile, by their keys, with the texts by path that they are made from.

    `reads`: its units may read further files of the project; `texts`: whether what is made is to be written.
    """

    project: str
    files: tuple[Text, ...]
    crds: tuple[Text, ...]
    packages: tuple[tuple[str, str, tuple[Text, ...]], ...]
    units: dict[str, Unit]
    today: datetime.date
    reads: bool = False
    texts: bool = True
    baseline: frozenset[str] = frozenset()


def job_for(
    sources: Sources, units: Mapping[str, Unit], shared: Sequence[FileFacts], options: Options, *, texts: bool
) -> Job:
    """The job of some units; `shared` are the files that all of them need."""
    wanted = {*(each.path for each in shared), *(path for unit in units.values() for path in unit.files)}
    reads = any(each.reads for each in shared)
    return Job(
        sources.root_name,
        _texts(tuple(file for file in sources.files if file.path in wanted)),
        _texts(sources.crds),
        tuple((each.name, each.folder, _texts(each.files)) for each in sources.packages),
        dict(units),
        options.today,
        reads or any(unit.reads for unit in units.values()),
        texts,
        options.baseline,
    )


def run(job: Job, folder: Folder) -> Made:
    """Do a job; further files are read from the project's folder. Raises NotApartError where units do not stand apart."""
    packages = tuple(Package(name, path, _files(texts)) for name, path, texts in job.packages)
    sources = Sources(job.project, _files(job.files), _files(job.crds), packages, folder=folder)
    of_packages = (file for package in packages for file in package.files)
    modules = [parsed(file).value for file in (*sources.files, *of_packages)]
    options = Options(job.today, baseline=job.baseline)
    try:
        return make_parts(sources, modules, job.units, options, texts=job.texts)
    except AmbiguousError:
        made = [make_parts(sources, modules, {key: unit}, options, texts=job.texts) for key, unit in job.units.items()]
    texts = {path: text for each in made for path, text in each.texts.items()}
    return Made(tuple(part for each in made for part in each.parts), texts)


def _texts(files: Sequence[SourceFile]) -> tuple[Text, ...]:
    return tuple((file.path, file.text) for file in files)


def _files(texts: Sequence[Text]) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(*each) for each in texts)
