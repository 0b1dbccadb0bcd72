"""What things emit: sums worked out by hand from the factors of the tables, and what holds of every sum."""

import datetime
import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import ROOT

from idpc.address import Address
from idpc.cost.carbon.estimate import emission
from idpc.cost.carbon.factors import coefficients, machines, processors, regions, services
from idpc.cost.carbon.greener import greener
from idpc.cost.carbon.model import Factor, FunctionalUnit, Rate, intensity
from idpc.cost.carbon.rates import Rates
from idpc.cost.measures import carbon_text
from idpc.cost.model import Total, cents
from idpc.cost.published import CostDocument
from idpc.cost.tables import PROVIDERS
from idpc.pipeline import Options, artifacts, compile_project
from idpc.project import Sources

TODAY = datetime.date(2026, 11, 1)
IMAGE = 'image = "ghcr.io/acme/web:1.0.0"'
HALF = Rates(Decimal(50))


def compiled(cloud: str, region: str, app: str, *, more: str = ""):
    environment = f'environment prod {{ cloud = "{cloud}", region = "{region}"\n{more}\n}}\n'
    text = f'project acme {{ language = "2026.1" }}\n{environment}app shop {{\n{app}\n}}\n'
    compilation = compile_project(Sources.of({"project.platform": text}), Options(today=TODAY))
    assert compilation.ok, [each.message for each in compilation.diagnostics]
    return compilation


def sheet_of(cloud: str, region: str, app: str, *, more: str = ""):
    return compiled(cloud, region, app, more=more).sheets["prod"]


def rate(name: str, sku: str, region: str, rates: Rates = HALF) -> Rate:
    found = rates.rate(name, sku, region)
    assert isinstance(found, Rate), found
    return found


# --------------------------------------------------------------------------------------------------- by hand


def test_the_worked_check():
    """m6i.large for 730 h at 50 %: 2 vCPU x 730 h x (0.74 + 0.5 x (3.5 - 0.74)) W = 2 x 730 x 2.12 / 1000 = 3.0952 kWh.

    us-east-1: 3.0952 x 1.135 x 379.069 = 1,331.69 g. eu-north-1: 3.0952 x 1.135 x 8.8 = 30.91 g.
    """
    american, swedish = (rate("aws/ec2/linux", "m6i.large", region) for region in ("us-east-1", "eu-north-1"))
    assert american.energy == swedish.energy == Decimal("3.0952")
    assert [str(cents(each.operational)) for each in (american, swedish)] == ["1331.69", "30.91"]
    assert [cents(each.operational / 1000) for each in (american, swedish)] == [Decimal("1.33"), Decimal("0.03")]
    assert carbon_text(american.operational) == "1.33 kg"
    assert swedish.operational / 1000 == pytest.approx(Decimal("0.031"), abs=Decimal("0.0005"))
    # 1,788.46 kg for the server of 128 vCPUs over 35,040 h: 1,788,460 x 2 / 128 x 730 / 35,040 = 582.18 g, wherever it is.
    assert str(cents(american.embodied)) == str(cents(swedish.embodied)) == "582.18"


