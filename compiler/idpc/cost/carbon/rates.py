"""What one unit of a priced service emits in a region: kWh = vCPU x h x (idle + u x (busy - idle)) / 1000 + memory, disks, network."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from idpc.cost.carbon.factors import Machine, Region, Service, coefficients, machines, processors, regions, services
from idpc.cost.carbon.model import Factor, Rate
from idpc.cost.model import CONFIDENCES, HOURS, digits, plain

Key = tuple[str, str, str]
_DIGITS = Decimal("1e-10")
_KILO = 1000


class Energy(NamedTuple):
    """Before the grid is known: kWh of one unit, and grams for making it, None where nobody says how many."""

    kwh: Decimal
    embodied: Decimal | None
    confidence: str
    factors: tuple[Factor, ...]


class Rates:
    """Rates by name, sku and region, for machines that are so busy on average, in percent; each is worked out once.

    A rate is that of a month, and of a GiB for what the network carries; in its place is a sentence where there is none.
    """

    def __init__(self, utilization: Decimal) -> None:
        self.utilization = utilization
        self.known: dict[Key, Rate | str] = {}
        self.unknown: set[tuple[str, str]] = set()
        """Providers and regions of which no grid is known."""

    def rate(self, name: str, sku: str, region: str) -> Rate | str:
        """What one unit emits; names begin with the provider: `aws/rds/postgres`."""
        key = (name, sku, region)
        if key not in self.known:
            self.known[key] = self._rate(name, sku, region)
        return self.known[key]

    def _rate(self, name: str, sku: str, region: str) -> Rate | str:
        provider, _, service = name.partition("/")
        grid = regions().get((provider, region))
        if grid is None:
            self.unknown.add((provider, region))
            return f"nobody says what the grid of `{region}` emits" if region else "it is in no region"
        for each in services().get((provider, service), ()):
            machine = each.machine(sku)
            if machine is not None:
                energy = _USES[each.uses](each, provider, machine, self.utilization)
                if energy is None:
                    return f"nobody says what `{sku}` is"
                return _emitted(energy, grid, provider, region)
        return f"nobody says how much energy {'`' + name + '`'}{' of `' + sku + '`' if sku else ''} uses"


def _emitted(energy: Energy, grid: Region, provider: str, region: str) -> Rate:
    operational = digits(energy.kwh * grid.pue * grid.grid, _DIGITS)
    embodied = None if energy.embodied is None else digits(energy.embodied, _DIGITS)
    factors = (grid.factor, *energy.factors)
    confidence = max(energy.confidence, grid.confidence, key=CONFIDENCES.index)
    return Rate(provider, region, digits(energy.kwh, _DIGITS), operational, embodied, confidence, factors)


def _machine(_: Service, provider: str, name: str, utilization: Decimal) -> Energy | None:
    """A whole machine: its vCPUs, and its memory beyond that of a chip, which the watts of its vCPUs hold."""
    machine = machines().get((provider, name))
    if machine is None:
        return None
    cpu, memory = _vcpu(provider, machine, utilization), _beyond(provider, machine)
    embodied = None if cpu.embodied is None else cpu.embodied * machine.vcpus
    factors = cpu.factors + memory.factors if memory.kwh else cpu.factors
    return Energy(cpu.kwh * machine.vcpus + memory.kwh, embodied, cpu.confidence, factors)


def _share_of_cpu(_: Service, provider: str, name: str, utilization: Decimal) -> Energy | None:
    machine = machines().get((provider, name))
    return None if machine is None else _vcpu(provider, machine, utilization)


def _share_of_memory(_: Service, provider: str, name: str, utilization: Decimal) -> Energy | None:
    """A GiB of a machine. What making it emitted is counted with the vCPUs."""
    del utilization  # memory uses as much at rest
    machine = machines().get((provider, name))
    if machine is None:
        return None
    beyond = _beyond(provider, machine)
    return beyond._replace(kwh=beyond.kwh / machine.gib, embodied=Decimal(0))


def _vcpu(provider: str, machine: Machine, utilization: Decimal) -> Energy:
    """A vCPU of a machine for a month, with its share of the server."""
    watts, average, factors = _watts(provider, machine.processors, utilization)
    life, lifespan = coefficients()["lifespan"]
    embodied = None
    if machine.server is not None:
        embodied = machine.server * _KILO / machine.shares * HOURS / life
        made = f"{plain(machine.server)} kg for {machine.shares} vCPUs"
        factors = (*factors, Factor(f"making of {provider} {machine.name}", made, machine.source), lifespan)
    return Energy(watts * HOURS / _KILO, embodied, "assumed" if average else "derived", factors)


def _watts(provider: str, names: tuple[str, ...], utilization: Decimal) -> tuple[Decimal, bool, tuple[Factor, ...]]:
    """Of a vCPU at so much work, whether it is the average of the provider, and what it rests on."""
    known = [name for name in names if (provider, name) in processors()] or [""]
    several = [processors()[provider, name] for name in known]
    watts = sum((each.idle + utilization / 100 * (each.busy - each.idle) for each in several), Decimal(0)) / len(
        several
    )
    factors = tuple(
        Factor(
            f"{name or 'average'} processor of {provider}",
            f"{plain(each.idle)} to {plain(each.busy)} W a vCPU, {plain(each.gib)} GiB a chip",
            each.source,
            each.as_of,
        )
        for name, each in zip(known, several, strict=True)
    )
    return watts, known == [""], (*factors, _busy(utilization))


def _busy(utilization: Decimal) -> Factor:
    usual, factor = coefficients()["utilization"]
    return factor if utilization == usual else Factor("utilization", f"{plain(utilization)} %", "the specification")


def _beyond(provider: str, machine: Machine) -> Energy:
    """The memory of a machine that is more than a chip's."""
    known = [processors()[provider, name] for name in machine.processors if (provider, name) in processors()]
    several = known or [processors()[provider, ""]]
    chip = sum((each.gib for each in several), Decimal(0)) / len(several)
    coefficient, factor = coefficients()["memory"]
    return Energy(max(machine.gib - chip, Decimal(0)) * coefficient * HOURS, None, "derived", (factor,))


def _cpu(_: Service, provider: str, name: str, utilization: Decimal) -> Energy:
    """A vCPU of which nobody says on which machine it is."""
    del name
    watts, _average, factors = _watts(provider, (), utilization)
    return Energy(watts * HOURS / _KILO, None, "assumed", factors)


def _by(coefficient: str, hours: Decimal, confidence: str) -> "_Use":
    """A GiB that is kept, as many times as the service keeps it, or carried."""

    def use(service: Service, provider: str, name: str, utilization: Decimal) -> Energy:
        del name, utilization
        amount, factor = coefficients()[coefficient]
        copies = Factor(f"copies of {coefficient} at {provider}", plain(service.copies), service.source)
        factors = (factor, copies) if service.source else (factor,)
        return Energy(amount * service.copies * hours, None, confidence, factors)

    return use


_Use = Callable[[Service, str, str, Decimal], Energy | None]
_USES: Mapping[str, _Use] = {
    "machine": _machine,
    "vcpu": _share_of_cpu,
    "memory": _share_of_memory,
    "cpu": _cpu,
    "ram": _by("memory", HOURS, "derived"),
    "ssd": _by("ssd", HOURS, "derived"),
    "hdd": _by("hdd", HOURS, "derived"),
    "network": _by("network", Decimal(1), "assumed"),
}
