"""What the fields of workloads become: pods, their containers, and the objects that keep them."""

import pytest
from stdlib_projects import DEV, IMAGE, app, service, wrong

DIGEST = "sha256:" + "0" * 64


def test_a_service_is_a_deployment_with_a_service_and_an_account():
    made = service("port = 8080")
    assert made.kinds("web") == ["Deployment", "NetworkPolicy", "Service", "ServiceAccount"]


def test_every_object_has_the_standard_labels_and_selectors_hold_two_of_them():
    deployment = service("port = 8080").get("Deployment", "web")
    two = {"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "web"}
    assert deployment["metadata"]["labels"] == {
        **two,
        "app.kubernetes.io/component": "service",
        "app.kubernetes.io/part-of": "shop",
        "app.kubernetes.io/managed-by": "idpc",
        "idpc.dev/team": "web",
        "idpc.dev/environment": "dev",
        "idpc.dev/tier": "standard",
    }
    assert deployment["spec"]["selector"] == {"matchLabels": two}
    assert service("port = 8080").get("Service", "web")["spec"]["selector"] == two


def test_the_security_defaults_of_a_pod():
    pod = service("port = 8080").pod("Deployment", "web")
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["volumes"] == [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]


def test_the_resources_of_a_container_that_says_nothing():
    assert service("port = 8080").container("Deployment", "web")["resources"] == {
        "requests": {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi"},
        "limits": {"memory": "128Mi", "ephemeral-storage": "1Gi"},
    }


@pytest.mark.parametrize(
    ("fields", "requests", "limits"),
    [
        ("cpu = 250m", {"cpu": "250m"}, {"cpu": None}),
        ("cpu = 250m..2", {"cpu": "250m"}, {"cpu": "2"}),
        ("cpu = 1500m", {"cpu": "1500m"}, {"cpu": None}),
        ("memory = 1Gi", {"memory": "1Gi"}, {"memory": "1Gi"}),
        ("memory = 256Mi..1536Mi", {"memory": "256Mi"}, {"memory": "1536Mi"}),
        ("ephemeral_storage = 1Gi..4Gi", {"ephemeral-storage": "1Gi"}, {"ephemeral-storage": "4Gi"}),
    ],
)
def test_resources(fields, requests, limits):
    found = service(fields).container("Deployment", "web")["resources"]
    assert {name: found["requests"].get(name) for name in requests} == requests
    assert {name: found["limits"].get(name) for name in limits} == limits


@pytest.mark.parametrize(
    ("reference", "policy"), [("ghcr.io/acme/web:1.0.0", "Always"), (f"ghcr.io/acme/web@{DIGEST}", "IfNotPresent")]
)
def test_a_tag_is_pulled_again_and_a_digest_is_not(reference, policy):
    made = app(f'service web {{ image = "{reference}" }}')
    assert made.container("Deployment", "web")["imagePullPolicy"] == policy


def test_command_arguments_and_variables():
    made = service(
        'port = 8080, command = ["run"], args = ["--name=$(HOSTNAME)", "x"]\n'
        'env { NUMBER = 1, SHARE = 1.5, ON = true, TEXT = "costs $(5)", OTHER = self.name }'
    )
    container = made.container("Deployment", "web")
    assert (container["command"], container["args"]) == (["run"], ["--name=$$(HOSTNAME)", "x"])
    assert made.env("Deployment", "web") == {
        "NUMBER": "1",
        "SHARE": "1.5",
        "ON": "true",
        "TEXT": "costs $$(5)",
        "OTHER": "web",
    }


@pytest.mark.parametrize(
    ("health", "probe"),
    [
        ('path = "/h"', {"httpGet": {"path": "/h", "port": 8080}}),
        ('command = ["check"]', {"exec": {"command": ["check"]}}),
        ("grpc = true", {"grpc": {"port": 8080}}),
        ("", {"tcpSocket": {"port": 8080}}),
        ('path = "/h", port = 9000', {"httpGet": {"path": "/h", "port": 9000}}),
    ],
)
def test_health_gives_three_probes_of_one_endpoint(health, probe):
    container = service(f"port = 8080, health {{ {health} }}").container("Deployment", "web")
    pace = {"startupProbe": (5, 30), "readinessProbe": (10, 3), "livenessProbe": (10, 6)}
    for name, (period, failures) in pace.items():
        assert container[name] == {
            **probe,
            "periodSeconds": period,
            "timeoutSeconds": 2,
            "failureThreshold": failures,
        }, name


def test_without_health_there_is_no_probe():
    container = service("port = 8080").container("Deployment", "web")
    assert not [name for name in container if name.endswith("Probe")]


def test_health_says_how_often_and_how_long():
    container = service(
        "port = 8080, health { initial_delay = 3s, every = 1500ms, timeout = 1m, failures = 4 }"
    ).container("Deployment", "web")
    told = {"periodSeconds": 2, "timeoutSeconds": 60, "failureThreshold": 4}
    assert container["startupProbe"] == {"tcpSocket": {"port": 8080}, "initialDelaySeconds": 3, **told}
    assert container["livenessProbe"] == {"tcpSocket": {"port": 8080}, **told}


def test_a_probe_differs_from_health_where_it_says_so():
    container = service(
        'port = 8080, health { path = "/h", every = 7s }\n'
        'probe readiness { path = "/ready" }\nprobe startup { failures = 90 }\nprobe liveness { command = ["ok"] }'
    ).container("Deployment", "web")
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert (container["startupProbe"]["httpGet"]["path"], container["startupProbe"]["failureThreshold"]) == ("/h", 90)
    assert container["livenessProbe"]["exec"] == {"command": ["ok"]}
    assert {container[name]["periodSeconds"] for name in ("readinessProbe", "startupProbe", "livenessProbe")} == {7}


@pytest.mark.parametrize(
    ("ports", "health", "probe"),
    [
        ('dns { container = 53, protocol = "udp" }, http = 8080', "", {"tcpSocket": {"port": 8080}}),
        ("admin = 9000, http = 8080", 'path = "/h"', {"httpGet": {"path": "/h", "port": 8080}}),
        ('http = 8080, rpc { container = 9090, protocol = "grpc" }', "grpc = true", {"grpc": {"port": 9090}}),
        (
            'secure { container = 8443, protocol = "https" }',
            'path = "/h"',
            {"httpGet": {"path": "/h", "port": 8443, "scheme": "HTTPS"}},
        ),
    ],
)
def test_a_probe_asks_the_port_that_can_answer(ports, health, probe):
    found = service(f"ports {{ {ports} }}, health {{ {health} }}").container("Deployment", "web")["readinessProbe"]
    assert {key: found[key] for key in probe} == probe


def test_a_plain_file_is_in_a_config_map_named_by_its_content():
    one, other = (
        service(f'port = 8080, file "/etc/app/main.conf" {{ content = "{text}", mode = "0440" }}') for text in "ab"
    )
    names = [_config_map(each)["metadata"]["name"] for each in (one, other)]
    assert names[0] != names[1]
    assert all(len(name) == len("web-") + 8 for name in names)
    assert _config_map(one)["immutable"] is True
    assert _config_map(one)["data"] == {"etc_app_main.conf": "a"}
    pod = one.pod("Deployment", "web")
    item = {"key": "etc_app_main.conf", "path": "etc_app_main.conf", "mode": 0o440}
    assert pod["volumes"][1] == {"name": "files", "configMap": {"name": names[0], "items": [item]}}
    assert pod["containers"][0]["volumeMounts"][1] == {
        "name": "files",
        "mountPath": "/etc/app/main.conf",
        "subPath": "etc_app_main.conf",
        "readOnly": True,
    }


def _config_map(made):
    return next(one for one in made.objects() if one["kind"] == "ConfigMap")


def test_a_binary_file_keeps_its_bytes():
    made = service('file "/etc/app.bin" { content = base64("x"), binary = true }')
    assert _config_map(made)["binaryData"] == {"etc_app.bin": "eA=="}


def test_a_volume_without_a_size_is_empty_at_each_start():
    pod = service('volume cache { path = "/cache" }').pod("Deployment", "web")
    assert {"name": "cache", "emptyDir": {}} in pod["volumes"]


def test_a_volume_with_a_size_makes_a_stateful_set_that_keeps_its_claims():
    made = service('port = 8080, replicas = 3, volume data { path = "/data", size = 10Gi }')
    spec = made.get("StatefulSet", "web")["spec"]
    assert (spec["serviceName"], spec["replicas"]) == ("web-headless", 3)
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    assert made.get("Service", "web-headless")["spec"]["clusterIP"] == "None"
    assert "Deployment" not in made.kinds("web")


def test_a_shared_volume_is_one_claim_of_a_deployment():
    made = service(
        'replicas = 1..3, volume data_files { path = "/data", size = 10Gi, access = "shared", sub_path = "a", read_only = true }'
    )
    assert made.get("PersistentVolumeClaim", "web-data-files")["spec"]["accessModes"] == ["ReadWriteMany"]
    pod = made.pod("Deployment", "web")
    assert pod["volumes"][1] == {"name": "data-files", "persistentVolumeClaim": {"claimName": "web-data-files"}}
    assert pod["containers"][0]["volumeMounts"][1] == {
        "name": "data-files",
        "mountPath": "/data",
        "subPath": "a",
        "readOnly": True,
    }


def test_a_volume_at_tmp_takes_the_place_of_the_standard_one():
    pod = service('volume scratch { path = "/tmp" }').pod("Deployment", "web")
    assert [volume["name"] for volume in pod["volumes"]] == ["scratch"]


@pytest.mark.parametrize("kind", ["job", "cron_job", "daemon"])
def test_a_sized_volume_of_pods_that_nothing_numbers_goes_with_the_pod(kind):
    schedule = 'schedule = "@daily"' if kind == "cron_job" else ""
    made = app(f'{kind} x {{ {IMAGE}, {schedule}\nvolume data {{ path = "/data", size = 5Gi }} }}')
    template = next(_volumes(made, name)["data"] for name in ("Job", "CronJob", "DaemonSet") if _volumes(made, name))
    assert template["ephemeral"]["volumeClaimTemplate"]["spec"]["resources"]["requests"]["storage"] == "5Gi"


def _volumes(made, kind):
    found = next((one for one in made.objects() if one["kind"] == kind), None)
    pod = found and made.pod(kind, found["metadata"]["name"])
    return {volume["name"]: volume for volume in pod["volumes"]} if pod else {}


def test_containers_beside_and_before_the_main_one():
    made = service(
        f'port = 8080, volume cache {{ path = "/cache" }}\n'
        f'container proxy {{ {IMAGE}, command = ["p"], args = ["a"], env {{ A = 1 }}, cpu = 50m, memory = 64Mi, port = 9000\n'
        f' health {{ path = "/p" }}, file "/etc/p.conf" {{ content = "p" }}, volume cache {{ path = "/c" }}\n'
        f' volume own {{ path = "/own" }}, run_as {{ user = 5, group = 6 }} }}\n'
        f'init prepare_data {{ {IMAGE}, command = ["i"], health {{ command = ["never"] }} }}'
    )
    pod = made.pod("Deployment", "web")
    proxy, prepare = pod["containers"][1], pod["initContainers"][0]
    assert (proxy["name"], proxy["command"], proxy["args"]) == ("proxy", ["p"], ["a"])
    assert proxy["env"] == [{"name": "A", "value": "1"}]
    assert proxy["resources"]["requests"]["cpu"] == "50m"
    assert proxy["readinessProbe"]["httpGet"] == {"path": "/p", "port": 9000}
    assert (proxy["securityContext"]["runAsUser"], proxy["securityContext"]["runAsGroup"]) == (5, 6)
    assert [mount["mountPath"] for mount in proxy["volumeMounts"]] == ["/tmp", "/c", "/own", "/etc/p.conf"]
    assert {"name": "own", "emptyDir": {}} in pod["volumes"]
    assert prepare["name"] == "prepare-data"
    assert "readinessProbe" not in prepare


@pytest.mark.parametrize(("kind", "head"), [("job", ""), ("cron_job", 'schedule = "@daily"')])
def test_what_runs_beside_a_task_ends_with_it(kind, head):
    made = app(f"{kind} x {{ {IMAGE}, {head}\ncontainer proxy {{ {IMAGE} }} }}")
    found = next(one for one in made.objects() if one["kind"] in ("Job", "CronJob"))
    pod = made.pod(found["kind"], found["metadata"]["name"])
    assert [(one["name"], one["restartPolicy"]) for one in pod["initContainers"]] == [("proxy", "Always")]
    assert pod["restartPolicy"] == "Never"


def test_a_port_below_1024_is_open_to_every_user():
    sysctls = [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
    assert service("port = 80").pod("Deployment", "web")["securityContext"]["sysctls"] == sysctls
    beside = service(f"port = 8080, container proxy {{ {IMAGE}, port = 443 }}")
    assert beside.pod("Deployment", "web")["securityContext"]["sysctls"] == sysctls


def test_the_user_the_group_and_a_writable_root():
    pod = service("run_as { user = 1000, group = 2000, read_only = false }").pod("Deployment", "web")
    context = pod["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (1000, 2000, 2000)
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is False


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ("run_as { root = true }", "may run as root"),
        ('run_as { capabilities = ["NET_ADMIN"] }', "add capabilities"),
        (f"container proxy {{ {IMAGE}, run_as {{ root = true }} }}", "run as root: proxy"),
    ],
)
def test_privilege_is_an_error_until_it_is_waived(rights, words):
    (one,) = wrong(f"service web {{ {IMAGE}, {rights} }}")
    assert one.code == "IDP5001"
    assert words in one.message


def test_allowed_privilege_lowers_the_label_of_the_namespace():
    made = app(f"service web {{ {IMAGE}, run_as {{ root = true }} }}", DEV + "policy no_privilege { require true }\n")
    labels = made.get("Namespace", "shop")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert made.pod("Deployment", "web")["securityContext"]["runAsUser"] == 0


def test_permissions_are_roles_and_a_token():
    made = service(
        'permission pods { resources = ["pods"], verbs = ["get", "list"] }\n'
        'permission nodes { resources = ["nodes"], verbs = ["get"], groups = ["", "x.io"], cluster = true }'
    )
    assert made.get("Role", "web")["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
    assert made.get("RoleBinding", "web")["subjects"] == [
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}
    ]
    assert made.get("ClusterRole", "shop-web")["rules"][0]["apiGroups"] == ["", "x.io"]
    assert made.get("ClusterRoleBinding", "shop-web")["roleRef"]["name"] == "shop-web"
    assert made.pod("Deployment", "web")["automountServiceAccountToken"] is True
    ports = [[port["port"] for port in rule["ports"]] for rule in made.get("NetworkPolicy", "web")["spec"]["egress"]]
    assert ports == [[443, 6443]]


def test_nodes():
    made = service(
        'node { arch = "arm64", selector { pool = "x" }, spot = true\n'
        ' tolerations = [{ key = "a" }, { key = "b", value = "c", effect = "NoExecute", for_at_most = 5m }] }',
        'environment prod { cloud = "aws", region = "eu-west-1" }\n',
    )
    pod = made.pod("Deployment", "web")
    capacity = "eks.amazonaws.com/capacityType"
    assert pod["nodeSelector"] == {"kubernetes.io/arch": "arm64", capacity: "SPOT", "pool": "x"}
    assert pod["tolerations"] == [
        {"key": "a", "operator": "Exists"},
        {"key": "b", "operator": "Equal", "value": "c", "effect": "NoExecute", "tolerationSeconds": 300},
        {"key": capacity, "operator": "Equal", "value": "SPOT", "effect": "NoSchedule"},
    ]


def test_how_a_pod_is_stopped():
    pod = service('shutdown { grace = 45s, command = ["sleep", "5"] }').pod("Deployment", "web")
    assert pod["terminationGracePeriodSeconds"] == 45
    assert pod["containers"][0]["lifecycle"] == {"preStop": {"exec": {"command": ["sleep", "5"]}}}


def test_labels_and_annotations_of_ones_own():
    made = service('labels { "acme.io/x" = "1", plain = "z" }, annotations { "acme.io/note" = "n" }')
    deployment = made.get("Deployment", "web")
    template = deployment["spec"]["template"]["metadata"]
    assert deployment["metadata"]["annotations"] == template["annotations"] == {"acme.io/note": "n"}
    assert (
        template["labels"]["acme.io/x"] == made.get("ServiceAccount", "web")["metadata"]["labels"]["acme.io/x"] == "1"
    )
    assert "plain" not in deployment["spec"]["selector"]["matchLabels"]


def test_patches():
    made = service(
        'port = 8080, patch Service { spec { sessionAffinity = "ClientIP" } }\n'
        "patch Pod { containers { web { tty = true } } }, patch Deployment { spec { minReadySeconds = 5 } }"
    )
    assert made.get("Service", "web")["spec"]["sessionAffinity"] == "ClientIP"
    assert made.get("Deployment", "web")["spec"]["minReadySeconds"] == 5
    assert made.container("Deployment", "web")["tty"] is True


def test_a_name_of_its_own():
    assert "Deployment" in app(f'service web {{ {IMAGE}, name = "front" }}').kinds("front")


def test_image_pull_secrets():
    made = service("", 'environment dev { cloud = "kubernetes", image_pull_secrets = ["registry"] }\n')
    assert made.pod("Deployment", "web")["imagePullSecrets"] == [{"name": "registry"}]


def test_a_fixed_number_of_replicas():
    made = service("replicas = 3")
    assert made.get("Deployment", "web")["spec"]["replicas"] == 3
    assert made.get("PodDisruptionBudget", "web")["spec"]["maxUnavailable"] == 1
    assert made.get("PodDisruptionBudget", "web")["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    pod = made.pod("Deployment", "web")
    assert [one["topologyKey"] for one in pod["topologySpreadConstraints"]] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    assert "HorizontalPodAutoscaler" not in made.kinds("web")


def test_a_single_replica_is_neither_spread_nor_guarded():
    made = service("replicas = 1")
    assert "PodDisruptionBudget" not in made.kinds("web")
    assert not {"topologySpreadConstraints", "affinity"} & made.pod("Deployment", "web").keys()


def test_a_range_of_replicas_belongs_to_its_autoscaler():
    made = service("replicas = 2..10, scale_on { cpu = 60%, memory = 80%, requests_per_second = 100 }")
    assert "replicas" not in made.get("Deployment", "web")["spec"]
    spec = made.get("HorizontalPodAutoscaler", "web")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert [one["resource"]["target"]["averageUtilization"] for one in spec["metrics"][:2]] == [60, 80]
    assert spec["metrics"][2]["pods"]["target"] == {"type": "AverageValue", "averageValue": 100}


def test_a_range_scales_on_70_percent_of_cpu():
    (metric,) = service("replicas = 2..3").get("HorizontalPodAutoscaler", "web")["spec"]["metrics"]
    assert metric["resource"]["target"]["averageUtilization"] == 70


@pytest.mark.parametrize(
    ("given", "spec"),
    [
        ("min_available = 2", {"minAvailable": 2}),
        ("min_available = 50%", {"minAvailable": "50%"}),
        ("max_unavailable = 2", {"maxUnavailable": 2}),
        ("max_unavailable = 25%", {"maxUnavailable": "25%"}),
    ],
)
def test_disruption(given, spec):
    found = service(f"replicas = 4, disruption {{ {given} }}").get("PodDisruptionBudget", "web")["spec"]
    assert {name: found.get(name) for name in ("minAvailable", "maxUnavailable") if name in found} == spec


@pytest.mark.parametrize(
    ("cloud", "trigger"),
    [
        ('cloud = "aws", region = "eu-west-1"', "aws-sqs-queue"),
        ('cloud = "kubernetes"', "rabbitmq"),
    ],
)
@pytest.mark.parametrize("kind", ["worker", "service"])
def test_a_queue_scales_alone(kind, cloud, trigger):
    made = app(
        f"queue tasks {{ }}\n{kind} eater {{ {IMAGE}, replicas = 0..5, scale_on {{ queue {{ of = tasks, depth = 3 }} }} }}",
        f"environment e {{ {cloud} }}\n",
    )
    spec = made.get("ScaledObject", "eater")["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (0, 5)
    assert [one["type"] for one in spec["triggers"]] == [trigger]
    assert "3" in spec["triggers"][0]["metadata"].values()
    assert "HorizontalPodAutoscaler" not in made.kinds("eater")
    assert made.env("Deployment", "eater")["SCALE_ON_QUEUE"] == "shop-tasks-v1/url"


def test_a_worker_has_no_service():
    made = app(f'worker eater {{ {IMAGE}, replicas = 2..4, health {{ command = ["ok"] }} }}')
    assert made.kinds("eater") == [
        "Deployment",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "ServiceAccount",
    ]


def test_a_worker_with_a_volume_of_its_own_is_a_stateful_set():
    made = app(f'worker eater {{ {IMAGE}, volume data {{ path = "/data", size = 1Gi }} }}')
    assert made.get("StatefulSet", "eater")["spec"]["serviceName"] == "eater-headless"


def _job(text):
    return next(one for one in app(f"job migrate {{ {IMAGE}, {text} }}").objects() if one["kind"] == "Job")


def test_a_job_is_named_by_its_content():
    names = {_job(text)["metadata"]["name"] for text in ("env { A = 1 }", "env { A = 2 }", "retries = 1")}
    assert len(names) == 3
    assert all(name.startswith("migrate-") for name in names)
    assert _job("env { A = 1 }")["metadata"]["name"] == _job("env { A = 1 } ")["metadata"]["name"]


def test_the_fields_of_a_job():
    spec = _job("retries = 2, deadline = 10m, parallelism = 2, completions = 4")["spec"]
    assert [spec[name] for name in ("backoffLimit", "activeDeadlineSeconds", "parallelism", "completions")] == [
        2,
        600,
        2,
        4,
    ]


def test_the_fields_of_a_cron_job():
    made = app(
        f'cron_job nightly {{ {IMAGE}, schedule = "0 2 * * *", timezone = "Europe/Berlin", concurrency = "replace"\n'
        "retries = 1, deadline = 1h, suspend = true }"
    )
    spec = made.get("CronJob", "nightly")["spec"]
    assert [spec[name] for name in ("schedule", "timeZone", "concurrencyPolicy", "suspend")] == [
        "0 2 * * *",
        "Europe/Berlin",
        "Replace",
        True,
    ]
    inner = spec["jobTemplate"]["spec"]
    assert (inner["backoffLimit"], inner["activeDeadlineSeconds"]) == (1, 3600)


@pytest.mark.parametrize(
    ("concurrency", "policy"),
    [("", "Forbid"), ('concurrency = "allow"', "Allow"), ('concurrency = "forbid"', "Forbid")],
)
def test_concurrency(concurrency, policy):
    made = app(f'cron_job nightly {{ {IMAGE}, schedule = "@daily", {concurrency} }}')
    assert made.get("CronJob", "nightly")["spec"]["concurrencyPolicy"] == policy


def test_a_daemon_runs_on_each_node():
    made = app(f"daemon agent {{ {IMAGE}, metrics {{ port = 9100 }} }}")
    assert made.kinds("agent") == ["DaemonSet", "NetworkPolicy", "PodMonitor", "PrometheusRule", "ServiceAccount"]
    assert made.container("DaemonSet", "agent")["ports"] == [
        {"name": "metrics", "containerPort": 9100, "protocol": "TCP"}
    ]


@pytest.mark.parametrize(("strategy", "written"), [("rolling", "RollingUpdate"), ("recreate", "Recreate")])
def test_strategies_of_a_deployment(strategy, written):
    made = service(f'port = 8080, rollout {{ strategy = "{strategy}" }}')
    assert made.get("Deployment", "web")["spec"]["strategy"]["type"] == written


def test_what_a_strategy_does_not_use_is_ignored():
    made = service('port = 8080, rollout { strategy = "rolling", steps = [10%], abort_on = ["nothing"] }')
    assert "Deployment" in made.kinds("web")


def test_a_canary_without_a_way_from_outside_counts_pods():
    made = service('port = 8080, replicas = 10, rollout { strategy = "canary", steps = [10%, 50%], pause = 90s }')
    canary = made.get("Rollout", "web")["spec"]["strategy"]["canary"]
    assert "trafficRouting" not in canary
    assert canary["steps"] == [
        {"setWeight": 10},
        {"pause": {"duration": "90s"}},
        {"setWeight": 50},
        {"pause": {"duration": "90s"}},
    ]
    assert "stableService" not in canary  # it would lead to the pods of one version only
    assert made.get("Service", "web")["spec"]["selector"] == {
        "app.kubernetes.io/name": "web",
        "app.kubernetes.io/instance": "web",
    }
    assert made.kinds("web-canary") == []


def test_a_step_finer_than_one_pod_is_a_warning_unless_traffic_is_routed():
    rollout = 'port = 8080, health { }, replicas = 3, rollout { strategy = "canary", steps = [5%] }'
    assert [one.message for one in service(rollout).told if "whole pods" in one.message]
    routed = service(f'{rollout}, expose {{ host = "a.acme.io" }}')
    assert not [one.message for one in routed.told if "whole pods" in one.message]


def test_autoscaler_and_budget_of_a_rollout_point_at_it():
    made = service('port = 8080, replicas = 2..4, rollout { strategy = "blue_green", pause = 2m }')
    assert made.get("HorizontalPodAutoscaler", "web")["spec"]["scaleTargetRef"] == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "name": "web",
    }
    strategy = made.get("Rollout", "web")["spec"]["strategy"]["blueGreen"]
    assert (strategy["activeService"], strategy["previewService"]) == ("web", "web-preview")
    assert strategy["autoPromotionSeconds"] == 120


def test_one_environment_may_roll_where_others_have_a_canary():
    made = app(
        f'service web {{ {IMAGE}, port = 8080, replicas = 20, rollout {{ strategy = "canary", steps = [10%] }}\n'
        'in dev { rollout { strategy = "rolling" } } }',
        DEV + 'environment prod { cloud = "kubernetes" }\n',
    )
    assert "Deployment" in made.kinds("web", "dev")
    assert "Rollout" in made.kinds("web", "prod")


def test_the_library_has_no_syntax_that_is_passed_over():
    from idpc.project import standard_library
    from idpc.syntax import parse_module

    found = [(file.path, each.message) for file in standard_library() for each in parse_module(file).diagnostics]
    assert found == []
