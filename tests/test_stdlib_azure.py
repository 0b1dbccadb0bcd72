"""The catalog on Azure: what the data kinds become there, and the identities of who uses them."""

import json
import re
from itertools import chain

import pytest
from stdlib_projects import AZURE, IMAGE, PROD, app, wrong

GUARDED = 'environment prod { cloud = "azure", region = "westeurope", protected = true }\n'
READER = f"service web {{ {IMAGE}, env {{ X = x.url }} }}"
STORED = ("postgres", "mysql", "mongodb", "redis", "bucket", "queue")
GRANTED = ("bucket", "queue")  # a lock keeps grants below it from being taken back
SERVERS = {
    "postgres": "azurerm_postgresql_flexible_server",
    "mysql": "azurerm_mysql_flexible_server",
    "mongodb": "azurerm_mongo_cluster",
    "redis": "azurerm_managed_redis",
    "bucket": "azurerm_storage_account",
    "queue": "azurerm_servicebus_namespace",
}


def server(made, kind, label="x_main"):
    found = made.terraform()["resource"][SERVERS[kind]]
    return found["app_bus"] if "app_bus" in found else found[label]


# ------------------------------------------------------------------- roots


def test_the_provider_and_the_state_are_those_of_the_environment():
    made = app(
        f"postgres x {{ }}\n{READER}",
        'environment prod { cloud = "azure", region = "westeurope", account = "11111111-2222-3333-4444-555555555555"\n'
        ' resource_group = "shops", state { backend = "azurerm", resource_group = "state", storage_account = "acmestate"\n'
        ' container = "tf" } }\n',
    )
    provider = made.terraform()["provider"]["azurerm"]
    assert provider["subscription_id"] == "11111111-2222-3333-4444-555555555555"
    assert provider["features"]["storage"] == {"data_plane_available": False}
    assert server(made, "postgres")["resource_group_name"] == "shops"
    versions = json.loads(made.texts["prod"]["shop/terraform/versions.tf.json"])["terraform"]
    assert versions["backend"]["azurerm"] == {
        "resource_group_name": "state",
        "storage_account_name": "acmestate",
        "container_name": "tf",
        "key": "acme/prod/shop.tfstate",
        "use_azuread_auth": True,
    }
    assert versions["required_providers"]["azurerm"]["version"] == "4.79.0"


@pytest.mark.parametrize("kind", STORED)
def test_what_is_stored_is_tagged_and_stands_in_the_region(kind):
    found = server(app(f"{kind} x {{ }}\n{READER}", AZURE), kind)
    assert found["location"] == "westeurope"
    assert found["tags"]["team"] == "web"
    assert found["tags"]["managed_by"] == "idpc"


# --------------------------------------------------------------- the kinds


@pytest.mark.parametrize(
    ("kind", "zone", "part", "ports"),
    [
        ("postgres", "privatelink.postgres.database.azure.com", "postgresqlServer", [5432]),
        ("mysql", "privatelink.mysql.database.azure.com", "mysqlServer", [3306]),
        ("mongodb", "privatelink.mongocluster.cosmos.azure.com", "MongoCluster", [10260]),
        ("redis", "privatelink.redis.azure.net", "redisEnterprise", [10000]),
        ("bucket", "privatelink.blob.core.windows.net", "blob", [443]),
        ("queue", "privatelink.servicebus.windows.net", "namespace", [443, 5671]),
    ],
)
def test_data_has_a_private_address_and_no_other(kind, zone, part, ports):
    made = app(f"{kind} x {{ {'private = true' if kind == 'queue' else ''} }}\n{READER}", AZURE)
    endpoint = made.resource("azurerm_private_endpoint", "x_main")
    connection = endpoint["private_service_connection"]
    assert connection["private_connection_resource_id"] == f"${{{SERVERS[kind]}.x_main.id}}"
    assert connection["subresource_names"] == [part]
    assert endpoint["subnet_id"].startswith("${data.azurerm_kubernetes_cluster.app_cluster.")
    assert zone in {each["name"] for each in made.terraform()["data"]["azurerm_private_dns_zone"].values()}
    found = server(made, kind)
    assert found.get("public_network_access_enabled", found.get("public_network_access")) in (False, "Disabled")
    egress = made.get("NetworkPolicy", "web")["spec"]["egress"]
    inside = [rule for rule in egress if {"ipBlock": {"cidr": "10.0.0.0/8"}} in rule["to"]]
    assert [[port["port"] for port in rule["ports"]] for rule in inside] == [ports]


