"""The shipped schemas: what is found in them, that they are what the script makes, and a project's own beside them."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import kubernetes_validate
import pytest

from idpc.resources import resource
from idpc.schema import kubernetes, shelf, terraform
from idpc.schema.model import CollectionType, Definition, FieldSchema, ObjectType
from idpc.schema.notation import read_definition, write_definition
from idpc.schema.openapi import first_sentence

ROOT = Path(__file__).parents[1]
VERSIONS = ("1.29", "1.33", "1.37")
CORE = "io.k8s.api.core.v1"


def found(kind, version="1.33", **more):
    return [schema.api_version for schema in kubernetes.find(kind, version, **more)]


def field(definition, name, version="1.33"):
    return kubernetes.definition(definition, version).fields[name]


def test_versions_reach_from_the_oldest_to_the_newest_published():
    assert kubernetes.versions()[0] == "1.29"
    assert list(kubernetes.versions()) == [f"1.{29 + index}" for index in range(len(kubernetes.versions()))]


def test_kubernetes_own_kinds_are_found_in_their_newest_stable_version():
    assert found("Deployment") == ["apps/v1"]
    assert found("HorizontalPodAutoscaler") == ["autoscaling/v2"]
    assert found("ValidatingAdmissionPolicy", "1.29") == ["admissionregistration.k8s.io/v1beta1"]
    assert found("ValidatingAdmissionPolicy", "1.30") == ["admissionregistration.k8s.io/v1"]


def test_a_kind_of_several_groups_is_ambiguous_until_the_group_is_said():
    assert found("Event") == ["v1", "events.k8s.io/v1"]
    assert found("Event", api_version="events.k8s.io/v1") == ["events.k8s.io/v1"]
    assert found("HorizontalPodAutoscaler", api_version="autoscaling/v1") == ["autoscaling/v1"]
    assert found("Deployment", api_version="extensions/v1beta1") == []


def test_custom_kinds_are_found_where_kubernetes_has_none():
    (rollout,) = kubernetes.find("Rollout", "1.33")
    assert (rollout.api_version, rollout.custom, rollout.namespaced) == ("argoproj.io/v1alpha1", True, True)
    assert found("Probe") == ["monitoring.coreos.com/v1"]
    assert found("PodList") == found("DeleteOptions") == found("Nothing") == []


@pytest.mark.parametrize(
    ("kind", "namespaced"),
    [
        ("Namespace", False),
        ("ClusterRole", False),
        ("Role", True),
        ("Pod", True),
        ("ClusterIssuer", False),
        ("Issuer", True),
    ],
)
def test_scope(kind, namespaced):
    assert [schema.namespaced for schema in kubernetes.find(kind, "1.33")] == [namespaced]


@pytest.mark.parametrize("version", ["1.33", "v1.33", "1.33.4"])
def test_a_version_may_be_written_with_its_patch(version):
    assert found("Deployment", version) == ["apps/v1"]


@pytest.mark.parametrize("version", ["1.28", "1.999", "2.33", "", "new"])
def test_an_unknown_version_has_no_kind_of_its_own(version):
    assert found("Deployment", version) == []
    assert kubernetes.definition(f"{CORE}.PodSpec", version) is None
    assert "Deployment" not in kubernetes.kinds(version)


def test_kinds_are_sorted_and_hold_custom_ones():
    kinds = kubernetes.kinds("1.33")
    assert list(kinds) == sorted(set(kinds))
    assert {"Deployment", "Rollout", "HTTPRoute", "ScaledObject"} <= set(kinds)
    assert "MutatingAdmissionPolicy" not in kubernetes.kinds("1.29")


def test_every_object_has_its_definition_and_every_record_leads_to_one():
    for version in (kubernetes.versions()[0], kubernetes.versions()[-1]):
        seen = set()
        waiting = [schema.definition for kind in kubernetes.kinds(version) for schema in kubernetes.find(kind, version)]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += [part for part in map(record, kubernetes.definition(name, version).fields.values()) if part]
        assert len(seen) > 1500


def record(schema):
    return record(schema.item) if schema.item else schema.definition


def test_types_of_fields():
    assert field(f"{CORE}.PodSpec", "containers").required
    assert field(f"{CORE}.PodSpec", "containers").item == FieldSchema("record", definition=f"{CORE}.Container")
    assert field(f"{CORE}.ServicePort", "targetPort").type == "int_or_string"
    assert field(f"{CORE}.ResourceRequirements", "limits").item.type == "quantity"
    assert field(f"{CORE}.PodSpec", "nodeSelector").item.type == "string"
    assert field(f"{CORE}.PodSpec", "hostNetwork").type == "bool"
    assert field(f"{CORE}.ServicePort", "port").doc == "The port that will be exposed by this service."
    assert field("gateway.networking.k8s.io/v1/HTTPRoute#spec.rules[].matches[]", "method").enum[:2] == ("GET", "HEAD")


@pytest.mark.parametrize(
    ("definition", "name", "key"),
    [
        ("PodSpec", "containers", "name"),
        ("PodSpec", "initContainers", "name"),
        ("PodSpec", "volumes", "name"),
        ("PodSpec", "imagePullSecrets", "name"),
        ("PodSpec", "hostAliases", "ip"),
        ("PodSpec", "topologySpreadConstraints", "topologyKey"),
        ("PodSpec", "tolerations", None),
        ("Container", "env", "name"),
        ("Container", "envFrom", None),
        ("Container", "ports", "containerPort"),
        ("Container", "volumeMounts", "mountPath"),
        ("Container", "volumeDevices", "devicePath"),
        ("ServiceSpec", "ports", "port"),
    ],
)
def test_lists_are_merged_by_the_key_that_kubernetes_publishes(definition, name, key):
    assert {field(f"{CORE}.{definition}", name, version).merge_key for version in VERSIONS} == {key}


def test_definitions_are_found_by_their_last_name():
    def names(short):
        return [definition.name for definition in kubernetes.definition_by_short_name(short, "1.33")]

    assert names("PodSpec") == [f"{CORE}.PodSpec"]
    assert names("MetricSpec") == ["io.k8s.api.autoscaling.v2.MetricSpec"]
    assert names("Subject") == ["io.k8s.api.flowcontrol.v1.Subject", "io.k8s.api.rbac.v1.Subject"]
    assert names("Spec") == names("core") == []


def test_a_custom_resource_that_holds_a_record_of_kubernetes_refers_to_it():
    assert field("argoproj.io/v1alpha1/Rollout#spec", "template").definition == f"{CORE}.PodTemplateSpec"
    assert field("argoproj.io/v1alpha1/Rollout", "metadata").definition.endswith(".ObjectMeta")


def test_a_definition_is_read_as_it_was_written():
    fields = {
        "args": FieldSchema("list", FieldSchema("string", enum=("a", "")), required=True),
        "data": FieldSchema("map", FieldSchema("map", FieldSchema("any"))),
        "name": FieldSchema("string", enum=("", "b"), doc="Its name."),
        "parts": FieldSchema("list", FieldSchema("record", definition="acme.io/v1/Part"), merge_key="name"),
    }
    definition = Definition("acme.io/v1/Thing", fields, preserve_unknown=True)
    assert read_definition(definition.name, write_definition(definition)) == definition


def test_the_first_sentence_of_a_description():
    assert first_sentence("One thing, e.g. this one.\n Another. More.") == "One thing, e.g. this one."
    assert first_sentence("No end") == "No end"


# What is on the shelves


def shelves():
    return sorted(path for path in (ROOT / "schemas").rglob("*.tsv"))


@pytest.mark.parametrize("path", shelves(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_lines_are_sorted_and_found_by_name(path):
    text = path.read_bytes()
    names = [line.split(b"\t")[0] for line in text.splitlines()]
    assert names == sorted(names)
    assert text.endswith(b"\n")
    for name in {names[0], names[len(names) // 2], names[-1]}:
        assert [row[0].encode() for row in shelf.rows(text, name.decode())] == [name] * names.count(name)


@pytest.mark.parametrize("name", ["", "a", "bb", "d", "~", "b\t1"])
def test_a_name_that_is_not_there_has_no_lines(name):
    assert shelf.rows(b"b\t1\nb\t2\nc\t3\n", name) == []
    assert shelf.rows(b"", name) == []


def test_what_ships_is_small():
    assert sum(path.stat().st_size for path in shelves()) < 5_000_000


@pytest.mark.skipif(
    kubernetes_validate.latest_version() != f"{kubernetes.versions()[-1]}.0",
    reason="another release of kubernetes-validate is installed than the shipped schemas were made from",
)
def test_the_kubernetes_files_are_what_the_script_makes(tmp_path):
    spec = importlib.util.spec_from_file_location("compact_schemas", ROOT / "scripts" / "compact_schemas.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.write_kubernetes(tmp_path)
    for name in ("definitions.tsv", "kinds.tsv"):
        assert (tmp_path / name).read_bytes() == resource("schemas", "kubernetes", name).read_bytes()


def test_ten_lookups_are_quick():
    names = ("aws_iam_role", "aws_s3_bucket", "google_sql_user", "azurerm_key_vault", "random_password")
    code = (
        "import time; from idpc.schema import kubernetes, terraform; start = time.perf_counter()\n"
        f"for name in {names}: assert terraform.resource(name)\n"
        "for name in ('PodSpec', 'Container', 'ServiceSpec', 'Volume', 'Probe'):\n"
        f"    assert kubernetes.definition('{CORE}.' + name, '1.33')\n"
        "print((time.perf_counter() - start) * 1000)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout) for _ in range(3)
    ]
    assert min(times) < 50, "ten first lookups should take some milliseconds"


def test_a_zipped_wheel_holds_them_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "idpc.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for path in sorted((ROOT / "compiler" / "idpc").rglob("*.py")):
            wheel.write(path, path.relative_to(ROOT / "compiler"))
        wheel.writestr("idpc/grammar/platform.lark", "")
        for path in shelves():
            wheel.write(path, Path("idpc", path.relative_to(ROOT)))
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'idpc.whl')!r})\n"
        "import idpc.resources; from idpc.schema import kubernetes, terraform\n"
        "assert '.whl' in idpc.resources.__file__\n"
        "print(kubernetes.find('Rollout', '1.33')[0].kind, len(terraform.resource('random_password').attributes))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == ["Rollout", "15"]


# A project's own custom resources

WIDGET = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.acme.io }
spec:
  group: acme.io
  names: { kind: Widget, plural: widgets }
  scope: Cluster
  versions:
    - name: v1beta1
      served: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, x-kubernetes-preserve-unknown-fields: true } } } }
    - name: v1
      served: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: { type: integer, description: How big it is. Whole numbers. }
                memory: { x-kubernetes-int-or-string: true, pattern: '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$' }
                port: { x-kubernetes-int-or-string: true }
                color: { type: string, enum: [red, blue] }
                extra: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: { a: { type: string } } }
                parts:
                  type: array
                  x-kubernetes-list-map-keys: [name]
                  items: { type: object, properties: { name: { type: string } } }
    - { name: v2alpha1, served: false }
"""


