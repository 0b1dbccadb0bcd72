"""Kubernetes objects are completed, ordered and put into their files."""

import datetime
from decimal import Decimal

from emit_builders import (
    KIND_SPAN,
    SPAN,
    bundle_of,
    database,
    deployment,
    diagnostics_of,
    edge,
    environment,
    node,
    object_of,
    pod,
    thing,
)

from idpc.address import Address
from idpc.emit.model import Place
from idpc.values import InstanceRef, Quantity, Range

LABELS = {
    "app.kubernetes.io/name": "checkout",
    "app.kubernetes.io/instance": "checkout",
    "app.kubernetes.io/component": "service",
    "app.kubernetes.io/part-of": "shop",
    "app.kubernetes.io/managed-by": "idpc",
    "idpc.dev/team": "payments",
    "idpc.dev/environment": "prod",
    "idpc.dev/tier": "standard",
}
SELECTOR = {"app.kubernetes.io/name": "checkout", "app.kubernetes.io/instance": "checkout"}


def checkout(*objects, **settings):
    return node("shop.checkout", objects=objects, **settings)


def test_metadata_and_selectors_are_filled_in():
    bundle = bundle_of(environment("prod", [checkout(deployment("checkout"))]))
    made = object_of(bundle, "Deployment")
    assert made["metadata"] == {"name": "checkout", "namespace": "shop", "labels": LABELS}
    assert made["spec"]["selector"] == {"matchLabels": SELECTOR}
    assert made["spec"]["template"]["metadata"] == {"labels": LABELS}
    assert list(made) == ["apiVersion", "kind", "metadata", "spec"]


def test_what_is_given_is_kept():
    metadata = {"name": "own", "labels": {"app.kubernetes.io/component": "cache", "x": "y"}, "annotations": {"a": "b"}}
    service = thing("Service", {"metadata": metadata, "spec": {"selector": {}, "ports": [{"port": 80}]}})
    made = object_of(bundle_of(environment("prod", [checkout(service)])), "Service")
    assert made["metadata"]["name"] == "own"
    assert made["metadata"]["annotations"] == {"a": "b"}
    assert made["metadata"]["labels"] == LABELS | {"app.kubernetes.io/component": "cache", "x": "y"}
    assert made["spec"]["selector"] == {}


def test_names_of_other_and_looped_objects():
    budget = {"spec": {"maxUnavailable": 1}}
    objects = [
        thing("PodDisruptionBudget", budget, "canary_set", "policy/v1"),
        thing("ConfigMap", {"data": {}}, "files", key="eu west"),
    ]
    bundle = bundle_of(environment("prod", [checkout(*objects)]))
    assert object_of(bundle, "PodDisruptionBudget")["metadata"]["name"] == "checkout-canary-set"
    assert object_of(bundle, "PodDisruptionBudget")["spec"]["selector"] == {"matchLabels": SELECTOR}
    assert object_of(bundle, "ConfigMap")["metadata"]["name"] == "checkout-files-eu-west"


def test_long_names_are_cut_to_the_limit_of_their_kind():
    long = node(
        "shop." + "x" * 60, objects=(thing("CronJob", {"spec": {"schedule": "@daily"}}, api_version="batch/v1"),)
    )
    made = object_of(bundle_of(environment("prod", [long])), "CronJob")
    assert len(made["metadata"]["name"]) == 52


def test_cluster_scoped_objects_have_no_namespace():
    role = thing("ClusterRole", {"rules": []}, api_version="rbac.authorization.k8s.io/v1")
    made = object_of(bundle_of(environment("prod", [checkout(role)])), "ClusterRole")
    assert "namespace" not in made["metadata"]


def test_values_become_what_kubernetes_reads():
    given = {
        "cpu": Quantity("cpu", 1500),
        "memory": Quantity("bytes", 1 << 30),
        "surge": Quantity("percent", Decimal(25)),
        "pause": Quantity("duration", 90 * 60_000),
        "days": Quantity("duration", 7 * 86_400_000),
        "day": datetime.date(2027, 1, 31),
        "nothing": None,
        "empty": {},
        "list": [None, 1, True],
    }
    made = object_of(bundle_of(environment("prod", [checkout(thing("ConfigMap", {"data": given}))])), "ConfigMap")
    assert made["data"] == {
        "cpu": "1500m",
        "memory": "1Gi",
        "surge": "25%",
        "pause": "1h30m",
        "days": "168h",
        "day": "2027-01-31",
        "empty": {},
        "list": [1, True],
    }


