"""Terraform roots: references, escapes, shared resources, copies of data, delivery, providers and state."""

import pytest
from emit_builders import (
    KIND_SPAN,
    bundle_of,
    database,
    deployment,
    diagnostics_of,
    environment,
    gibibytes,
    node,
    resource,
    terraform_of,
)
from msgspec.structs import replace

from idpc.address import Address
from idpc.emit.model import Place
from idpc.emit.terraform.expressions import expression, template
from idpc.values import Base64, InstanceRef, JsonText, OutputRef, Quantity, ResourceRef, StoreRef, Text

ORDERS, FILES = Address.of("shop", "orders"), Address.of("data", "files")
AWS = {"cloud": "aws", "region": "eu-west-1"}


def ref(type_, label, *path, owner=ORDERS, data=False):
    return ResourceRef(owner, type_, label, path, data)


HOST = ref("aws_db_instance", "orders_main", "address")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (HOST, "${aws_db_instance.orders_main.address}"),
        (ref("aws_vpc", "main", "cfg", 0, "id", data=True), "${data.aws_vpc.main.cfg[0].id}"),
        (ref("a_b", "c", "tags", "x/y"), '${a_b.c.tags["x/y"]}'),
        ("plain ${a} %{b} $ %", "plain $${a} %%{b} $ %"),
        (Text(("x-", HOST, "${y}")), "x-${aws_db_instance.orders_main.address}$${y}"),
        (Text(("cost $", HOST)), 'cost ${"$"}${aws_db_instance.orders_main.address}'),
        (Base64(HOST), "${base64encode(aws_db_instance.orders_main.address)}"),
        (JsonText({"a": HOST}), "${jsonencode({a = aws_db_instance.orders_main.address})}"),
        (Quantity("duration", 2 * 86_400_000), "48h"),
        (gibibytes(5), "5Gi"),
        ({"k${x}": None, "l${x}": [1, None, True]}, {"l$${x}": [1, True]}),
    ],
)
def test_json_syntax(value, written):
    assert template(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": 1, "for": 2, "x-y": None}, '{a = 1, "for" = 2, "x-y" = null}'),
        ([True, 1.5, 'a"\n${b}'], '[true, 1.5, "a\\"\\n$${b}"]'),
        (Text(("a\\", HOST)), '"a\\\\${aws_db_instance.orders_main.address}"'),
        (JsonText([Text((HOST, "%{"))]), 'jsonencode(["${aws_db_instance.orders_main.address}%%{"])'),
    ],
)
def test_expressions(value, written):
    assert expression(value) == written


def managed(*extra, **settings):
    body = {"identifier": "acme-prod-shop-orders", "engine": "postgres", "instance_class": "db.t4g.small"}
    given = {"outputs": {"host": HOST}, "delivered": ("host",), **settings}
    return node(
        "shop.orders", "postgres", resources=(resource("aws_db_instance", "orders_main", body), *extra), **given
    )


def aws(*nodes, **fields):
    return environment("prod", list(nodes), **AWS, **fields)


def test_a_root_in_the_order_of_types_and_labels():
    zone = resource("aws_availability_zones", "app_zones", {}, data=True, per_app=True)
    key = resource("aws_kms_key", "app_key", {"enable_key_rotation": True}, per_app=True)
    bundle = bundle_of(aws(managed(zone, key), node("shop.two", "bucket", resources=(key, zone))))
    root = terraform_of(bundle)
    assert list(root) == ["provider", "data", "resource", "output"]
    assert root["data"] == {"aws_availability_zones": {"app_zones": {}}}
    assert list(root["resource"]) == [
        "aws_db_instance",
        "aws_kms_key",
        "aws_secretsmanager_secret",
        "aws_secretsmanager_secret_version",
    ]
    assert root["resource"]["aws_kms_key"] == {"app_key": {"enable_key_rotation": True}}
    place = Place("prod/shop/terraform/main.tf.json", 0, ("resource", "aws_db_instance", "orders_main", "engine"))
    assert bundle.origin(place) == KIND_SPAN
    assert bundle.address(place) == ORDERS