def test_a_projects_own_custom_resources():
    crds = kubernetes.user_crds(WIDGET)
    assert crds.faults == ()
    (widget,) = kubernetes.find("Widget", "1.33", crds=crds)
    assert (widget.api_version, widget.namespaced, widget.custom) == ("acme.io/v1", False, True)
    spec = kubernetes.definition("acme.io/v1/Widget#spec", "1.33", crds).fields
    assert spec["size"] == FieldSchema("int", required=True, doc="How big it is.")
    assert [spec[name].type for name in ("memory", "port", "color")] == ["quantity", "int_or_string", "string"]
    assert spec["color"].enum == ("red", "blue")
    assert (spec["parts"].merge_key, spec["parts"].item.definition) == ("name", "acme.io/v1/Widget#spec.parts[]")
    assert kubernetes.definition("acme.io/v1/Widget#spec.extra", "1.33", crds).preserve_unknown
    assert found("Widget", crds=crds, api_version="acme.io/v1beta1") == ["acme.io/v1beta1"]
    assert found("Widget") == []


def test_a_projects_own_definition_stands_before_the_shipped_one():
    text = WIDGET.replace("acme.io", "argoproj.io").replace("Widget", "Rollout")
    crds = kubernetes.combine([kubernetes.user_crds(""), kubernetes.user_crds(text)])
    assert found("Rollout", crds=crds) == ["argoproj.io/v1"]
    assert found("Rollout") == ["argoproj.io/v1alpha1"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [", "this is not YAML"),
        ("a: 2024-99-99", "this is not YAML"),
        ("kind: Service", "document 1 is not a CustomResourceDefinition"),
        ("- 1", "document 1 is not a CustomResourceDefinition"),
        ("kind: CustomResourceDefinition\nspec: 3", "does not say its `spec.group`"),
        (WIDGET[: WIDGET.index("  versions:")], "`Widget` of `acme.io` has no served version"),
        (WIDGET.replace("openAPIV3Schema", "schema"), "`Widget` of `acme.io/v1beta1` has no `openAPIV3Schema`"),
        (
            WIDGET.replace("type: integer", "type: 3"),
            "no structural schema at `openAPIV3Schema.properties.spec.properties.size`",
        ),
        (WIDGET.replace("color:", "8080:"), "no structural schema at `openAPIV3Schema.properties.spec`"),
        (WIDGET.replace("[size]", "[[size]]"), "no structural schema at `openAPIV3Schema.properties.spec`"),
        (
            WIDGET.replace("items: { type: object", "items: { $ref: x"),
            "no structural schema at `openAPIV3Schema.properties.spec.properties.parts.items`",
        ),
    ],
)
def test_what_is_wrong_with_a_definition_is_told(text, fault):
    (told, *_) = kubernetes.user_crds(text).faults
    assert fault in told


