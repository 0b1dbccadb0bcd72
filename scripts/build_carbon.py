"""Makes `stdlib/carbon/*.csv` from tables of public carbon factors: `python scripts/build_carbon.py FOLDER`.

The folder has `carbon.csv` (grids and PUE of regions), `carbon_cpu.csv` (watts of processors) and `carbon_embodied_*.csv`
(what making the servers of machine types emitted). Regions that the language does not know are left out, as are rows that
say UNCERTAIN. What stands in no table, such as how many vCPUs a type has, is said below with its source.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1] / "stdlib"
FOLDER = ROOT / "carbon"
PROVIDERS = ("aws", "gcp", "azure")
CCF = "cloud-carbon-footprint@0656d55"
METHOD = f"{CCF}:microsite/docs/HowItWorks/Methodology.md"
WATTS = {
    "aws": ("ccf-coefficients@b0032d9:output/coefficients-aws-use.csv", "2026-03-09"),
    "gcp": ("ccf-coefficients@b0032d9:output/coefficients-gcp-use.csv", "2026-03-09"),
    "azure": ("ccf-coefficients:output/coefficients-azure-use.csv", ""),
}
"""Where the watts are from. Their date is that of the newest measurements among them, as the repository names its files."""
EMBODIED = "ccf-coefficients:output/coefficients-{}-embodied.csv"
DATES = {"aws": "2022-03-01", "azure": "2022-03-01"}
"""Of the newest source that Cloud Carbon Footprint names for its grids; for those of GCP it names no date."""

AVERAGES = (
    ("aws", "0.74", "3.5", "80.69", METHOD, "2022-03-01"),
    ("gcp", "0.71", "4.26", "", METHOD, "2022-03-01"),
    ("azure", "0.78", "3.76", "80.47", METHOD, "2022-03-01"),
)
"""Watts at rest and at work, and GiB a chip, of a cloud's processors on average, for machines of which nobody says what they have."""
COEFFICIENTS = (
    ("utilization", "50", "%", METHOD),
    ("lifespan", "35040", "h", METHOD),
    ("memory", "0.000392", "kWh/GiB-hour", METHOD),
    ("ssd", "0.0000012", "kWh/GiB-hour", METHOD),
    ("hdd", "0.00000065", "kWh/GiB-hour", METHOD),
    ("network", "0.001", "kWh/GiB", METHOD),
)
"""Gigabytes of the source count as GiB, as they do in price lists; 1.2 Wh and 0.65 Wh a terabyte-hour are 1,000 times as many."""


class Service(NamedTuple):
    """What of a service uses energy: a machine, its `vcpu` or its `memory`, or `cpu`, `ram`, disks and the network by themselves.

    `skus` are patterns in which `*` stands for a machine's name; all skus where there is none.
    """

    provider: str
    service: str
    uses: str
    skus: str = ""
    copies: str = "1"


