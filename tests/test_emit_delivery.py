"""Secret and deferred values reach containers by reference, the same way from every store."""

import pytest
from emit_builders import (
    bundle_of,
    database,
    deployment,
    diagnostics_of,
    edge,
    environment,
    node,
    object_of,
    objects_of,
    terraform_of,
    thing,
)

from idpc.address import Address
from idpc.emit import render
from idpc.emit.model import Requirement
from idpc.values import Base64, JsonText, OutputRef, ResourceRef, StoreRef, Text

ORDERS = Address.of("shop", "orders")
URL, PASSWORD, HOST = (OutputRef(ORDERS, name) for name in ("url", "password", "host"))
KEY = StoreRef("payments/stripe-key")
STORES = ("external_secrets", "vault", "kubernetes")


def variables(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


def prod(*nodes, secrets="external_secrets", **fields):
    edges = [edge(str(one.address), "shop.orders") for one in nodes]
    return environment("prod", [database(), *nodes], edges, cloud="aws", region="eu-west-1", secrets=secrets, **fields)


def checkout(*objects, **container):
    return node("shop.checkout", objects=(deployment("checkout", **container), *objects))


def container_of(one):
    return object_of(bundle_of(one), "Deployment")["spec"]["template"]["spec"]["containers"][0]


def env_of(*, secrets="external_secrets", **values):
    return container_of(prod(checkout(env=variables(**values)), secrets=secrets))["env"]


def from_secret(name, secret, key):
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


@pytest.mark.parametrize("secrets", STORES)
def test_one_output_is_a_key_of_a_secret(secrets):
    assert env_of(secrets=secrets, URL=URL) == [from_secret("URL", "shop-orders-v1", "url")]


@pytest.mark.parametrize("secrets", STORES)
def test_a_kept_entry_is_a_key_of_its_own_secret(secrets):
    assert env_of(secrets=secrets, KEY=KEY) == [from_secret("KEY", "payments-stripe-key", "value")]
    part = KEY._replace(property="live")
    assert env_of(secrets=secrets, KEY=part) == [from_secret("KEY", "payments-stripe-key", "live")]


def test_interpolation_uses_variables_placed_before():
    assert env_of(A="a", DSN=Text(("db://app:", PASSWORD, "@", HOST, "/x"))) == [
        from_secret("IDPC_SHOP_ORDERS_HOST", "shop-orders-v1", "host"),
        from_secret("IDPC_SHOP_ORDERS_PASSWORD", "shop-orders-v1", "password"),
        {"name": "A", "value": "a"},
        {"name": "DSN", "value": "db://app:$(IDPC_SHOP_ORDERS_PASSWORD)@$(IDPC_SHOP_ORDERS_HOST)/x"},
    ]


def test_an_argument_brings_its_variables_with_it():
    container = container_of(prod(checkout(args=["--url", Text(("u=", URL))], env=[])))
    assert container["args"] == ["--url", "u=$(IDPC_SHOP_ORDERS_URL)"]
    assert container["env"] == [from_secret("IDPC_SHOP_ORDERS_URL", "shop-orders-v1", "url")]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("plain $HOME", "plain $HOME"),
        ("$(NAME)", "$$(NAME)"),
        ("$$", "$$$$"),
        ("a$$(b)", "a$$$$(b)"),
        ("ends in $", "ends in $"),
        (True, "true"),
        (8080, "8080"),
        (0.5, "0.5"),
    ],
)
def test_known_values_reach_the_process_as_they_are(given, written):
    assert env_of(X=given) == [{"name": "X", "value": written}]
    assert container_of(prod(checkout(args=[given])))["args"] == [written]


def test_a_dollar_before_a_reference_stays_one():
    assert env_of(X=Text(("$", URL)))[-1]["value"] == "$$$(IDPC_SHOP_ORDERS_URL)"


def test_json_is_composed_of_what_the_platform_makes():
    value = JsonText({"a": [1, True, None], "$(x)": Text(('"', PASSWORD))})
    assert env_of(X=value)[-1]["value"] == '{"a":[1,true,null],"$$(x)":"\\"$(IDPC_SHOP_ORDERS_PASSWORD)"}'


def test_json_of_what_people_keep_cannot_be_composed():
    found = diagnostics_of(prod(checkout(env=variables(X=JsonText({"key": KEY})))))
    assert [one.code for one in found] == ["IDP7104"]