# Each with kWh, grams by use and grams by making, as a person would work them out from `stdlib/carbon/`; None is unknown.
BY_HAND = [
    # db.m6g.large, Graviton2: 2 x 730 x (0.47426215 + 1.69296152) / 2 / 1000 = 1.58207328, x 1.135 x 278.6 = 500.27;
    # 1,333,120 x 2 / 64 / 48 = 867.92
    ("aws", "eu-west-1", "aws/rds/postgres", "db.m6g.large", "1.58", "500.27", "867.92"),
    # r5.large, Cascade Lake or Skylake: the mean of (0.69029783 + 4.06319352) / 2 and (0.61298885 + 4.10417035) / 2 is
    # 2.36766264 W; x 2 x 730 / 1000 = 3.45678745, x 1.135 x 311 = 1,220.19; 2,143,790 x 2 / 96 / 48 = 930.46
    ("aws", "eu-central-1", "aws/ec2/linux", "r5.large", "3.46", "1220.19", "930.46"),
    # A vCPU of e2-standard-4: Broadwell, EPYC 2nd Gen and Skylake have watts, Haswell none; (4.09858175 + 2.04944945 +
    # 4.48093478) / 2 / 3 = 1.77149433 W x 730 h = 1.29319086, x 1.11 x 215.237 = 308.96; 1,230,460 / 32 / 48 = 801.08
    ("gcp", "us-central1", "gcp/node/vcpu", "e2-standard-4", "1.29", "308.96", "801.08"),
    # db-custom-2-8192, the average of GCP: 2 x 730 x (0.71 + 4.26) / 2 / 1000 = 3.6281, x 1.09 x 19.8 = 78.30
    ("gcp", "europe-west1", "gcp/cloud-sql/postgres", "db-custom-2-8192", "3.63", "78.30", None),
    # Standard_B1ms, the average of Azure: 730 x (0.78 + 3.76) / 2 / 1000 = 1.6571, x 1.185 x 328.4 = 644.87;
    # 1,238,830 / 20 / 48 = 1,290.45
    ("azure", "westeurope", "azure/postgresql/flexible_server", "B_Standard_B1ms", "1.66", "644.87", "1290.45"),
    # A GiB kept three times on rotating disks: 0.00000065 x 3 x 730 = 0.0014235, x 1.185 x 225 = 0.38
    ("azure", "uksouth", "azure/blob/storage", "", "0.00", "0.38", None),
    # A GiB carried: 0.001 kWh, x 1.135 x 51.1 = 0.058
    ("aws", "eu-west-3", "aws/cloudfront/egress", "", "0.00", "0.06", None),
    # A GiB of Memorystore, kept twice: 0.000392 x 2 x 730 = 0.57232, x 1.08 x 111.24 = 68.76
    ("gcp", "us-east4", "gcp/memorystore/redis", "standard-M2", "0.57", "68.76", None),
]


@pytest.mark.parametrize(("cloud", "region", "name", "sku", "energy", "used", "made"), BY_HAND)
def test_a_rate_is_the_one_worked_out_by_hand(cloud, region, name, sku, energy, used, made):
    found = rate(name, sku, region)
    assert (found.provider, found.region) == (cloud, region)
    assert (str(cents(found.energy)), str(cents(found.operational))) == (energy, used)
    assert (None if found.embodied is None else str(cents(found.embodied))) == made


def test_a_workload_emits_its_share_of_a_machine():
    """Three pods of half a vCPU of m6i.xlarge: 1.5 x 2.12 W x 730 h = 2.3214 kWh, x 1.135 x 379.069 = 998.77 g.

    Making: 1,788,460 x 1.5 / 128 / 48 = 436.64 g. The watts of a vCPU hold its memory.
    """
    sheet = sheet_of("aws", "us-east-1", f"service x {{ {IMAGE}, port = 80, cpu = 500m, replicas = 2..4 }}")
    (line,) = sheet.emissions
    assert (line.part, line.energy) == ("cpu", Decimal("2.3214"))
    assert (cents(line.operational.expected), cents(line.embodied.expected)) == (Decimal("998.77"), Decimal("436.64"))
    assert sheet.carbon.low * 2 == pytest.approx(sheet.carbon.high)


def test_memory_beyond_a_chips_is_counted():
    """r6g.8xlarge has 256 GiB, and a chip of Graviton2 129.77777778: 126.22222222 x 0.000392 x 730 = 36.1197511 kWh more."""
    cpu = rate("aws/node/vcpu", "r6g.8xlarge", "us-east-1").energy * 32
    assert rate("aws/ec2/linux", "r6g.8xlarge", "us-east-1").energy - cpu == pytest.approx(Decimal("36.1197511"))
    assert rate("aws/node/memory", "r6g.8xlarge", "us-east-1").energy * 256 == pytest.approx(Decimal("36.1197511"))
    assert rate("aws/node/memory", "m6i.large", "us-east-1").energy == 0


def test_machines_that_do_nothing_use_less():
    idle, busy = (rate("aws/ec2/linux", "m6i.large", "us-east-1", Rates(Decimal(each))).energy for each in (0, 100))
    assert (idle, busy) == (Decimal("1.0804"), Decimal("5.11"))  # 1,460 h x 0.74 W and x 3.5 W
    service = f"service x {{ {IMAGE}, port = 80, cpu = 1 }}"
    lazy = sheet_of("aws", "us-east-1", service, more="cpu_utilization = 0%")
    assert next(lazy.emissions).energy == idle / 2


