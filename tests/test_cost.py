"""What things cost: sums worked out by hand from the unit prices of the lists, tiers, and what holds of every sum."""

import datetime
import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import ROOT

from idpc.address import Address
from idpc.cost.book import Book
from idpc.cost.document import cost_document
from idpc.cost.estimate import lines
from idpc.cost.model import Price, Tier, cents
from idpc.cost.published import CostDocument
from idpc.cost.tables import COLUMNS, indices, listed
from idpc.pipeline import Options, compile_project
from idpc.project import Sources
from idpc.values import PriceTerm

TODAY = datetime.date(2026, 11, 1)
IMAGE = 'image = "ghcr.io/acme/web:1.0.0"'


def sheet_of(cloud: str, region: str, instance: str, *, before: str = "", settings: str = ""):
    project = f'project acme {{ language = "2026.1"\n{settings}\n}}\n'
    environment = f'environment prod {{ cloud = "{cloud}", region = "{region}" }}\n'
    sources = Sources.of({"project.platform": f"{project}{before}\n{environment}app shop {{\n{instance}\n}}\n"})
    compilation = compile_project(sources, Options(today=TODAY))
    assert compilation.ok, [each.message for each in compilation.diagnostics]
    return compilation.sheets["prod"]


# Each with its sum as a person would do it, with the unit prices of `stdlib/prices/`.
BY_HAND = [
    # 730 h of db.m6g.large at 0.176, and 100 GiB at 0.127: 128.48 + 12.70
    ("aws", "eu-west-1", 'postgres x { size = "medium", storage = 100Gi }', "141.18"),
    # Two machines of 730 h at 0.859, two disks of 200 GiB at 0.115 of us-east-1 times 1.0000: 1,254.14 + 46.00
    ("aws", "us-west-2", 'mysql x { size = "large", storage = 200Gi, high_availability = true }', "1300.14"),
    # 730 h of cache.t4g.medium at 0.0576
    ("aws", "eu-central-1", "redis x { memory = 2Gi }", "42.05"),
    # 500 GiB at 0.023, 2,000 thousand reads at 0.0004, 100 thousand writes at 0.005: 11.50 + 0.80 + 0.50
    ("aws", "us-east-1", "bucket x { usage { storage = 500Gi, reads = 2_000_000, writes = 100_000 } }", "12.80"),
    # 10 million at 0.50
    ("aws", "us-east-1", "queue x { fifo = true, usage { requests = 10_000_000 } }", "5.00"),
    # The first million is free, two at 0.50
    ("aws", "us-east-1", "topic x { usage { requests = 3_000_000 } }", "1.00"),
    # Three pods on average: 1.5 vCPU and 3 GiB for 730 h at 0.033 and 0.00375: 36.135 + 8.2125
    ("aws", "us-east-1", f"service x {{ {IMAGE}, port = 80, cpu = 500m, memory = 1Gi, replicas = 2..4 }}", "44.35"),
    # 730 h of 2 vCPU at 0.0413 and 8 GiB at 0.007, 100 GiB at 0.17: 101.178 + 17.00
    ("gcp", "us-central1", 'postgres x { size = "medium", storage = 100Gi }', "118.18"),
    # 8 GiB of the tier M2 at 730 times 0.027
    ("gcp", "us-central1", "redis x { memory = 8Gi }", "157.68"),
    # Two pods: 0.5 vCPU and 1 GiB for 730 h at 0.02399337 and 0.00321609: 8.7576 + 2.3477
    ("gcp", "europe-west1", f"service x {{ {IMAGE}, port = 80, cpu = 250m, memory = 512Mi, replicas = 2 }}", "11.11"),
    # 730 h at 0.203 of westus over 1.0749, a disk of 128 GiB at 0.12: 137.864 + 15.36
    ("azure", "eastus", 'postgres x { size = "medium", storage = 100Gi }', "153.22"),
    # 13 million free, 87 at 0.80, 100 at 0.50: 69.60 + 50.00
    ("azure", "westeurope", "queue x { usage { requests = 200_000_000 } }", "119.60"),
    # 1 vCPU and 4 GiB for 730 h at 0.039 and 0.004625: 28.47 + 13.505
    ("azure", "westeurope", f"service x {{ {IMAGE}, port = 80, cpu = 1, memory = 4Gi }}", "41.98"),
]


@pytest.mark.parametrize(("cloud", "region", "instance", "expected"), BY_HAND)
def test_a_sum_is_the_one_worked_out_by_hand(cloud, region, instance, expected):
    assert str(cents(sheet_of(cloud, region, instance).total.expected)) == expected