COPIES = f"{CCF}:packages/{{}}/src/domain/{{}}FootprintEstimationConstants.ts REPLICATION_FACTORS"
SERVICES = (
    Service("aws", "ec2/linux", "machine", "*"),
    Service("aws", "ec2/spot", "machine", "*"),
    Service("aws", "rds/postgres", "machine", "db.*"),
    Service("aws", "rds/mysql", "machine", "db.*"),
    Service("aws", "docdb/instance", "machine", "db.*"),
    Service("aws", "elasticache/valkey", "machine", "cache.*"),
    Service("aws", "msk/instance", "machine", "kafka.*"),
    Service("aws", "opensearch/instance", "machine", "*.search"),
    Service("aws", "node/vcpu", "vcpu", "*"),
    Service("aws", "node/memory", "memory", "*"),
    Service("aws", "rds/gp3", "ssd"),
    Service("aws", "docdb/storage", "ssd", copies="2"),
    Service("aws", "ebs/gp3", "ssd", copies="2"),
    Service("aws", "msk/storage", "ssd", copies="2"),
    Service("aws", "opensearch/gp3", "ssd", copies="2"),
    Service("aws", "s3/storage", "hdd", copies="3"),
    Service("aws", "cloudfront/egress", "network"),
    Service("aws", "internet/egress", "network"),
    Service("gcp", "compute/linux", "machine", "*"),
    Service("gcp", "cloud-sql/postgres", "machine", "*"),
    Service("gcp", "cloud-sql/mysql", "machine", "*"),
    Service("gcp", "managed-kafka/vcpu", "cpu"),
    Service("gcp", "memorystore/redis", "ram", "standard-*", "2"),
    Service("gcp", "memorystore/redis", "ram", "basic-*"),
    Service("gcp", "node/vcpu", "vcpu", "*"),
    Service("gcp", "node/memory", "memory", "*"),
    Service("gcp", "cloud-sql/ssd", "ssd"),
    Service("gcp", "compute/pd-balanced", "ssd"),
    Service("gcp", "gcs/storage", "hdd", copies="2"),
    Service("gcp", "cdn/egress", "network"),
    Service("gcp", "internet/egress", "network"),
    Service("azure", "vm/linux", "machine", "*"),
    Service("azure", "postgresql/flexible_server", "machine", "B_*|GP_*|MO_*"),
    Service("azure", "mysql/flexible_server", "machine", "B_*|GP_*|MO_*"),
    Service("azure", "node/vcpu", "vcpu", "*"),
    Service("azure", "node/memory", "memory", "*"),
    Service("azure", "postgresql/storage", "ssd", copies="3"),
    Service("azure", "mysql/storage", "ssd", copies="3"),
    Service("azure", "mongodb/storage", "ssd", copies="3"),
    Service("azure", "managed_disk/premium", "ssd", copies="3"),
    Service("azure", "blob/storage", "hdd", copies="3"),
    Service("azure", "front_door/egress", "network"),
    Service("azure", "internet/egress", "network"),
)

SIZES = {"large": 2, "xlarge": 4, **{f"{count}xlarge": 4 * count for count in (2, 4, 8)}}
BURSTABLE = {"micro": (2, 1), "small": (2, 2), "medium": (2, 4), "large": (2, 8), "xlarge": (4, 16), "2xlarge": (8, 32)}
"""vCPUs, and GiB. https://aws.amazon.com/ec2/instance-types/"""
GIB = {"c": 2, "m": 4, "r": 8}
"""For each vCPU."""


class Family(NamedTuple):
    """Machines of AWS: their processors, as Cloud Carbon Footprint knows them, and another family that stands on the same servers."""

    name: str
    processors: str = ""
    like: str = ""


FAMILIES = (
    Family("t3", "Cascade Lake", "m5"),
    Family("t3a", "EPYC 1st Gen", "m5a"),
    Family("t4g", "Graviton2", "m6g"),
    Family("c5", "Cascade Lake|Skylake"),
    Family("c5a", "EPYC 2nd Gen"),
    Family("c6g", "Graviton2"),
    Family("c6i"),
    Family("c7g", "Graviton3"),
    Family("c7i"),
    Family("m5", "Skylake"),
    Family("m5a", "EPYC 1st Gen"),
    Family("m6a"),
    Family("m6g", "Graviton2"),
    Family("m6i"),
    Family("m7g", "Graviton3"),
    Family("m7i"),
    Family("r5", "Cascade Lake|Skylake"),
    Family("r5a", "EPYC 1st Gen"),
    Family("r6g", "Graviton2"),
    Family("r6i"),
    Family("r7g", "Graviton3"),
)
"""Of Ice Lake and what came after it, it knew no watts when it named them, and takes the average of AWS; so does this."""
AZURE = {
    "Standard_B1ms": (1, 2),
    "Standard_B2s": (2, 4),
    "Standard_B2ms": (2, 8),
    **{f"Standard_D{cpus}{kind}_v5": (cpus, 4 * cpus) for kind in ("s", "ds", "ads") for cpus in (2, 4, 8, 16, 32)},
    **{f"Standard_E{cpus}{kind}_v5": (cpus, 8 * cpus) for kind in ("s", "ds", "ads") for cpus in (2, 4, 8, 16, 32)},
    **{f"Standard_D{cpus}s_v3": (cpus, 4 * cpus) for cpus in (2, 4, 8, 16, 32)},
    "Standard_E4s_v3": (4, 32),
    "Standard_E4ds_v4": (4, 32),
}
"""vCPUs and GiB. https://learn.microsoft.com/azure/virtual-machines/sizes/overview"""
GOOGLE = {
    f"{family}-{kind}-{cpus}": (cpus, gib * cpus)
    for family, kinds in (
        ("e2", {"standard": Decimal(4), "highmem": Decimal(8), "highcpu": Decimal(1)}),
        ("n2", {"standard": Decimal(4), "highmem": Decimal(8), "highcpu": Decimal(1)}),
        ("n2d", {"standard": Decimal(4), "highmem": Decimal(8), "highcpu": Decimal(1)}),
        ("c4", {"standard": Decimal("3.75"), "highmem": Decimal("7.75"), "highcpu": Decimal(2)}),
    )
    for kind, gib in kinds.items()
    for cpus in (2, 4, 8, 16, 32)
}
"""vCPUs and GiB. https://cloud.google.com/compute/docs/general-purpose-machines"""
CUSTOM = ((1, 3840), (2, 8192), (8, 53248))
"""The machines of Cloud SQL that the catalog has: vCPUs and MiB; what servers they stand on is not known."""


