"""The namespace asks for the strictest level of Pod Security that all of its pods meet."""

import pytest
from emit_builders import bundle_of, deployment, environment, node, object_of, pod

from idpc.emit.kubernetes.pod_security import level

RESTRICTED = {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}}


def test_the_namespace_is_labelled():
    bundle = bundle_of(environment("prod", [node("shop.checkout", objects=(deployment("checkout"),))]))
    labels = object_of(bundle, "Namespace")["metadata"]["labels"]
    assert {key: value for key, value in labels.items() if key.startswith("pod-security")} == {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "v1.33",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "v1.33",
    }


def of_container(**settings):
    return pod("web", securityContext={**RESTRICTED, **settings})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (pod("web"), "restricted"),
        (of_container(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}), "restricted"),
        (of_container(runAsNonRoot=None), "baseline"),
        (of_container(runAsUser=0), "baseline"),
        (of_container(allowPrivilegeEscalation=True), "baseline"),
        (of_container(capabilities={"drop": ["ALL"], "add": ["CHOWN"]}), "baseline"),
        (of_container(capabilities={"drop": ["NET_RAW"]}), "baseline"),
        ({**pod("web"), "securityContext": {}}, "baseline"),
        (of_container(seccompProfile={"type": "Unconfined"}), "privileged"),
        (of_container(capabilities={"add": ["NET_ADMIN"]}), "privileged"),
        (of_container(privileged=True), "privileged"),
        (of_container(procMount="Unmasked"), "privileged"),
        ({**pod("web"), "hostNetwork": True}, "privileged"),
        ({**pod("web"), "volumes": [{"name": "host", "hostPath": {"path": "/"}}]}, "privileged"),
        ({**pod("web"), "volumes": [{"name": "nfs", "nfs": {"server": "x", "path": "/"}}]}, "baseline"),
        (pod("web", ports=[{"containerPort": 80, "hostPort": 80}]), "privileged"),
        ({**pod("web"), "initContainers": [{"name": "first"}]}, "baseline"),
    ],
)
def test_levels(spec, expected):
    assert level([pod("other"), spec], "1.33") == expected


@pytest.mark.parametrize(
    ("sysctl", "expected"),
    [("net.ipv4.ip_unprivileged_port_start", "restricted"), ("kernel.msgmax", "privileged")],
)
def test_sysctls(sysctl, expected):
    context = {"seccompProfile": {"type": "RuntimeDefault"}, "sysctls": [{"name": sysctl, "value": "0"}]}
    assert level([{**pod("web"), "securityContext": context}], "1.33") == expected


def test_hosts_in_probes_since_1_34():
    spec = pod("web", livenessProbe={"tcpSocket": {"host": "127.0.0.1", "port": 80}})
    assert level([spec], "1.33") == "restricted"
    assert level([spec], "1.34") == "privileged"
    assert level([spec], "1.36") == "privileged"


def test_a_namespace_without_pods_is_restricted():
    assert level([], "1.33") == "restricted"