def test_values_without_a_form_are_told_where_they_stand():
    body = {"data": {"app.range": Range(1, 2), "ref": InstanceRef(Address.of("shop", "orders"))}}
    found = diagnostics_of(environment("prod", [checkout(thing("ConfigMap", body))]))
    assert [one.code for one in found] == ["IDP7101", "IDP7101"]
    assert '`data["app.range"]` of `ConfigMap/checkout`' in found[0].message
    assert found[0].span == SPAN
    assert found[0].labels[0].span == KIND_SPAN
    assert found[0].environments == ("prod",)


def test_jobs_label_their_pods_too():
    template = {"template": {"spec": {**pod("checkout"), "restartPolicy": "Never"}}}
    job = thing("CronJob", {"spec": {"schedule": "@daily", "jobTemplate": {"spec": template}}}, api_version="batch/v1")
    made = object_of(bundle_of(environment("prod", [checkout(job)])), "CronJob")
    assert made["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"] == LABELS
    assert "selector" not in made["spec"]


def test_pods_say_nothing_that_absence_says():
    made = object_of(bundle_of(environment("prod", [checkout(deployment("checkout"))])), "Deployment")
    spec = made["spec"]["template"]["spec"]
    assert "imagePullSecrets" not in spec
    assert "env" not in spec["containers"][0]
    assert spec["volumes"] == [{"name": "tmp", "emptyDir": {}}]


def test_files_and_their_order():
    watch = thing("ServiceMonitor", {"spec": {"endpoints": []}}, api_version="monitoring.coreos.com/v1")
    board = thing("ConfigMap", {"metadata": {"labels": {"grafana_dashboard": "1"}}, "data": {}}, "dashboard")
    bundle = bundle_of(
        environment("prod", [checkout(deployment("checkout"), thing("ServiceAccount", {}), watch, board), database()])
    )
    folder = "prod/shop/kubernetes"
    assert [path for path in bundle.files if path.startswith(folder)] == [
        f"{folder}/_app.yaml",
        f"{folder}/_monitoring.yaml",
        f"{folder}/checkout.yaml",
        f"{folder}/kustomization.yaml",
        f"{folder}/orders.yaml",
    ]
    kinds = [document["kind"] for document in bundle.files[f"{folder}/checkout.yaml"]]
    assert kinds == ["ServiceAccount", "NetworkPolicy", "Deployment"]
    kinds = [document["kind"] for document in bundle.files[f"{folder}/_monitoring.yaml"]]
    assert kinds == ["ConfigMap", "ServiceMonitor"]
    listed = bundle.files[f"{folder}/kustomization.yaml"][0]["resources"]
    assert listed == ["_app.yaml", "_monitoring.yaml", "checkout.yaml", "orders.yaml"]


def test_an_instance_called_like_the_list_of_files_has_a_file_of_its_own():
    other = node("shop.kustomization", objects=(deployment("kustomization"),))
    bundle = bundle_of(environment("prod", [other]))
    assert "prod/shop/kubernetes/_kustomization.yaml" in bundle.files


def test_apps_without_objects_have_no_files():
    files = bundle_of(environment("prod", [node("shop.orders", "external")])).files
    assert not [path for path in files if "/catalog/" not in path]


def test_every_part_leads_to_its_source():
    bundle = bundle_of(environment("prod", [checkout(deployment("checkout"))]))
    file = "prod/shop/kubernetes/checkout.yaml"
    place = Place(file, 1, ("spec", "template"))
    assert bundle.files[file][1]["kind"] == "Deployment"
    assert bundle.origin(place) == KIND_SPAN
    assert bundle.address(place) == Address.of("shop", "checkout")
    assert bundle.address(Place("prod/shop/kubernetes/_app.yaml", 0)) is None
    assert bundle.origin(Place("elsewhere", 0)) is None


def test_the_same_graph_gives_the_same_bundle_in_any_order():
    nodes = [checkout(deployment("checkout")), database(), node("billing.api", objects=(deployment("api"),))]
    edges = [edge("shop.checkout", "shop.orders"), edge("billing.api", "shop.orders")]
    assert bundle_of(environment("prod", nodes, edges)) == bundle_of(environment("prod", nodes[::-1], edges[::-1]))


def test_environments_and_apps_are_named_in_kebab_case():
    bundle = bundle_of(environment("pre_prod", [node("web_shop.check_out", objects=(deployment("check-out"),))]))
    assert "pre-prod/web-shop/kubernetes/check-out.yaml" in bundle.files
