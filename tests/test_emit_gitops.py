"""What Argo CD and Flux read of an environment, and that a plan pushes it and waits for it."""

import datetime

import pytest
import yaml
from emit_builders import bundle_of, edge, environment, graph, node, thing
from manifests import objects_of
from stdlib_projects import TEAM, built

from idpc.emit import emit
from idpc.emit.gitops.order import order
from idpc.emit.text import render
from idpc.pipeline import Options
from idpc.project import Sources
from idpc.schema.validate import kubernetes_faults
from idpc.units.build import Known, build, whole

ENGINES = ("argocd", "flux")
REPOSITORY = "https://github.com/acme/deploy.git"
APPS = """
app data { team = web, postgres orders { } }
app shop { team = web, service api { image = "ghcr.io/acme/api:1.0.0", port = 8080, env { URL = data.orders.url } } }
app front { team = web, service page { image = "ghcr.io/acme/page:1.0.0", port = 8080, after = [shop.api] } }
"""


def asking(engine, more=""):
    return (
        f'environment prod {{ cloud = "kubernetes", gitops = "{engine}", gitops_repository = "{REPOSITORY}"{more} }}\n'
    )


def compiled(engine, more="", apps=APPS):
    made = built(asking(engine, more) + apps)
    assert made.errors == [], [(each.code, each.message) for each in made.errors]
    return made


def read(made):
    """The engine's objects by their file."""
    files = {path: text for path, text in made.texts["prod"].items() if path.startswith("gitops/")}
    return {path.removeprefix("gitops/"): yaml.safe_load(text) for path, text in files.items()}


def objects(made):
    return {name: each for name, each in read(made).items() if name != "kustomization.yaml"}


def configured(*apps, edges=(), **fields):
    """An environment by hand, whose apps have one object each."""
    nodes = [node(f"{app}.web", objects=(thing("ConfigMap", {"data": {"a": "b"}}),)) for app in apps]
    settings = {"gitops_repository": REPOSITORY, "gitops_namespace": "engine", "gitops_source": "deploy", **fields}
    return environment("prod", nodes, [edge(f"{one}.web", f"{other}.web") for one, other in edges], **settings)


def after(bundle, app):
    (document,) = bundle.files[f"prod/gitops/{app}.yaml"]
    return [each["name"] for each in document["spec"].get("dependsOn", ())]


