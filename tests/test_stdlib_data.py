"""Data services, how their secrets arrive, and the identities that may use them."""

import pytest
from stdlib_projects import DEV, IMAGE, PROD, TODAY, app, built, wrong

PROTECTED = 'environment prod { cloud = "aws", region = "eu-west-1", protected = true }\n'
READER = f"service web {{ {IMAGE}, env {{ X = x.url }} }}"
DATABASES = ("postgres", "mysql", "mongodb", "redis")


def one_of(made, kind):
    return next(one for one in made.objects() if one["kind"] == kind)


# ---------------------------------------------------------------- delivery


@pytest.mark.parametrize("environment", [DEV, PROD])
@pytest.mark.parametrize("kind", [*DATABASES, "queue"])
def test_an_url_arrives_from_the_secret_of_the_instance(kind, environment):
    made = app(f"{kind} x {{ }}\n{READER}", environment)
    assert made.env("Deployment", "web") == {"X": "shop-x-v1/url"}


@pytest.mark.parametrize("kind", [*DATABASES, "queue"])
def test_rotation_renames_the_secret_and_makes_a_new_password(kind):
    made = app(f"{kind} x {{ rotation = 3 }}\n{READER}", DEV)
    assert made.env("Deployment", "web")["X"] == "shop-x-v3/url"
    (password,) = made.terraform()["resource"]["random_password"].values()
    assert password["keepers"] == {"rotation": 3}


def test_what_interpolates_a_secret_is_composed_in_the_container():
    made = app(
        f'postgres orders {{ }}\nservice web {{ {IMAGE}, args = ["--password=${{orders.password}}"]\n'
        'env { DSN = "postgres://x:${orders.password}@db", PLAIN = "$(A)" } }'
    )
    assert made.container("Deployment", "web")["args"] == ["--password=$(IDPC_SHOP_ORDERS_PASSWORD)"]
    variables = made.env("Deployment", "web")
    assert list(variables) == ["IDPC_SHOP_ORDERS_PASSWORD", "DSN", "PLAIN"]
    assert variables["IDPC_SHOP_ORDERS_PASSWORD"] == "shop-orders-v1/password"
    assert variables["DSN"] == "postgres://x:$(IDPC_SHOP_ORDERS_PASSWORD)@db"
    assert variables["PLAIN"] == "$$(A)"


