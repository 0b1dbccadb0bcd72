"""The script that makes the tables of carbon factors: what it takes, what it leaves out, and what it works out."""

import csv
import importlib.util
from pathlib import Path

import pytest
from running import ROOT

GRIDS = """provider,region,grid_gco2_per_kwh,pue,source
aws,us-east-1,379.069,1.135,cloud-carbon-footprint@1:Aws.ts
aws,mars-north-1,1,1.1,cloud-carbon-footprint@1:Aws.ts
azure,EastUS,379.069,1.185,cloud-carbon-footprint@1:Azure.ts
azure,eastus,415.755,1.185,ccf-coefficients@2:grid.csv
azure,UKSouth,225.0,1.185,cloud-carbon-footprint@1:Azure.ts
gcp,us-central1,215.237,1.11,cloud-carbon-footprint@1:Gcp.ts
gcp,europe-west1,19.8,1.09,"cloud-carbon-footprint@1:Gcp.ts [UNCERTAIN]"
"""
WATTS = """provider,architecture,min_watts_per_vcpu,max_watts_per_vcpu,gb_per_chip
aws,Skylake,0.6,4.1,75
gcp,Skylake,0.6,3.9,75
gcp,Broadwell,0.7,3.4,65
azure,Skylake,0.6,4.2,80
"""
EMBODIED = {
    "aws": ",type,total\n0,m5.large,1610.79\n1,m5.24xlarge,1610.79\n2,m5.metal,1610.79\n",
    "gcp": (
        ",family,type,microarchitecture,total\n0,e2,e2-standard-2,Skylake,1000\n1,e2,e2-standard-2,Broadwell,1100\n"
        "2,e2,e2-standard-32,Skylake,1000\n"
    ),
    "azure": ",family,type,microarchitecture,total\n0,Bs-series,B1MS,Unknown,1238.83\n1,Bs-series,B20MS,Unknown,1238.83\n",
}


@pytest.fixture
def tables(tmp_path, monkeypatch) -> dict[str, dict[tuple[str, str], dict[str, str]]]:
    """What the script makes of small tables, by file, provider and name."""
    spec = importlib.util.spec_from_file_location("build_carbon", ROOT / "scripts" / "build_carbon.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    (tmp_path / "made").mkdir()
    monkeypatch.setattr(script, "FOLDER", tmp_path / "made")
    (tmp_path / "carbon.csv").write_text(GRIDS, encoding="utf-8")
    (tmp_path / "carbon_cpu.csv").write_text(WATTS, encoding="utf-8")
    for provider, text in EMBODIED.items():
        (tmp_path / f"carbon_embodied_{provider}.csv").write_text(text, encoding="utf-8")
    script.main(str(tmp_path))
    return {name: _read(tmp_path / "made" / f"{name}.csv") for name in ("regions", "processors", "machines")}


def _read(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    name = list(rows[0])[1]
    return {(row["provider"], row[name]): row for row in rows}


def test_regions_are_those_that_the_language_knows_and_of_which_the_factor_is_certain(tables):
    assert set(tables["regions"]) == {
        ("aws", "us-east-1"), ("gcp", "us-central1"), ("azure", "eastus"), ("azure", "uksouth"),
    }  # fmt: skip


def test_a_row_under_the_own_name_of_a_region_goes_before_others(tables):
    found = tables["regions"]["azure", "eastus"]
    assert (found["grid"], found["source"], found["as_of"]) == ("415.755", "ccf-coefficients@2:grid.csv", "")
    assert tables["regions"]["azure", "uksouth"]["grid"] == "225.0"
    assert [tables["regions"][key]["confidence"] for key in (("aws", "us-east-1"), ("gcp", "us-central1"))] == [
        "exact",
        "derived",
    ]


def test_a_machine_has_its_share_of_the_largest_one_of_its_family(tables):
    m5, e2, burstable = (
        tables["machines"][key] for key in (("aws", "m5.large"), ("gcp", "e2-standard-2"), ("azure", "Standard_B1ms"))
    )
    assert (m5["vcpus"], m5["server"], m5["shares"]) == ("2", "1610.79", "96")
    assert (e2["processors"], e2["server"], e2["shares"]) == ("Broadwell|Skylake", "1050", "32")
    assert (burstable["server"], burstable["shares"], burstable["processors"]) == ("1238.83", "20", "")


def test_what_no_table_has_stays_empty(tables):
    machine = tables["machines"]["aws", "m7g.large"]
    assert (machine["server"], machine["shares"], machine["source"]) == ("", "", "")
    assert tables["processors"]["gcp", ""]["gib"] == "70"


def test_the_shipped_tables_have_the_columns_that_are_read(tables):
    for name, made in tables.items():
        shipped = _read(ROOT / "stdlib" / "carbon" / f"{name}.csv")
        assert list(next(iter(shipped.values()))) == list(next(iter(made.values())))
        assert len(shipped) > len(made) / 2
