"""The Pod Security level that pods meet, by the published Pod Security Standards."""

from collections.abc import Callable, Iterable, Iterator

from idpc.emit.model import Document, Json
from idpc.emit.reading import at, entries, mapping, strings, text

_BASELINE_CAPABILITIES = frozenset(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split()
)
_SAFE_SYSCTLS = frozenset(
    (
        "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_unprivileged_port_start"
        " net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_local_reserved_ports"
        " net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes"
    ).split()
)
_SELINUX_TYPES = frozenset(("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"))
_RESTRICTED_VOLUMES = frozenset(
    "configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret".split()
)
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def level(pods: Iterable[Document], version: str) -> str:
    """The strictest level that all pods meet: `restricted`, `baseline` or `privileged`; `version` is Kubernetes'."""
    pods = tuple(pods)
    if not all(all(rule(pod) for rule in _BASELINE) and _hosts_allowed(pod, version) for pod in pods):
        return "privileged"
    return "restricted" if all(rule(pod) for pod in pods for rule in _RESTRICTED) else "baseline"


def _containers(pod: Document) -> Iterator[Document]:
    for key in ("initContainers", "containers", "ephemeralContainers"):
        yield from entries(pod.get(key))


def _settings(pod: Document, *path: str) -> Iterator[Json]:
    """A setting of the pod's security context and of each container's, where given."""
    for holder in (pod, *_containers(pod)):
        value = at(holder, "securityContext", *path)
        if value is not None:
            yield value


def _host_namespaces(pod: Document) -> bool:
    return not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC"))


def _host_processes(pod: Document) -> bool:
    return not any(_settings(pod, "windowsOptions", "hostProcess"))


def _unprivileged(pod: Document) -> bool:
    return not any(_settings(pod, "privileged"))


def _known_capabilities(pod: Document) -> bool:
    return all(set(strings(added)) <= _BASELINE_CAPABILITIES for added in _settings(pod, "capabilities", "add"))


def _no_host_paths(pod: Document) -> bool:
    return not any("hostPath" in volume for volume in entries(pod.get("volumes")))


def _no_host_ports(pod: Document) -> bool:
    return not any(port.get("hostPort") for container in _containers(pod) for port in entries(container.get("ports")))


def _confined(pod: Document) -> bool:
    profiles = (*_settings(pod, "seccompProfile", "type"), *_settings(pod, "appArmorProfile", "type"))
    return "Unconfined" not in profiles


def _linux_labels(pod: Document) -> bool:
    options = [mapping(value) for value in _settings(pod, "seLinuxOptions")]
    return all(
        text(one.get("type")) in _SELINUX_TYPES and not one.get("user") and not one.get("role") for one in options
    )


def _default_proc(pod: Document) -> bool:
    return all(mount == "Default" for mount in _settings(pod, "procMount"))


def _safe_sysctls(pod: Document) -> bool:
    return all(text(one.get("name")) in _SAFE_SYSCTLS for one in entries(at(pod, "securityContext", "sysctls")))


def _hosts_allowed(pod: Document, version: str) -> bool:
    """Since 1.34 probes and hooks may not name a host."""
    if tuple(int(number) for number in version.split(".")[:2] if number.isdigit()) < (1, 34):
        return True
    hooks = [mapping(at(container, *place)) for container in _containers(pod) for place in _hook_places()]
    return not any(at(hook, way, "host") for hook in hooks for way in ("httpGet", "tcpSocket"))


def _hook_places() -> Iterator[tuple[str, ...]]:
    yield from ((probe,) for probe in _PROBES)
    yield from (("lifecycle", hook) for hook in ("postStart", "preStop"))


def _plain_volumes(pod: Document) -> bool:
    return all(set(volume) - {"name"} <= _RESTRICTED_VOLUMES for volume in entries(pod.get("volumes")))


def _no_escalation(pod: Document) -> bool:
    return all(at(one, "securityContext", "allowPrivilegeEscalation") is False for one in _containers(pod))


def _not_root(pod: Document) -> bool:
    given = at(pod, "securityContext", "runAsNonRoot")
    each = (at(one, "securityContext", "runAsNonRoot") for one in _containers(pod))
    return 0 not in _settings(pod, "runAsUser") and all(given is True if own is None else own is True for own in each)


def _seccomp(pod: Document) -> bool:
    given = at(pod, "securityContext", "seccompProfile", "type")
    each = (at(one, "securityContext", "seccompProfile", "type") for one in _containers(pod))
    return all((given if own is None else own) in {"RuntimeDefault", "Localhost"} for own in each)


def _dropped(pod: Document) -> bool:
    return all(
        "ALL" in strings(at(one, "securityContext", "capabilities", "drop"))
        and set(strings(at(one, "securityContext", "capabilities", "add"))) <= {"NET_BIND_SERVICE"}
        for one in _containers(pod)
    )


_BASELINE: tuple[Callable[[Document], bool], ...] = (
    _host_namespaces,
    _host_processes,
    _unprivileged,
    _known_capabilities,
    _no_host_paths,
    _no_host_ports,
    _confined,
    _linux_labels,
    _default_proc,
    _safe_sysctls,
)
_RESTRICTED: tuple[Callable[[Document], bool], ...] = (_plain_volumes, _no_escalation, _not_root, _seccomp, _dropped)
