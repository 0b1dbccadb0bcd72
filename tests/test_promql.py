"""Every expression that a build hands to Prometheus parses as PromQL."""

import promql_parser
import pytest
import yaml
from promql import expressions
from running import EXAMPLES, ROOT
from stdlib_projects import DEV, IMAGE, PROD, app

INGRESS = (
    'environment dev { cloud = "kubernetes", gateway = "ingress", issuer = "letsencrypt", prober = "prober:9115" }\n'
)
AZURE = 'environment azure { cloud = "azure", region = "westeurope", domain = "acme.io" }\n'
ALL = f"""
queue orders {{ alert_after = 10m }}
service own {{
  {IMAGE}, port = 8080, cpu = 100m..1, replicas = 2..4
  health {{ }}, metrics {{ port = 9090 }}, expose {{ host = "a.acme.io" }}
  slo availability {{ target = 99.9% }}, slo fast {{ target = 95%, threshold = 250ms }}
  slo slow {{ target = 99.99%, threshold = 2s, window = 7d }}
  rollout {{ strategy = "canary", abort_on = ["availability", "fast", "slow"] }}
}}
service edge {{
  {IMAGE}, port = 8080, health {{ }}, expose {{ host = "b.acme.io" }}
  slo availability {{ target = 99% }}, slo fast {{ target = 95%, threshold = 1500ms }}
}}
service green {{
  {IMAGE}, port = 8080, health {{ }}, metrics {{ }}, slo availability {{ target = 90% }}
  rollout {{ strategy = "blue_green", abort_on = ["availability"] }}
}}
worker mails {{
  {IMAGE}, alerts = true, replicas = 0..4, scale_on {{ queue {{ of = orders, depth = 10 }} }}
  volume data {{ path = "/data", size = 1Gi, access = "shared" }}
}}
worker kept {{ {IMAGE}, metrics {{ port = 9090 }}, volume data {{ path = "/data", size = 1Gi }} }}
daemon agent {{ {IMAGE}, metrics {{ port = 9100 }}, volume data {{ path = "/data", size = 1Gi }} }}
job once {{ {IMAGE}, alerts = true }}
cron_job nightly {{ {IMAGE}, alerts = true, schedule = "0 2 * * *" }}
"""


def parsed(objects):
    """How many expressions there are, each parsed."""
    found = list(expressions(objects))
    for where, text in found:
        try:
            promql_parser.parse(text)
        except ValueError as error:
            pytest.fail(f"{where}: {text}\n{error}")
    return len(found)


@pytest.mark.parametrize("environments", [DEV, PROD, AZURE, INGRESS])
def test_what_workloads_are_watched_by(environments):
    assert parsed(app(ALL, environments).objects()) > 100


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_the_examples_are_watched_by(example):
    files = (ROOT / "golden" / example).rglob("*/kubernetes/*.yaml")
    objects = [one for file in sorted(files) for one in yaml.safe_load_all(file.read_text())]
    watched = [one for one in objects if one["kind"] in {"ServiceMonitor", "PodMonitor"}]
    assert bool(parsed(one for one in objects if "metadata" in one)) == bool(watched)


def test_the_parser_refuses_what_is_no_promql():
    with pytest.raises(ValueError, match=r"."):
        promql_parser.parse('sum(rate(up{namespace="shop"}[5m])')