def test_the_intensity_of_an_app_is_for_each_of_its_units():
    """SCI = (E x I + M) / R: of 200,000 orders each has its share of all."""
    app = f'functional_unit {{ name = "order", monthly = 200_000 }}\nservice x {{ {IMAGE}, port = 80, cpu = 1 }}'
    compilation = compiled("aws", "us-east-1", app)
    sheet = compilation.sheets["prod"]
    document = CostDocument.model_validate_json(artifacts(compilation)["prod/cost.json"])
    (told,) = document.carbon.intensity
    (line,) = sheet.emissions
    by_hand = (line.operational.expected + line.embodied.expected) / 200_000
    assert (told.app, told.unit, told.monthly) == ("shop", "order", "200000")
    assert Decimal(told.expected) == by_hand.quantize(Decimal("1e-6"))
    assert intensity(Total(*(Decimal(730),) * 3), FunctionalUnit()).expected == 1


# ------------------------------------------------------------------------------------------- what is not known


@pytest.mark.parametrize(
    ("name", "sku", "region", "why"),
    [
        ("aws/ec2/linux", "m6i.large", "mars-north-1", "nobody says what the grid of `mars-north-1` emits"),
        ("aws/ec2/linux", "m6i.large", "", "it is in no region"),
        ("aws/ec2/linux", "q9.huge", "us-east-1", "nobody says what `q9.huge` is"),
        ("aws/sqs/requests", "", "us-east-1", "nobody says how much energy `aws/sqs/requests` uses"),
        ("acme/desk", "large", "us-east-1", "nobody says what the grid"),
    ],
)
def test_what_nobody_says_is_not_nothing(name, sku, region, why):
    found = HALF.rate(name, sku, region)
    assert isinstance(found, str)
    assert found.startswith(why)


def test_what_is_not_measured_is_listed():
    desk = "kind desk { price any { licence = $50/month } }"
    text = f"""
project acme {{ language = "2026.1" }}
environment prod {{ cloud = "aws", region = "us-east-1" }}
{desk}
app shop {{
  desk first {{ }}
  bucket b {{ usage {{ reads = 5, writes = 5 }} }}
  queue q {{ usage {{ requests = 5 }} }}
}}
"""
    sheet = compile_project(Sources.of({"project.platform": text}), Options(today=TODAY)).sheets["prod"]
    found = {(str(each.address), each.part) for each in sheet.unmeasured}
    assert {("shop.first", "licence"), ("shop.b", "reads"), ("shop.q", "requests")} <= found
    everything = {(str(each.address), each.part) for each in sheet.emissions} | found
    assert everything >= {(str(each.address), each.part) for each in sheet.lines}


def test_on_a_cluster_without_a_cloud_nothing_is_known():
    text = f'project acme {{ language = "2026.1" }}\nenvironment dev {{ cloud = "kubernetes" }}\nservice x {{ {IMAGE}, port = 80 }}'
    sheet = compile_project(Sources.of({"project.platform": text}), Options(today=TODAY)).sheets["dev"]
    assert [each.part for each in sheet.unmeasured] == ["all"]
    assert not any(sheet.carbon)


def test_a_discount_emits_nothing_less():
    kind = 'kind pair { price aws { nodes = price("aws/ec2/linux", "m6i.large"), rebate = -price("aws/ec2/linux", "m6i.large") / 2 } }'
    text = f'project acme {{ language = "2026.1" }}\nenvironment prod {{ cloud = "aws", region = "us-east-1" }}\n{kind}\npair x {{ }}'
    sheet = compile_project(Sources.of({"project.platform": text}), Options(today=TODAY)).sheets["prod"]
    assert [each.part for each in sheet.emissions] == ["nodes"]


# ---------------------------------------------------------------------------------------------- shared machines

CLUSTER = """
project acme { language = "2026.1" }
environment prod {
  cloud = "aws"
  region = "us-east-1"
  account = "123456789012"
  network { vpc_id = "vpc-1", private_subnets = ["subnet-1", "subnet-2"] }
}
app infra { cluster main { nodes { min = 3 } } }
app shop { service web { image = "ghcr.io/acme/web:1.0.0", port = 80, cpu = 500m, memory = 1Gi, replicas = REPLICAS } }
"""


def cluster_sheet(replicas: str):
    sources = Sources.of({"project.platform": CLUSTER.replace("REPLICAS", replicas)})
    compilation = compile_project(sources, Options(today=TODAY))
    assert compilation.ok, [each.message for each in compilation.diagnostics]
    return compilation.sheets["prod"]