def test_the_entry_of_an_instance_is_encrypted_with_the_apps_key():
    key = resource("aws_kms_key", "app_key", {}, per_app=True)
    root = terraform_of(bundle_of(aws(managed(key))))
    assert root["resource"]["aws_secretsmanager_secret"]["orders_outputs"] == {
        "name": "idpc/prod/shop/orders-v1",
        "description": "outputs of shop.orders",
        "kms_key_id": "${aws_kms_key.app_key.arn}",
        "recovery_window_in_days": 30,
    }
    assert root["resource"]["aws_secretsmanager_secret_version"]["orders_outputs"] == {
        "secret_id": "${aws_secretsmanager_secret.orders_outputs.id}",
        "secret_string": "${jsonencode({host = aws_db_instance.orders_main.address})}",
    }
    assert root["output"]["orders"]["value"] == "${aws_secretsmanager_secret.orders_outputs.arn}"


def test_shared_kinds_have_an_entry_only_where_they_are_read():
    shared = managed(shared=True)
    assert "aws_secretsmanager_secret" not in terraform_of(bundle_of(aws(shared)))["resource"]
    env = [{"name": "HOST", "value": OutputRef(ORDERS, "host")}]
    reader = node("shop.web", objects=(deployment("web", env=env),))
    assert "aws_secretsmanager_secret" in terraform_of(bundle_of(aws(shared, reader)))["resource"]


def test_per_app_resources_that_differ_are_told():
    one = resource("aws_kms_key", "app_key", {"description": "one"}, per_app=True)
    two = resource("aws_kms_key", "app_key", {"description": "two"}, per_app=True)
    found = diagnostics_of(aws(managed(one), node("shop.two", "bucket", resources=(two,))))
    assert [each.code for each in found] == ["IDP7112"]


def test_outputs_of_the_same_app_become_what_they_are_made_of():
    url = Text(("postgresql://", OutputRef(ORDERS, "host"), ":", OutputRef(ORDERS, "port")))
    body = {"tags": {"url": OutputRef(ORDERS, "url"), "known": OutputRef(ORDERS, "known")}}
    one = managed(
        resource("aws_sqs_queue", "orders_queue", body),
        outputs={"host": HOST, "port": 5432, "url": url, "known": Text(("x", OutputRef(ORDERS, "port")))},
        delivered=(),
    )
    tags = terraform_of(bundle_of(aws(one)))["resource"]["aws_sqs_queue"]["orders_queue"]["tags"]
    assert tags == {"url": "postgresql://${aws_db_instance.orders_main.address}:5432", "known": "x5432"}


def files(*resources):
    account = ref("aws_caller_identity", "app_current", "account_id", owner=FILES, data=True)
    current = resource("aws_caller_identity", "app_current", {}, data=True, per_app=True)
    outputs = {"name": Text(("files-", account)), "arn": ref("aws_s3_bucket", "files_main", "arn", owner=FILES)}
    return node("data.files", "bucket", outputs=outputs, resources=(current, *resources))


def test_data_of_another_app_is_copied():
    body = {"policy": JsonText({"Resource": OutputRef(FILES, "name")})}
    reader = node("shop.web", resources=(resource("aws_iam_role_policy", "web_main", body),))
    root = terraform_of(bundle_of(aws(files(), reader)))
    assert root["data"] == {"aws_caller_identity": {"data_app_current": {}}}
    policy = root["resource"]["aws_iam_role_policy"]["web_main"]["policy"]
    assert policy == '${jsonencode({Resource = "files-${data.aws_caller_identity.data_app_current.account_id}"})}'


def test_equal_data_of_the_app_itself_serves_as_the_copy():
    current = resource("aws_caller_identity", "app_current", {}, data=True, per_app=True)
    body = {"name": OutputRef(FILES, "name")}
    reader = node("shop.web", resources=(current, resource("aws_iam_role", "web_main", body)))
    root = terraform_of(bundle_of(aws(files(), reader)))
    assert root["data"] == {"aws_caller_identity": {"app_current": {}}}


def test_resources_of_another_app_are_told():
    body = {"role_arn": OutputRef(FILES, "arn")}
    reader = node("shop.web", resources=(resource("aws_iam_role_policy", "web_main", body),))
    found = diagnostics_of(aws(files(), reader))
    assert [one.code for one in found] == ["IDP7111"]
    assert "`aws_s3_bucket.files_main`" in found[0].message


def test_what_terraform_cannot_hold_is_told():
    queue = resource("aws_sqs_queue", "orders_queue", {"name": InstanceRef(ORDERS)})
    assert [one.code for one in diagnostics_of(aws(managed(queue)))] == ["IDP7110"]