class Machine(NamedTuple):
    """A type of machines; `server` is what making a whole server emitted, in kilograms, and `shares` its vCPUs. Empty is unknown."""

    provider: str
    machine: str
    vcpus: int
    gib: Decimal
    processors: str
    server: str
    shares: str
    source: str


class Server(NamedTuple):
    """What making a server emitted at most and at least, on average, and the processors that it may have."""

    kilograms: Decimal
    processors: str
    family: str


def main(folder: str) -> None:
    """Write all tables."""
    tables = Path(folder)
    _write(
        "regions.csv",
        "provider region grid pue source as_of confidence partition",
        _regions(_read(tables / "carbon.csv")),
    )
    _write(
        "processors.csv", "provider processor idle busy gib source as_of", _processors(_read(tables / "carbon_cpu.csv"))
    )
    servers = {each: _servers(_read(tables / f"carbon_embodied_{each}.csv")) for each in PROVIDERS}
    machines = (*_aws(servers["aws"]), *_google(servers["gcp"]), *_azure(servers["azure"]))
    _write("machines.csv", " ".join(Machine._fields), sorted(machines))
    _write("services.csv", "provider service uses skus copies source", _services())
    _write("coefficients.csv", "name value unit source", COEFFICIENTS)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _regions(rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, ...]]:
    """The regions that the language knows; a row under the region's own name goes before one in another spelling."""
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for row in rows:
        key = row["provider"], row["region"].lower()
        if "UNCERTAIN" not in row["source"] and (key not in found or row["region"] == key[1]):
            found[key] = row
    for provider in PROVIDERS:
        for region in sorted(_known(provider)):
            row = found.get((provider, region))
            if row:
                date = DATES.get(provider, "") if row["source"].startswith("cloud-carbon-footprint") else ""
                # Google's factors are those of the grid less the share of energy without carbon that it states for the region.
                confidence = "derived" if provider == "gcp" else "exact"
                factors = row["grid_gco2_per_kwh"], row["pue"], row["source"]
                yield provider, region, *factors, date, confidence, _partition(provider, region)


def _partition(provider: str, region: str) -> str:
    """The part of a cloud that takes accounts of its own, as the standard library names it; empty for the one for everybody."""
    text = (ROOT / "identity.platform").read_text(encoding="utf-8")
    listed = re.search(rf"let {provider}_partitions: [^=]*= *{{(.*?)}}\n", text, re.DOTALL)
    parts = re.findall(r'"([^"]+)" = "([^"]+)"', listed[1]) if listed else ()
    return next((partition for begin, partition in parts if region.startswith(begin)), "")


def _known(provider: str) -> set[str]:
    """The names of regions in the files of the standard library that list them."""
    name, declared = {
        "aws": ("zones.platform", "aws_zone_letters"),
        "gcp": ("regions.platform", "gcp_regions"),
        "azure": ("azure.platform", "azure_(?:un)?paired"),
    }[provider]
    text = (ROOT / name).read_text(encoding="utf-8")
    lists = re.findall(rf"let {declared}: [^=]*= *[\[{{](.*?)[\]}}]\n", text, re.DOTALL)
    return {region for each in lists for region in re.findall(r'"([a-z0-9-]+)"', each)}