def test_a_definition_without_end_is_told():
    endless = WIDGET.replace(
        "properties: { name: { type: string } }", "properties: &again { name: { properties: *again } }"
    )
    wide = "".join(f"x{depth}: &x{depth} {{ properties: {{ {inner(depth)} }} }}\n" for depth in range(40))
    for text in (endless, wide + WIDGET.replace("{ type: string }", "*x39")):
        (told,) = kubernetes.user_crds(text).faults
        assert "no structural schema" in told


def inner(depth):
    return ", ".join(f"{name}: *x{depth - 1}" for name in "abcdefgh") if depth else "a: { type: string }"


# Terraform


def test_types_of_a_provider():
    assert {"aws_db_instance", "aws_iam_role"} <= set(terraform.types("aws"))
    assert "aws_iam_policy_document" in terraform.data_types("aws")
    assert terraform.types("acme") == terraform.data_types("acme") == ()
    for provider in terraform.PINS:
        assert terraform.types(provider)
        assert {terraform.provider_of(name) for name in terraform.types(provider)} == {provider}
    assert terraform.provider_of("acme_thing") is None


def test_every_type_can_be_read():
    for provider in terraform.PINS:
        assert all(terraform.resource(name) for name in terraform.types(provider))
        assert all(terraform.data(name) for name in terraform.data_types(provider))