def test_addresses_are_no_templates():
    body = {
        "depends_on": [ref("aws_kms_key", "app_key")],
        "lifecycle": {"prevent_destroy": True, "ignore_changes": ["tags"], "replace_triggered_by": [HOST], "x": None},
    }
    made = terraform_of(bundle_of(aws(managed(resource("aws_sqs_queue", "orders_queue", body)))))
    assert made["resource"]["aws_sqs_queue"]["orders_queue"] == {
        "depends_on": ["aws_kms_key.app_key"],
        "lifecycle": {
            "prevent_destroy": True,
            "ignore_changes": ["tags"],
            "replace_triggered_by": ["aws_db_instance.orders_main.address"],
        },
    }


def test_former_addresses_lead_to_the_present_one():
    moved = resource("aws_sqs_queue", "orders_queue", {}, moved_from=("a_queue", "aws_sqs_queue.b_queue"))
    assert terraform_of(bundle_of(aws(managed(moved))))["moved"] == [
        {"from": "aws_sqs_queue.a_queue", "to": "aws_sqs_queue.b_queue"},
        {"from": "aws_sqs_queue.b_queue", "to": "aws_sqs_queue.orders_queue"},
    ]


KEPT = {
    ("aws", "external_secrets"): "${data.aws_secretsmanager_secret_version.kept_a_b.secret_string}",
    ("gcp", "external_secrets"): "${data.google_secret_manager_secret_version.kept_a_b.secret_data}",
    ("azure", "external_secrets"): "${data.azurerm_key_vault_secret.kept_a_b.value}",
    ("kubernetes", "kubernetes"): "${data.kubernetes_secret_v1.kept_a_b.data.value}",
    ("edge", "vault"): "${local.kept_a_b.value}",
}


@pytest.mark.parametrize(("where", "written"), KEPT.items())
def test_kept_entries_are_looked_up(where, written):
    cloud, secrets = where
    reader = node("shop.x", "custom", resources=(resource("random_id", "x_main", {"keepers": {"a": StoreRef("a/b")}}),))
    root = terraform_of(bundle_of(environment("prod", [reader], cloud=cloud, region="x", secrets=secrets)))
    assert root["resource"]["random_id"]["x_main"]["keepers"] == {"a": written}
    assert ("azurerm_key_vault" in root["data"]) is (cloud == "azure")


def test_a_property_of_a_kept_entry_is_decoded_once():
    keepers = {"a": StoreRef("a/b", "c"), "d": StoreRef("a/b", "d")}
    reader = node("shop.x", "custom", resources=(resource("random_id", "x_main", {"keepers": keepers}),))
    root = terraform_of(bundle_of(aws(reader)))
    decoded = "${jsondecode(data.aws_secretsmanager_secret_version.kept_a_b.secret_string)}"
    assert root["locals"] == {"kept_a_b": decoded}
    assert root["resource"]["random_id"]["x_main"]["keepers"] == {
        "a": "${local.kept_a_b.c}",
        "d": "${local.kept_a_b.d}",
    }


def versions_of(one):
    return bundle_of(one).files["prod/shop/terraform/versions.tf.json"][0]["terraform"]


def test_providers_are_pinned_and_tagged():
    bundle = bundle_of(aws(managed(resource("random_id", "orders_x", {}))))
    assert terraform_of(bundle)["provider"] == {
        "aws": {
            "region": "eu-west-1",
            "default_tags": {
                "tags": {
                    "app": "shop",
                    "team": "payments",
                    "environment": "prod",
                    "cost_center": "CC-4410",
                    "managed_by": "idpc",
                }
            },
        }
    }
    assert versions_of(aws(managed(resource("random_id", "orders_x", {})))) == {
        "required_version": ">= 1.11",
        "required_providers": {
            "aws": {"source": "hashicorp/aws", "version": "6.47.0"},
            "random": {"source": "hashicorp/random", "version": "3.7.2"},
        },
        "backend": {
            "s3": {"key": "acme/prod/shop.tfstate", "region": "eu-west-1", "encrypt": True, "use_lockfile": True}
        },
    }


def test_a_project_may_ask_for_other_versions():
    terraform = {"required_version": ">= 1.12", "providers": {"aws": "6.50.0"}}
    one = aws(managed())
    one = replace(one, project={**one.project, "terraform": terraform})
    asked = versions_of(one)
    assert asked["required_version"] == ">= 1.12"
    assert asked["required_providers"]["aws"]["version"] == "6.50.0"


