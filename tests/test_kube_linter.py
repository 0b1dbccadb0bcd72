"""What is made passes kube-linter's checks: those that are on by default, and those that can be held besides.

Each is written down once more, by its name, from https://docs.kubelinter.io/#/generated/checks. `job-ttl-seconds-after-finished`
is not held: a Job is named by its content and stays, so that applying the same again does not run it again.
`unset-cpu-requirements` is held for requests alone, and `read-secret-from-env-var` is not: see tests/audit/accepted.csv.
"""

import re
from collections import Counter

import pytest
from catalog_projects import CLOUDS, EXAMPLES, FLAVORS, built, example
from manifests import TEMPLATED, objects_of

PLACES = [f"{cloud}-{flavor}" for cloud in CLOUDS for flavor in FLAVORS]
PROJECTS = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())
SENSITIVE = re.compile(r"/?(boot|dev|etc|lib|proc|sys|usr)?$|.*docker\.sock$")
UNSAFE_SYSCTLS = ("kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.", "net.")
# Safe since Kubernetes 1.22, and what lets a process that is not root listen below 1024.
SAFE_SYSCTLS = {"net.ipv4.ip_unprivileged_port_start"}
# What clients of S3 have to be given where the server asks for nothing.
OPEN = "anonymous"
RIGHTS = ("pods", "deployments", "statefulsets", "replicasets", "cronjobs", "jobs", "daemonsets", "secrets")


class Pods:
    """The pods that an object makes, with what a check asks of both."""

    def __init__(self, made):
        self.made = made
        spec = made["spec"]["jobTemplate"]["spec"] if made["kind"] == "CronJob" else made["spec"]
        self.labels = spec["template"]["metadata"].get("labels", {})
        self.spec = spec["template"]["spec"]
        self.selector = spec.get("selector", {}).get("matchLabels", {})
        self.namespace = made["metadata"]["namespace"]
        self.containers = [*self.spec.get("initContainers", ()), *self.spec["containers"]]
        self.ports = [port for each in self.containers for port in each.get("ports", ())]

    def has(self, labels):
        return labels.items() <= self.labels.items()

    def listens(self, port):
        return any(port in (each["containerPort"], each.get("name")) for each in self.ports)


class Cluster:
    """All objects of an environment."""

    def __init__(self, objects):
        self.objects = objects
        self.pods = [Pods(one) for one in objects if one["kind"] in (*TEMPLATED, "CronJob")]

    def of(self, *kinds):
        return (one for one in self.objects if one["kind"] in kinds)


def services(cluster):
    """Those with pods: one may also be another name of a host outside."""
    return (one for one in cluster.of("Service") if one["spec"].get("type") != "ExternalName")


def dangling_service(cluster):
    for one in services(cluster):
        selector = one["spec"]["selector"]
        if not any(pods.namespace == one["metadata"]["namespace"] and pods.has(selector) for pods in cluster.pods):
            yield one["metadata"]["name"]


def dangling_networkpolicy(cluster):
    for one in cluster.of("NetworkPolicy"):
        wanted = one["spec"]["podSelector"].get("matchLabels", {})
        if wanted and not any(pods.has(wanted) for pods in cluster.pods):
            yield one["metadata"]["name"]


def dangling_horizontalpodautoscaler(cluster):
    known = {(one["kind"], one["metadata"]["name"]) for one in cluster.objects}
    for one in cluster.of("HorizontalPodAutoscaler", "ScaledObject"):
        target = one["spec"]["scaleTargetRef"]
        if (target.get("kind", "Deployment"), target["name"]) not in known:
            yield one["metadata"]["name"]


def mismatching_selector(cluster):
    yield from (pods.made["metadata"]["name"] for pods in cluster.pods if not pods.has(pods.selector))


def invalid_target_ports(cluster):
    for one in services(cluster):
        behind = [pods for pods in cluster.pods if pods.has(one["spec"]["selector"])]
        for port in one["spec"]["ports"]:
            if not any(pods.listens(port.get("targetPort", port["port"])) for pods in behind):
                yield one["metadata"]["name"]
    yield from (port["name"] for pods in cluster.pods for port in pods.ports if not _port_name(port["name"]))


def _port_name(name):
    return len(name) <= 15 and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) and re.search("[a-z]", name)