def test_an_attribute_that_an_output_gives_is_that_output():
    password = ResourceRef(ORDERS, "random_password", "orders_master", ("result",))
    stateful = object_of(bundle_of(prod()), "StatefulSet")
    env = stateful["spec"]["template"]["spec"]["containers"][0]["env"]
    assert env == [from_secret("POSTGRES_PASSWORD", "shop-orders-v1", "password")]
    assert env_of(X=password) == [from_secret("X", "shop-orders-v1", "password")]


def test_an_output_that_is_known_is_written_as_it_is():
    assert env_of(X=Text(("port ", OutputRef(ORDERS, "port")))) == [{"name": "X", "value": "port 5432"}]
    assert env_of(X=OutputRef(ORDERS, "port")) == [{"name": "X", "value": "5432"}]


def test_symbols_elsewhere_are_told():
    secret_label = thing("ConfigMap", {"data": {"a": PASSWORD}})
    other = ResourceRef(ORDERS, "random_password", "orders_master", ("id",))
    found = diagnostics_of(prod(checkout(secret_label, env=variables(A=other, B=Base64(URL)), command=[URL])))
    assert [one.code for one in found] == ["IDP7102"] * 4
    assert any("`data.a` of `ConfigMap/checkout`" in one.message for one in found)


def test_external_secrets_bring_the_whole_entry():
    bundle = bundle_of(prod(checkout(env=variables(URL=URL, KEY=KEY, LIVE=KEY._replace(property="live")))))
    outputs = object_of(bundle, "ExternalSecret", "shop-orders-v1")
    assert outputs["spec"] == {
        "refreshInterval": "1h0m0s",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "idpc"},
        "target": {"name": "shop-orders-v1", "creationPolicy": "Owner", "deletionPolicy": "Retain"},
        "dataFrom": [{"extract": {"key": "idpc/prod/shop/orders-v1"}}],
    }
    kept = object_of(bundle, "ExternalSecret", "payments-stripe-key")
    assert kept["spec"]["data"] == [
        {"secretKey": "value", "remoteRef": {"key": "prod/payments/stripe-key"}},
        {"secretKey": "live", "remoteRef": {"key": "prod/payments/stripe-key", "property": "live"}},
    ]
    assert Requirement("secret", "prod/payments/stripe-key", ("shop.checkout",)) in bundle.requirements
    assert Requirement("secret_store", "ClusterSecretStore/idpc", ("shop",)) in bundle.requirements


def test_vault_brings_the_whole_entry():
    bundle = bundle_of(prod(checkout(env=variables(URL=URL)), secrets="vault"))
    spec = object_of(bundle, "VaultStaticSecret", "shop-orders-v1")["spec"]
    assert spec["path"] == "idpc/prod/shop/orders-v1"
    assert spec["type"] == "kv-v2"
    assert spec["destination"]["name"] == "shop-orders-v1"
    assert "vault_kv_secret_v2" in terraform_of(bundle)["resource"]


def test_on_a_cluster_terraform_makes_a_secret_for_each_namespace():
    api = node("billing.api", objects=(deployment("api", env=variables(URL=URL, KEY=KEY)),))
    bundle = bundle_of(prod(checkout(env=variables(URL=URL)), api, secrets="kubernetes"))
    assert not objects_of(bundle, "ExternalSecret")
    made = terraform_of(bundle)["resource"]["kubernetes_secret_v1"]
    assert [(label, body["metadata"]["namespace"]) for label, body in made.items()] == [
        ("orders_outputs_billing", "billing"),
        ("orders_outputs_shop", "shop"),
    ]
    assert made["orders_outputs_billing"]["immutable"]
    assert made["orders_outputs_billing"]["data"] == {
        "host": "orders.shop.svc",
        "password": "${random_password.orders_master.result}",
        "url": "postgresql://app:${random_password.orders_master.result}@orders.shop.svc:5432/orders?sslmode=disable",
    }
    assert Requirement("secret", "billing/payments-stripe-key#value", ("billing.api",)) in bundle.requirements


def test_names_of_entries_where_stores_allow_no_slash():
    one = prod(checkout(env=variables(URL=URL, KEY=KEY)))
    one.environment.update({"cloud": "gcp", "region": "europe-west1"})
    bundle = bundle_of(one)
    outputs = object_of(bundle, "ExternalSecret", "shop-orders-v1")
    assert outputs["spec"]["dataFrom"] == [{"extract": {"key": "idpc--prod--shop--orders-v1"}}]
    made = terraform_of(bundle)["resource"]["google_secret_manager_secret"]["orders_outputs"]
    assert next(iter(made.values())) == "idpc--prod--shop--orders-v1"