def test_a_range_of_replicas_has_its_ends():
    total = sheet_of("aws", "us-east-1", f"service x {{ {IMAGE}, port = 80, cpu = 1, replicas = 2..4 }}").total
    low, high = (
        sheet_of("aws", "us-east-1", f"service x {{ {IMAGE}, port = 80, cpu = 1, replicas = {n} }}") for n in (2, 4)
    )
    assert (total.low, total.high) == (low.total.expected, high.total.expected)
    assert total.expected == (total.low + total.high) / 2


def test_usage_that_nobody_states_is_a_range_which_says_what_was_assumed():
    sheet = sheet_of("aws", "us-east-1", "bucket x { usage { storage = 1Gi } }")
    lines = {line.part: line for line in sheet.lines}
    assert (lines["storage"].price.confidence, lines["storage"].assumption) == ("derived", "")
    # At most a million reads at 0.0004 a thousand, of which half are expected.
    assert lines["reads"].amount == (0, Decimal("0.2"), Decimal("0.4"))
    assert lines["reads"].price.confidence == "assumed"
    assert lines["reads"].assumption == "0 to 1000000 request assumed: `usage` tells better"


def test_usage_without_an_assumption_has_no_price():
    kind = 'kind meter { used: int? = null, price any { use = price("aws/s3/reads", quantity = used) } }'
    sheet = sheet_of("aws", "us-east-1", "meter x { }", before=kind)
    assert [part.part for part in sheet.unpriced] == ["use"]
    assert not list(sheet.lines)


def test_an_assumption_holds_only_where_nobody_says_how_much():
    kind = """
kind meter {
  used: int? = null
  price any { use = price("aws/s3/reads", quantity = used, assumed = 0..2_000) * 3 }
}
"""
    said = [sheet_of("aws", "us-east-1", f"meter x {{ {each} }}", before=kind).total for each in ("", "used = 500")]
    assert said[0] == (0, Decimal("0.0012"), Decimal("0.0024"))
    assert said[1] == (Decimal("0.0006"),) * 3


def test_replicas_of_each_environment_by_hand():
    text = """
project acme { language = "2026.1" }
environment dev { cloud = "aws", region = "us-east-1" }
environment prod { cloud = "aws", region = "us-east-1" }
app shop {
  service web { image = "ghcr.io/acme/web:1.0.0", port = 80, cpu = 500m, memory = 1Gi, replicas = 2, in prod { replicas = 6 } }
}
"""
    sheets = compile_project(Sources.of({"project.platform": text}), Options(today=TODAY)).sheets
    # A pod is half a vCPU at 0.033 and a GiB at 0.00375 for 730 h: 14.7825; two of them, and six.
    assert {name: str(cents(sheet.total.expected)) for name, sheet in sheets.items()} == {
        "dev": "29.57",
        "prod": "88.70",
    }


def test_egress_by_steps_by_hand():
    service = f"service x {{ {IMAGE}, port = 80, cpu = 100m, memory = 128Mi, usage {{ egress = 20Ti }} }}"
    sheet = sheet_of("aws", "us-east-1", service)
    lines = [line for line in sheet.lines if line.part.startswith("egress")]
    # 10,240 GiB at 0.09, and as much at 0.085: 921.60 + 870.40
    assert [str(cents(line.amount.expected)) for line in lines] == ["921.60", "870.40"]
    assert [line.part for line in lines] == ["egress", "egress over 10240"]


CLUSTER = """
environment prod {
  cloud = "aws"
  region = "us-east-1"
  account = "123456789012"
  network { vpc_id = "vpc-1", private_subnets = ["subnet-1", "subnet-2"] }
}
app infra { cluster main { nodes { min = 3, spot = SPOT } } }
app shop {
  service web { image = "ghcr.io/acme/web:1.0.0", port = 80, cpu = 500m, memory = 1Gi, replicas = REPLICAS }
}
"""


def cluster_sheet(replicas: str, *, spot: str = "false"):
    text = CLUSTER.replace("REPLICAS", replicas).replace("SPOT", spot)
    sources = Sources.of({"project.platform": f'project acme {{ language = "2026.1" }}\n{text}'})
    compilation = compile_project(sources, Options(today=TODAY))
    assert compilation.ok, [each.message for each in compilation.diagnostics]
    return compilation.sheets["prod"]