def test_entries_that_people_keep():
    made = app(f'service web {{ {IMAGE}, env {{ A = secret("pay/key"), B = secret("pay/all#part") }} }}', PROD)
    assert made.env("Deployment", "web") == {"A": "pay-key/value", "B": "pay-all/part"}
    entry = made.get("ExternalSecret", "pay-key")["spec"]
    assert entry["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "idpc"}
    assert entry["data"][0]["remoteRef"]["key"] == "prod/pay/key"


def test_in_a_cluster_people_make_such_secrets_themselves():
    made = app(f'service web {{ {IMAGE}, env {{ A = secret("pay/key") }} }}', DEV)
    assert not [one for one in made.objects() if one["kind"] in ("ExternalSecret", "Secret")]


@pytest.mark.parametrize(("secrets", "kind"), [("external_secrets", "ExternalSecret"), ("vault", "VaultStaticSecret")])
def test_a_reading_namespace_gets_the_secret(secrets, kind):
    environment = f'environment prod {{ cloud = "aws", region = "eu-west-1", secrets = "{secrets}" }}\n'
    made = built(
        f"{environment}app shop {{ team = web\npostgres x {{ }} }}\n"
        f"app billing {{ team = web\nservice web {{ {IMAGE}, env {{ X = shop.x.url }} }} }}\n"
    )
    assert made.errors == []
    assert made.get(kind, "shop-x-v1", app="billing")["metadata"]["namespace"] == "billing"
    assert made.env("Deployment", "web", app="billing") == {"X": "shop-x-v1/url"}
    assert not [one for one in made.objects() if one["kind"] == kind]


def test_in_a_cluster_terraform_writes_a_secret_into_each_reading_namespace():
    made = built(
        f"{DEV}app shop {{ team = web\npostgres x {{ }}\n{READER} }}\n"
        f"app billing {{ team = web\nservice web {{ {IMAGE}, env {{ X = shop.x.url }} }} }}\n"
    )
    found = made.terraform()["resource"]["kubernetes_secret_v1"].values()
    assert {each["metadata"]["namespace"] for each in found} == {"shop", "billing"}
    assert {each["metadata"]["name"] for each in found} == {"shop-x-v1"}


def test_a_file_with_a_secret_is_a_template_of_external_secrets():
    made = app(
        f'postgres x {{ }}\nservice web {{ {IMAGE}, file "/etc/db" {{ content = "pw=${{x.password}}", mode = "0440" }} }}',
        PROD,
    )
    spec = made.get("ExternalSecret", "web-files")["spec"]
    assert spec["target"]["template"]["data"] == {"etc_db": "pw={{ .shop_x_v1_password }}"}
    volume = made.pod("Deployment", "web")["volumes"][1]
    assert volume["secret"]["secretName"] == "web-files"
    assert volume["secret"]["items"][0]["mode"] == 0o440


@pytest.mark.parametrize("secrets", ["vault", "kubernetes"])
def test_with_another_store_such_a_file_is_an_error_at_its_content(secrets):
    environment = f'environment prod {{ cloud = "kubernetes", secrets = "{secrets}" }}\n'
    (one,) = wrong(
        f'postgres x {{ }}\nservice web {{ {IMAGE}, file "/etc/db" {{ content = "pw=${{x.password}}" }} }}', environment
    )
    assert one.code == "IDP7103"
    assert one.text.endswith('"pw=${x.password}"')
    assert secrets in one.message


# ---------------------------------------------------------------- identity

READ = {"s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"}
WRITE = {"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
RECEIVE = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
}
SEND = {"sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"}


@pytest.mark.parametrize(
    ("kind", "level", "actions"),
    [
        ("bucket", "read", READ),
        ("bucket", "write", WRITE),
        ("bucket", "read_write", READ | WRITE | {"s3:DeleteObject"}),
        ("queue", "read", RECEIVE),
        ("queue", "write", SEND),
        ("queue", "read_write", RECEIVE | SEND),
    ],
)
def test_what_a_level_of_access_grants(kind, level, actions):
    made = app(f'{kind} x {{ }}\nservice web {{ {IMAGE}, uses x {{ access = "{level}" }} }}', PROD)
    statements = made.data("aws_iam_policy_document", "web_grants")["statement"]
    assert {action for statement in statements for action in statement["actions"]} == actions
    assert all("acme-prod-shop-x" in resource for statement in statements for resource in statement["resources"])


def test_an_edge_without_a_level_reads_and_writes():
    made = app(f"bucket x {{ }}\nservice web {{ {IMAGE}, env {{ X = x.name }} }}", PROD)
    (statement,) = made.data("aws_iam_policy_document", "web_grants")["statement"]
    assert "s3:DeleteObject" in statement["actions"]


def test_a_level_that_a_kind_lacks_is_an_error_at_the_edge():
    (one,) = wrong(f'bucket x {{ }}\nservice web {{ {IMAGE}, uses x {{ access = "admin" }} }}', PROD)
    assert "admin" in one.message


@pytest.mark.parametrize(
    ("kind", "head"),
    [("service", ""), ("worker", ""), ("job", ""), ("cron_job", 'schedule = "@daily",'), ("daemon", "")],
)
def test_every_workload_may_have_an_identity(kind, head):
    made = app(f'bucket x {{ }}\n{kind} web {{ {IMAGE}, {head} uses x {{ access = "read" }} }}', PROD)
    assert made.resource("aws_eks_pod_identity_association", "web_main") == {
        "cluster_name": "acme-prod",
        "namespace": "shop",
        "service_account": "web",
        "role_arn": "${aws_iam_role.web_main.arn}",
    }
    (trust,) = made.data("aws_iam_policy_document", "web_trust")["statement"]
    assert trust["actions"] == ["sts:AssumeRole", "sts:TagSession"]
    endpoint = {"to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}], "ports": [{"protocol": "TCP", "port": 80}]}
    assert endpoint in made.get("NetworkPolicy", "web")["spec"]["egress"]


def test_an_identity_by_the_issuer_of_the_cluster():
    environment = (
        'environment prod { cloud = "aws", region = "eu-west-1", identity = "irsa", account = "123456789012"\n'
        ' permissions_boundary = "arn:aws:iam::123456789012:policy/limit" }\n'
    )
    made = app(f'bucket x {{ }}\nservice web {{ {IMAGE}, uses x {{ access = "read" }} }}', environment)
    role = made.resource("aws_iam_role", "web_main")
    assert role["permissions_boundary"].endswith("policy/limit")
    account = made.get("ServiceAccount", "web")["metadata"]["annotations"]
    assert account == {"eks.amazonaws.com/role-arn": f"arn:aws:iam::123456789012:role/{role['name']}"}
    (trust,) = made.data("aws_iam_policy_document", "web_trust")["statement"]
    assert trust["actions"] == ["sts:AssumeRoleWithWebIdentity"]
    assert trust["condition"][0]["values"] == ["system:serviceaccount:shop:web"]
    assert "aws_eks_pod_identity_association" not in made.terraform()["resource"]


def test_an_identity_by_the_issuer_needs_the_account():
    environment = 'environment prod { cloud = "aws", region = "eu-west-1", identity = "irsa" }\n'
    (one,) = wrong(f'bucket x {{ }}\nservice web {{ {IMAGE}, uses x {{ access = "read" }} }}', environment)
    assert "account" in one.message


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_grants_no_identity(kind):
    made = app(f"{kind} x {{ }}\n{READER}", PROD)
    assert "aws_iam_role_policy" not in made.terraform()["resource"]


def test_in_a_cluster_a_bucket_gives_its_address_and_credentials():
    made = app(
        f'bucket x {{ }}\nservice web {{ {IMAGE}, uses x {{ access = "read" }}, env {{ AWS_REGION = "mine" }} }}'
    )
    variables = made.env("Deployment", "web")
    assert variables["AWS_ENDPOINT_URL_S3"] == "http://x.shop.svc:8333"
    assert variables["AWS_REGION"] == "mine"


# ---------------------------------------------------------------- the kinds


@pytest.mark.parametrize("kind", [*DATABASES, "queue", "bucket"])
def test_a_data_kind_in_a_cluster_is_one_hardened_pod_with_a_claim(kind):
    made = app(f"{kind} x {{ }}\n{READER}")
    if kind == "redis":
        return
    spec = made.get("StatefulSet", "x")["spec"]
    assert spec["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Retain"
    assert len(spec["volumeClaimTemplates"]) == 1
    pod = made.pod("StatefulSet", "x")
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    assert made.get("Namespace", "shop")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_fields_of_postgres():
    made = app(
        'postgres x { version = "15", size = "large", storage = 200Gi, high_availability = true, replicas = 2\n'
        f' backup {{ keep = 14d }}, extensions = ["pg_trgm", "citext"] }}\n{READER}',
        PROD,
    )
    main = made.resource("aws_db_instance", "x_main")
    assert [main[name] for name in ("engine_version", "instance_class", "allocated_storage", "multi_az")] == [
        "15",
        "db.r6g.2xlarge",
        200,
        True,
    ]
    assert main["backup_retention_period"] == 14
    assert (main["storage_encrypted"], main["publicly_accessible"]) == (True, False)
    assert {"x_replica_0", "x_replica_1"} <= made.terraform()["resource"]["aws_db_instance"].keys()
    parameters = {
        each["name"]: each["value"] for each in made.resource("aws_db_parameter_group", "x_main")["parameter"]
    }
    assert (parameters["rds.allowed_extensions"], parameters["rds.force_ssl"]) == ("citext,pg_trgm", "1")


@pytest.mark.parametrize(
    ("size", "name"), [("small", "db.t4g.small"), ("medium", "db.m6g.large"), ("large", "db.r6g.2xlarge")]
)
@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_sizes(kind, size, name):
    made = app(f'{kind} x {{ size = "{size}", storage = 100Gi }}\n{READER}', PROD)
    assert made.resource("aws_db_instance", "x_main")["instance_class"] == name


def test_a_large_database_needs_room():
    (one,) = wrong(f'postgres x {{ size = "large" }}\n{READER}', PROD)
    assert "100Gi" in one.message


@pytest.mark.parametrize(("kind", "type_"), [("postgres", "aws_db_instance"), ("mysql", "aws_db_instance")])
def test_a_protected_environment_keeps_its_data(kind, type_):
    main = app(f"{kind} x {{ }}\n{READER}", PROTECTED).resource(type_, "x_main")
    assert (main["deletion_protection"], main["lifecycle"]["prevent_destroy"]) == (True, True)
    assert (main["skip_final_snapshot"], main["multi_az"]) == (False, True)
    assert "random_id.x_final" in main["final_snapshot_identifier"]
    plain = app(f"{kind} x {{ }}\n{READER}", PROD).resource(type_, "x_main")
    assert (plain["deletion_protection"], plain["skip_final_snapshot"]) == (False, True)
    assert plain.get("final_snapshot_identifier") is None


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_retire_takes_the_protection_away(kind):
    main = app(f'{kind} x {{ retire = "destroy" }}\n{READER}', PROTECTED).resource("aws_db_instance", "x_main")
    assert (main["deletion_protection"], main["lifecycle"]["prevent_destroy"]) == (False, False)
    claim = app(f'{kind} x {{ retire = "destroy" }}\n{READER}').get("StatefulSet", "x")["spec"]
    assert claim["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete"


@pytest.mark.parametrize("kind", ["postgres", "mysql", "bucket"])
def test_data_that_anyone_can_reach_breaks_a_policy(kind):
    (one,) = wrong(f"{kind} x {{ public = true }}\n{READER}", PROD)
    assert one.code == "IDP5001"
    assert "anyone" in one.message


def test_a_version_without_fixes_breaks_a_policy():
    assert TODAY.isoformat() > "2026-11-12"
    (one,) = wrong(f'postgres x {{ version = "14" }}\n{READER}')
    assert one.code == "IDP5001"
    assert one.text.endswith('"14"')


def test_a_renamed_database_keeps_its_physical_name():
    made = app(f'@was("orders")\npostgres x {{ }}\n{READER}', PROD)
    main = made.resource("aws_db_instance", "x_main")
    assert main["identifier"] == "acme-prod-shop-orders"
    assert {"from": "aws_db_instance.orders_main", "to": "aws_db_instance.x_main"} in made.terraform()["moved"]


def test_a_cache_rounds_up_to_a_node_that_holds_its_memory():
    made = app(f"redis x {{ memory = 1100Mi }}\n{READER}", PROD)
    (group,) = made.terraform()["resource"]["aws_elasticache_replication_group"].values()
    assert group["node_type"] == "cache.t4g.medium"
    assert (group["transit_encryption_enabled"], group["at_rest_encryption_enabled"]) == (True, True)


def test_the_fields_of_a_bucket():
    made = app(
        "bucket x { versioning = false, lifecycle { archive = 30d, expire = 365d }\n"
        f' cors {{ origins = ["https://a.io"], methods = ["GET", "PUT"], max_age = 10m }} }}\n{READER}',
        PROD,
    )
    assert made.resource("aws_s3_bucket_versioning", "x_main")["versioning_configuration"]["status"] == "Suspended"
    rules = {each["id"]: each for each in made.resource("aws_s3_bucket_lifecycle_configuration", "x_main")["rule"]}
    assert rules["expire"]["expiration"][0]["days"] == 365
    assert rules["archive"]["transition"][0]["days"] == 30
    (cors,) = made.resource("aws_s3_bucket_cors_configuration", "x_main")["cors_rule"]
    assert (cors["allowed_methods"], cors["max_age_seconds"]) == (["GET", "PUT"], 600)
    block = made.resource("aws_s3_bucket_public_access_block", "x_main")
    assert block["block_public_policy"]
    assert block["restrict_public_buckets"]


def test_the_fields_of_a_queue():
    made = app(
        f"queue x {{ fifo = true, retention = 7d, visibility = 2m, dead_letter {{ after = 3 }} }}\n{READER}", PROD
    )
    main = made.resource("aws_sqs_queue", "x_main")
    assert main["name"] == "acme-prod-shop-x.fifo"
    assert (main["message_retention_seconds"], main["visibility_timeout_seconds"]) == (604800, 120)
    assert "3" in str(main["redrive_policy"])


@pytest.mark.parametrize(("environment", "url"), [(DEV, "sslmode=disable"), (PROD, "sslmode=require")])
def test_the_url_of_postgres_works_as_it_stands(environment, url):
    made = app(f"postgres orders_db {{ }}\nservice web {{ {IMAGE}, env {{ X = orders_db.url }} }}", environment)
    written = str(made.terraform()["resource"])
    assert "postgresql://app:" in written
    assert f"/orders_db?{url}" in written
