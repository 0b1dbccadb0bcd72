"""How a new version takes over: the share of the traffic that it gets, and what takes it back."""

import pytest
from stdlib_projects import DEV, IMAGE, app, service, wrong

INGRESS = 'environment dev { cloud = "kubernetes", gateway = "ingress" }\n'
NONE = 'environment dev { cloud = "kubernetes", monitoring = "none" }\n'
BLIND = 'environment dev { cloud = "kubernetes", prometheus_url = null }\n'
SERVICE = "port = 8080, health { }, replicas = 2..10, metrics { port = 9090 }, slo availability { target = 99.9% }\n"
HOST = 'expose { host = "a.acme.io" }\n'
VERSION = [{"name": "version", "valueFrom": {"podTemplateHashValue": "Latest"}}]


def canary(made):
    return made.get("Rollout", "web")["spec"]["strategy"]["canary"]


def metric(made, name="web-availability"):
    (found,) = made.get("AnalysisTemplate", name)["spec"]["metrics"]
    return found


def aborting(strategy, more="", body="", environment=DEV):
    return service(
        f'{SERVICE}{body}rollout {{ strategy = "{strategy}", abort_on = ["availability"]\n{more} }}', environment
    )


def test_a_gateway_moves_the_traffic_by_weight():
    made = aborting("canary", "steps = [5%, 25%], pause = 10m", HOST)
    found = canary(made)
    (route,) = found["trafficRouting"]["plugins"]["argoproj-labs/gatewayAPI"]["httpRoutes"]
    assert made.get("HTTPRoute", route["name"])["spec"]["rules"][0]["backendRefs"] == [
        {"name": found["stableService"], "port": 8080, "weight": 100},
        {"name": found["canaryService"], "port": 8080, "weight": 0},
    ]
    for name in (found["stableService"], found["canaryService"]):
        assert made.get("Service", name)["spec"]["ports"][0]["port"] == 8080
    assert found["steps"] == [
        {"setWeight": 5},
        {"pause": {"duration": "600s"}},
        {"setWeight": 25},
        {"pause": {"duration": "600s"}},
    ]


