"""The edit of the sources that gives a field another value in one environment, and in no other."""

from collections.abc import Iterator, Sequence

from idpc.diagnostics.model import Edit, Fix
from idpc.edits import Path, at_end, blocks_by_label, statement, text_of, within
from idpc.graph.expand import expand
from idpc.graph.layers import Record, Said, origins
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.pipeline import Compilation, around
from idpc.syntax.nodes import Block, InStatement, Statement
from idpc.types.declared import RecordInstance
from idpc.values import Value


class Editor:
    """Edits the project's own files; evaluates each environment once more, with what each layer says."""

    def __init__(self, compilation: Compilation) -> None:
        self.compilation = compilation
        self.files = {file.path: file for file in compilation.sources.files}
        self.several = len(compilation.environments) > 1
        self.runs: dict[str, EnvironmentRun] = {}
        self.blocks = blocks_by_label(compilation.modules, self.files)

    def instance(self, environment: str, state: InstanceState, path: Path, value: Value) -> Fix | None:
        """The edit for a field of an instance; None where it is not declared in the project's own files."""
        traced = self._run(environment).states[state.address]
        traced.field(path[0], state.info.span)
        said = next((each for each in reversed(traced.record.history) if each.path == path), None)
        if said is not None and said.rank == len(traced.layers) - 1 and said.span.file in self.files:
            if said.environments == (environment,) or not self.several:
                return self._fix(environment, path, value, self._replaced(said, path, value))
            if said.environments:
                return self._fix(environment, path, value, self._divided(said, environment, path, value))
        holders = [*_around(state)]
        block = self.blocks.get(holders[0].info.span)
        names = tuple(each.info.name for each in holders[1:])
        return None if block is None else self._added(block, environment, names, path, value)

    def environment(self, run: EnvironmentRun, declared: RecordInstance, path: Path, value: Value) -> Fix | None:
        """The edit for a field of an environment."""
        record = Record()
        run.record(declared, said=record)
        place = origins(record).get(".".join(path))
        if place is not None:
            return self._fix(run.name, path, value, Edit(place, text_of(value)))
        block = self.blocks.get(declared.span)
        return None if block is None else self._added(block, "", (), path, value)

    def _run(self, environment: str) -> EnvironmentRun:
        if environment not in self.runs:
            assert self.compilation.evaluated is not None  # noqa: S101  # compiled that far
            known, surroundings = self.compilation.evaluated.runs[environment], around(self.compilation, tracing=True)
            run = self.runs[environment] = EnvironmentRun(known.typed, environment, known.coder, surroundings)
            expand(run)
        return self.runs[environment]

    @staticmethod
    def _fix(environment: str, path: Path, value: Value, edit: Edit) -> Fix:
        where = f" in {environment}" if environment else ""
        return Fix(f"set `{'.'.join(path)}` to {text_of(value)}{where}", (edit,))

    @staticmethod
    def _replaced(said: Said, path: Path, value: Value) -> Edit:
        return Edit(said.span, f"{path[-1]} = {text_of(value)}")

    def _divided(self, said: Said, environment: str, path: Path, value: Value) -> Edit:
        """A statement for several environments, of which one has another value from now on."""
        old = self.files[said.span.file].slice(said.span).partition("=")[2].strip()
        return Edit(said.span, f"{path[-1]} = if environment == {environment} then {text_of(value)} else {old}")

    def _added(self, block: Block, environment: str, names: Path, path: Path, value: Value) -> Fix:
        """A statement more in a block: in the `in` of the environment, if there is one."""
        inside = _inside(block.body, environment)
        named = [environment] if self.several and environment and inside is None else []
        text = within(named, [statement((*names, *path), text_of(value))])
        body = (inside or block).span
        edit = at_end(self.files[body.file], body, [text])
        return self._fix(environment, (*names, *path), value, edit)


def _around(state: InstanceState) -> Iterator[InstanceState]:
    """An instance with the uses of templates that hold it, the outermost first."""
    if state.outer is not None:
        yield from _around(state.outer)
    yield state


def _inside(body: Sequence[Statement], environment: str) -> InStatement | None:
    """The `in` of just this environment."""
    for each in body:
        if isinstance(each, InStatement) and [name.text for name in each.environments] == [environment]:
            return each
    return None
