"""Entities of a catalog of software: their schemas, their names, and that every reference leads to one of them."""

import json
import re

import pytest
import yaml
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7
from running import EXAMPLES, ROOT
from stdlib_projects import DEV, IMAGE, PROD, built

SCHEMAS = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "tests/data/backstage").glob("*.json")
}
REGISTRY = Registry().with_resources((each["$id"], DRAFT7.create_resource(each)) for each in SCHEMAS.values())
NAME = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
TAG = re.compile(r"(?=.{1,63}\Z)[a-z0-9:+#]+(?:-[a-z0-9:+#]+)*")
REFERENCES = ("owner", "system", "dependsOn", "providesApis", "consumesApis")

SHOP = """
/// Sells things.
app shop {
  team = web
  title = "The shop"
  links { runbook = "https://wiki.acme.io/shop" }
  postgres orders { }
  service api {
    {image}
    ports { http = 8080, admin { container = 9000, protocol = "grpc" }, raw { container = 7000, protocol = "tcp" } }
    env { DATABASE_URL = orders.url }
    expose { host = "shop.acme.io", path = "/api" }
    health { }
  }
}
app desk {
  team = web
  worker mailer { {image}, tier = "experimental", env { API = shop.api.ports.admin.url } }
}
app stray { worker lonely { {image}, env { API = shop.api.url } } }
""".replace("{image}", IMAGE)


def entities(texts):
    """All entities of a build's files, by reference."""
    found = {}
    for path, text in sorted(texts.items()):
        if "catalog/" in path:
            for one in yaml.safe_load_all(text):
                reference = f"{one['kind'].lower()}:{one['metadata']['namespace']}/{one['metadata']['name']}"
                assert reference not in found, f"{reference} is there twice"
                found[reference] = one
    return found


def golden(example, environment):
    folder = ROOT / "golden" / example / environment
    return {f"catalog/{path.name}": path.read_text(encoding="utf-8") for path in (folder / "catalog").glob("*.yaml")}


GOLDEN = [
    (example, path.parent.name)
    for example in EXAMPLES
    for path in sorted((ROOT / "golden" / example).glob("*/plan.json"))
]


def references(one):
    for field in REFERENCES:
        value = one["spec"].get(field, [])
        yield from [value] if isinstance(value, str) else value


def check(found):
    """Hold entities against their schemas, and their references against each other."""
    for one in found.values():
        schema = SCHEMAS[f"{one['kind']}.v1alpha1"]
        Draft7Validator(schema, registry=REGISTRY).validate(one)
        assert NAME.fullmatch(one["metadata"]["name"])
        assert all(TAG.fullmatch(tag) for tag in one["metadata"].get("tags", ()))
        assert [each for each in references(one) if each not in found] == []


@pytest.fixture(scope="module")
def shop():
    return built(DEV + PROD.replace(" }", ", protected = true, requires = [dev] }") + SHOP)


@pytest.mark.parametrize(("example", "environment"), GOLDEN)
def test_entities_of_examples_are_valid_and_find_each_other(example, environment):
    found = entities(golden(example, environment))
    assert {one["kind"] for one in found.values()} >= {"Group", "System", "Component"}
    check(found)


def test_a_broken_entity_would_be_found(shop):
    found = entities(shop.texts["prod"])
    del found["group:default/web"]
    with pytest.raises(AssertionError):
        check(found)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_entities_are_valid_and_find_each_other(shop, environment):
    check(entities(shop.texts[environment]))


def test_an_app_is_a_system(shop):
    system = entities(shop.texts["prod"])["system:prod/shop"]
    assert system["metadata"]["description"] == "Sells things."
    assert system["metadata"]["title"] == "The shop"
    assert system["metadata"]["links"] == [{"url": "https://wiki.acme.io/shop", "title": "runbook"}]
    assert system["spec"] == {"owner": "group:default/web"}


def test_a_workload_is_a_component_with_its_interfaces(shop):
    found = entities(shop.texts["prod"])
    api = found["component:prod/shop.api"]
    assert api["spec"] == {
        "type": "service",
        "lifecycle": "production",
        "owner": "group:default/web",
        "system": "system:prod/shop",
        "dependsOn": ["resource:prod/shop.orders"],
        "providesApis": ["api:prod/shop.api.admin", "api:prod/shop.api.http"],
    }
    assert api["metadata"]["links"] == [{"url": "https://shop.acme.io/api", "title": "shop.acme.io"}]
    labels = api["metadata"]["annotations"]["backstage.io/kubernetes-label-selector"]
    pods = shop.get("Deployment", "api", "prod")["spec"]["template"]["metadata"]["labels"]
    assert all(pods[key] == value for key, value in (each.split("=") for each in labels.split(",")))
    assert found["api:prod/shop.api.admin"]["spec"]["definition"] == "api.shop.svc:9000"
    assert found["resource:prod/shop.orders"]["spec"]["type"] == "database"


def test_a_consumer_names_what_it_reads_and_no_more(shop):
    spec = entities(shop.texts["prod"])["component:prod/desk.mailer"]["spec"]
    assert spec["dependsOn"] == ["component:prod/shop.api"]
    assert spec["consumesApis"] == ["api:prod/shop.api.admin"]


def test_the_lifecycle_is_of_the_tier_and_the_environment(shop):
    def lifecycle(environment, name):
        return entities(shop.texts[environment])[f"component:{environment}/{name}"]["spec"]["lifecycle"]

    assert lifecycle("prod", "shop.api") == "production"
    assert lifecycle("dev", "shop.api") == "development"
    assert lifecycle("prod", "desk.mailer") == "experimental"


def test_what_nobody_owns_is_in_no_catalog(shop):
    assert "catalog/stray.yaml" not in shop.texts["prod"]
    assert "stray/kubernetes/lonely.yaml" in shop.texts["prod"]


def test_teams_are_the_same_in_every_environment(shop):
    teams = shop.texts["prod"]["catalog/_teams.yaml"]
    assert teams == shop.texts["dev"]["catalog/_teams.yaml"]
    (team,) = yaml.safe_load_all(teams)
    assert team["spec"]["profile"] == {"displayName": "web", "email": "web@acme.io"}
    assert team["metadata"]["annotations"]["idpc.dev/on-call"] == "pagerduty:WEB"


def test_long_names_are_cut_and_stay_apart():
    name = "a" * 50
    text = f"app {'b' * 40} {{ team = web\n worker {name}1 {{ {IMAGE} }}\n worker {name}2 {{ {IMAGE} }} }}"
    found = entities(built(DEV + text).texts["dev"])
    check(found)
    assert sum(one["kind"] == "Component" for one in found.values()) == 2
