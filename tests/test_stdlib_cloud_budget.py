"""Declared budgets as budgets of the three clouds: whose spending they count, and who is told when."""

import datetime
import json

import pytest
from running import TODAY as _TODAY

from idpc.diagnostics import Severity
from idpc.pipeline import Options, compile_project
from idpc.project import Sources

TODAY = datetime.date.fromisoformat(_TODAY)
CLOUDS = {
    "aws": ("us-east-1", "123456789012", ""),
    "gcp": ("us-central1", "acme-prod", 'billing_account = "012345-6789AB-CDEF01"'),
    "azure": ("westeurope", "00000000-0000-0000-0000-000000000000", "since = 2026-11-01"),
}


def compiled(cloud: str, settings: str | None = None, *, owner: str = "core@acme.io", budgets: str | None = None):
    region, account, own = CLOUDS[cloud]
    declared = (
        budgets
        if budgets is not None
        else """
budget core_monthly { scope = core, limit = $5_000/month, warn_at = 80% }
budget shop_monthly { scope = shop, limit = $500/month }
budget others_monthly { scope = others, limit = $9/month }
"""
    )
    text = f"""
project acme {{ language = "2026.1" }}
team core {{ owner = "{owner}", on_call = "pagerduty:PAY01" }}
team others {{ owner = "others@acme.io", on_call = "pagerduty:PAY02" }}
environment prod {{ cloud = "{cloud}", region = "{region}", account = "{account}" }}
{declared}
app shop {{
  team = core
  cloud_budget alarms {{ {own if settings is None else settings} }}
}}
"""
    return compile_project(Sources.of({"project.platform": text}), Options(today=TODAY))


def resources(cloud: str, kind: str):
    (bundle,) = compiled(cloud).bundles
    text = bundle.texts["prod/shop/terraform/main.tf.json"]
    return json.loads(text)["resource"][kind]


def test_aws_counts_by_tags_and_writes_to_the_team():
    found = resources("aws", "aws_budgets_budget")
    assert set(found) == {"alarms_limit_core_monthly", "alarms_limit_shop_monthly"}
    core = found["alarms_limit_core_monthly"]
    assert (core["limit_amount"], core["limit_unit"], core["time_unit"]) == ("5000", "USD", "MONTHLY")
    assert core["cost_filter"] == [{"name": "TagKeyValue", "values": ["user:team$core"]}]
    assert [each["threshold"] for each in core["notification"]] == [80, 100]
    assert {*core["notification"][0]["subscriber_email_addresses"]} == {"core@acme.io"}
    shop = found["alarms_limit_shop_monthly"]
    assert shop["cost_filter"] == [{"name": "TagKeyValue", "values": ["user:app$shop"]}]
    assert [each["threshold"] for each in shop["notification"]] == [100]


def test_google_counts_by_labels_and_tells_a_channel():
    core = resources("gcp", "google_billing_budget")["alarms_limit_core_monthly"]
    assert core["amount"] == {"specified_amount": {"currency_code": "USD", "units": "5000"}}
    assert core["budget_filter"]["labels"] == {"team": "core"}
    assert [each["threshold_percent"] for each in core["threshold_rules"]] == [0.8, 1]
    (channel,) = resources("gcp", "google_monitoring_notification_channel").values()
    assert channel["labels"] == {"email_address": "core@acme.io"}


def test_azure_counts_by_tags_from_a_month_on():
    core = resources("azure", "azurerm_consumption_budget_resource_group")["alarms_limit_core_monthly"]
    assert core["amount"] == 5000
    assert core["time_period"] == {"start_date": "2026-11-01T00:00:00Z"}
    assert core["filter"] == {"tag": [{"name": "team", "values": ["core"]}]}
    assert [each["threshold"] for each in core["notification"]] == [80, 100]


@pytest.mark.parametrize(
    ("cloud", "given", "said"),
    [
        ("gcp", {"settings": ""}, "give `billing_account`"),
        ("azure", {"settings": ""}, "the month from which it counts"),
        ("aws", {"owner": "the core team"}, "nobody is told"),
        ("aws", {"budgets": ""}, "has a `budget` with a limit"),
    ],
)
def test_what_a_budget_of_the_cloud_lacks_is_told(cloud, given, said):
    found = [each for each in compiled(cloud, **given).diagnostics if each.severity is Severity.ERROR]
    assert len(found) == 1
    assert said in found[0].message
