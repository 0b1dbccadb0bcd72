"""The standard library on Google Cloud: roots, delivery, identities, and what the data services become."""

import json

import pytest
from running import ROOT
from stdlib_projects import IMAGE, TODAY, Built, app, built, wrong

from idpc.pipeline import Options, compile_project
from idpc.project import Sources

GCP = 'environment prod { cloud = "gcp", region = "europe-west1", domain = "acme.io", account = "acme-prod" }\n'
PROTECTED = 'environment prod { cloud = "gcp", region = "europe-west1", protected = true }\n'
READER = f"service web {{ {IMAGE}, env {{ X = x.url }} }}"
POOL = "data.google_container_cluster.app_cluster.workload_identity_config[0].workload_pool"
SUBJECT = (
    "principal://iam.googleapis.com/projects/${data.google_project.app_current.number}"
    f"/locations/global/workloadIdentityPools/${{{POOL}}}/subject/"
)
PUBSUB = "serviceAccount:service-${data.google_project.app_current.number}@gcp-sa-pubsub.iam.gserviceaccount.com"


def members(made, app_name="shop"):
    """Who may do what in the root of an app: label of the thing, role, member, without Google's own agents."""
    found = set()
    for type_, resources in made.terraform(app=app_name)["resource"].items():
        for body in resources.values() if type_.endswith("_iam_member") else ():
            if not body["member"].startswith("serviceAccount:"):
                target = next(value for key, value in body.items() if key in ("bucket", "topic", "subscription"))
                found.add((target, body["role"], body["member"].removeprefix(SUBJECT)))
    return found


# ---------------------------------------------------------------- the root


def test_the_root_of_an_app():
    made = app(f"postgres x {{ }}\n{READER}", GCP)
    assert made.terraform()["provider"] == {
        "google": {
            "project": "acme-prod",
            "region": "europe-west1",
            "default_labels": {"app": "shop", "team": "web", "environment": "prod", "managed_by": "idpc"},
        }
    }
    versions = json.loads(made.texts["prod"]["shop/terraform/versions.tf.json"])["terraform"]
    assert versions["required_providers"]["google"] == {"source": "hashicorp/google", "version": "6.50.0"}
    assert versions["backend"] == {"gcs": {"prefix": "acme/prod/shop"}}
    assert made.data("google_container_cluster", "app_cluster") == {"name": "acme-prod", "location": "europe-west1"}


def test_a_state_in_a_bucket():
    state = 'state { backend = "gcs", bucket = "acme-state", kms_key = "projects/p/x" }'
    made = app(f"postgres x {{ }}\n{READER}", GCP.replace(" }\n", f", {state} }}\n"))
    versions = json.loads(made.texts["prod"]["shop/terraform/versions.tf.json"])["terraform"]
    assert versions["backend"] == {
        "gcs": {"bucket": "acme-state", "prefix": "acme/prod/shop", "kms_encryption_key": "projects/p/x"}
    }


@pytest.mark.parametrize("field", ['region = "eu-west-1"', 'regions = ["europe-west1", "eu-west-1"]'])
def test_a_region_that_google_has_not_is_an_error_at_it(field):
    (one,) = wrong(READER.replace("x.url", '"a"'), GCP.replace('region = "europe-west1"', field))
    assert one.text == field.partition(" = ")[2]
    assert "no region `eu-west-1`" in one.message
    assert "europe-west1, europe-west10" in one.message


def test_a_network_that_exists_already():
    network = 'network { vpc_id = "projects/net/global/networks/main", cidrs = ["10.8.0.0/16"] }'
    made = app(f"postgres x {{ }}\nredis y {{ }}\n{READER}", GCP.replace(" }\n", f", {network} }}\n"))
    address = made.resource("google_sql_database_instance", "x_main")["settings"]["ip_configuration"]
    assert address["private_network"] == "projects/net/global/networks/main"
    assert made.resource("google_redis_instance", "y_main")["authorized_network"] == address["private_network"]
    rule = {"to": [{"ipBlock": {"cidr": "10.8.0.0/16"}}], "ports": [{"protocol": "TCP", "port": 5432}]}
    assert rule in made.get("NetworkPolicy", "web")["spec"]["egress"]


