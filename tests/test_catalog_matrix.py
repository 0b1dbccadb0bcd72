"""Every kind on every cloud, with defaults and fully configured: it builds, its objects are valid, or it says that it is not there."""

import kubernetes_validate
import pytest
from catalog_projects import CLOUDS, ENTRIES, FLAVORS, built, compiled, everything, kinds_of, project
from manifests import objects_of
from stdlib_projects import TEAM, TODAY

from idpc.catalog.make import catalog, compile_declarations
from idpc.pipeline import Options
from idpc.project import Sources
from idpc.schema.kubernetes import find
from idpc.schema.validate import kubernetes_faults

MISSING = [(kind, cloud) for kind in ENTRIES for cloud in CLOUDS if cloud not in ENTRIES[kind].clouds]
VERSION = "1.33"


def test_every_kind_of_the_standard_library_is_in_the_matrix():
    shown = catalog(compile_declarations(Sources.of({"project.platform": TEAM}), Options(today=TODAY)))
    assert {entry.name for entry in shown if entry.sort == "kind"} == ENTRIES.keys()


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_kind_of_a_cloud_builds(cloud, flavor):
    (graph,) = built(cloud, flavor).compilation.graph.environments.values()
    assert {node.kind for node in graph.nodes.values()} >= set(kinds_of(cloud))


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize(("kind", "cloud"), MISSING)
def test_a_kind_that_a_cloud_has_not_says_so_where_it_stands(kind, cloud, flavor):
    told = [each for each in compiled(project(cloud, flavor, [kind])).errors if each.text == f"main_{kind}"]
    assert [(each.code, each.message) for each in told] == [_refusal(kind, cloud)]


@pytest.mark.parametrize("place", [f"{cloud}-{flavor}" for cloud in CLOUDS for flavor in FLAVORS])
def test_every_object_is_valid(place):
    found = list(objects_of(built(*place.split("-"))))
    assert found
    for _, one in found:
        assert _faults(one) == [], one["metadata"]["name"]


def test_the_examples_and_the_matrix_are_looked_at():
    assert len(dict(everything())) >= len(CLOUDS) * len(FLAVORS) + 5


def _refusal(kind, cloud):
    if kind == "secret_store":
        return "IDP3025", f"`{cloud}` gets its secrets from kubernetes, which has no use for this store"
    return "IDP4005", f"`{kind}` is not available on {cloud}"


def _faults(one):
    try:
        kubernetes_validate.validate(one, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [error.message]
    except kubernetes_validate.SchemaNotFoundError:
        schemas = find(one["kind"], VERSION)
        assert one["apiVersion"] in {each.api_version for each in schemas}, one["kind"]
        return list(kubernetes_faults(one, VERSION))
    return []
