"""Reads a table of measurements: comma-separated values, one line for each metric of an instance in an environment.

Its first line is `environment,address,metric,unit,p50,p95,p99,max,from,to`. A metric is one of `Utilization`, or the path of a
field that only the cost depends on, such as `usage.requests`, of which the middle month counts. The unit is a suffix of the
language, `B` for bytes, and empty for plain numbers; `from` and `to` are the first and the last day.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct, field

from idpc.advice.observed import STATISTICS, Observation, metrics
from idpc.diagnostics import Diagnostic, Outcome
from idpc.diagnostics.codes import cost as codes
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.resolve import did_you_mean
from idpc.source import SourceFile, Span
from idpc.types.literals import flat
from idpc.types.model import Primitive, RecordType, Refined, Type
from idpc.types.quantities import SUFFIXES, parse_quantity
from idpc.values import Quantity, Value

COLUMNS = ("environment", "address", "metric", "unit", *STATISTICS, "from", "to")
USAGE = "usage"
_CELL = re.compile(r'"(?:[^"]|"")*"|[^,]*')
_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?")
_MOST = Decimal(10) ** 18


class Cell(NamedTuple):
    """A cell of the table, and where it stands."""

    text: str
    span: Span


class Measured(Struct, frozen=True):
    """What a table says: of how busy things are, and of how much of them is used."""

    observations: dict[tuple[str, str], dict[str, Observation]] = field(default_factory=dict)
    usage: dict[str, dict[str, dict[tuple[str, ...], Value]]] = field(default_factory=dict)


class BadRowError(Exception):
    """A row that says nothing; the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def measurements(file: SourceFile, runs: Mapping[str, EnvironmentRun]) -> Outcome[Measured]:
    """What a table says of the instances of a project, and what is wrong with it."""
    rows = list(_rows(file))
    if not rows or tuple(cell.text for cell in rows[0]) != COLUMNS:
        end = len(file.text.partition("\n")[0])
        message = f"the first line of `{file.path}` is not `{','.join(COLUMNS)}`"
        return Outcome(
            Measured(), (codes.BAD_MEASUREMENTS.at(Span(file.path, 0, end), message, hint="not these columns"),)
        )
    reader = Reader(file.path, runs)
    for row in rows[1:]:
        try:
            reader.read(row)
        except BadRowError as error:
            reader.diagnostics.append(error.diagnostic)
    return Outcome(reader.measured, tuple(reader.diagnostics))


def _rows(file: SourceFile) -> Iterator[list[Cell]]:
    start = 0
    for line in file.text.splitlines(keepends=True):
        if line.strip():
            yield list(_cells(line.rstrip("\r\n"), file.path, start))
        start += len(line)


def _cells(line: str, path: str, start: int) -> Iterator[Cell]:
    at = 0
    while at <= len(line):
        found = _CELL.match(line, at)
        text = found.group() if found else ""
        inner = text[1:-1].replace('""', '"') if text.startswith('"') and len(text) > 1 else text
        yield Cell(inner.strip(), Span(path, start + at, start + at + len(text)))
        at += len(text) + 1


class Reader:
    """Reads row by row, and keeps what it finds wrong."""

    def __init__(self, path: str, runs: Mapping[str, EnvironmentRun]) -> None:
        self.path, self.runs = path, runs
        self.measured = Measured()
        self.diagnostics: list[Diagnostic] = []
        self.seen: dict[tuple[str, str, str], Span] = {}

    def read(self, row: list[Cell]) -> None:
        """Take one row; raises BadRowError."""
        whole = row[0].span.to(row[-1].span)
        if len(row) != len(COLUMNS):
            raise _bad(whole, f"this line has {len(row)} columns, not {len(COLUMNS)}", "not as many as the first line")
        cells = dict(zip(COLUMNS, row, strict=True))
        state, run = self._instance(cells)
        path, unit = _unit(cells["metric"], state, run)
        values = _values(cells, unit)
        first, last = _days(cells)
        self._once(cells, whole)
        environment, address = run.name, str(state.address)
        if path:
            whole_number = unit == "int"
            self.measured.usage.setdefault(environment, {}).setdefault(address, {})[path] = (
                _whole(values["p50"]) if whole_number else values["p50"]
            )
        else:
            found = self.measured.observations.setdefault((environment, address), {})
            found[cells["metric"].text] = Observation(values, first, last, self.path)

    def _instance(self, cells: Mapping[str, Cell]) -> tuple[InstanceState, EnvironmentRun]:
        name, address = cells["environment"], cells["address"]
        run = self.runs.get(name.text)
        if run is None:
            raise _unknown(name, f"there is no environment `{name.text}`", self.runs)
        states = {str(each): state for each, state in run.states.items()}
        if address.text not in states:
            raise _unknown(address, f"there is no `{address.text}` in {name.text}", states)
        return states[address.text], run

    def _once(self, cells: Mapping[str, Cell], whole: Span) -> None:
        key = (cells["environment"].text, cells["address"].text, cells["metric"].text)
        if key in self.seen:
            raise _bad(whole, f"`{key[2]}` of `{key[1]}` in {key[0]} is told twice", "told before")
        self.seen[key] = whole