# ---------------------------------------------------------------- delivery


@pytest.mark.parametrize("kind", ["postgres", "mysql", "redis", "bucket", "queue"])
def test_outputs_arrive_by_secret_manager(kind):
    made = app(f"{kind} x {{ }}\n{READER}", GCP)
    secret = made.resource("google_secret_manager_secret", "x_outputs")
    assert secret == {
        "secret_id": "idpc--prod--shop--x-v1",
        "replication": {"user_managed": {"replicas": [{"location": "europe-west1"}]}},
    }
    version = made.resource("google_secret_manager_secret_version", "x_outputs")
    assert version["secret"] == "${google_secret_manager_secret.x_outputs.id}"
    assert version["secret_data"].startswith("${jsonencode({")
    entry = made.get("ExternalSecret", "shop-x-v1")["spec"]
    assert entry["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "idpc"}
    assert entry["dataFrom"] == [{"extract": {"key": "idpc--prod--shop--x-v1"}}]
    assert made.env("Deployment", "web") == {"X": "shop-x-v1/url"}


def test_entries_that_people_keep_have_flat_names():
    made = app(f'service web {{ {IMAGE}, env {{ A = secret("pay/key") }} }}', GCP)
    (data,) = made.get("ExternalSecret", "pay-key")["spec"]["data"]
    assert data["remoteRef"]["key"] == "prod--pay--key"


# ---------------------------------------------------------------- identity


BUCKET, TOPIC = "${google_storage_bucket.x_main.name}", "${google_pubsub_topic.x_main.name}"
SUBSCRIPTION = "${google_pubsub_subscription.x_main.name}"
RECEIVE = {(SUBSCRIPTION, "roles/pubsub.subscriber"), (SUBSCRIPTION, "roles/pubsub.viewer")}
SEND = {(TOPIC, "roles/pubsub.publisher")}


@pytest.mark.parametrize(
    ("kind", "level", "roles"),
    [
        ("bucket", "read", {(BUCKET, "roles/storage.objectViewer")}),
        ("bucket", "write", {(BUCKET, "roles/storage.objectCreator")}),
        ("bucket", "read_write", {(BUCKET, "roles/storage.objectUser")}),
        ("queue", "read", RECEIVE),
        ("queue", "write", SEND),
        ("queue", "read_write", RECEIVE | SEND),
    ],
)
def test_what_a_level_of_access_grants(kind, level, roles):
    made = app(f'{kind} x {{ }}\nservice web {{ {IMAGE}, uses x {{ access = "{level}" }} }}', GCP)
    assert members(made) == {(target, role, "ns/shop/sa/web") for target, role in roles}
    endpoint = {
        "to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}, {"ipBlock": {"cidr": "169.254.169.252/32"}}],
        "ports": [{"protocol": "TCP", "port": 80}, {"protocol": "TCP", "port": 988}],
    }
    assert endpoint in made.get("NetworkPolicy", "web")["spec"]["egress"]
    assert made.pod("Deployment", "web")["serviceAccountName"] == made.get("ServiceAccount", "web")["metadata"]["name"]


@pytest.mark.parametrize(
    ("kind", "head"),
    [("service", ""), ("worker", ""), ("job", ""), ("cron_job", 'schedule = "@daily",'), ("daemon", "")],
)
def test_every_workload_may_have_an_identity(kind, head):
    made = app(f'bucket x {{ }}\n{kind} web {{ {IMAGE}, {head} uses x {{ access = "read" }} }}', GCP)
    assert members(made) == {(BUCKET, "roles/storage.objectViewer", "ns/shop/sa/web")}
    assert "google_service_account" not in made.terraform()["resource"]


def test_a_grant_to_another_app_stands_where_the_bucket_does():
    environment = GCP.replace(" }\n", ', namespace_prefix = "live-" }\n')
    made = built(
        f"{environment}app shop {{ team = web\nbucket x {{ }} }}\n"
        f'app billing {{ team = web\nservice web {{ {IMAGE}, uses shop.x {{ access = "read" }} }} }}\n'
    )
    assert made.errors == []
    assert members(made) == {(BUCKET, "roles/storage.objectViewer", "ns/live-billing/sa/web")}
    assert not [path for path in made.texts["prod"] if path.startswith("billing/terraform")]


MANY = f"""
bucket x {{ }}
bucket y {{ }}
queue q {{ }}
postgres p {{ }}
service one {{ {IMAGE}, env {{ X = x.name, P = p.url }}, uses q {{ access = "write" }} }}
worker two {{ {IMAGE}, uses q {{ access = "read" }}, uses y {{ access = "write" }} }}
job three {{ {IMAGE}, uses x {{ access = "read" }}, uses q {{ }}, after = [two] }}
daemon idle {{ {IMAGE}, after = [x], env {{ P = p.host }} }}
"""


def test_grants_and_edges_agree_in_both_directions():
    made = app(MANY, GCP)
    edges = {
        (str(edge.source.name), str(edge.target.name))
        for edge in made.compilation.graph.environments["prod"].edges
        if edge.access and edge.target.name in ("x", "y", "q")
    }
    granted = {(member.rpartition("/")[2], target.split(".")[1].split("_")[0]) for target, _, member in members(made)}
    assert granted == edges
    assert len(edges) == 6
    bare = made.get("NetworkPolicy", "idle")["spec"]["egress"]
    assert not [rule for rule in bare if {"protocol": "TCP", "port": 988} in rule["ports"]]


def test_grants_are_members_of_single_things():
    types = app(MANY, GCP).terraform()["resource"]
    assert {type_ for type_ in types if "_iam_" in type_} == {
        "google_kms_crypto_key_iam_member",
        "google_pubsub_subscription_iam_member",
        "google_pubsub_topic_iam_member",
        "google_storage_bucket_iam_member",
    }


@pytest.mark.parametrize("kind", ["postgres", "mysql", "redis"])
def test_a_database_grants_no_identity(kind):
    made = app(f"{kind} x {{ }}\n{READER}", GCP)
    assert not [type_ for type_ in made.terraform()["resource"] if "_iam_" in type_]


# ---------------------------------------------------------------- databases


def flags(instance):
    return {each["name"]: each["value"] for each in instance["settings"]["database_flags"]}


def test_the_fields_of_postgres():
    made = app(
        'postgres x { version = "17", size = "large", storage = 200Gi, high_availability = true, replicas = 2\n'
        f' backup {{ keep = 14d }}, extensions = ["vector", "pg_cron"] }}\n{READER}',
        GCP,
    )
    main = made.resource("google_sql_database_instance", "x_main")
    settings = main["settings"]
    assert main["database_version"] == "POSTGRES_17"
    assert [settings[name] for name in ("tier", "availability_type", "disk_size", "disk_autoresize_limit")] == [
        "db-custom-8-53248",
        "REGIONAL",
        200,
        400,
    ]
    assert settings["ip_configuration"] == {
        "ipv4_enabled": False,
        "private_network": "${data.google_container_cluster.app_cluster.network}",
        "ssl_mode": "ENCRYPTED_ONLY",
    }
    backup = settings["backup_configuration"]
    assert (backup["enabled"], backup["point_in_time_recovery_enabled"]) == (True, True)
    assert (backup["backup_retention_settings"], backup["transaction_log_retention_days"]) == (
        {"retained_backups": 14},
        7,
    )
    assert flags(main)["cloudsql.enable_pg_cron"] == flags(main)["cloudsql.enable_pgaudit"] == "on"
    assert settings["insights_config"]["query_insights_enabled"] is True
    for number in range(2):
        copy = made.resource("google_sql_database_instance", f"x_replica_{number}")
        assert copy["master_instance_name"] == "${google_sql_database_instance.x_main.name}"
        assert copy["settings"]["ip_configuration"] == settings["ip_configuration"]
        assert "backup_configuration" not in copy["settings"]
    assert made.resource("google_sql_database", "x_main")["name"] == "x"
    assert made.resource("google_sql_user", "x_app")["password"] == "${random_password.x_master.result}"


def test_the_fields_of_mysql():
    made = app(f"mysql x {{ backup {{ keep = 3d }} }}\n{READER}", GCP)
    main = made.resource("google_sql_database_instance", "x_main")
    assert main["database_version"] == "MYSQL_8_4"
    assert main["settings"]["backup_configuration"]["binary_log_enabled"] is True
    assert main["settings"]["backup_configuration"]["transaction_log_retention_days"] == 3
    assert main["settings"]["ip_configuration"]["ssl_mode"] == "ENCRYPTED_ONLY"
    assert flags(main)["local_infile"] == "off"
    assert made.resource("google_sql_user", "x_app")["host"] == "%"


@pytest.mark.parametrize(
    ("size", "tier"), [("small", "db-custom-1-3840"), ("medium", "db-custom-2-8192"), ("large", "db-custom-8-53248")]
)
@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_sizes(kind, size, tier):
    made = app(f'{kind} x {{ size = "{size}", storage = 100Gi }}\n{READER}', GCP)
    assert made.resource("google_sql_database_instance", "x_main")["settings"]["tier"] == tier


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_protected_environment_keeps_its_data(kind):
    main = app(f"{kind} x {{ }}\n{READER}", PROTECTED).resource("google_sql_database_instance", "x_main")
    assert (main["deletion_protection"], main["lifecycle"]["prevent_destroy"]) == (True, True)
    settings = main["settings"]
    assert (settings["deletion_protection_enabled"], settings["retain_backups_on_delete"]) == (True, True)
    assert settings["availability_type"] == "REGIONAL"
    plain = app(f"{kind} x {{ }}\n{READER}", GCP).resource("google_sql_database_instance", "x_main")
    assert (plain["deletion_protection"], plain["lifecycle"]["prevent_destroy"]) == (False, False)
    gone = app(f'{kind} x {{ retire = "destroy" }}\n{READER}', PROTECTED)
    main = gone.resource("google_sql_database_instance", "x_main")
    assert (main["deletion_protection"], main["settings"]["deletion_protection_enabled"]) == (False, False)
    assert main["lifecycle"]["prevent_destroy"] is False


def test_machines_have_the_labels_of_their_app():
    made = built(
        f'{GCP}team pay {{ owner = "p@a.io", on_call = "x", cost_center = "CC-1" }}\n'
        f"app shop {{ team = pay\npostgres x {{ }}\n{READER} }}\n"
    )
    labels = made.terraform()["provider"]["google"]["default_labels"]
    settings = made.resource("google_sql_database_instance", "x_main")["settings"]
    assert settings["user_labels"] == labels
    assert labels["cost_center"] == "cc-1"


@pytest.mark.parametrize("kind", ["postgres", "mysql", "bucket"])
def test_data_that_anyone_can_reach_breaks_a_policy(kind):
    (one,) = wrong(f"{kind} x {{ public = true }}\n{READER}", GCP)
    assert one.code == "IDP5001"


def test_a_renamed_database_keeps_its_physical_name():
    made = app(f'@was("orders")\npostgres x {{ }}\n{READER}', GCP)
    main = made.resource("google_sql_database_instance", "x_main")
    assert main["name"] == "acme-prod-shop-orders-${random_id.x_main.hex}"
    moved = made.terraform()["moved"]
    assert {"from": "google_sql_database_instance.orders_main", "to": "google_sql_database_instance.x_main"} in moved
    assert {"from": "random_id.orders_main", "to": "random_id.x_main"} in moved


# ---------------------------------------------------------------- caches


def test_the_fields_of_redis():
    made = app(
        f'redis x {{ memory = 6500Mi, replicas = 2, eviction = "allkeys-lfu", persistence = true }}\n{READER}', GCP
    )
    main = made.resource("google_redis_instance", "x_main")
    assert (main["auth_enabled"], main["transit_encryption_mode"]) == (True, "SERVER_AUTHENTICATION")
    assert (main["redis_version"], main["memory_size_gb"], main["tier"]) == ("REDIS_7_2", 7, "STANDARD_HA")
    assert (main["read_replicas_mode"], main["replica_count"]) == ("READ_REPLICAS_ENABLED", 2)
    assert main["redis_configs"] == {"maxmemory-policy": "allkeys-lfu"}
    assert main["persistence_config"]["persistence_mode"] == "RDB"
    written = made.resource("google_secret_manager_secret_version", "x_outputs")["secret_data"]
    assert "rediss://:${google_redis_instance.x_main.auth_string}@${google_redis_instance.x_main.host}:6378" in written
    assert "ca = google_redis_instance.x_main.server_ca_certs[0].cert" in written


def test_a_cache_without_copies_and_its_port():
    made = app(f"redis x {{ }}\n{READER}", GCP)
    main = made.resource("google_redis_instance", "x_main")
    assert (main["tier"], main["memory_size_gb"], main["persistence_config"]["persistence_mode"]) == (
        "BASIC",
        1,
        "DISABLED",
    )
    egress = made.get("NetworkPolicy", "web")["spec"]["egress"]
    assert [{"protocol": "TCP", "port": 6378}] in [rule["ports"] for rule in egress]


# ---------------------------------------------------------------- buckets and queues


def test_data_spread_over_a_cluster_of_memorystore():
    fields = 'type = "cluster", memory = 30Gi, replicas = 1, persistence = true, eviction = "noeviction"'
    reader = f'{READER}\nworker other {{ {IMAGE}, uses x {{ access = "read" }} }}'
    made = app(f"redis x {{ {fields} }}\n{reader}", GCP)
    main = made.resource("google_redis_cluster", "x_main")
    assert (main["shard_count"], main["replica_count"], main["node_type"]) == (3, 1, "REDIS_HIGHMEM_XLARGE")
    assert main["authorization_mode"] == "AUTH_MODE_IAM_AUTH"
    assert main["transit_encryption_mode"] == "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION"
    assert main["persistence_config"] == {"mode": "RDB", "rdb_config": {"rdb_snapshot_period": "ONE_HOUR"}}
    assert "google_redis_instance" not in made.terraform()["resource"]
    found = made.terraform()["resource"]["google_project_iam_member"].values()
    assert {each["role"] for each in found} == {"roles/redis.dbConnectionUser"}
    assert {each["member"].rpartition("/")[2] for each in found} == {"web", "other"}
    assert {each["condition"]["expression"] for each in found} == {
        "resource.name == '${google_redis_cluster.x_main.id}'"
    }
    opened = [each["ports"] for each in made.get("NetworkPolicy", "web")["spec"]["egress"]]
    assert [{"protocol": "TCP", "port": 6379}, {"protocol": "TCP", "port": 11000, "endPort": 13047}] in opened
    written = made.resource("google_secret_manager_secret_version", "x_outputs")["secret_data"]
    assert '"rediss://${google_redis_cluster.x_main.discovery_endpoints[0].address}:6379"' in written


@pytest.mark.parametrize(("memory", "shards"), [("1Gi", 3), ("100Gi", 3), ("157Gi", 4)])
def test_a_cluster_has_as_many_shards_as_its_data_takes(memory, shards):
    made = app(f'redis x {{ type = "cluster", memory = {memory} }}\n{READER}', GCP)
    assert made.resource("google_redis_cluster", "x_main")["shard_count"] == shards


@pytest.mark.parametrize(
    ("kind", "type_", "attribute", "agent"),
    [
        ("postgres x { own_key = true }", "google_sql_database_instance", "encryption_key_name", "gcp-sa-cloud-sql"),
        ("mysql x { own_key = true }", "google_sql_database_instance", "encryption_key_name", "gcp-sa-cloud-sql"),
        ("redis x { own_key = true }", "google_redis_instance", "customer_managed_key", "cloud-redis"),
        ('redis x { own_key = true, type = "cluster" }', "google_redis_cluster", "kms_key", "cloud-redis"),
    ],
)
def test_data_may_be_encrypted_with_the_key_of_the_app(kind, type_, attribute, agent):
    made = app(f"{kind}\n{READER}", GCP)
    assert made.resource(type_, "x_main")[attribute] == "${google_kms_crypto_key.app_key.id}"
    (grant,) = made.terraform()["resource"]["google_kms_crypto_key_iam_member"].values()
    number = "${data.google_project.app_current.number}"
    assert grant["member"] == f"serviceAccount:service-{number}@{agent}.iam.gserviceaccount.com"
    assert grant["role"] == "roles/cloudkms.cryptoKeyEncrypterDecrypter"


def test_kinds_share_the_key_of_the_app():
    kinds = ("postgres a", "mysql b", "redis c")
    made = app("\n".join(f"{kind} {{ own_key = true }}" for kind in kinds) + "\nbucket d { }\nqueue e { }", GCP)
    assert list(made.terraform()["resource"]["google_kms_crypto_key"]) == ["app_key"]


def test_the_fields_of_a_bucket():
    made = app(
        "bucket x { versioning = false, lifecycle { archive = 30d, expire = 365d }\n"
        f' cors {{ origins = ["https://a.io"], methods = ["GET", "PUT"], max_age = 10m }} }}\n{READER}',
        GCP,
    )
    main = made.resource("google_storage_bucket", "x_main")
    assert main["name"] == "acme-prod-shop-x-${data.google_project.app_current.number}"
    assert (main["uniform_bucket_level_access"], main["public_access_prevention"]) == (True, "enforced")
    assert main["versioning"] == {"enabled": False}
    assert main["encryption"] == {"default_kms_key_name": "${google_kms_crypto_key.app_key.id}"}
    actions = {
        (rule["action"]["type"], rule["condition"].get("age"), rule["condition"].get("days_since_noncurrent_time"))
        for rule in main["lifecycle_rule"]
    }
    assert actions == {
        ("AbortIncompleteMultipartUpload", 7, None),
        ("Delete", None, 90),
        ("SetStorageClass", 30, None),
        ("Delete", 365, None),
    }
    (cors,) = main["cors"]
    assert (cors["method"], cors["max_age_seconds"]) == (["GET", "PUT"], 600)
    key = made.resource("google_kms_crypto_key", "app_key")
    assert (key["rotation_period"], key["lifecycle"]) == ("7776000s", {"prevent_destroy": False})
    agent = made.resource("google_kms_crypto_key_iam_member", "app_storage")["member"]
    assert "data.google_storage_project_service_account.app_current" in agent


def test_a_bucket_for_anyone_lets_objects_be_read_and_not_listed():
    allowed = 'policy no_public_data { require true else "" }\n'
    made = app(f"bucket x {{ public = true }}\n{READER}", GCP + allowed)
    public = made.resource("google_storage_bucket_iam_member", "x_public")
    assert (public["role"], public["member"]) == ("roles/storage.legacyObjectReader", "allUsers")
    assert made.resource("google_storage_bucket", "x_main")["public_access_prevention"] == "inherited"


def test_the_fields_of_a_queue():
    made = app(
        f"queue x {{ fifo = true, retention = 7d, visibility = 2m, dead_letter {{ after = 7 }} }}\n{READER}", GCP
    )
    topic, main = made.resource("google_pubsub_topic", "x_main"), made.resource("google_pubsub_subscription", "x_main")
    assert topic["name"] == main["name"] == "acme-prod-shop-x"
    assert topic["message_storage_policy"] == {"allowed_persistence_regions": ["europe-west1"]}
    assert topic["kms_key_name"] == "${google_kms_crypto_key.app_key.id}"
    assert (main["message_retention_duration"], main["ack_deadline_seconds"]) == ("604800s", 120)
    assert (main["enable_message_ordering"], main["enable_exactly_once_delivery"]) == (True, True)
    assert main["dead_letter_policy"] == {
        "dead_letter_topic": "${google_pubsub_topic.x_dead.id}",
        "max_delivery_attempts": 7,
    }
    assert main["expiration_policy"] == {"ttl": ""}
    forwards = made.resource("google_pubsub_topic_iam_member", "x_dead")
    takes = made.resource("google_pubsub_subscription_iam_member", "x_dead")
    assert (forwards["role"], takes["role"]) == ("roles/pubsub.publisher", "roles/pubsub.subscriber")
    assert forwards["member"] == takes["member"] == PUBSUB


def test_a_worker_scales_on_the_messages_of_the_subscription():
    made = app(f"queue x {{ }}\nworker web {{ {IMAGE}, replicas = 0..5, scale_on {{ queue {{ of = x }} }} }}", GCP)
    (trigger,) = made.get("ScaledObject", "web")["spec"]["triggers"]
    assert (trigger["type"], trigger["metadata"]["subscriptionName"]) == ("gcp-pubsub", "acme-prod-shop-x")
    assert made.get("TriggerAuthentication", "web")["spec"] == {"podIdentity": {"provider": "gcp"}}


@pytest.mark.parametrize("kind", ["bucket", "queue"])
def test_in_another_region_google_keeps_the_key(kind):
    environment = 'environment prod { cloud = "gcp", regions = ["europe-west1", "us-central1"] }\n'
    made = app(f'{kind} x {{ region = "us-central1" }}\n{READER}', environment)
    assert "google_kms_crypto_key.app_key.id" not in json.dumps(
        [made.terraform()["resource"].get(type_) for type_ in ("google_storage_bucket", "google_pubsub_topic")]
    )


# ---------------------------------------------------------------- what Google does not offer


@pytest.mark.parametrize(
    ("body", "text", "words"),
    [
        ('postgres x { extensions = ["pg_net"] }', '["pg_net"]', "`pg_net`; it has address_standardizer"),
        ("postgres x { backup { keep = 400d } }", "400d", "365 days"),
        ("mysql x { backup { keep = 400d } }", "400d", "365 days"),
        ('redis x { version = "8.0" }', '"8.0"', "7.2"),
        ("redis x { replicas = 2 }", "2", "5Gi"),
        ("redis x { rotation = 2 }", "2", "stays 1"),
        ("queue x { retention = 1m }", "1m", "10 minutes"),
        ("queue x { visibility = 5s }", "5s", "10 seconds to 10 minutes"),
        ("queue x { visibility = 1h }", "1h", "10 seconds to 10 minutes"),
        ("queue x { dead_letter { after = 3 } }", "3", "5 to 100"),
    ],
)
def test_what_google_does_not_offer_is_an_error_at_the_field(body, text, words):
    (one,) = wrong(f"{body}\n{READER}", GCP)
    assert one.text.endswith(text)
    assert words in one.message


def test_a_kind_without_google_cloud_names_the_clouds_it_has():
    (one,) = wrong(f"mongodb x {{ }}\n{READER}", GCP)
    assert one.code == "IDP4005"
    assert "`aws`" in one.diagnostic.hint


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("postgres", "patch google_sql_database_instance main { settings { ip_configuration { ssl_mode = null } } }"),
        ("redis", 'patch google_redis_instance main { transit_encryption_mode = "DISABLED" }'),
    ],
)
def test_data_in_plain_on_its_way_breaks_a_policy(kind, patch):
    (one,) = wrong(f"{kind} x {{ {patch} }}\n{READER}", GCP)
    assert one.code == "IDP5001"
    assert "in plain" in one.message


