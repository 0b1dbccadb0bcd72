"""Where the OpenTelemetry SDKs of workloads send what they measure, and as what."""

import pytest
from stdlib_projects import IMAGE, app, service

COLLECTOR = 'environment dev { cloud = "kubernetes", telemetry { host = "otel.observe.svc" } }\n'


def test_the_variables_of_opentelemetry():
    variables = service("port = 8080, health { }", COLLECTOR).env("Deployment", "web")
    assert variables == {
        "OTEL_SERVICE_NAME": "web",
        "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=shop,service.version=1.0.0,"
        "deployment.environment.name=dev,k8s.namespace.name=shop",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel.observe.svc:4317",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    }


def test_a_workload_may_have_a_collector_of_its_own_and_variables_of_its_own():
    own = 'telemetry { host = "otlp.vendor.com", port = 4318, tls = true }\nenv { OTEL_SERVICE_NAME = "shop" }'
    variables = service(f"port = 8080, health {{ }}\n{own}", COLLECTOR).env("Deployment", "web")
    assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://otlp.vendor.com:4318"
    assert variables["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    assert variables["OTEL_SERVICE_NAME"] == "shop"


@pytest.mark.parametrize(
    ("host", "to"),
    [
        (
            "otel.observe.svc",
            [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observe"}}}],
        ),
        ("otlp.vendor.com", None),
    ],
)
@pytest.mark.parametrize("kind", ["service", "worker", "job", "daemon"])
def test_the_way_to_the_collector_is_open(kind, host, to):
    made = app(f'{kind} web {{ {IMAGE}, telemetry {{ host = "{host}" }} }}')
    (rule,) = made.get("NetworkPolicy", "web")["spec"]["egress"]
    assert (rule.get("to"), rule["ports"]) == (to, [{"protocol": "TCP", "port": 4317}])


def test_without_a_collector_there_is_nothing_to_say():
    assert "env" not in service("port = 8080, health { }, metrics { }").container("Deployment", "web")