def test_unknown_types_are_not_found():
    assert terraform.resource("aws_nothing") is terraform.resource("acme_thing") is terraform.resource("aws") is None
    assert terraform.resource("aws_iam_policy_document") is None
    assert terraform.data("aws_nothing") is None


def test_attributes():
    attributes = terraform.resource("aws_db_instance").attributes
    assert attributes["password"].sensitive
    assert attributes["instance_class"].required
    assert attributes["address"].computed
    assert not attributes["address"].settable
    assert attributes["tags"].type == CollectionType("map", "string") == ("map", "string")
    assert list(attributes) == sorted(attributes)


def test_blocks():
    blocks = terraform.resource("aws_ecs_service").blocks
    assert (blocks["load_balancer"].nesting, blocks["load_balancer"].repeated) == ("set", True)
    assert (blocks["network_configuration"].max_items, blocks["network_configuration"].repeated) == (1, False)
    assert blocks["network_configuration"].block.attributes["subnets"].required
    assert terraform.resource("aws_ecs_service").blocks["timeouts"].nesting == "single"


def test_attributes_with_attributes_of_their_own():
    listed = terraform.resource("helm_release").attributes["set_sensitive"]
    assert listed.sensitive
    assert isinstance(listed.type, CollectionType)
    assert isinstance(listed.type.item, ObjectType)
    assert listed.type.item.optional == ("type",)
