"""What a plan takes from a bundle."""

from plan_samples import NOWHERE, address, data, graph, node

from idpc.emit.model import Bundle, Owner, Requirement, Source
from idpc.plan import make_plan, plan_inputs
from idpc.plan.model import PlannedFile, PlannedObject, Precondition

WEB = address("my_shop.web")


def manifest(kind, name):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}


def bundle():
    folder = "prod/my-shop/kubernetes"
    shared, web, monitoring = (f"{folder}/{name}.yaml" for name in ("_app", "web", "_monitoring"))
    return Bundle(
        environment="prod",
        files={
            shared: (manifest("Namespace", "my-shop"),),
            web: (manifest("Deployment", "web"), manifest("Service", "web")),
            monitoring: (manifest("PrometheusRule", "web"),),
            f"{folder}/kustomization.yaml": ({"kind": "Kustomization", "resources": []},),
            "prod/my-shop/terraform/main.tf.json": ({"resource": {}},),
            "prod/my-shop/terraform/versions.tf.json": ({"terraform": {}},),
            "prod/gitops/my-shop.yaml": (manifest("Application", "my-shop"),),
        },
        owners={
            shared: Owner("my_shop", "kubernetes"),
            web: Owner("my_shop", "kubernetes", WEB),
            monitoring: Owner("my_shop", "kubernetes"),
            f"{folder}/kustomization.yaml": Owner("my_shop", "kubernetes"),
            "prod/my-shop/terraform/main.tf.json": Owner("my_shop", "terraform"),
            "prod/my-shop/terraform/versions.tf.json": Owner("my_shop", "terraform"),
        },
        sources={web: {(0, ()): Source(NOWHERE, WEB)}, monitoring: {(0, ()): Source(NOWHERE, WEB)}},
        requirements=(Requirement("cluster", "acme-prod", ("my_shop",)),),
    )


def test_files_are_sorted_by_what_they_are():
    given = plan_inputs(graph(data("my_shop.db"), node("my_shop.web")), bundle())
    app = given.apps["my_shop"]
    assert (app.folder, app.terraform) == ("my-shop", "my-shop/terraform")
    assert app.shared is not None
    assert app.shared.path == "my-shop/kubernetes/_app.yaml"
    assert [str(each) for each in app.instances[WEB].objects] == ["Deployment/web", "Service/web"]
    assert app.monitoring is not None
    assert app.monitoring.objects[0].owner == WEB
    assert given.preconditions == (Precondition("cluster", "acme-prod", ("my_shop",)),)
    assert [file.path for file in given.gitops] == ["gitops/my-shop.yaml"]


def test_a_plan_is_made_of_them():
    of = graph(data("my_shop.db"), node("my_shop.web"))
    plan = make_plan(of, plan_inputs(of, bundle())).value
    assert [step.id for step in plan.steps] == [
        "my-shop/terraform",
        "my-shop/_app",
        "my-shop/web",
        "my-shop/monitoring",
        "my-shop/prune",
    ]


def rollout(*steps):
    body = {"spec": {"strategy": {"canary": {"steps": list(steps)}}}}
    return PlannedObject("Rollout", "web", body)


def minutes(each):
    from idpc.plan.gates import timeout

    return timeout(PlannedFile("web.yaml", (each,)).objects)


def test_a_step_may_take_as_long_as_its_objects():
    assert minutes(rollout({"setWeight": 5}, {"pause": {"duration": "10m"}}, {"pause": {"duration": 90}})) == 32
    assert minutes(rollout({"pause": {"duration": "1h30m"}})) == 110
    assert minutes(rollout({"pause": {}})) == 20 + 24 * 60
    assert minutes(PlannedObject("Job", "smoke", {"spec": {"activeDeadlineSeconds": 300}})) == 6
    assert minutes(PlannedObject("Deployment", "web")) == 10
    assert minutes(PlannedObject("StatefulSet", "db", {"spec": {"replicas": 5}})) == 25
    assert minutes(PlannedObject("Service", "web")) == 2
