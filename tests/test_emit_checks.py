"""What a real API server rejects beyond its schemas is found in the finished objects."""

import pytest
from emit_builders import bundle_of, deployment, diagnostics_of, environment, node, pod, thing

from idpc.emit.checks.quantities import quantity

BATCH, APPS, ROUTES = "batch/v1", "apps/v1", "gateway.networking.k8s.io/v1"


def found(*objects):
    return [(one.code, one.message) for one in diagnostics_of(environment("prod", [node("shop.web", objects=objects)]))]


def codes(*objects):
    return [code for code, _ in found(*objects)]


def cron(**spec):
    template = {"spec": {**pod("web"), "restartPolicy": "Never"}}
    given = {"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": template}}, **spec}
    return thing("CronJob", {"spec": given}, api_version=BATCH)


def with_pod(kind="Deployment", api_version=APPS, **spec):
    return thing(kind, {"spec": {"template": {"spec": {**pod("web"), **spec}}}}, api_version=api_version)


def service(*ports, **metadata):
    return thing("Service", {"metadata": metadata, "spec": {"ports": list(ports)}})


def resources(requests, limits):
    return deployment("web", resources={"requests": requests, "limits": limits})


def claim(size):
    return thing("PersistentVolumeClaim", {"spec": {"resources": {"requests": {"storage": size}}}})


def ingress(host="a.io", path="/", kind="Prefix"):
    rule = {"host": host, "http": {"paths": [{"path": path, "pathType": kind}]}}
    return thing("Ingress", {"spec": {"rules": [rule]}}, api_version="networking.k8s.io/v1")


def route(host="a.io", path="/"):
    match = {"path": {"type": "PathPrefix", "value": path}}
    return thing("HTTPRoute", {"spec": {"hostnames": [host], "rules": [{"matches": [match]}]}}, api_version=ROUTES)


def autoscaler(**spec):
    return thing("HorizontalPodAutoscaler", {"spec": spec}, api_version="autoscaling/v2")


def mounting(*mounts, volumes=()):
    named = [{"name": name, "emptyDir": {}} for name in volumes]
    container = pod("web", volumeMounts=[{"name": name, "mountPath": path} for name, path in mounts])
    return thing("Deployment", {"spec": {"template": {"spec": {**container, "volumes": named}}}}, api_version=APPS)


GOOD = {
    "a deployment": (deployment("web"),),
    "a cron job": (cron(timeZone="Europe/Berlin"),),
    "a macro": (cron(schedule="@hourly"),),
    "an interval": (cron(schedule="@every 1h30m"),),
    "names of days": (cron(schedule="*/5 0-6 1,15 jan-mar mon"),),
    "two protocols of one port": (service({"name": "a", "port": 53}, {"name": "b", "port": 53, "protocol": "UDP"}),),
    "a wildcard": (ingress(host="*.a.io"), route(host="*.a.io")),
    "a request at its limit": (resources({"memory": "1024Mi"}, {"memory": "1Gi"}),),
    "whole cores": (resources({"cpu": 1}, {"cpu": "1500m"}),),
    "a claim template": (
        thing(
            "StatefulSet",
            {
                "spec": {
                    "template": {"spec": pod("web", volumeMounts=[{"name": "data", "mountPath": "/data"}])},
                    "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
                }
            },
            api_version=APPS,
        ),
    ),
    "a role with a colon": (
        thing("ClusterRole", {"metadata": {"name": "acme:web"}}, api_version="rbac.authorization.k8s.io/v1"),
    ),
}


@pytest.mark.parametrize("objects", GOOD.values(), ids=GOOD)
def test_good_objects_pass(objects):
    assert bundle_of(environment("prod", [node("shop.web", objects=objects)]))


