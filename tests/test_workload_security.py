"""Every pod of the catalog and of the examples meets the published Pod Security Standards, level `restricted`.

The profile is written down here once more, from https://kubernetes.io/docs/concepts/security/pod-security-standards/,
so that it does not share its mistakes with `idpc.emit.kubernetes.pod_security`.
"""

import pytest
from catalog_projects import CLOUDS, EXAMPLES, FLAVORS, built, example
from manifests import pods_of

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
HOST = ("hostNetwork", "hostPID", "hostIPC")
SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
}
SELINUX = {"", "container_engine_t", "container_init_t", "container_kvm_t", "container_t"}
PLACES = [f"{cloud}-{flavor}" for cloud in CLOUDS for flavor in FLAVORS]
PROJECTS = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())


def made_of(place):
    return built(*place.split("-")) if place in PLACES else example(place)


@pytest.mark.parametrize("place", PLACES + PROJECTS)
def test_pods_are_restricted(place):
    pods = dict(pods_of(made_of(place)))
    assert pods
    assert {title: list(faults(pod)) for title, pod in pods.items() if list(faults(pod))} == {}


@pytest.mark.parametrize("place", PLACES + PROJECTS)
def test_containers_ask_for_what_they_take_and_write_only_where_they_may(place):
    for title, pod in pods_of(made_of(place)):
        for container in containers(pod):
            resources = container["resources"]
            assert {"cpu", "memory"} <= resources["requests"].keys(), title
            assert "memory" in resources["limits"], title
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, title


@pytest.mark.parametrize("place", PLACES + PROJECTS)
def test_no_pod_has_a_credential_of_the_cluster_unasked(place):
    assert [
        title for title, pod in pods_of(made_of(place)) if pod.get("automountServiceAccountToken") is not False
    ] == []


@pytest.mark.parametrize(
    "change",
    [
        {"hostNetwork": True},
        {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]},
        {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
        {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
        {"securityContext": {"seLinuxOptions": {"user": "system_u"}}},
        {"securityContext": {"windowsOptions": {"hostProcess": True}}},
        {"containers": [{"livenessProbe": {"httpGet": {"host": "10.0.0.1", "port": 80}}}]},
        {"containers": [{"securityContext": {}}]},
        {"initContainers": [{"name": "first", "securityContext": {"privileged": True}}]},
    ],
)
def test_a_pod_that_is_less_is_found(change):
    pod = next(pod for _, pod in pods_of(built("kubernetes", "plain")))
    assert list(faults(pod)) == []
    assert list(faults({**pod, **{key: _changed(pod, key, value) for key, value in change.items()}}))


def _changed(pod, key, value):
    """A setting beside the ones that there are, so that it alone is at fault."""
    if key == "containers":
        return [{**pod[key][0], **each} for each in value]
    return {**pod[key], **value} if key == "securityContext" else value


def faults(pod):
    """What `restricted` forbids in the spec of a pod."""
    yield from (f"{field} is set" for field in HOST if pod.get(field))
    yield from (f"volume {each['name']}" for each in pod.get("volumes", ()) if not VOLUMES & each.keys())
    named = {each["name"] for each in pod.get("securityContext", {}).get("sysctls", ())}
    yield from (f"sysctl {name}" for name in named - SYSCTLS)
    for each in containers(pod):
        yield from (f"{each['name']}: {fault}" for fault in _container_faults(pod.get("securityContext", {}), each))


def containers(pod):
    """All containers of a pod."""
    return [*pod.get("initContainers", ()), *pod["containers"], *pod.get("ephemeralContainers", ())]


def _container_faults(shared, container):
    own = container.get("securityContext", {})
    both = {**shared, **own}
    capabilities = own.get("capabilities", {})
    if own.get("privileged"):
        yield "privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
        yield "may be root"
    if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "no seccomp profile"
    if "ALL" not in capabilities.get("drop", ()) or set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}:
        yield "capabilities"
    if own.get("procMount", "Default") != "Default":
        yield "procMount"
    yield from _outside_faults(both, container)


def _outside_faults(both, container):
    if both.get("windowsOptions", {}).get("hostProcess"):
        yield "a process of the host"
    selinux = both.get("seLinuxOptions", {})
    if selinux.get("type", "") not in SELINUX or selinux.get("user") or selinux.get("role"):
        yield "SELinux"
    # Since Kubernetes 1.34: probes and hooks ask the pod itself.
    if any(each.get(how, {}).get("host") for each in _handlers(container) for how in ("httpGet", "tcpSocket")):
        yield "a probe of another host"
    if any(port.get("hostPort") for port in container.get("ports", ())):
        yield "a port of the host"
    if both.get("appArmorProfile", {}).get("type", "RuntimeDefault") == "Unconfined":
        yield "no AppArmor"


def _handlers(container):
    probes = (container.get(f"{name}Probe", {}) for name in ("liveness", "readiness", "startup"))
    return (*probes, *container.get("lifecycle", {}).values())