def test_endpoints_stand_in_the_subnet_that_the_environment_names():
    made = app(
        f"postgres x {{ }}\n{READER}",
        'environment prod { cloud = "azure", region = "westeurope", network { private_subnets = ["/subnets/data"] } }\n',
    )
    assert made.resource("azurerm_private_endpoint", "x_main")["subnet_id"] == "/subnets/data"


@pytest.mark.parametrize(
    ("kind", "size", "name", "sku"),
    [
        ("postgres", "small", "sku_name", "B_Standard_B2s"),
        ("postgres", "medium", "sku_name", "GP_Standard_D2ds_v5"),
        ("postgres", "large", "sku_name", "MO_Standard_E8ds_v5"),
        ("mysql", "small", "sku_name", "B_Standard_B2s"),
        ("mysql", "medium", "sku_name", "GP_Standard_D2ads_v5"),
        ("mysql", "large", "sku_name", "MO_Standard_E8ads_v5"),
        ("mongodb", "small", "compute_tier", "M30"),
        ("mongodb", "medium", "compute_tier", "M40"),
        ("mongodb", "large", "compute_tier", "M60"),
    ],
)
def test_sizes(kind, size, name, sku):
    made = app(f'{kind} x {{ size = "{size}", storage = 100Gi }}\n{READER}', AZURE)
    assert server(made, kind)[name] == sku


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
@pytest.mark.parametrize("fields", ["high_availability = true", "replicas = 1"])
def test_a_small_server_with_a_second_machine_is_of_a_class_that_can_have_one(kind, fields):
    made = app(f"{kind} x {{ {fields} }}\n{READER}", AZURE)
    assert server(made, kind)["sku_name"].startswith("GP_")


def test_the_fields_of_postgres():
    made = app(
        'postgres x { version = "15", size = "large", storage = 200Gi, high_availability = true, replicas = 2\n'
        f' backup {{ keep = 14d }}, extensions = ["pg_trgm", "citext"] }}\n{READER}',
        AZURE,
    )
    main = server(made, "postgres")
    names = ("version", "storage_mb", "backup_retention_days", "high_availability", "geo_redundant_backup_enabled")
    assert [main[name] for name in names] == ["15", 262144, 14, {"mode": "ZoneRedundant"}, False]
    assert {"x_replica_0", "x_replica_1"} <= made.terraform()["resource"]["azurerm_private_endpoint"].keys()
    settings = {
        each["name"]: each["value"]
        for each in made.terraform()["resource"]["azurerm_postgresql_flexible_server_configuration"].values()
    }
    assert (settings["azure.extensions"], settings["require_secure_transport"]) == ("CITEXT,PG_TRGM", "on")


def test_the_fields_of_mysql():
    made = app(
        f'mysql x {{ version = "8.0", storage = 100Gi, high_availability = true, replicas = 1 }}\n{READER}',
        f'{AZURE}policy supported_versions {{ on = [mysql], require self.name != "" }}\n',
    )
    main = server(made, "mysql")
    assert (main["version"], main["storage"]["size_gb"]) == ("8.0.21", 100)
    assert main["high_availability"] == {"mode": "ZoneRedundant"}
    assert made.resource(SERVERS["mysql"], "x_replica_0")["create_mode"] == "Replica"


def test_the_url_of_mongodb_is_looked_up_in_dns():
    made = app(f"mongodb x {{ storage = 100Gi }}\n{READER}", AZURE)
    assert server(made, "mongodb")["storage_size_in_gb"] == 128
    value = made.resource("azurerm_key_vault_secret", "x_outputs")["value"]
    assert "mongodb+srv://app:${random_password.x_master.result}@${azurerm_mongo_cluster.x_main.name}." in value
    assert ".mongocluster.cosmos.azure.com/x?authSource=admin&tls=true" in value


@pytest.mark.parametrize(("rotation", "key"), [(1, "primary_access_key"), (2, "secondary_access_key")])
def test_the_two_keys_of_a_cache_take_turns(rotation, key):
    made = app(f"redis x {{ rotation = {rotation} }}\n{READER}", AZURE)
    assert f"azurerm_managed_redis.x_main.default_database[0].{key}" in str(made.terraform()["resource"])


@pytest.mark.parametrize(("memory", "sku"), [("256Mi", "B0"), ("1Gi", "B3"), ("8Gi", "B10"), ("157Gi", "B250")])
def test_a_cache_rounds_up_to_what_holds_its_memory(memory, sku):
    assert server(app(f"redis x {{ memory = {memory} }}\n{READER}", AZURE), "redis")["sku_name"] == f"Balanced_{sku}"