# ---------------------------------------------------------------- the same app


def test_an_app_that_builds_on_aws_builds_on_google_cloud_as_it_is():
    files = {path.name: path.read_text() for path in (ROOT / "examples" / "acme").glob("*.platform")}
    moved = files["project.platform"].replace('cloud = "aws"', 'cloud = "gcp"').replace("eu-west-1", "europe-west1")
    made = Built(compile_project(Sources.of({**files, "project.platform": moved}), Options(today=TODAY)))
    assert made.errors == []
    types = made.terraform("prod")["resource"]
    assert not [type_ for type_ in types if type_.startswith("aws_")]
    assert {"google_sql_database_instance", "google_redis_instance", "google_storage_bucket"} <= types.keys()


# ---------------------------------------------------------------- what Checkov breaks on


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("postgres", {"log_lock_waits": "on", "log_min_duration_statement": "-1"}),
        ("mysql", {"local_infile": "off"}),
    ],
)
def test_flags_of_databases_that_no_check_of_checkov_reads(kind, expected):
    made = app(f"{kind} x {{ replicas = 1 }}\n{READER}", GCP)
    instances = made.terraform()["resource"]["google_sql_database_instance"]
    assert len(instances) == 2
    for each in instances.values():
        flags = {flag["name"]: flag["value"] for flag in each["settings"]["database_flags"]}
        assert expected.items() <= flags.items()