def test_an_ingress_moves_the_traffic_by_weight():
    made = aborting("canary", body=HOST, environment=INGRESS)
    (name,) = canary(made)["trafficRouting"]["nginx"]["stableIngresses"]
    (rule,) = made.get("Ingress", name)["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == canary(made)["stableService"]


def test_a_canary_is_measured_in_the_background_after_its_first_step():
    made = aborting("canary", "steps = [5%, 25%, 50%], pause = 10m", HOST)
    assert canary(made)["analysis"] == {
        "startingStep": 1,
        "templates": [{"templateName": "web-availability"}],
        "args": VERSION,
    }
    assert made.get("AnalysisTemplate", "web-availability")["spec"]["args"] == [{"name": "version"}]
    assert "count" not in metric(made)  # it goes on until the rollout ends


def test_a_measurement_is_of_the_new_pods_and_reads_what_is_scraped_of_them():
    made = aborting("canary", body=HOST)
    assert made.get("ServiceMonitor", "web")["spec"]["podTargetLabels"] == ["rollouts-pod-template-hash"]
    own = 'namespace="shop",job="web",rollouts_pod_template_hash="{{args.version}}"'
    assert metric(made)["provider"]["prometheus"] == {
        "address": "http://prometheus-operated.monitoring.svc:9090",
        "query": f'(sum(rate(http_requests_total{{{own},code=~"5.."}}[5m])) or vector(0))'
        f" / sum(rate(http_requests_total{{{own}}}[5m]))",
    }


@pytest.mark.parametrize(
    ("slo", "limit"),
    [
        ("target = 99.9%", "0.0144"),  # 14.4 * 0.001
        ("target = 99.95%, window = 7d", "0.00168"),  # 3.36 * 0.0005
        ("target = 90%", "0.6"),  # 14.4 * 0.1 is more than all requests, so 6 * 0.1
        ("target = 30%", "0.7"),  # 3 * 0.7 as well, so 1 * 0.7: the budget itself
    ],
)
def test_a_version_is_taken_back_at_the_burn_rate_of_the_first_page(slo, limit):
    made = service(
        f"port = 8080, health {{ }}, metrics {{ }}, slo up {{ {slo} }}\n"
        'rollout { strategy = "canary", abort_on = ["up"] }'
    )
    found = metric(made, "web-up")
    known = "len(result) > 0 && !isNaN(result[0]) && "
    assert found["successCondition"] == f"{known}result[0] <= {limit}"
    assert found["failureCondition"] == f"{known}result[0] > {limit}"


@pytest.mark.parametrize(
    ("rollout", "failures", "inconclusive"),
    [
        ("steps = [5%, 25%, 50%], pause = 10m", 2, 5),  # 30 measurements
        ("steps = [10%, 50%], pause = 2m", 1, 2),  # 4
        ("steps = [50%], pause = 30s", 0, 0),  # 1
    ],
)
def test_limits_fit_the_time_that_a_release_takes(rollout, failures, inconclusive):
    found = metric(aborting("canary", rollout))
    assert (found["failureLimit"], found["inconclusiveLimit"]) == (failures, inconclusive)


def test_blue_green_looks_at_the_pods_before_it_switches_and_at_objectives_after():
    made = aborting("blue_green", "pause = 5m", HOST)
    strategy = made.get("Rollout", "web")["spec"]["strategy"]["blueGreen"]
    assert strategy["prePromotionAnalysis"] == {"templates": [{"templateName": "web-pods"}], "args": VERSION}
    assert strategy["postPromotionAnalysis"] == {"templates": [{"templateName": "web-availability"}], "args": VERSION}
    assert made.get("Service", strategy["previewService"])["spec"]["ports"][0]["port"] == 8080
    assert metric(made, "web-pods")["provider"]["prometheus"]["query"] == (
        'min(up{namespace="shop",job="web",rollouts_pod_template_hash="{{args.version}}"})'
    )
    found = metric(made)
    assert found["count"] == 5
    assert strategy["scaleDownDelaySeconds"] >= 60 * found["count"] + 60  # the first measurement comes after a minute


def test_objectives_that_nothing_is_to_be_taken_back_for_are_not_measured():
    made = service(f'{SERVICE}rollout {{ strategy = "canary" }}')
    assert "analysis" not in canary(made)
    assert not [one for one in made.objects() if one["kind"] == "AnalysisTemplate"]


@pytest.mark.parametrize("strategy", ["rolling", "recreate"])
def test_a_deployment_is_not_measured(strategy):
    made = aborting(strategy)
    assert "Deployment" in made.kinds("web")
    assert not [one for one in made.objects() if one["kind"] == "AnalysisTemplate"]
    assert "podTargetLabels" not in made.get("ServiceMonitor", "web")["spec"]


@pytest.mark.parametrize("strategy", ["canary", "blue_green"])
def test_autoscaler_points_at_the_rollout(strategy):
    made = aborting(strategy)
    target = made.get("HorizontalPodAutoscaler", "web")["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"}
    rollout = made.get("Rollout", "web")
    assert "replicas" not in rollout["spec"]
    assert made.get("PodDisruptionBudget", "web")["spec"]["selector"] == rollout["spec"]["selector"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (BLIND, "`abort_on` asks Prometheus, and `dev` has no `prometheus_url`"),
        (NONE, "`abort_on` asks Prometheus, and `dev` has no `prometheus_url`"),
        (
            NONE.replace(" }", ', prometheus_url = "http://a:9090" }'),
            '`abort_on` reads the service\'s metrics, and nothing collects them: `dev` has `monitoring = "none"`',
        ),
    ],
)
def test_what_cannot_be_measured_cannot_take_a_version_back(environment, said):
    body = f'service web {{ {IMAGE}\n{SERVICE}rollout {{ strategy = "canary", abort_on = ["availability"] }} }}'
    assert [(one.code, one.message) for one in wrong(body, environment)] == [("IDP3025", said)]


def test_a_rollout_without_monitoring_is_one_nobody_measures():
    made = app(f'service web {{ {IMAGE}\n{SERVICE}rollout {{ strategy = "canary" }} }}', NONE)
    assert [one["kind"] for one in made.objects() if one["kind"] in {"Rollout", "AnalysisTemplate"}] == ["Rollout"]
