"""How workloads are watched: what Prometheus reads, which alerts there are and whom they reach, and the dashboard of an app."""

import json

import pytest
from stdlib_projects import DEV, IMAGE, PROD, app, built, service

GCP = 'environment prod { cloud = "gcp", region = "europe-west1", account = "acme-prod" }\n'
NONE = 'environment dev { cloud = "kubernetes", monitoring = "none" }\n'
INGRESS = 'environment dev { cloud = "kubernetes", gateway = "ingress", issuer = "letsencrypt" }\n'
PUBSUB = "stackdriver_pubsub_subscription_pubsub_googleapis_com_subscription"
METRICS = "port = 8080, health { }, metrics { port = 9090 }\n"


def rules(made, name="web", **where):
    """The rules about a workload, by what they record or alert; of several the last."""
    groups = made.get("PrometheusRule", name, **where)["spec"]["groups"]
    return {rule.get("alert") or rule["record"]: rule for group in groups for rule in group["rules"]}


def burns(made, slo, name="web"):
    """The alerts about an error budget: the long and the short window, the factor, and the severity."""
    groups = {group["name"]: group["rules"] for group in made.get("PrometheusRule", name)["spec"]["groups"]}
    found = [rule for rule in groups[f"{name}-{slo}-burn"] if rule["alert"] == "ErrorBudgetBurn"]
    for rule in found:
        assert rule["expr"].count(f"> {rule['expr'].split('> ')[1].split(' and')[0]}") == 2
    return [
        (
            rule["labels"]["long_window"],
            rule["labels"]["short_window"],
            rule["expr"].rpartition("> ")[2],
            rule["labels"]["severity"],
        )
        for rule in found
    ]


# ------------------------------------------------------------------------------------------------------- scraping


def test_a_service_is_read_through_a_service_that_only_its_monitor_finds():
    made = service(METRICS + 'expose { via = "load_balancer" }')
    monitor, found = made.get("ServiceMonitor", "web")["spec"], made.get("Service", "web-metrics")
    wanted = monitor["selector"]["matchLabels"].items()
    services = [one for one in made.objects() if one["kind"] == "Service"]
    assert [one for one in services if wanted <= one["metadata"]["labels"].items()] == [found]
    assert len(services) == 3
    (endpoint,) = monitor["endpoints"]
    (port,) = found["spec"]["ports"]
    assert endpoint == {"port": port["name"], "path": "/metrics", "interval": "30s"}
    assert port == {"name": "metrics", "port": 9090, "targetPort": 9090, "protocol": "TCP"}
    assert 9090 in [each["containerPort"] for each in made.container("Deployment", "web")["ports"]]
    assert found["metadata"]["labels"][monitor["jobLabel"]] == "web"
    pods = made.get("Deployment", "web")["spec"]["template"]["metadata"]["labels"]
    assert found["spec"]["selector"].items() <= pods.items()


def test_metrics_on_the_port_of_the_service():
    made = service('port = 8080, health { }, metrics { path = "/m", interval = 1m }')
    assert made.get("Service", "web-metrics")["spec"]["ports"][0]["targetPort"] == 8080
    assert made.get("ServiceMonitor", "web")["spec"]["endpoints"] == [
        {"port": "metrics", "path": "/m", "interval": "60s"}
    ]


def test_metrics_behind_tls_are_asked_for_without_a_check_of_the_name():
    made = service('ports { https { container = 8443, protocol = "https" } }\nhealth { }, metrics { }')
    (endpoint,) = made.get("ServiceMonitor", "web")["spec"]["endpoints"]
    assert (endpoint["scheme"], endpoint["tlsConfig"]) == ("https", {"insecureSkipVerify": True})