def test_machines_emit_once_whoever_uses_them():
    sheet = cluster_sheet("2..4")
    machine, disk = rate("aws/ec2/linux", "m6i.xlarge", "us-east-1"), rate("aws/ebs/gp3", "", "us-east-1")
    whole = 3 * (machine.operational + machine.embodied) + 150 * disk.operational
    assert sheet.carbon.expected == pytest.approx(whole, abs=Decimal("0.0001"))
    (idle,) = sheet.idle_emissions
    # Of twelve vCPUs three pods take one and a half, an eighth, which is three eighths of a machine.
    taken = next(each.carbon.expected for each in sheet.instances if str(each.address) == "shop.web")
    assert taken == pytest.approx(whole_of(machine) * 3 / 8, abs=Decimal("0.0001"))
    assert idle.part == "nodes, idle"
    assert idle.amount.expected == pytest.approx(3 * whole_of(machine) - taken, abs=Decimal("0.0001"))
    assert idle.energy == pytest.approx(machine.energy * 3 * 7 / 8, abs=Decimal("0.0001"))
    assert sum((each.carbon.expected for each in sheet.instances), Decimal(0)) == sheet.carbon.expected


def whole_of(rate: Rate) -> Decimal:
    assert rate.embodied is not None
    return rate.operational + rate.embodied


def test_a_cluster_that_is_full_has_nothing_idle():
    assert [line.amount.expected for line in cluster_sheet("40").idle_emissions] == [0]


# ---------------------------------------------------------------------------------------------------- tables


def test_each_cloud_has_regions_and_every_factor_its_source():
    for provider in PROVIDERS:
        assert sum(cloud == provider for cloud, _ in regions()) >= 5
        assert (provider, "") in processors()
        assert sum(cloud == provider for cloud, _ in services()) >= 5
    for region in regions().values():
        assert region.grid >= 0
        assert region.pue >= 1
        assert region.factor.source
        assert re.fullmatch(r"(\d{4}-\d{2}-\d{2})?", region.factor.as_of)
    for processor in processors().values():
        assert 0 < processor.idle < processor.busy
        assert processor.gib > 0
        assert processor.source
    for machine in machines().values():
        assert machine.vcpus > 0
        assert (machine.server is None) is (not machine.source)
        assert machine.server is None or machine.vcpus <= machine.shares
    assert all(factor.source for _, factor in coefficients().values())


def test_every_machine_of_the_catalog_is_known():
    """What kinds name by size, as far as it is a machine that somebody can name."""
    for name, sku, region in (
        ("aws/rds/postgres", "db.t4g.small", "us-east-1"),
        ("aws/docdb/instance", "db.r6g.2xlarge", "us-east-1"),
        ("aws/elasticache/valkey", "cache.r6g.8xlarge", "us-east-1"),
        ("aws/msk/instance", "kafka.m7g.2xlarge", "us-east-1"),
        ("aws/opensearch/instance", "r6g.2xlarge.search", "us-east-1"),
        ("aws/ec2/linux", "m6i.2xlarge", "us-east-1"),
        ("gcp/cloud-sql/mysql", "db-custom-8-53248", "us-central1"),
        ("gcp/compute/linux", "n2-standard-8", "us-central1"),
        ("azure/postgresql/flexible_server", "MO_Standard_E8ds_v5", "eastus"),
        ("azure/mysql/flexible_server", "GP_Standard_D2ads_v5", "eastus"),
        ("azure/vm/linux", "Standard_D8ds_v5", "eastus"),
    ):
        assert rate(name, sku, region).energy > 0


# ------------------------------------------------------------------------------------------------- properties

quantities = st.decimals(0, 1_000_000, places=3)
factors = st.integers(1, 50).map(Decimal)
grams = st.decimals(0, 10_000, places=6)


@st.composite
def rates(draw):
    embodied = draw(st.none() | grams)
    return Rate("aws", "us-east-1", draw(grams), draw(grams), embodied, "derived", (Factor("a", "1", "a test"),))


def emitted(low: Decimal, high: Decimal, factor: Decimal, rate: Rate):
    return emission(Address.parse("shop.x"), "part", (low, high), factor, rate)


