"""A cluster for tests: an HTTP server that speaks as much of the Kubernetes API as kubectl needs to deploy, with faults."""

import copy
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import yaml

KINDS = {
    "v1": ("Namespace", "Service", "ServiceAccount", "ConfigMap", "Secret", "PersistentVolumeClaim", "Pod"),
    "apps/v1": ("Deployment", "StatefulSet", "DaemonSet"),
    "batch/v1": ("Job", "CronJob"),
    "networking.k8s.io/v1": ("NetworkPolicy", "Ingress"),
    "policy/v1": ("PodDisruptionBudget",),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "coordination.k8s.io/v1": ("Lease",),
    "rbac.authorization.k8s.io/v1": ("Role", "RoleBinding"),
    "argoproj.io/v1alpha1": ("Application",),
    "external-secrets.io/v1": ("ExternalSecret", "ClusterSecretStore"),
    "gateway.networking.k8s.io/v1": ("Gateway", "HTTPRoute"),
    "keda.sh/v1alpha1": ("ScaledObject",),
    "monitoring.coreos.com/v1": ("PrometheusRule", "ServiceMonitor"),
}
CLUSTER_WIDE = {"Namespace", "ClusterSecretStore"}
PLURALS = {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"}
_SERVERS = ("uid", "resourceVersion", "generation", "finalizers", "deletionTimestamp")
REASONS = {404: "NotFound", 409: "Conflict", 500: "InternalError", 503: "ServiceUnavailable", 403: "Forbidden"}


def plural(kind: str) -> str:
    return PLURALS.get(kind, kind.lower() + "s")


class Key(NamedTuple):
    version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class Fault(NamedTuple):
    """What goes wrong with the `at`-th request that would change something: once, or `times` in a row."""

    at: int
    what: str
    times: int = 1


class Cluster:
    """The objects, what changed them, and the faults to come."""

    def __init__(self) -> None:
        self.objects: dict[Key, dict[str, Any]] = {}
        self.overlays: dict[Key, dict[str, Any]] = {}
        self.sick: set[str] = set()
        self.stuck: set[str] = set()  # the objects whose removal fails
        self.changed: list[tuple[str, str]] = []
        self.writes = 0
        self.faults: list[Fault] = []
        self.struck: list[str] = []
        self.after = ""  # the object from whose being there on requests are counted
        self.victim: Callable[[], int | None] = lambda: None
        self.version = 0
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def kubeconfig(self, folder: Path, name: str) -> Path:
        """A kubeconfig whose one context is the cluster of a name."""
        path = folder / "kubeconfig"
        contexts = [{"name": name, "context": {"cluster": name, "user": "tester"}}]
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": {"server": self.url}}],
            "contexts": contexts,
            "users": [{"name": "tester", "user": {}}],
        }
        path.write_text(json.dumps(config))
        return path

    def put(self, manifest: dict[str, Any], *, manager: str = "somebody") -> None:
        """An object that is there already, whoever made it."""
        meta = manifest["metadata"]
        key = Key(manifest["apiVersion"], manifest["kind"], meta.get("namespace", ""), meta["name"])
        self._store(key, manifest, manager)

    def names(self, *without: str) -> list[str]:
        return sorted(str(key) for key in self.objects if key.kind not in {"Lease", *without})

    def spec(self, name: str) -> Any:
        return next(found for key, found in self.objects.items() if str(key) == name).get("spec")

    def changes(self, name: str) -> list[str]:
        """What really changed an object, leaving out requests that found it as they wanted it."""
        return [what for what, changed in self.changed if changed == name]

    def has_namespace(self, name: str) -> bool:
        return name in {"", "default"} or Key("v1", "Namespace", "", name) in self.objects

    def get(self, key: Key) -> dict[str, Any] | None:
        found = self.objects.get(key)
        return None if found is None else self._with_status(key, found)

    def apply(self, key: Key, manifest: dict[str, Any], manager: str, *, dry: bool) -> dict[str, Any]:
        with self.lock:
            before = (copy.deepcopy(self.objects.get(key)), self.version, list(self.changed))
            result = copy.deepcopy(self._store(key, manifest, manager))
            if dry:
                if before[0] is None:
                    self.objects.pop(key)
                else:
                    self.objects[key] = before[0]
                self.version, self.changed = before[1], before[2]
            return result

    def merge(self, key: Key, patch: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.overlays[key] = _merged(self.overlays.get(key, {}), patch)
            self.objects[key] = _merged(self.objects[key], patch)
            self._touch(key)
            return self.objects[key]

    def delete(self, key: Key) -> None:
        """An object with finalizers stays, marked as going, until they are taken from it."""
        with self.lock:
            meta = self.objects[key]["metadata"]
            if meta.get("finalizers"):
                meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
                return
            self.objects.pop(key)
            self.overlays.pop(key, None)
            self.changed.append(("delete", str(key)))

    def _store(self, key: Key, manifest: dict[str, Any], manager: str) -> dict[str, Any]:
        old = self.objects.get(key)
        new = _merged(copy.deepcopy(manifest), self.overlays.get(key, {}))
        meta = new["metadata"]
        kept = {} if old is None else old["metadata"]
        meta.update({name: kept[name] for name in _SERVERS if name in kept})
        meta.setdefault("uid", f"uid-{self.version}-{key.name}")
        managers = {each["manager"] for each in kept.get("managedFields", ())} | {manager}
        meta["managedFields"] = [{"manager": each, "operation": "Apply"} for each in sorted(managers)]
        if old is None or _content(old) != _content(new):
            spec_changed = old is None or old.get("spec") != new.get("spec")
            meta["generation"] = kept.get("generation", 0) + (1 if spec_changed else 0)
            self.objects[key] = new
            self._touch(key)
            self.changed.append(("create" if old is None else "update", str(key)))
        return self.objects[key]

    def _touch(self, key: Key) -> None:
        self.version += 1
        self.objects[key]["metadata"]["resourceVersion"] = str(self.version)

    def _with_status(self, key: Key, found: dict[str, Any]) -> dict[str, Any]:
        status = {} if str(key) in self.sick else _status(key.kind, found)
        if str(key) in self.sick and key.kind == "Job":
            status = {"conditions": [{"type": "Failed", "status": "True", "message": "it broke"}]}
        return {**found, **({"status": status} if status else {})}


def _status(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    generation, replicas = found["metadata"].get("generation", 1), found.get("spec", {}).get("replicas", 1)
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    accepted = {"conditions": [{"type": "Accepted", "status": "True"}]}
    counted = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas) | {
        "observedGeneration": generation
    }
    return {
        "Deployment": counted,
        "StatefulSet": {**counted, "currentRevision": "a", "updateRevision": "a"},
        "DaemonSet": {"observedGeneration": generation},
        "Job": {"conditions": [{"type": "Complete", "status": "True"}]},
        "ExternalSecret": ready,
        "ScaledObject": ready,
        "ClusterSecretStore": ready,
        "HTTPRoute": {"parents": [accepted for _ in found.get("spec", {}).get("parentRefs", ())]},
    }.get(kind, {})


def _content(found: dict[str, Any]) -> dict[str, Any]:
    own = {"resourceVersion", "generation", "uid", "managedFields"}
    meta = {name: value for name, value in found["metadata"].items() if name not in own}
    return {**found, "metadata": meta}


def _merged(base: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for name, value in patch.items():
        if isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = _merged(result[name], value)
        elif value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


class Handler(BaseHTTPRequestHandler):
    """The API of a cluster, which subclasses name."""

    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def log_message(self, *_: object) -> None:
        """Nothing: tests have enough to say."""

    def do_GET(self) -> None:
        path, query = self._asked()
        document = discovery(path)
        if document:
            self._answer(200, document)
            return
        key = self._key(path)
        if key is None:
            self._fail(404, path)
        elif key.name:
            found = self.cluster.get(key)
            self._answer(200, found) if found else self._fail(404, f'{plural(key.kind)} "{key.name}" not found')
        else:
            self._answer(200, listed(self.cluster, key, query))

    def do_POST(self) -> None:
        self._write(self._create)

    def do_PUT(self) -> None:
        self._write(self._replace)

    def do_PATCH(self) -> None:
        self._write(self._patch)

    def do_DELETE(self) -> None:
        self._write(self._delete)

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return parts.path, parse_qs(parts.query)

    def _write(self, done: Callable[[Key, dict[str, Any], dict[str, list[str]]], None]) -> None:
        path, query = self._asked()
        length = int(self.headers.get("Content-Length") or 0)
        body = yaml.load(self.rfile.read(length) or b"{}", yaml.CSafeLoader)
        key = self._key(path)
        if key is None:
            self._fail(404, path)
            return
        fault = "" if key.kind == "Lease" or "dryRun" in query else strike(self.cluster)
        if self._struck(fault):
            return
        done(key, body, query)
        if fault == "kill after":
            kill(self.cluster)

    def _struck(self, fault: str) -> bool:
        if fault == "kill before":
            kill(self.cluster)
        if fault == "hang":
            time.sleep(3)
        if fault in {"drop", "hang", "kill before"}:
            self.close_connection = True
            self.connection.close()
            return True
        if fault in {"409", "500", "503", "403"}:
            self._fail(int(fault), "injected")
            return True
        if fault == "drop after":
            self._answer = self._lose  # type: ignore[method-assign]
        return False

    def _lose(self, *_: object) -> None:
        self.close_connection = True
        self.connection.close()

    def _create(self, key: Key, body: dict[str, Any], _: dict[str, list[str]]) -> None:
        named = key._replace(name=body["metadata"]["name"])
        if not self.cluster.has_namespace(key.namespace):
            self._fail(404, f'namespaces "{key.namespace}" not found')
            return
        with self.cluster.lock:
            if named in self.cluster.objects:
                self._fail(409, f'{plural(key.kind)} "{named.name}" already exists', "AlreadyExists")
                return
            found = self.cluster.apply(
                named, {"apiVersion": key.version, "kind": key.kind, **body}, "create", dry=False
            )
        self._answer(201, found)

    def _replace(self, key: Key, body: dict[str, Any], _: dict[str, list[str]]) -> None:
        with self.cluster.lock:
            old = self.cluster.objects.get(key)
            if old is None:
                self._fail(404, f"{key} not found")
                return
            version = body["metadata"].get("resourceVersion")
            if version and version != old["metadata"]["resourceVersion"]:
                self._fail(409, "the object has been modified")
                return
            found = self.cluster.apply(key, body, "replace", dry=False)
        self._answer(200, found)

    def _patch(self, key: Key, body: dict[str, Any], query: dict[str, list[str]]) -> None:
        if not self.cluster.has_namespace(key.namespace):
            self._fail(404, f'namespaces "{key.namespace}" not found')
        elif "apply-patch" in self.headers["Content-Type"]:
            manager = query["fieldManager"][0]
            self._answer(200, self.cluster.apply(key, body, manager, dry="dryRun" in query))
        elif key in self.cluster.objects:
            self._answer(200, self.cluster.merge(key, body))
        else:
            self._fail(404, f"{key} not found")

    def _delete(self, key: Key, _: dict[str, Any], __: dict[str, list[str]]) -> None:
        if key not in self.cluster.objects:
            self._fail(404, f"{key} not found")
            return
        if str(key) in self.cluster.stuck:
            self._fail(500, "the storage is not there")
            return
        self.cluster.delete(key)
        self._answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def _key(self, path: str) -> Key | None:
        """The object, or with an empty name the kind, of a path."""
        parts = path.strip("/").split("/")
        version, rest = (parts[1], parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
        space = ""
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            space, rest = rest[1], rest[2:]
        kinds = {plural(kind): kind for kind in KINDS.get(version, ())}
        kind = kinds.get(rest[0]) if rest else None
        return Key(version, kind, space, rest[1] if len(rest) > 1 else "") if kind else None

    def _fail(self, code: int, message: str, reason: str = "") -> None:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
        self._answer(code, {**status, "reason": reason or REASONS.get(code, "")})

    def _answer(self, code: int, document: Any) -> None:
        content = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def listed(cluster: Cluster, key: Key, query: dict[str, list[str]]) -> dict[str, Any]:
    wanted = dict(each.split("=") for each in query.get("labelSelector", [""])[0].split(",") if each)
    items = [cluster.get(found) for found in list(cluster.objects) if found[:3] == key[:3]]
    fitting = [each for each in items if each and _has(each["metadata"].get("labels", {}), wanted)]
    return {"kind": f"{key.kind}List", "apiVersion": key.version, "metadata": {}, "items": fitting}


def _handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    return type("OfCluster", (Handler,), {"cluster": cluster})


def _has(labels: dict[str, str], wanted: dict[str, str]) -> bool:
    return all(labels.get(name) == value for name, value in wanted.items())


def strike(cluster: Cluster) -> str:
    """The fault of this request, if one is due."""
    with cluster.lock:
        if cluster.after and cluster.after not in cluster.names():
            return ""
        cluster.writes += 1
        for fault in cluster.faults:
            if fault.at <= cluster.writes < fault.at + fault.times:
                cluster.struck.append(fault.what)
                return fault.what
    return ""


def kill(cluster: Cluster) -> None:
    victim = cluster.victim()
    if victim:
        os.kill(victim, signal.SIGKILL)


def discovery(path: str) -> dict[str, Any] | None:
    """What the server says about itself."""
    groups = [version for version in KINDS if "/" in version]
    if path == "/version":
        return {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        listed = [
            {"name": each.split("/")[0], "versions": [_version(each)], "preferredVersion": _version(each)}
            for each in groups
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    version = path.removeprefix("/api/") if path.startswith("/api/") else path.removeprefix("/apis/")
    if version not in KINDS:
        return None
    resources = [_resource(kind) for kind in KINDS[version]]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}


def _version(name: str) -> dict[str, str]:
    return {"groupVersion": name, "version": name.split("/")[1]}


def _resource(kind: str) -> dict[str, Any]:
    verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
    return {
        "name": plural(kind),
        "singularName": kind.lower(),
        "namespaced": kind not in CLUSTER_WIDE,
        "kind": kind,
        "verbs": verbs,
    }