@pytest.mark.parametrize(
    ("kind", "keeper", "more"), [("worker", "Deployment", ""), ("daemon", "DaemonSet", ""), ("job", "Job", "")]
)
def test_pods_that_no_service_leads_to_are_read_one_by_one(kind, keeper, more):
    made = app(f"{kind} web {{ {IMAGE}, metrics {{ port = 9090 }} {more} }}")
    monitor = made.get("PodMonitor", "web")["spec"]
    (keeps,) = [one for one in made.objects() if one["kind"] == keeper]
    template = keeps["spec"]["template"]
    assert monitor["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    (endpoint,) = monitor["podMetricsEndpoints"]
    (port,) = template["spec"]["containers"][0]["ports"]
    assert (endpoint["port"], port["containerPort"]) == (port["name"], 9090)


def test_labels_by_which_prometheus_finds_what_to_read():
    labelled = 'environment dev { cloud = "kubernetes", monitoring_labels { release = "prometheus" } }\n'
    made = service(METRICS, labelled)
    for kind in ("ServiceMonitor", "PrometheusRule"):
        assert made.get(kind, "web")["metadata"]["labels"]["release"] == "prometheus"


def test_monitoring_objects_stand_in_a_file_and_a_stage_of_their_own():
    made = service(METRICS)
    assert "shop/kubernetes/_monitoring.yaml" in made.texts["dev"]
    plan = made.compilation.plans["dev"]
    (stage,) = [stage for stage in plan.stages if stage.type == "monitoring"]
    assert "shop/monitoring" in [step.id for wave in stage.waves for step in wave]


@pytest.mark.parametrize("environment", [NONE, DEV])
def test_what_nobody_watches_becomes_nothing_more(environment):
    metrics = METRICS if environment == NONE else "port = 8080, health { }"
    made = service(metrics + '\nexpose { host = "a.acme.io" }', environment)
    assert made.kinds("web") == ["Deployment", "HTTPRoute", "NetworkPolicy", "Service", "ServiceAccount"]
    assert "env" not in made.container("Deployment", "web")
    assert "shop/kubernetes/_monitoring.yaml" not in made.texts["dev"]


def test_without_monitoring_objectives_become_nothing():
    made = service(METRICS + "slo availability { target = 99.9% }", NONE)
    assert not [one for one in made.objects() if one["kind"] in {"PrometheusRule", "ServiceMonitor", "ConfigMap"}]


# ----------------------------------------------------------------------------------------------------- objectives


def test_the_table_of_the_workbook():
    # 99.9 % over 30 days (720 h) leave a budget of 0.1 % = 0.001.
    # 2 % of it in 1 h: 0.02 * 720 / 1 = 14.4; 5 % in 6 h: 0.05 * 720 / 6 = 6; 10 % in 24 h: 0.1 * 720 / 24 = 3;
    # 10 % in 72 h: 0.1 * 720 / 72 = 1.
    assert burns(service(METRICS + "slo availability { target = 99.9% }"), "availability") == [
        ("1h", "5m", "14.4 * 0.001", "page"),
        ("6h", "30m", "6 * 0.001", "page"),
        ("1d", "2h", "3 * 0.001", "ticket"),
        ("3d", "6h", "1 * 0.001", "ticket"),
    ]


def test_a_target_of_99_95_over_a_week():
    # A budget of 0.05 % = 0.0005 over 168 h. 2 % in 1 h: 0.02 * 168 / 1 = 3.36; 5 % in 6 h: 0.05 * 168 / 6 = 1.4;
    # 10 % in 24 h: 0.1 * 168 / 24 = 0.7, slower than the budget lasts, so 1.
    assert burns(service(METRICS + "slo availability { target = 99.95%, window = 7d }"), "availability") == [
        ("1h", "5m", "3.36 * 0.0005", "page"),
        ("6h", "30m", "1.4 * 0.0005", "page"),
        ("1d", "2h", "1 * 0.0005", "ticket"),
        ("3d", "6h", "1 * 0.0005", "ticket"),
    ]


def test_a_target_of_99_over_a_quarter():
    # A budget of 1 % = 0.01 over 2160 h. 2 % in 1 h: 0.02 * 2160 / 1 = 43.2; 5 % in 6 h: 0.05 * 2160 / 6 = 18;
    # 10 % in 24 h: 0.1 * 2160 / 24 = 9. The last one tells that the budget will not last: 1 in every objective.
    assert burns(service(METRICS + "slo availability { target = 99%, window = 90d }"), "availability") == [
        ("1h", "5m", "43.2 * 0.01", "page"),
        ("6h", "30m", "18 * 0.01", "page"),
        ("1d", "2h", "9 * 0.01", "ticket"),
        ("3d", "6h", "1 * 0.01", "ticket"),
    ]


def test_a_rate_that_cannot_be_reached_alerts_nobody():
    # A budget of 10 % = 0.1: 14.4 * 0.1 = 1.44 is more than all requests, 6 * 0.1 = 0.6 is not.
    assert burns(service(METRICS + "slo availability { target = 90% }"), "availability")[0] == (
        "6h",
        "30m",
        "6 * 0.1",
        "page",
    )


def test_an_objective_of_a_day_has_no_window_of_three():
    assert [window[0] for window in burns(service(METRICS + "slo day { target = 99%, window = 1d }"), "day")] == [
        "1h",
        "6h",
        "1d",
    ]


def test_the_error_ratio_of_availability_counts_no_failures_as_none():
    recorded = rules(service(METRICS + "slo availability { target = 99.9% }"))["slo:error_ratio:rate1h"]
    own = 'namespace="shop",job="web"'
    assert recorded["expr"] == (
        f'(sum(rate(http_requests_total{{{own},code=~"5.."}}[1h])) or vector(0))'
        f" / sum(rate(http_requests_total{{{own}}}[1h]))"
    )
    assert recorded["labels"] == {
        "app": "shop",
        "service": "web",
        "namespace": "shop",
        "environment": "dev",
        "team": "web",
        "slo": "availability",
    }


def test_the_error_ratio_of_latency_counts_what_is_slow_or_failed():
    made = service(METRICS + "slo fast { target = 95%, threshold = 300ms }")
    own = 'namespace="shop",job="web"'
    assert rules(made)["slo:error_ratio:rate5m"]["expr"] == (
        f"(sum(rate(http_request_duration_seconds_count{{{own}}}[5m]))"
        f' - sum(rate(http_request_duration_seconds_bucket{{{own},code!~"5..",le=~"0[.]3"}}[5m])))'
        f" / sum(rate(http_request_duration_seconds_count{{{own}}}[5m]))"
    )


@pytest.mark.parametrize(
    ("unit", "threshold", "bucket"),
    [
        ("s", "300ms", "0[.]3"),
        ("s", "2s", "2|2[.]0"),
        ("ms", "300ms", "300|300[.]0"),
        ("ms", "1s500ms", "1500|1500[.]0"),
    ],
)
def test_the_bucket_of_a_threshold(unit, threshold, bucket):
    fields = f'metrics {{ port = 9090, unit = "{unit}" }}, slo fast {{ target = 95%, threshold = {threshold} }}'
    made = service(f"port = 8080, health {{ }}, {fields}")
    assert f'le=~"{bucket}"' in rules(made)["slo:error_ratio:rate5m"]["expr"]


def test_a_service_says_what_its_metrics_are_called():
    named = 'metrics { requests = "rpc_total", code = "grpc_code", failed = "Internal|Unavailable" }'
    made = service(f"port = 8080, health {{ }}, {named}, slo availability {{ target = 99% }}")
    assert (
        'rpc_total{namespace="shop",job="web",grpc_code=~"Internal|Unavailable"}'
        in (rules(made)["slo:error_ratio:rate5m"]["expr"])
    )


@pytest.mark.parametrize(
    ("environment", "metric"),
    [
        (DEV, 'envoy_cluster_upstream_rq_xx{envoy_cluster_name=~"httproute/shop/(web)/rule/[0-9]+"}'),
        (INGRESS, 'nginx_ingress_controller_requests{exported_namespace=~"shop",ingress=~"(web)"}'),
    ],
)
def test_a_service_without_metrics_is_measured_where_its_requests_come_in(environment, metric):
    made = service('port = 8080, health { }, expose { host = "a.acme.io" }, slo up { target = 99% }', environment)
    assert f"sum(rate({metric}[5m]))" in rules(made)["slo:error_ratio:rate5m"]["expr"]
    assert "ServiceMonitor" not in made.kinds("web")


def test_what_nothing_measures_is_a_warning():
    made = service("port = 8080, health { }, slo up { target = 99% }")
    assert [one.message for one in made.told if "nothing measures" in one.message]
    assert "ErrorBudgetBurn" not in rules(made)
    assert "PodCrashLooping" in rules(made)


def test_an_objective_whose_metrics_are_missing_is_told():
    alert = rules(service(METRICS + "slo up { target = 99% }"))["ObjectiveNotMeasured"]
    assert alert["expr"] == 'absent(slo:error_ratio:rate5m{namespace="shop",service="web",slo="up"})'


# --------------------------------------------------------------------------------------------------------- alerts


def test_an_alert_says_whom_it_reaches_and_where_to_read_on():
    page = "https://runbooks.acme.io"
    made = built(
        f'{DEV}app shop {{ team = web\nlinks {{ runbook = "{page}" }}\nservice web {{ {IMAGE}\n{METRICS} }}\n}}\n'
    )
    alert = rules(made)["PodCrashLooping"]
    assert (alert["labels"]["team"], alert["labels"]["on_call"]) == ("web", "pagerduty:WEB")
    assert alert["annotations"]["runbook_url"] == page
    own = rules(service(METRICS + 'runbook = "https://acme.io/web"'))["PodCrashLooping"]
    assert own["annotations"]["runbook_url"] == "https://acme.io/web"
    assert "runbook_url" not in rules(service(METRICS))["PodCrashLooping"]["annotations"]


def test_the_team_of_a_workload_is_called_before_that_of_its_app():
    other = 'team night { owner = "night@acme.io", on_call = "pagerduty:NIGHT" }\n'
    made = service(METRICS + "team = night", DEV + other)
    labels = rules(made)["PodCrashLooping"]["labels"]
    assert (labels["team"], labels["on_call"]) == ("night", "pagerduty:NIGHT")


@pytest.mark.parametrize(("tier", "severity"), [("critical", "page"), ("standard", "ticket")])
def test_what_is_critical_wakes_someone(tier, severity):
    made = service(f'{METRICS} tier = "{tier}", replicas = 2')
    assert rules(made)["PodCrashLooping"]["labels"]["severity"] == severity


@pytest.mark.parametrize(
    ("fields", "alert"),
    [
        ("cpu = 100m..1", "CpuThrottled"),
        ("replicas = 2..4", "AtMaximumReplicas"),
        ('volume data { path = "/data", size = 1Gi }', "VolumeFilling"),
    ],
)
def test_alerts_follow_what_a_service_has(fields, alert):
    assert alert in rules(service(METRICS + fields))
    assert alert not in rules(service(METRICS))


def test_alerts_can_be_had_without_metrics_and_metrics_without_alerts():
    assert "PodCrashLooping" in rules(service("port = 8080, health { }, alerts = true"))
    assert "PodCrashLooping" not in rules(service(METRICS + "alerts = false"))


@pytest.mark.parametrize(
    ("volume", "claims"),
    [
        ('size = 1Gi, access = "shared"', "web-data"),
        ("size = 1Gi", "data-web-[0-9]+"),
    ],
)
def test_volumes_are_found_by_the_names_of_their_claims(volume, claims):
    made = service(f'{METRICS} volume data {{ path = "/data", {volume} }}')
    assert f'persistentvolumeclaim=~"{claims}"' in rules(made)["VolumeFilling"]["expr"]


def test_a_certificate_that_ends():
    made = service(METRICS + 'expose { host = "a.acme.io" }', INGRESS)
    (tls,) = made.get("Ingress", "web")["spec"]["tls"]
    expr = rules(made)["CertificateExpiring"]["expr"]
    assert f'name="{tls["secretName"]}"' in expr
    assert expr.endswith("- time() < 1209600")  # 14 days of 86400 s
    assert "CertificateExpiring" not in rules(service(METRICS + 'expose { host = "a.acme.io" }'))


def test_a_prober_asks_what_is_exposed():
    prober = 'environment dev { cloud = "kubernetes", prober = "blackbox.monitoring.svc:9115" }\n'
    made = service(METRICS + 'expose { host = "a.acme.io", path = "/shop" }', prober)
    probe = made.get("Probe", "web")["spec"]
    assert probe["prober"]["url"] == "blackbox.monitoring.svc:9115"
    assert probe["targets"]["staticConfig"]["static"] == ["https://a.acme.io/shop"]
    assert f'job="{probe["jobName"]}"' in rules(made)["CertificateExpiring"]["expr"]


def test_a_queue_that_is_not_worked_off():
    made = app(
        f"queue orders {{ }}\nworker web {{ {IMAGE}, alerts = true, replicas = 0..5\n"
        "scale_on { queue { of = orders, depth = 50 } } }"
    )
    expr = rules(made)["QueueBacklog"]["expr"]
    assert expr == 'max(keda_scaler_metrics_value{exported_namespace="shop",scaledObject="web"}) > 250'  # 5 * 50
    assert 'horizontalpodautoscaler="keda-hpa-web"' in rules(made)["AtMaximumReplicas"]["expr"]


@pytest.mark.parametrize(
    ("environment", "metric"),
    [
        (PROD, 'aws_sqs_approximate_age_of_oldest_message_maximum{dimension_QueueName="acme-prod-shop-orders"}'),
        (
            GCP,
            f'{PUBSUB}_oldest_unacked_message_age{{subscription_id="acme-prod-shop-orders"}}',
        ),
        (
            DEV,
            'time() - (rabbitmq_detailed_queue_head_message_timestamp{namespace="shop",job="orders",queue="orders"} > 0)',
        ),
    ],
)
def test_messages_that_nobody_handles(environment, metric):
    worker = f"worker web {{ {IMAGE}, env {{ QUEUE = orders.url }} }}"
    made = app(f"queue orders {{ alert_after = 15m }}\n{worker}", environment)
    alert = rules(made, "orders")["MessagesWaiting"]
    assert alert["expr"] == f"max({metric}) > 900"  # 15 * 60
    assert alert["labels"]["on_call"] == "pagerduty:WEB"
    assert not [one for one in app(f"queue orders {{ }}\n{worker}", environment).objects() if "Rule" in one["kind"]]


def test_messages_that_nobody_handles_in_service_bus_which_knows_no_ages():
    azure = 'environment azure { cloud = "azure", region = "westeurope", domain = "acme.io" }\n'
    made = app(f"queue orders {{ alert_after = 15m }}\nworker web {{ {IMAGE}, env {{ QUEUE = orders.url }} }}", azure)
    bus = made.resource("azurerm_servicebus_namespace", "app_bus")["name"]
    queue = made.resource("azurerm_servicebus_queue", "orders_main")["name"]
    of_queue = f'azurerm_resource_metric{{resourceName="{bus}",dimension="{queue}"'
    active = f'max({of_queue},metric="ActiveMessages",aggregation="average"}})'
    incoming = f'sum(sum_over_time({of_queue},metric="IncomingMessages",aggregation="total"}}[900s]))'
    assert rules(made, "orders")["MessagesWaiting"]["expr"] == f"{active} > ({incoming} or vector(0))"


def test_a_broker_that_is_asked_for_ages_stamps_messages_and_lets_prometheus_read():
    made = app(f"queue orders {{ alert_after = 15m }}\nworker web {{ {IMAGE}, env {{ QUEUE = orders.url }} }}")
    (endpoint,) = made.get("PodMonitor", "orders")["spec"]["podMetricsEndpoints"]
    assert (endpoint["path"], endpoint["params"]) == ("/metrics/detailed", {"family": ["queue_metrics"]})
    (container,) = made.pod("StatefulSet", "orders")["containers"]
    assert {"name": endpoint["port"], "containerPort": 15692, "protocol": "TCP"} in container["ports"]
    (mount,) = [each for each in container["volumeMounts"] if each["mountPath"].startswith("/etc/rabbitmq/")]
    assert mount["mountPath"] == "/etc/rabbitmq/conf.d/20-timestamps.conf"
    (settings,) = [one for one in made.objects() if one["kind"] == "ConfigMap"]
    assert list(settings["data"].values()) == ["message_interceptors.incoming.set_header_timestamp.overwrite = false\n"]
    opened = [
        each for each in made.get("NetworkPolicy", "orders")["spec"]["ingress"] if each["ports"][0]["port"] == 15692
    ]
    (peer,) = opened[0]["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}
    assert [each["port"] for each in made.get("Service", "orders")["spec"]["ports"]] == [5672]


def test_a_cron_job_that_fails_is_told_until_it_succeeds():
    made = app(f'cron_job web {{ {IMAGE}, alerts = true, schedule = "0 2 * * *" }}')
    alerts = rules(made)
    assert list(alerts) == ["JobFailed"]
    assert 'kube_cronjob_status_last_successful_time{namespace="shop",cronjob="web"}' in alerts["JobFailed"]["expr"]


def test_a_job_that_fails_is_found_by_the_name_with_its_hash():
    made = app(f"job web {{ {IMAGE}, alerts = true }}")
    (job,) = [one for one in made.objects() if one["kind"] == "Job"]
    assert job["metadata"]["name"].startswith("web-")
    assert 'job_name=~"web-[0-9a-f]{8}"' in rules(made)["JobFailed"]["expr"]


# ------------------------------------------------------------------------------------------------------ dashboard


def test_an_app_has_one_dashboard():
    made = app(f"service web {{ {IMAGE}\n{METRICS} }}\nworker mails {{ {IMAGE}, metrics {{ port = 9090 }} }}")
    found = made.get("ConfigMap", "shop-dashboard")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["metadata"]["labels"]["app.kubernetes.io/name"] == "shop-dashboard"
    board = json.loads(found["data"]["shop.json"])
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in board["panels"]})
    assert {place[0] for place in places} == {0, 8, 16}


def test_dashboards_of_apps_and_environments_are_told_apart():
    two = DEV + 'environment test { cloud = "kubernetes", cluster = "test" }\n'
    made = built(
        f"{two}app shop {{ team = web\nservice web {{ {IMAGE}\n{METRICS} }} }}\n"
        f"app till {{ team = web\nservice web {{ {IMAGE}\n{METRICS} }} }}\n"
    )
    boards = [
        json.loads(made.get("ConfigMap", f"{name}-dashboard", environment, name)["data"][f"{name}.json"])
        for environment in ("dev", "test")
        for name in ("shop", "till")
    ]
    assert len({board["uid"] for board in boards}) == len({board["title"] for board in boards}) == 4