def test_tags_stand_on_each_resource_where_a_provider_has_no_default():
    namespace = resource("azurerm_servicebus_namespace", "orders_main", {"name": "x", "tags": {"own": "yes"}})
    queue = resource("azurerm_servicebus_queue", "orders_main", {"name": "x"})
    one = node("shop.orders", "queue", resources=(namespace, queue))
    root = terraform_of(bundle_of(environment("prod", [one], cloud="azure", region="westeurope")))
    tags = root["resource"]["azurerm_servicebus_namespace"]["orders_main"]["tags"]
    assert tags["team"] == "payments"
    assert tags["own"] == "yes"
    assert "tags" not in root["resource"]["azurerm_servicebus_queue"]["orders_main"]
    assert root["provider"]["azurerm"]["resource_provider_registrations"] == "none"


def test_labels_on_google_are_lower_case():
    one = node("shop.orders", "topic", resources=(resource("google_pubsub_topic", "orders_main", {"name": "x"}),))
    root = terraform_of(bundle_of(environment("prod", [one], cloud="gcp", region="europe-west1", account="acme-1")))
    assert root["provider"]["google"]["project"] == "acme-1"
    assert root["provider"]["google"]["default_labels"]["cost_center"] == "cc-4410"


BACKENDS = [
    ({"cloud": "gcp", "region": "x"}, None, {"gcs": {"prefix": "acme/prod/shop"}}, "gcs"),
    (
        {"cloud": "azure", "region": "x"},
        None,
        {"azurerm": {"container_name": "tfstate", "key": "acme/prod/shop.tfstate", "use_azuread_auth": True}},
        "azurerm",
    ),
    (
        {"cloud": "kubernetes"},
        None,
        {"kubernetes": {"secret_suffix": "acme-prod-shop", "namespace": "shop"}},
        "kubernetes",
    ),
    (
        {"cloud": "aws", "region": "x"},
        {"backend": "s3", "bucket": "state", "prefix": "idp/", "region": "us-east-1", "kms_key": "alias/state"},
        {
            "s3": {
                "bucket": "state",
                "key": "idp/acme/prod/shop.tfstate",
                "region": "us-east-1",
                "encrypt": True,
                "kms_key_id": "alias/state",
                "use_lockfile": True,
            }
        },
        "s3/state",
    ),
    ({}, {"backend": "local"}, {"local": {"path": "acme/prod/shop.tfstate"}}, "local"),
    (
        {},
        {"backend": "http", "address": "https://tf.acme.io/"},
        {
            "http": {
                "address": "https://tf.acme.io/acme/prod/shop.tfstate",
                "lock_address": "https://tf.acme.io/acme/prod/shop.tfstate",
                "unlock_address": "https://tf.acme.io/acme/prod/shop.tfstate",
            }
        },
        "http/https://tf.acme.io/",
    ),
    (
        {},
        {"backend": "kubernetes", "namespace": "terraform"},
        {"kubernetes": {"secret_suffix": "acme-prod-shop", "namespace": "terraform"}},
        "kubernetes/terraform",
    ),
]


@pytest.mark.parametrize(("fields", "state", "block", "name"), BACKENDS)
def test_state(fields, state, block, name):
    one = environment(
        "prod", [node("shop.x", "custom", resources=(resource("random_id", "x", {}),))], state=state, **fields
    )
    assert versions_of(one)["backend"] == block
    states = [need for need in bundle_of(one).requirements if need.what == "state"]
    assert [(need.name, need.used_by) for need in states] == [(name, ("shop",))]


def test_a_state_in_the_cluster_needs_the_apps_namespace():
    one = environment("prod", [node("shop.x", "custom", resources=(resource("random_id", "x", {}),))])
    assert "prod/shop/kubernetes/_app.yaml" in bundle_of(one).files
    elsewhere = environment("prod", [node("shop.x", "custom", resources=(resource("random_id", "x", {}),))], **AWS)
    assert "prod/shop/kubernetes/_app.yaml" not in bundle_of(elsewhere).files


def test_a_database_on_a_cluster_has_a_root():
    root = terraform_of(bundle_of(environment("dev", [database()])))
    assert list(root["resource"]) == ["kubernetes_secret_v1", "random_password"]
    assert root["provider"] == {"kubernetes": {}}