def test_argo_cd_has_an_application_for_each_app():
    found = read(compiled("argocd"))
    assert set(found) == {"_apps.yaml", "data.yaml", "front.yaml", "kustomization.yaml", "shop.yaml"}
    assert found["shop.yaml"]["metadata"]["name"] == "acme-prod-shop"
    assert found["shop.yaml"]["metadata"]["namespace"] == "argocd"
    assert found["shop.yaml"]["spec"] == {
        "project": "default",
        "source": {"repoURL": REPOSITORY, "targetRevision": "main", "path": "build/prod/shop/kubernetes"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["ServerSideApply=true", "CreateNamespace=false"],
        },
    }
    waves = {
        name: found[f"{name}.yaml"]["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        for name in ("data", "shop", "front")
    }
    assert waves == {"data": "0", "shop": "1", "front": "2"}


def test_flux_has_a_kustomization_for_each_app():
    found = read(compiled("flux"))
    assert found["shop.yaml"]["metadata"]["namespace"] == "flux-system"
    assert found["shop.yaml"]["spec"] == {
        "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
        "path": "./build/prod/shop/kubernetes",
        "prune": True,
        "interval": "10m",
        "retryInterval": "1m",
        "wait": True,
        "timeout": "30m",
        "deletionPolicy": "Orphan",
        "dependsOn": [{"name": "acme-prod-data"}],
    }
    assert "dependsOn" not in found["data.yaml"]["spec"]
    assert found["front.yaml"]["spec"]["dependsOn"] == [{"name": "acme-prod-shop"}]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_root_applies_the_apps_and_not_itself(engine):
    found = read(compiled(engine))
    assert found["kustomization.yaml"]["resources"] == ["data.yaml", "front.yaml", "shop.yaml"]
    spec = found["_apps.yaml"]["spec"]
    assert spec.get("path", spec.get("source", {}).get("path")) in ("build/prod/gitops", "./build/prod/gitops")
    assert "wait" not in spec


@pytest.mark.parametrize("engine", ENGINES)
def test_every_object_is_valid(engine):
    for name, document in objects(compiled(engine)).items():
        assert list(kubernetes_faults(document, "1.33")) == [], name
        broken = {**document, "spec": {**document["spec"], "no_such_field": 1}}
        assert list(kubernetes_faults(broken, "1.33")) != [], name


@pytest.mark.parametrize("engine", ENGINES)
def test_an_environment_says_where_the_engine_reads(engine):
    more = ', gitops_path = "", gitops_revision = "live", gitops_namespace = "engine", gitops_source = "deploy"'
    found = read(compiled(engine, more))
    assert {each["metadata"]["namespace"] for name, each in found.items() if "metadata" in each} == {"engine"}
    spec = found["shop.yaml"]["spec"]
    if engine == "argocd":
        assert spec["source"] == {"repoURL": REPOSITORY, "targetRevision": "live", "path": "prod/shop/kubernetes"}
    else:
        assert (spec["path"], spec["sourceRef"]["name"]) == ("./prod/shop/kubernetes", "deploy")


GUARDS = {
    "argocd": ("argocd.argoproj.io/sync-options", "Prune=false"),
    "flux": ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
}
HOLDING = """
kind ledger {
  retire: Retire?
  provision any { Cluster main { apiVersion = "postgresql.cnpg.io/v1", spec { instances = 1, storage { size = "1Gi" } } } }
}
app shop {
  team = web
  %s
  postgres orders { %s }
  service front {
    image = "ghcr.io/acme/front:1.0.0", port = 8080, volume shared { path = "/data", size = 1Gi, access = "shared" }
    env { URL = orders.url, KEY = secret("shop/key") }
  }
  worker scratch { image = "ghcr.io/acme/scratch:1.0.0", volume own { path = "/data", size = 1Gi } }
}
"""


def guards(engine, made):
    """The objects with a guard against removal, and the value of the guard."""
    name, value = GUARDS.get(engine, GUARDS["flux"])
    found = [(one, one["metadata"].get("annotations", {}).get(name)) for _, one in objects_of(made)]
    assert {guard for _, guard in found} <= {value, None}
    return {f"{one['kind']}/{one['metadata']['name']}" for one, guard in found if guard}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_holds_data_is_not_removed_when_it_leaves_the_repository(engine):
    made = compiled(engine, ', secrets = "vault"', HOLDING % ("ledger books { }", ""))
    assert guards(engine, made) == {
        "Namespace/shop",
        "PersistentVolumeClaim/front-shared",
        "VaultStaticSecret/shop-key",
        "VaultStaticSecret/shop-orders-v1",
        "StatefulSet/orders",
        "Cluster/books",
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_retired_is_removed_when_it_leaves_the_repository(engine):
    made = compiled(engine, "", HOLDING % ('ledger books { retire = "keep" }', 'retire = "keep"'))
    assert guards(engine, made) == {"Namespace/shop", "PersistentVolumeClaim/front-shared"}


def test_without_an_engine_nothing_is_guarded():
    assert guards("none", compiled("none", "", HOLDING % ("ledger books { }", ""))) == set()


def test_a_guard_stands_beside_what_an_object_says_already():
    claim = thing("PersistentVolumeClaim", {"metadata": {"annotations": {GUARDS["argocd"][0]: "Replace=true"}}})
    of = environment("prod", [node("shop.web", objects=(claim,))], gitops="argocd", gitops_namespace="engine")
    (document,) = bundle_of(of).files["prod/shop/kubernetes/web.yaml"]
    assert document["metadata"]["annotations"] == {GUARDS["argocd"][0]: "Replace=true,Prune=false"}


def test_without_an_engine_nothing_is_written():
    assert read(compiled("none")) == {}
    assert not any(path.startswith("prod/gitops/") for path in bundle_of(configured("shop", gitops="none")).files)


def test_an_app_without_objects_is_not_waited_for():
    bundle = bundle_of(
        environment(
            "prod",
            [node("keys.main", "token"), *configured("shop").nodes.values()],
            [edge("shop.web", "keys.main")],
            gitops="flux",
            gitops_namespace="engine",
        )
    )
    assert "prod/gitops/keys.yaml" not in bundle.files
    assert after(bundle, "shop") == []


def test_apps_that_need_each_other_come_together():
    ring = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "ground"), ("top", "b")]
    found = order(configured("a", "b", "c", "ground", "top", edges=ring))
    assert found.waves == {"ground": 0, "a": 1, "b": 1, "c": 1, "top": 2}
    assert found.needs == {"ground": (), "a": (), "b": (), "c": ("ground",), "top": ("b",)}
    bundle = bundle_of(configured("a", "b", "c", "ground", "top", edges=ring, gitops="flux"))
    assert [after(bundle, app) for app in ("a", "c", "top")] == [[], ["acme-prod-ground"], ["acme-prod-b"]]