def test_rotation_renames_entry_and_secret():
    rotated = database(rotation=2)
    one = environment("prod", [rotated, checkout(env=variables(URL=URL))], secrets="vault")
    bundle = bundle_of(one)
    assert object_of(bundle, "VaultStaticSecret", "shop-orders-v2")
    entry = terraform_of(bundle)["resource"]["vault_kv_secret_v2"]["orders_outputs"]
    assert entry["name"] == "idpc/prod/shop/orders-v2"


def test_a_store_that_no_terraform_writes_is_told():
    one = environment("dev", [database(), checkout(env=variables(URL=URL))], secrets="external_secrets")
    assert [found.code for found in diagnostics_of(one)] == ["IDP7107"]


def test_a_secret_with_symbols_becomes_a_template():
    config = Text(("user=app {{x}} password=", PASSWORD))
    contents = {
        "app.ini": config,
        "plain": "a",
        "key": KEY,
        "both.json": JsonText({"url": Text(("50% ", URL)), "k": KEY}),
    }
    files = thing("Secret", {"type": "Opaque", "immutable": True, "stringData": contents}, "files")
    made = object_of(bundle_of(prod(checkout(files))), "ExternalSecret", "checkout-files")
    target = made["spec"]["target"]
    assert target["immutable"]
    assert target["template"]["type"] == "Opaque"
    assert target["template"]["data"] == {
        "app.ini": 'user=app {{ "{{" }}x}} password={{ .shop_orders_v1_password }}',
        "plain": "a",
        "key": "{{ .payments_stripe_key_value }}",
        "both.json": '{ "url": {{ printf "50%% %s" .shop_orders_v1_url | toJson }}, "k": {{ .payments_stripe_key_value | toJson }} }',
    }
    assert made["spec"]["data"] == [
        {"secretKey": "payments_stripe_key_value", "remoteRef": {"key": "prod/payments/stripe-key"}},
        {
            "secretKey": "shop_orders_v1_password",
            "remoteRef": {"key": "idpc/prod/shop/orders-v1", "property": "password"},
        },
        {"secretKey": "shop_orders_v1_url", "remoteRef": {"key": "idpc/prod/shop/orders-v1", "property": "url"}},
    ]


@pytest.mark.parametrize("secrets", ["vault", "kubernetes"])
def test_only_external_secrets_fills_templates(secrets):
    files = thing("Secret", {"stringData": {"a": PASSWORD}}, "files")
    assert [one.code for one in diagnostics_of(prod(checkout(files), secrets=secrets))] == ["IDP7103"]


def test_two_things_under_one_name_are_told():
    twins = variables(A=StoreRef("a/b-c"), B=StoreRef("a-b/c"))
    assert [one.code for one in diagnostics_of(prod(checkout(env=twins)))] == ["IDP7106"]


def test_structured_outputs_are_delivered_leaf_by_leaf():
    cluster = ResourceRef(ORDERS, "random_id", "orders_main", ())
    outputs = {"ports": {"grpc": {"url": "grpc://x"}}, "nodes": ["a", cluster._replace(path=("hex",))], "raw": cluster}
    given = node("shop.orders", "custom", outputs=outputs, delivered=("ports", "nodes", "raw", "missing"))
    parts = variables(
        A=OutputRef(ORDERS, "ports", ("grpc", "url")),
        B=OutputRef(ORDERS, "nodes", (1,)),
        C=OutputRef(ORDERS, "raw", ("dec",)),
    )
    one = environment("prod", [given, checkout(env=parts)])
    bundle = bundle_of(one)
    env = object_of(bundle, "Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [item["valueFrom"]["secretKeyRef"]["key"] for item in env] == ["ports.grpc.url", "nodes.1", "raw.dec"]
    data = terraform_of(bundle)["resource"]["kubernetes_secret_v1"]["orders_outputs_shop"]["data"]
    assert data["ports.grpc.url"] == "grpc://x"
    assert data["nodes.1"] == "${random_id.orders_main.hex}"
    assert "raw" not in data
    assert data["raw.dec"] == "${random_id.orders_main.dec}"


@pytest.mark.parametrize("secrets", STORES)
def test_no_value_of_a_symbol_is_ever_written(secrets):
    bundle = bundle_of(prod(checkout(env=variables(URL=URL, KEY=KEY)), secrets=secrets))
    for path, text in render(bundle).items():
        assert ("postgresql://" in text) is (path == "prod/shop/terraform/main.tf.json")