BAD = {
    "IDP7105 twice": (thing("ConfigMap", {}), thing("ConfigMap", {"metadata": {"name": "web"}}, "other")),
    "IDP7120 upper case": (service({"port": 80}, name="Web"),),
    "IDP7120 a Service that begins with a digit": (service({"port": 80}, name="1web"),),
    "IDP7120 a StatefulSet that is too long": (
        thing("StatefulSet", {"metadata": {"name": "a" * 53}, "spec": {}}, api_version=APPS),
    ),
    "IDP7120 a key of a ConfigMap": (thing("ConfigMap", {"data": {"a/b": "x"}}),),
    "IDP7120 a container": (with_pod(initContainers=[{"name": "In_It"}]),),
    "IDP7120 two containers of one name": (with_pod(initContainers=[{"name": "web"}]),),
    "IDP7121 selector": (
        thing(
            "Deployment",
            {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": pod("web")}}},
            api_version=APPS,
        ),
    ),
    "IDP7121 empty selector": (
        thing("Deployment", {"spec": {"selector": {}, "template": {"spec": pod("web")}}}, api_version=APPS),
    ),
    "IDP7121 expression": (
        thing(
            "Deployment",
            {
                "spec": {
                    "selector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
                    "template": {"spec": pod("web")},
                }
            },
            api_version=APPS,
        ),
    ),
    "IDP7122 quantity": (resources({"memory": "1GB"}, {}),),
    "IDP7122 negative": (resources({"cpu": "-1"}, {}),),
    "IDP7122 claim": (claim("10 Gi"),),
    "IDP7122 size of an emptyDir": (with_pod(volumes=[{"name": "tmp", "emptyDir": {"sizeLimit": "big"}}]),),
    "IDP7123 request": (resources({"memory": "2Gi"}, {"memory": "1G"}),),
    "IDP7124 schedule": (cron(schedule="61 * * * *"),),
    "IDP7124 six fields": (cron(schedule="0 0 2 * * *"),),
    "IDP7124 Sunday": (cron(schedule="0 2 * * 7"),),
    "IDP7124 zone in the schedule": (cron(schedule="TZ=UTC 0 2 * * *"),),
    "IDP7124 time zone": (cron(timeZone="Europe/Atlantis"),),
    "IDP7124 local time": (cron(timeZone="Local"),),
    "IDP7125 a deployment that ends": (with_pod(restartPolicy="Never"),),
    "IDP7125 a job that does not": (with_pod("Job", BATCH),),
    "IDP7126 port": (service({"name": "a", "port": 80}, {"name": "b", "port": 80}),),
    "IDP7126 port name": (service({"name": "a", "port": 80}, {"name": "a", "port": 81}),),
    "IDP7126 port of a container": (deployment("web", ports=[{"containerPort": 80}, {"containerPort": 80}]),),
    "IDP7126 long port name": (deployment("web", ports=[{"containerPort": 80, "name": "a-very-long-name"}]),),
    "IDP7126 range": (service({"port": 70000}),),
    "IDP7127 autoscaler": (autoscaler(minReplicas=5, maxReplicas=2),),
    "IDP7127 default minimum": (autoscaler(maxReplicas=0),),
    "IDP7127 budget": (
        thing("PodDisruptionBudget", {"spec": {"minAvailable": 1, "maxUnavailable": 1}}, api_version="policy/v1"),
    ),
    "IDP7127 standstill": (
        thing(
            "Deployment",
            {
                "spec": {
                    "strategy": {"rollingUpdate": {"maxSurge": "0%", "maxUnavailable": 0}},
                    "template": {"spec": pod("web")},
                }
            },
            api_version=APPS,
        ),
    ),
    "IDP7127 probe": (deployment("web", livenessProbe={"successThreshold": 2}),),
    "IDP7128 host": (ingress(host="a.io:80"),),
    "IDP7128 address": (ingress(host="10.0.0.1"),),
    "IDP7128 path": (ingress(path="a"),),
    "IDP7128 host of a route": (route(host="https://a.io"),),
    "IDP7128 path of a route": (route(path="/a//b"),),
    "IDP7129 mount": (mounting(("data", "/data")),),
    "IDP7129 two volumes": (mounting(volumes=("a", "a")),),
    "IDP7129 two mounts": (mounting(("a", "/a"), ("b", "/a"), volumes=("a", "b")),),
    "IDP7129 colon": (mounting(("a", "/a:b"), volumes=("a",)),),
    "IDP7130 name": (deployment("web", env=[{"name": "1A", "value": "x"}]),),
    "IDP7130 twice": (deployment("web", env=[{"name": "A", "value": "x"}, {"name": "A", "value": "y"}]),),
    "IDP7131 value": (thing("ConfigMap", {"metadata": {"labels": {"a": "b c"}}}),),
    "IDP7131 key": (thing("ConfigMap", {"metadata": {"labels": {"a/b/c": "d"}}}),),
    "IDP7131 pod": (
        thing(
            "Deployment",
            {"spec": {"template": {"metadata": {"labels": {"a": "x" * 64}}, "spec": pod("web")}}},
            api_version=APPS,
        ),
    ),
}


@pytest.mark.parametrize(("what", "objects"), BAD.items(), ids=BAD)
def test_bad_objects_are_told_once(what, objects):
    assert set(codes(*objects)) == {what.split()[0]}


def test_what_is_wrong_is_said_with_the_object():
    ((_, message),) = found(resources({"memory": "2Gi"}, {"memory": "1Gi"}))
    assert message == "`Deployment/web`: container `web` requests 2Gi of memory, more than its limit of 1Gi"


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1Ki", 1024), ("1k", 1000), ("500m", 0.5), ("1e3", 1000), (".5", 0.5), (2, 2), ("1.5Gi", 1.5 * 1024**3)],
)
def test_quantities(text, amount):
    assert quantity(text) == amount


@pytest.mark.parametrize("text", ["", "Gi", "1gb", "1 Gi", "1e", True, None, "0x1"])
def test_no_quantities(text):
    assert quantity(text) is None