def probed_ports(cluster):
    """liveness-port, readiness-port and startup-port."""
    for pods in cluster.pods:
        for each in pods.containers:
            for key in ("livenessProbe", "readinessProbe", "startupProbe"):
                probe = each.get(key, {})
                asked = next((probe[how]["port"] for how in ("httpGet", "tcpSocket", "grpc") if how in probe), None)
                if asked is not None and not pods.listens(asked):
                    yield f"{each['name']}: {key} {asked}"


def non_existent_service_account(cluster):
    known = {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in cluster.of("ServiceAccount")}
    for pods in cluster.pods:
        if (pods.namespace, pods.spec.get("serviceAccountName", "default")) not in known:
            yield pods.made["metadata"]["name"]


def default_service_account(cluster):
    yield from (
        pods.made["metadata"]["name"]
        for pods in cluster.pods
        if pods.spec.get("serviceAccountName", "default") == "default" or "serviceAccount" in pods.spec
    )


def non_isolated_pod(cluster):
    policies = list(cluster.of("NetworkPolicy"))
    for pods in cluster.pods:
        if not any(
            one["metadata"]["namespace"] == pods.namespace
            and pods.has(one["spec"]["podSelector"].get("matchLabels", {}))
            for one in policies
        ):
            yield pods.made["metadata"]["name"]


def no_anti_affinity(cluster):
    for pods in cluster.pods:
        if pods.made["spec"].get("replicas", 1) > 1 and "podAntiAffinity" not in pods.spec.get("affinity", {}):
            yield pods.made["metadata"]["name"]


def disruption_budgets(cluster):
    """pdb-max-unavailable, pdb-min-available and pdb-unhealthy-pod-eviction-policy."""
    for one in cluster.of("PodDisruptionBudget"):
        spec = one["spec"]
        behind = [pods for pods in cluster.pods if pods.has(spec["selector"]["matchLabels"])]
        scaled = {
            each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in cluster.of("HorizontalPodAutoscaler")
        }
        for pods in behind:
            fewest = scaled.get(pods.made["metadata"]["name"], {}).get("minReplicas") or pods.made["spec"]["replicas"]
            if spec.get("maxUnavailable") in (0, "0%") or spec.get("minAvailable") == "100%":
                yield one["metadata"]["name"]
            if isinstance(spec.get("minAvailable"), int) and spec["minAvailable"] >= fewest:
                yield one["metadata"]["name"]
        if not behind or spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield one["metadata"]["name"]


def environment_variables(cluster):
    """duplicate-env-var and env-var-secret."""
    for pods in cluster.pods:
        for each in pods.containers:
            variables = each.get("env", ())
            counts = Counter(variable["name"] for variable in variables)
            yield from (name for name, count in counts.items() if count > 1)
            yield from (
                one["name"] for one in variables if "secret" in one["name"].lower() and one.get("value", OPEN) != OPEN
            )


def latest_tag(cluster):
    for each in (each for pods in cluster.pods for each in pods.containers):
        name = each["image"].rpartition("/")[2]
        if "@sha256:" not in name and (":" not in name or name.endswith(":latest")):
            yield each["image"]


def hosts(cluster):
    """host-ipc, host-network, host-pid, docker-sock, sensitive-host-mounts, writable-host-mount and ssh-port."""
    for pods in cluster.pods:
        yield from (key for key in ("hostIPC", "hostNetwork", "hostPID") if pods.spec.get(key))
        yield from (each["name"] for each in pods.spec.get("volumes", ()) if "hostPath" in each)
        yield from (f"{port}" for port in pods.ports if port["containerPort"] == 22)


def unsafe_sysctls(cluster):
    for pods in cluster.pods:
        names = {each["name"] for each in pods.spec.get("securityContext", {}).get("sysctls", ())}
        yield from (name for name in names - SAFE_SYSCTLS if name.startswith(UNSAFE_SYSCTLS))


def containers(cluster):
    """drop-net-raw-capability, no-read-only-root-fs, privileged-container, privilege-escalation-container, run-as-non-root,
    unsafe-proc-mount, unset-cpu-requirements and unset-memory-requirements.
    """
    for pods in cluster.pods:
        for each in pods.containers:
            yield from (f"{pods.made['metadata']['name']}/{each['name']}: {fault}" for fault in _faults(pods, each))