def _processors(rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, ...]]:
    for provider, *watts, gib, source, date in AVERAGES:
        several = [Decimal(row["gb_per_chip"]) for row in rows if row["provider"] == provider]
        yield provider, "", *watts, gib or _short(str(sum(several) / len(several))), source, date
    for row in rows:
        watts = row["min_watts_per_vcpu"], row["max_watts_per_vcpu"]
        yield (
            row["provider"],
            row["architecture"],
            *map(_short, watts),
            _short(row["gb_per_chip"]),
            *WATTS[row["provider"]],
        )


def _servers(rows: Iterable[Mapping[str, str]]) -> dict[str, Server]:
    """Servers by the machines that stand on them; of several that one may stand on, the mean."""
    several: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        several.setdefault(row["type"], []).append(row)
    return {
        name: Server(
            sum((Decimal(row["total"]) for row in found), Decimal(0)) / len(found),
            "|".join(sorted({row.get("microarchitecture", "") for row in found} - {"", "Unknown"})),
            found[0].get("family", name.partition(".")[0]),
        )
        for name, found in several.items()
    }


def _aws(servers: Mapping[str, Server]) -> Iterator[Machine]:
    largest = _largest(servers, r"[a-z0-9]+\.(\d+)xlarge", 4)
    for family in FAMILIES:
        sizes = BURSTABLE if family.like else {size: (cpus, GIB[family.name[0]] * cpus) for size, cpus in SIZES.items()}
        for size, (cpus, gib) in sizes.items():
            name = f"{family.name}.{size}"
            shares = largest.get(family.like or family.name, 0)
            if name in servers or not shares:  # of a family that is known, all sizes are
                yield _machine("aws", name, cpus, Decimal(gib), family.processors, servers.get(name), shares)


def _google(servers: Mapping[str, Server]) -> Iterator[Machine]:
    largest = _largest(servers, r"[a-z0-9]+-[a-z]+-(\d+)", 1)
    for name, (cpus, gib) in GOOGLE.items():
        yield _on_its_server("gcp", name, cpus, gib, servers.get(name), largest)
    for cpus, mebibytes in CUSTOM:
        yield _machine("gcp", f"db-custom-{cpus}-{mebibytes}", cpus, Decimal(mebibytes) / 1024, "", None, 0)


def _azure(servers: Mapping[str, Server]) -> Iterator[Machine]:
    largest = _largest(servers, r"[A-Z](\d+)\w* ?(?:v\d)?", 1)
    by_name = {name.lower().replace(" ", "_"): server for name, server in servers.items()}
    for name, (cpus, gib) in AZURE.items():
        server = by_name.get(name.removeprefix("Standard_").lower())
        yield _on_its_server("azure", name, cpus, Decimal(gib), server, largest)


def _on_its_server(  # noqa: PLR0913  # a row
    provider: str, name: str, cpus: int, gib: Decimal, server: Server | None, largest: Mapping[str, int]
) -> Machine:
    """A machine with the processors of the server that it stands on, and its share of the largest of the family."""
    processors, shares = (server.processors, largest.get(server.family, 0)) if server else ("", 0)
    return _machine(provider, name, cpus, gib, processors, server, shares)


def _largest(servers: Mapping[str, Server], pattern: str, times: int) -> dict[str, int]:
    """The vCPUs of the largest machine of each family, which has a server for itself."""
    found: dict[str, int] = {}
    for name, server in servers.items():
        size = re.fullmatch(pattern, name)
        if size:
            found[server.family] = max(found.get(server.family, 0), int(size[1]) * times)
    return found


def _machine(  # noqa: PLR0913  # a row
    provider: str, name: str, cpus: int, gib: Decimal, processors: str, server: Server | None, shares: int
) -> Machine:
    if server is None or not shares:
        return Machine(provider, name, cpus, gib, processors, "", "", "")
    kilograms = _short(str(server.kilograms))
    return Machine(provider, name, cpus, gib, processors, kilograms, str(shares), EMBODIED.format(provider))


def _services() -> Iterator[tuple[str, ...]]:
    titles = {"aws": "Aws", "gcp": "Gcp", "azure": "Azure"}
    for each in SERVICES:
        yield *each, COPIES.format(each.provider, titles[each.provider]) if each.copies != "1" else ""


def _short(number: str) -> str:
    """A number with as many digits as make a difference."""
    return format(Decimal(number).quantize(Decimal("1e-8")).normalize(), "f")


def _write(name: str, header: str, rows: Iterable[Iterable[object]]) -> None:
    with (FOLDER / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1])