def test_a_long_chain_of_apps_has_as_many_waves():
    apps = [f"app_{number:04}" for number in range(1200)]
    found = order(configured(*apps, edges=list(zip(apps[1:], apps, strict=False))))
    assert [found.waves[app] for app in apps] == list(range(1200))


def test_calls_put_nothing_in_order():
    of = configured("a", "b")
    calls = environment("prod", list(of.nodes.values()), [edge("a.web", "b.web", order="call")])
    assert order(calls).waves == {"a": 0, "b": 0}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_list_is_not_overwritten_by_an_app_of_its_name(engine):
    bundle = bundle_of(configured("kustomization", gitops=engine))
    assert bundle.files["prod/gitops/kustomization.yaml"][0]["resources"] == ["_kustomization.yaml"]


def test_what_is_wrong_with_an_object_is_told_at_its_app():
    of = configured("shop", "web")
    long = environment("p" * 250, list(of.nodes.values()), gitops="argocd")
    found = [each for each in emit(graph(long)).diagnostics if "Application/acme-pp" in each.message]
    assert {each.address for each in found} == {"shop", "web"}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_plan_pushes_and_waits_for_all_of_them(engine):
    made = compiled(engine)
    plan = made.compilation.plans["prod"]
    steps = {step.id: step for step in plan.steps}
    files = {f"gitops/{name}" for name in read(made)}
    assert files | {"shop/kubernetes"} <= set(steps["gitops/push"].artifacts)
    assert set(steps["gitops/wait"].artifacts) == files
    named = {f"{each['kind']}/{each['metadata']['name']}" for each in objects(made).values()}
    assert set(steps["gitops/wait"].gate.synced) == named
    asked = {(each.what, each.name) for each in plan.preconditions}
    assert ("gitops", "gitops/_apps.yaml") in asked
    (version_and_kind,) = {f"{each['apiVersion']}/{each['kind']}" for each in objects(made).values()}
    assert ("crd", version_and_kind) in asked


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_sources_give_the_same_bytes(engine):
    options, text = Options(datetime.date(2026, 11, 24)), TEAM + asking(engine)
    one = whole(Sources.of({"project.platform": text + APPS}), options, texts=True).texts
    lines = "\n".join(reversed(APPS.splitlines()))
    other = build(Sources.of({"project.platform": text + lines}), options, Known()).texts
    written = {path: one[path] for path in one if "/gitops/" in path}
    assert len(written) == 5
    assert written == {path: other[path] for path in other if "/gitops/" in path}


def test_a_bundle_renders_them_as_any_other_file():
    bundle = bundle_of(configured("shop", gitops="argocd"))
    assert "kind: Application" in render(bundle)["prod/gitops/shop.yaml"]
    assert bundle.owners["prod/gitops/shop.yaml"] == ("shop", "gitops", None)
    assert bundle.owners["prod/gitops/_apps.yaml"] == ("", "gitops", None)