def _faults(pods, container):
    context = container["securityContext"]
    both = {**pods.spec.get("securityContext", {}), **context}
    resources = container["resources"]
    expected = {
        "capabilities": context["capabilities"]["drop"] == ["ALL"],
        "root": both["runAsNonRoot"] is True and both.get("runAsUser") != 0,
        "file system": context["readOnlyRootFilesystem"] is True,
        "privilege": context["allowPrivilegeEscalation"] is False and not context.get("privileged"),
        "/proc": context.get("procMount", "Default") == "Default",
        "cpu": "cpu" in resources["requests"],
        "memory": "memory" in resources["requests"] and "memory" in resources["limits"],
        "ephemeral storage": "ephemeral-storage" in resources["requests"]
        and "ephemeral-storage" in resources["limits"],
    }
    yield from (name for name, holds in expected.items() if not holds)


def rights(cluster):
    """access-to-create-pods, access-to-secrets, cluster-admin-role-binding and wildcard-in-rules."""
    for one in cluster.of("Role", "ClusterRole"):
        for rule in one["rules"]:
            if "*" in (*rule["verbs"], *rule.get("resources", ())) or set(rule.get("resources", ())) & set(RIGHTS):
                yield one["metadata"]["name"]
    for one in cluster.of("RoleBinding", "ClusterRoleBinding"):
        if one["roleRef"]["name"] == "cluster-admin":
            yield one["metadata"]["name"]


def places(cluster):
    """use-namespace and no-extensions-v1beta."""
    for one in cluster.objects:
        if one["apiVersion"].startswith("extensions/") or one["metadata"].get("namespace") == "default":
            yield one["metadata"]["name"]


OPEN_CONTEXT = {
    "capabilities": {"drop": ["NET_RAW"]},
    "runAsNonRoot": True,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
}
ASKED = {"requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"}, "limits": {"memory": "1Gi"}}
CHECKS = (
    containers,
    dangling_horizontalpodautoscaler,
    dangling_networkpolicy,
    dangling_service,
    default_service_account,
    disruption_budgets,
    environment_variables,
    hosts,
    invalid_target_ports,
    latest_tag,
    mismatching_selector,
    no_anti_affinity,
    non_existent_service_account,
    non_isolated_pod,
    places,
    probed_ports,
    rights,
    unsafe_sysctls,
)


def clusters_of(place):
    """What is made for each environment of a place."""
    made = built(*place.split("-")) if place in PLACES else example(place)
    found = {}
    for path, one in objects_of(made):
        found.setdefault(path.split("/")[0], []).append(one)
    return [Cluster(objects) for objects in found.values()]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("place", PLACES + PROJECTS)
def test_a_check_finds_nothing(place, check):
    for cluster in clusters_of(place):
        assert cluster.pods
        assert list(check(cluster)) == []


@pytest.mark.parametrize("place", PLACES + PROJECTS)
def test_every_object_that_makes_pods_is_looked_at(place):
    for cluster in clusters_of(place):
        looked_at = {id(pods.made) for pods in cluster.pods}
        for one in cluster.objects:
            assert id(one) in looked_at or not _has_containers(one), one["metadata"]["name"]


def _has_containers(value):
    if isinstance(value, list):
        return any(_has_containers(each) for each in value)
    return isinstance(value, dict) and (
        isinstance(value.get("containers"), list) or any(_has_containers(each) for each in value.values())
    )


@pytest.mark.parametrize(
    ("check", "change"),
    [
        (
            containers,
            {"containers": [{"name": "web", "image": "web:1", "securityContext": OPEN_CONTEXT, "resources": ASKED}]},
        ),
        (default_service_account, {"serviceAccountName": "default"}),
        (environment_variables, {"containers": [{"name": "web", "env": [{"name": "A"}, {"name": "A"}]}]}),
        (environment_variables, {"containers": [{"name": "web", "env": [{"name": "MY_SECRET", "value": "x"}]}]}),
        (hosts, {"hostNetwork": True}),
        (latest_tag, {"containers": [{"name": "web", "image": "web"}]}),
        (non_existent_service_account, {"serviceAccountName": "nobody"}),
        (probed_ports, {"containers": [{"name": "web", "livenessProbe": {"httpGet": {"port": 1}}}]}),
        (unsafe_sysctls, {"securityContext": {"sysctls": [{"name": "kernel.shm_rmid_forced"}]}}),
    ],
)
def test_what_a_check_is_for_is_found(check, change):
    _, one = next(each for each in objects_of(built("kubernetes", "plain")) if each[1]["kind"] == "Deployment")
    spec = one["spec"]
    template = {**spec["template"], "spec": {**spec["template"]["spec"], **change}}
    assert list(check(Cluster([{**one, "spec": {**spec, "template": template}}])))