def test_the_fields_of_redis():
    made = app(
        f'redis x {{ type = "cluster", replicas = 1, persistence = true, eviction = "allkeys-lfu" }}\n{READER}', AZURE
    )
    found = server(made, "redis")
    assert found["high_availability_enabled"]
    assert found["default_database"] == {
        "client_protocol": "Encrypted",
        "clustering_policy": "OSSCluster",
        "eviction_policy": "AllKeysLFU",
        "access_keys_authentication_enabled": True,
        "persistence_append_only_file_backup_frequency": "1s",
    }


def test_the_fields_of_a_bucket():
    made = app(
        "bucket x { versioning = false, lifecycle { archive = 30d, expire = 365d }\n"
        f' cors {{ origins = ["https://a.io"], methods = ["GET", "PUT"], max_age = 10m }} }}\n{READER}',
        AZURE,
    )
    account = server(made, "bucket")
    assert (account["shared_access_key_enabled"], account["min_tls_version"]) == (False, "TLS1_2")
    assert (account["allow_nested_items_to_be_public"], account["infrastructure_encryption_enabled"]) == (False, True)
    blobs = account["blob_properties"]
    assert (blobs["versioning_enabled"], blobs["delete_retention_policy"]) == (False, {"days": 14})
    assert blobs["cors_rule"][0]["allowed_methods"] == ["GET", "PUT"]
    rules = {
        each["name"]: each["actions"] for each in made.resource("azurerm_storage_management_policy", "x_main")["rule"]
    }
    aged = {name: next(iter(rules[name]["base_blob"].values())) for name in ("archive", "expire")}
    assert aged == {"archive": 30, "expire": 365}


def test_a_region_without_zones_keeps_what_it_can():
    west = 'environment prod { cloud = "azure", region = "westus", protected = true }\n'
    made = app(f"bucket x {{ }}\npostgres y {{ }}\n{READER.replace('x.url', 'x.url, Y = y.url')}", west)
    assert server(made, "bucket")["account_replication_type"] == "LRS"
    assert server(made, "postgres", "y_main")["high_availability"] == {"mode": "SameZone"}


def test_the_fields_of_a_queue():
    made = app(
        f"queue x {{ fifo = true, retention = 7d, visibility = 2m, dead_letter {{ after = 3 }} }}\n{READER}", AZURE
    )
    queue = made.resource("azurerm_servicebus_queue", "x_main")
    names = ("requires_session", "requires_duplicate_detection", "lock_duration", "default_message_ttl")
    assert [queue[name] for name in names] == [True, True, "PT120S", "PT604800S"]
    assert (queue["max_delivery_count"], queue["dead_lettering_on_message_expiration"]) == (3, True)
    bus = server(made, "queue")
    assert (bus["sku"], bus["local_auth_enabled"], bus["minimum_tls_version"]) == ("Standard", False, "1.2")


@pytest.mark.parametrize("kind", ["postgres", "mysql", "mongodb", "bucket", "queue"])
def test_a_protected_environment_keeps_its_data(kind):
    guarded = app(f"{kind} x {{ }}\n{READER}", GUARDED)
    holder = "azurerm_servicebus_queue" if kind == "queue" else SERVERS[kind]
    assert guarded.resource(holder, "x_main")["lifecycle"]["prevent_destroy"]
    locks = guarded.terraform()["resource"].get("azurerm_management_lock", {})
    scopes = [each["scope"] for each in locks.values()]
    assert scopes == ([] if kind in GRANTED else [f"${{{SERVERS[kind]}.x_main.id}}"])
    retired = app(f'{kind} x {{ retire = "destroy" }}\n{READER}', GUARDED)
    assert not retired.resource(holder, "x_main")["lifecycle"]["prevent_destroy"]
    assert "azurerm_management_lock" not in retired.terraform()["resource"]


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_backups_of_a_protected_environment_are_kept_in_a_second_region(kind):
    assert server(app(f"{kind} x {{ }}\n{READER}", GUARDED), kind)["geo_redundant_backup_enabled"]
    alone = GUARDED.replace("westeurope", "polandcentral")
    assert not server(app(f"{kind} x {{ }}\n{READER}", alone), kind)["geo_redundant_backup_enabled"]


LIMITS = {
    "azurerm_postgresql_flexible_server": r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "azurerm_mysql_flexible_server": r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "azurerm_mongo_cluster": r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]",
    "azurerm_managed_redis": r"[a-z0-9]+(-[a-z0-9]+)*",
    "azurerm_storage_account": r"[a-z0-9]{3,24}",
    "azurerm_storage_container": r"[a-z0-9](-?[a-z0-9]){2,62}",
    "azurerm_servicebus_namespace": r"[a-z][a-z0-9-]{4,48}[a-z0-9]",
    "azurerm_private_endpoint": r"[a-z0-9][a-z0-9-]{1,78}[a-z0-9]",
    "azurerm_user_assigned_identity": r"[a-z0-9][a-z0-9-]{2,127}",
}