def _unit(metric: Cell, state: InstanceState, run: EnvironmentRun) -> tuple[tuple[str, ...], str]:
    """The path of a field and its unit; no path for a metric of utilization."""
    known = metrics(run.typed)
    if metric.text in known:
        return (), known[metric.text]
    usage = {
        f"{USAGE}.{name}": unit for name, each in _usage_fields(state).items() if (unit := _unit_of(each)) is not None
    }
    if metric.text not in usage:
        raise _unknown(metric, f"`{metric.text}` is not measured of a `{state.kind.name}`", {**known, **usage})
    return tuple(metric.text.split(".")), usage[metric.text]


def _usage_fields(state: InstanceState) -> Mapping[str, Type]:
    found = state.kind.fields.get(USAGE)
    record = next((each for each in flat(found.type) if isinstance(each, RecordType)), None) if found else None
    return {name: each.type for name, each in record.fields.items()} if record else {}


def _unit_of(type_: Type) -> str | None:
    for each in flat(type_):
        if isinstance(each, Refined):
            return each.base.name
        if isinstance(each, Primitive):
            return each.name
    return None


def _values(cells: Mapping[str, Cell], unit: str) -> dict[str, Value]:
    """The percentiles, which rise."""
    numbers = {name: _number(cells[name], name) for name in STATISTICS}
    for low, high in pairwise(STATISTICS):
        if numbers[low] > numbers[high]:
            span = cells[low].span.to(cells[high].span)
            raise _bad(span, f"`{low}` is more than `{high}`", "percentiles rise")
    return {name: in_unit(number * _scale(cells["unit"], unit), unit) for name, number in numbers.items()}


def _number(cell: Cell, name: str) -> Decimal:
    if not _NUMBER.fullmatch(cell.text) or Decimal(cell.text) > _MOST:
        raise _bad(cell.span, f"`{name}` is `{cell.text}`, which is no amount", "a number, not negative")
    return Decimal(cell.text)


def _scale(cell: Cell, unit: str) -> Decimal:
    """How much one of a column's unit is, in what quantities count."""
    if unit in ("int", "float"):
        if cell.text:
            raise _wrong_unit(cell, "no unit: it is a plain number")
        return Decimal(1)
    if unit == "bytes" and cell.text == "B":
        return Decimal(1)
    one = parse_quantity(f"1{cell.text}", unit)
    if one is None:
        known = [f"`{each}`" if each else "nothing" for each in (*SUFFIXES[unit], *(("B",) if unit == "bytes" else ()))]
        raise _wrong_unit(cell, f"one of {', '.join(known)}")
    return Decimal(one.amount)


def in_unit(amount: Decimal, unit: str) -> Value:
    """A value of a unit from an amount as quantities count: what is not whole is rounded up, so that nothing becomes too little."""
    if unit in ("int", "float"):
        return float(amount)
    return Quantity(unit, amount if unit == "percent" else int(amount.to_integral_value(ROUND_CEILING)))


def _whole(value: Value) -> Value:
    return int(value) if isinstance(value, float) else value


def _days(cells: Mapping[str, Cell]) -> tuple[datetime.date, datetime.date]:
    first, last = (_day(cells[name], name) for name in ("from", "to"))
    if first > last:
        raise _bad(cells["from"].span.to(cells["to"].span), "`from` is after `to`", "the first day, then the last")
    return first, last


def _day(cell: Cell, name: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(cell.text)
    except ValueError:
        raise _bad(cell.span, f"`{name}` is `{cell.text}`, which is no day", "as in 2026-11-14") from None


def _bad(span: Span, message: str, hint: str) -> BadRowError:
    return BadRowError(codes.BAD_MEASUREMENTS.at(span, message, hint=hint))


def _wrong_unit(cell: Cell, wanted: str) -> BadRowError:
    return BadRowError(
        codes.UNKNOWN_MEASUREMENT.at(cell.span, f"`{cell.text}` is not a unit of this metric", hint=f"it has {wanted}")
    )


def _unknown(cell: Cell, message: str, known: Mapping[str, object]) -> BadRowError:
    near = did_you_mean(cell.text, known)
    hint = f"did you mean `{near}`?" if near else "not in this project"
    return BadRowError(codes.UNKNOWN_MEASUREMENT.at(cell.span, message, hint=hint))