def test_what_workloads_take_of_a_cluster_is_not_paid_twice():
    sheet = cluster_sheet("2..4")
    # 730 h at 0.10, 150 GiB at 0.08, and three machines for 730 h at 0.192, whoever uses them: 73.00 + 12.00 + 420.48
    assert cents(sheet.total.expected) == Decimal("505.48")
    (idle,) = sheet.idle
    # Three pods of half a vCPU at 0.033 and a GiB at 0.00375 for 730 h: 420.48 - 36.135 - 8.2125
    assert (idle.part, idle.amount.expected) == ("nodes, idle", Decimal("376.1325"))
    assert sum((each.total.expected for each in sheet.instances), Decimal(0)) == sheet.total.expected


def test_machines_of_the_spot_market_cost_what_that_has():
    # 73.00 + 12.00, and three machines for 730 h at 0.07044: 154.2636
    assert cents(cluster_sheet("2", spot="true").total.expected) == Decimal("239.26")


def test_a_cluster_that_is_full_has_nothing_idle():
    sheet = cluster_sheet("40")
    assert [line.amount.expected for line in sheet.idle] == [0]
    assert cents(sheet.total.expected) == Decimal("676.30")  # 73.00 + 12.00 + 40 times 14.7825


def test_what_no_list_has_is_not_free():
    sheet = sheet_of("azure", "westeurope", 'mongodb x { size = "small" }')
    assert not list(sheet.lines)
    assert {part.part for part in sheet.unpriced} == {"disk", "instance"}


def test_a_pod_costs_what_all_its_containers_reserve():
    alone = sheet_of("aws", "us-east-1", f"service x {{ {IMAGE}, port = 80, cpu = 500m, memory = 1Gi }}")
    beside = f"container proxy {{ {IMAGE}, cpu = 250m, memory = 512Mi }}"
    both = sheet_of("aws", "us-east-1", f"service x {{ {IMAGE}, port = 80, cpu = 250m, memory = 512Mi\n{beside} }}")
    assert both.total == alone.total


def test_a_machine_that_is_all_in_use_costs_its_list_price():
    book = Book({}, {})
    for provider, machine, cpus, gib in (("aws", "m6i.xlarge", 4, 16), ("azure", "Standard_D4s_v5", 4, 16)):
        for region in indices(provider):
            whole = book.price(f"{provider}/{'ec2' if provider == 'aws' else 'vm'}/linux", machine, region)
            cpu, memory = (book.price(f"{provider}/node/{part}", machine, region) for part in ("vcpu", "memory"))
            assert None not in (whole, cpu, memory)
            assert abs(cpu.tiers[0].usd * cpus + memory.tiers[0].usd * gib - whole.tiers[0].usd) < Decimal("1e-8")


# ------------------------------------------------------------------------------------------------------- lists


def test_every_row_of_the_lists_says_where_it_is_from():
    for provider in ("aws", "gcp", "azure"):
        regions = {row[3] for by_region in listed(provider).values() for rows in by_region.values() for row in rows}
        assert len(indices(provider)) >= 5
        assert len(regions) >= 5
        for by_region in listed(provider).values():
            for rows in by_region.values():
                for row in rows:
                    assert len(row) == len(COLUMNS)
                    assert row[7]
                    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", row[8])
                    assert row[9] in ("exact", "derived", "quoted", "assumed")
                    assert Decimal(row[6]) >= 0


def test_a_price_of_another_region_is_marked():
    found = Book({}, {}).price("aws/rds/postgres", "db.t4g.small", "eu-west-1")
    assert found
    assert (found.confidence, found.tiers[0].usd) == ("interpolated", Decimal("0.032") * Decimal("1.1146"))


def test_a_region_that_no_list_has_gives_no_price():
    assert Book({}, {}).price("aws/rds/postgres", "db.t4g.small", "mars-north-1") is None


# ------------------------------------------------------------------------------------------- a project's prices


def test_discounts_hold_for_all_or_for_a_service():
    postgres = 'postgres x { size = "medium", storage = 100Gi }'
    assert cents(
        sheet_of("aws", "eu-west-1", postgres, settings="prices { discount = 10% }").total.expected
    ) == Decimal(
        "127.06"  # nine tenths of 141.18
    )
    services = 'prices { discount = 10%, services { "aws/rds" = 50%, "aws/rds/gp3" = 0% } }'
    assert cents(sheet_of("aws", "eu-west-1", postgres, settings=services).total.expected) == Decimal("76.94")


