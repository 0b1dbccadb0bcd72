"""The page that lists the policies of the standard library: current, whole, and of use to those who violate one."""

import sys

import pytest
from running import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import write_policies  # from a folder that is no package


def test_the_page_is_current():
    assert write_policies.is_current(), "run scripts/write_policies.py"


def test_every_pack_is_listed():
    folder = write_policies.ROOT / "stdlib" / "policies"
    assert sorted(write_policies.PACKS) == sorted(path.stem for path in folder.glob("*.platform"))


@pytest.mark.parametrize("pack", write_policies.PACKS)
def test_every_policy_says_what_it_demands_and_how_to_keep_to_it(pack):
    found = list(write_policies.policies(pack))
    assert found
    assert [each.name for each in found if not each.title.endswith(".") or not each.remedy] == []
    assert {each.severity for each in found} <= {"error", "warning"}