@given(rates(), quantities, quantities, factors)
def test_low_is_not_above_expected_nor_expected_above_high(rate, one, other, factor):
    line = emitted(min(one, other), max(one, other), factor, rate)
    assert line.amount.low <= line.amount.expected <= line.amount.high


@given(rates(), quantities, quantities, factors)
def test_more_never_emits_less(rate, one, other, factor):
    less, more = (emitted(each, each, factor, rate) for each in sorted((one, other)))
    assert less.amount.expected <= more.amount.expected
    assert less.energy <= more.energy


@given(rates(), quantities, quantities, factors)
def test_all_is_what_use_and_making_are_together(rate, one, other, factor):
    line = emitted(min(one, other), max(one, other), factor, rate)
    for which in Total._fields:
        made = getattr(line.embodied, which) if line.embodied is not None else 0
        assert getattr(line.amount, which) == getattr(line.operational, which) + made


@given(st.decimals(0, 100, places=1), st.decimals(0, 100, places=1), st.sampled_from(sorted(machines())))
def test_busier_machines_never_use_less(one, other, machine):
    provider, name = machine
    service, region = {"aws": ("ec2/linux", "us-east-1"), "gcp": ("compute/linux", "us-central1")}.get(
        provider, ("vm/linux", "eastus")
    )
    idle, busy = (rate(f"{provider}/{service}", name, region, Rates(each)) for each in sorted((one, other)))
    assert idle.energy <= busy.energy
    assert idle.operational <= busy.operational


@given(st.permutations(["postgres a { }", "redis b { }", "queue c { usage { requests = 5 } }", "bucket d { }"]))
def test_order_changes_nothing(instances):
    usual = "postgres a { }\nredis b { }\nqueue c { usage { requests = 5 } }\nbucket d { }"
    found, expected = (artifacts(compiled("aws", "eu-west-1", each)) for each in ("\n".join(instances), usual))
    assert found["prod/cost.json"] == expected["prod/cost.json"]


@pytest.mark.parametrize("path", sorted((ROOT / "golden").glob("*/*/cost.json")), ids=lambda path: path.parent.name)
def test_the_total_is_the_sum_of_the_lines(path):
    carbon = CostDocument.model_validate(json.loads(path.read_text(encoding="utf-8"))).carbon
    for which in Total._fields:
        assert cents(sum((Decimal(getattr(line, which)) for line in carbon.lines), Decimal(0))) == Decimal(
            getattr(carbon.totals, which)
        )
    for line in carbon.lines:
        assert Decimal(line.operational) + Decimal(line.embodied or 0) == Decimal(line.expected)
    assert {name for line in carbon.lines for name in line.factors} == {factor.name for factor in carbon.factors}


# ---------------------------------------------------------------------------------------------------- greener


def test_greener_regions_have_the_same_energy_and_another_grid():
    app = "postgres a { }\nbucket b { usage { storage = 1Ti } }"
    lines = list(sheet_of("aws", "eu-west-1", app).emissions)
    best = greener(lines, nearby=True)
    assert [each.region for each in best] == ["eu-north-1", "eu-west-3", "eu-south-1", "eu-west-2"]
    there = sheet_of("aws", best[0].region, app).carbon.expected
    assert best[0].grams == pytest.approx(there, abs=Decimal("0.001"))
    assert best[0].before == sum(line.amount.expected for line in lines)
    assert best[0].saved > 0
    assert {each.region for each in best} < {each.region for each in greener(lines)}
    assert not any(each.region.startswith(("us-gov", "cn-")) for each in greener(lines))
    assert [regions()["aws", name].partition for name in ("us-east-1", "us-gov-east-1", "cn-north-1")] == [
        *("", "aws-us-gov", "aws-cn"),
    ]


def test_nothing_is_greener_than_the_greenest_nor_for_what_stands_in_several_regions():
    assert greener(sheet_of("aws", "eu-north-1", "postgres a { }").emissions) == ()
    both = [
        *sheet_of("aws", "eu-west-1", "postgres a { }").emissions,
        *sheet_of("gcp", "us-east4", "postgres a { }").emissions,
    ]
    assert greener(both) == ()


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0.0 g"), ("30.91", "30.9 g"), ("999.96", "1.00 kg"), ("1331.69", "1.33 kg"), ("2500000", "2.50 t")],
)
def test_grams_are_told_in_units_that_fit(amount, text):
    assert carbon_text(Decimal(amount)) == text