def test_a_table_of_ones_own_replaces_rows():
    table = f"{','.join(COLUMNS)}\naws,rds/postgres,db.m6g.large,eu-west-1,hour,,0.1,our contract,2026-01-01,exact\n"
    text = """
project acme { language = "2026.1", prices { table = "prices.csv" } }
environment prod { cloud = "aws", region = "eu-west-1" }
app shop { postgres x { size = "medium", storage = 100Gi } }
"""
    sources = Sources.of({"project.platform": text, "prices.csv": table})
    sheet = compile_project(sources, Options(today=TODAY)).sheets["prod"]
    assert cents(sheet.total.expected) == Decimal("85.70")
    assert {line.price.source for line in sheet.lines if line.part == "instance"} == {"our contract"}


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("aws,rds/postgres,x,eu-west-1,hour,,free,us,2026-01-01,exact", "`usd` is `free`"),
        ("aws,rds/postgres,x,eu-west-1,hour,,-1,us,2026-01-01,exact", "`usd` is `-1`"),
        ("aws,rds/postgres,x,eu-west-1,hour,,NaN,us,2026-01-01,exact", "`usd` is `NaN`"),
        ("aws,rds/postgres,x,eu-west-1,hour,,1,us,2026-01-01,certain", "`confidence` is `certain`"),
        ("aws,rds/postgres,x", "line 2 has 3 columns"),
    ],
)
def test_a_bad_row_is_told_with_its_line(row, wrong):
    text = 'project acme { language = "2026.1", prices { table = "prices.csv" } }\nenvironment prod { cloud = "kubernetes" }\n'
    sources = Sources.of({"project.platform": text, "prices.csv": f"{','.join(COLUMNS)}\n{row}\n"})
    found = compile_project(sources, Options(today=TODAY)).diagnostics
    assert [each.code for each in found] == ["IDP6008"]
    assert wrong in found[0].message


# --------------------------------------------------------------------------------------------------- properties

amounts = st.decimals(0, 1_000_000, places=3)
starts = st.lists(st.integers(1, 500_000), max_size=4, unique=True).map(lambda each: [0, *sorted(each)])


@st.composite
def prices(draw):
    tiers = tuple(Tier(Decimal(start), draw(st.decimals(0, 10, places=6))) for start in draw(starts))
    return Price(draw(st.sampled_from(("hour", "request"))), tiers, "exact", "a test", "2026-01-01")


def amount(price: Price, low: Decimal, high: Decimal, factor: int = 1):
    term = PriceTerm("a/b", "", (low, high), Decimal(factor))
    found = list(lines(Address.parse("shop.x"), "part", price, term))
    return [sum(getattr(line.amount, which) for line in found) for which in ("low", "expected", "high")], found


@given(prices(), amounts, amounts)
def test_low_is_not_above_expected_nor_expected_above_high(price, one, other):
    (low, expected, high), found = amount(price, min(one, other), max(one, other))
    assert low <= expected <= high
    assert all(line.quantity * line.unit_price == line.amount.expected for line in found)


@given(prices(), amounts, amounts)
def test_more_never_costs_less(price, one, other):
    less, more = (amount(price, each, each)[0][1] for each in sorted((one, other)))
    assert less <= more


@given(prices(), amounts, amounts)
def test_tiers_are_filled_one_after_the_other(price, one, other):
    """What lies between two quantities costs between the lowest and the highest price of a unit."""
    less, more = sorted((one, other))
    hours = 730 if price.unit == "hour" else 1
    difference = amount(price, more, more)[0][1] - amount(price, less, less)[0][1]
    units = [tier.usd for tier in price.tiers]
    assert min(units) * (more - less) * hours <= difference <= max(units) * (more - less) * hours


@given(prices(), amounts, st.integers(1, 5))
def test_what_is_taken_off_is_what_it_would_cost(price, quantity, factor):
    assert amount(price, quantity, quantity, -factor)[0] == [
        -each for each in amount(price, quantity, quantity, factor)[0]
    ]


@given(st.permutations(["postgres a { }", "redis b { }", "queue c { usage { requests = 5 } }", "bucket d { }"]))
def test_order_changes_nothing(instances):
    document = cost_document(sheet_of("aws", "eu-west-1", "\n".join(instances)))
    assert document == cost_document(
        sheet_of("aws", "eu-west-1", "postgres a { }\nredis b { }\nqueue c { usage { requests = 5 } }\nbucket d { }")
    )


@pytest.mark.parametrize("path", sorted((ROOT / "golden").glob("*/*/cost.json")), ids=lambda path: path.parent.name)
def test_the_total_is_the_sum_of_the_lines(path):
    document = CostDocument.model_validate(json.loads(path.read_text(encoding="utf-8")))
    for which in ("low", "expected", "high"):
        assert cents(sum((Decimal(getattr(line, which)) for line in document.lines), Decimal(0))) == Decimal(
            getattr(document.totals, which)
        )