@pytest.mark.parametrize("length", [1, 20, 55])
def test_names_keep_to_the_limits_of_each_type(length):
    """Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"""
    names = {kind: (letter * length) for kind, letter in zip(STORED, "abcdef", strict=True)}
    declared = "\n".join(
        f"{kind} {name} {{ {'replicas = 1' if kind in ('postgres', 'mysql') else ''} }}" for kind, name in names.items()
    )
    reads = ", ".join(f"{name.upper()} = {name}.url" for name in names.values())
    made = app(f"{declared}\nservice web {{ {IMAGE}, env {{ {reads} }} }}", AZURE).terraform()["resource"]
    found = [(type_, each["name"]) for type_ in LIMITS for each in made[type_].values()]
    assert {type_ for type_, _ in found} == LIMITS.keys()
    assert [(type_, name) for type_, name in found if not re.fullmatch(LIMITS[type_], name)] == []
    assert max(len(name) for type_, name in found if type_ == "azurerm_managed_redis") <= 60


def test_a_renamed_database_keeps_its_physical_name():
    before = app(f"postgres orders {{ }}\n{READER.replace('x.url', 'orders.url')}", AZURE)
    after = app(f'@was("orders")\npostgres x {{ }}\n{READER}', AZURE)
    assert server(after, "postgres")["name"] == server(before, "postgres", "orders_main")["name"]


@pytest.mark.parametrize("kind", ["postgres", "mysql", "bucket"])
def test_data_that_anyone_can_reach_breaks_a_policy(kind):
    (one,) = wrong(f"{kind} x {{ public = true }}\n{READER}", AZURE)
    assert one.code == "IDP5001"


def test_one_app_becomes_the_same_workloads_on_either_cloud():
    body = (
        'postgres db { size = "medium", storage = 100Gi, replicas = 1, extensions = ["pg_trgm"] }\nmysql stock { }\n'
        "mongodb events { }\nredis cache { memory = 2Gi }\nbucket files { lifecycle { expire = 90d } }\n"
        "queue mails { retention = 7d, visibility = 1m }\n"
        f"service web {{ {IMAGE}, port = 8080, env {{ A = db.url, B = stock.url, C = events.url, D = cache.url }}\n"
        ' uses files { access = "read" }, uses mails { access = "write" } }\n'
        f"worker eat {{ {IMAGE}, replicas = 1..5, scale_on {{ queue {{ of = mails }} }}, env {{ M = mails.url }} }}\n"
    )
    aws, azure = app(body, PROD), app(body, AZURE)
    named = [[(one["kind"], one["metadata"]["name"]) for one in made.objects()] for made in (aws, azure)]
    own = {("ExternalSecret", "shop-web-v1"), ("ExternalSecret", "shop-eat-v1")}  # their client ids
    assert set(named[1]) == set(named[0]) | own
    given = [made.env("Deployment", "web") for made in (aws, azure)]
    assert azure.env("Deployment", "eat") == {"AZURE_CLIENT_ID": "shop-eat-v1/client_id", "M": "shop-mails-v1/url"}
    assert given[1] == {"AZURE_CLIENT_ID": "shop-web-v1/client_id", **given[0]}
    assert all("aws" not in type_ for type_ in chain(azure.terraform()["resource"], azure.terraform()["data"]))


@pytest.mark.parametrize(
    ("settings", "fields", "own"), [("", "", False), ("", "own_key = true", True), (", protected = true", "", True)]
)
def test_a_bucket_has_a_key_of_its_own_where_it_is_asked_for_or_protected(settings, fields, own):
    place = AZURE.replace(" }\n", f"{settings} }}\n")
    made = app(f"bucket x {{ {fields} }}\nservice web {{ {IMAGE}, env {{ X = x.name }} }}", place)
    account = made.resource("azurerm_storage_account", "x_main")
    assert ("customer_managed_key" in account) is own
    if own:
        assert account["customer_managed_key"] == {
            "key_vault_key_id": "${azurerm_key_vault_key.x_main.versionless_id}",
            "user_assigned_identity_id": "${azurerm_user_assigned_identity.x_main.id}",
        }
        role = made.resource("azurerm_role_assignment", "x_key")
        assert role["scope"] == "${azurerm_key_vault_key.x_main.resource_versionless_id}"
        assert account["depends_on"] == ["azurerm_role_assignment.x_key"]
