"""The golden paths: what each becomes, with its choices, and what it lets its users change."""

import pytest
from stdlib_projects import DEV, IMAGE, PROD, app

DATABASES = ("postgresql", "mysql", "mongodb")
VARIABLES = {
    "node": "NODE_ENV",
    "python": "PYTHONUNBUFFERED",
    "java": "JAVA_TOOL_OPTIONS",
    "go": "GOMEMLIMIT",
}


@pytest.mark.parametrize("database", ["postgresql", "mongodb"])
def test_a_node_application(database):
    made = app(f'nodejs_web_app store {{ {IMAGE}, database = "{database}" }}')
    assert made.get("Deployment", "store-web")["spec"]["replicas"] == 3
    assert made.env("Deployment", "store-web") == {"NODE_ENV": "production", "DATABASE_URL": "shop-store-db-v1/url"}
    (port,) = made.get("Service", "store-web-public")["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, "http")
    assert made.container("Deployment", "store-web")["ports"][0]["containerPort"] == 3000


@pytest.mark.parametrize("language", ["node", "python", "java"])
def test_a_web_application(language):
    made = app(
        f'web_app store {{ {IMAGE}, language = "{language}", host = "a.io", replicas = 2..4, port = 9000\n'
        " web { memory = 1Gi }, db { storage = 40Gi } }"
    )
    assert VARIABLES[language] in made.env("Deployment", "store-web")
    assert made.container("Deployment", "store-web")["resources"]["limits"]["memory"] == "1Gi"
    assert made.get("HTTPRoute", "store-web")["spec"]["hostnames"] == ["a.io"]
    (claim,) = made.get("StatefulSet", "store-db")["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "40Gi"


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(
    ("template", "workload"), [("web_app", "web"), ("api_service", "api"), ("event_worker", "handler")]
)
def test_the_choice_of_a_database(template, workload, database):
    made = app(f'{template} it {{ {IMAGE}, language = "python", database = "{database}" }}', DEV + PROD)
    assert made.env("Deployment", f"it-{workload}", "prod")["DATABASE_URL"] == "shop-it-db-v1/url"


def test_a_web_application_without_a_cache():
    made = app(f'web_app store {{ {IMAGE}, language = "node", cache_memory = null }}')
    assert "CACHE_URL" not in made.env("Deployment", "store-web")
    assert made.kinds("store-cache") == []


def test_an_api_is_behind_the_gateway_without_its_path():
    made = app(f'api_service orders {{ {IMAGE}, language = "go", path = "/orders" }}', PROD)
    (rule,) = made.get("HTTPRoute", "orders-api")["spec"]["rules"]
    assert rule["matches"][0]["path"] == {"type": "PathPrefix", "value": "/orders"}
    assert rule["filters"][0]["urlRewrite"]["path"] == {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
    assert made.get("HTTPRoute", "orders-api")["spec"]["hostnames"] == ["api.acme.io"]


def test_an_api_that_only_the_cluster_calls_and_that_keeps_nothing():
    made = app(f'api_service rates {{ {IMAGE}, language = "node", host = null, database = null }}')
    assert "HTTPRoute" not in made.kinds("rates-api")
    assert "DATABASE_URL" not in made.env("Deployment", "rates-api")
    assert made.kinds("rates-db") == []


def test_the_heap_of_a_go_program_is_smaller_than_its_container():
    made = app(f'api_service orders {{ {IMAGE}, language = "go", memory = 100Mi..1Gi }}')
    assert made.env("Deployment", "orders-api")["GOMEMLIMIT"] == "921MiB"
    assert made.container("Deployment", "orders-api")["resources"]["limits"]["memory"] == "1Gi"


@pytest.mark.parametrize("language", ["python", "java"])
def test_a_task_by_the_clock(language):
    made = app(f'batch_job night {{ {IMAGE}, language = "{language}", schedule = "0 2 * * *" }}')
    assert made.get("CronJob", "night-task")["spec"]["schedule"] == "0 2 * * *"
    assert {"BUCKET", VARIABLES[language]} <= made.env("CronJob", "night-task").keys()


def test_a_task_that_is_run_by_hand_and_needs_no_files():
    made = app(f'batch_job repair {{ {IMAGE}, language = "python", storage = false, monitoring = false }}')
    assert made.kinds("repair-files") == []
    assert not any(one["kind"] == "CronJob" for one in made.objects())
    files = made.texts["dev"]["shop/kubernetes/kustomization.yaml"]
    assert "repair-task.yaml" not in files


def test_a_worker_is_scaled_by_its_queue():
    made = app(f'event_worker mails {{ {IMAGE}, language = "go", fifo = true, handling_time = 2m, depth = 20 }}', PROD)
    queue = made.resource("aws_sqs_queue", "mails_events_main")
    assert (queue["fifo_queue"], queue["visibility_timeout_seconds"]) == (True, 120)
    assert made.get("ScaledObject", "mails-handler")["spec"]["maxReplicaCount"] == 10
    assert made.pod("Deployment", "mails-handler")["terminationGracePeriodSeconds"] == 130


def test_a_frontend_is_served_by_the_cluster_or_delivered_by_a_network():
    cloud = 'environment prod { cloud = "aws", region = "eu-west-1", domain = "acme.io" }\n'
    made = app('static_frontend home { source = "ghcr.io/acme/home:1.0.0" }', DEV + cloud)
    assert made.get("HTTPRoute", "home-site", "dev")["spec"]["hostnames"] == ["www.dev.internal"]
    (delivery,) = made.terraform("prod")["resource"]["aws_cloudfront_distribution"].values()
    assert delivery["aliases"] == ["www.acme.io"]
