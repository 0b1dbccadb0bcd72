"""What was measured of instances over some days: percentiles by metric."""

import datetime
from collections.abc import Mapping

from msgspec import Struct

from idpc.types.advice import UTILIZATION
from idpc.types.declared import TypedProgram
from idpc.types.literals import flat
from idpc.types.model import Primitive, RecordType
from idpc.values import Value

STATISTICS = ("p50", "p95", "p99", "max")
LEAST_DAYS = 7
"""With fewer days a week's rhythm is not seen, and nothing follows."""


class Observation(Struct, frozen=True):
    """The percentiles of a metric, and the days from which they are."""

    values: Mapping[str, Value]
    first: datetime.date
    last: datetime.date
    source: str

    @property
    def days(self) -> int:
        """How many days were looked at, the first and the last among them."""
        return (self.last - self.first).days + 1

    @property
    def suffices(self) -> bool:
        """Whether it says enough."""
        return self.days >= LEAST_DAYS

    def record(self) -> dict[str, Value]:
        """What advice reads as `utilization.NAME`."""
        return {**self.values, "days": self.days}


Observations = Mapping[tuple[str, str], Mapping[str, Observation]]
"""By environment and address, and by metric."""


def metrics(typed: TypedProgram) -> dict[str, str]:
    """The unit of each metric that advice may read: a quantity, or `int` or `float` for a plain number."""
    observed = typed.types.get(UTILIZATION)
    fields = observed.fields if isinstance(observed, RecordType) else {}
    found = {}
    for name, field in fields.items():
        record = next((each for each in flat(field.type) if isinstance(each, RecordType)), None)
        type_ = record.fields["p50"].type if record and "p50" in record.fields else None
        if isinstance(type_, Primitive):
            found[name] = type_.name
    return found
