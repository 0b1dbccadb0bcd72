"""What each field of an environment does to what is made in it."""

import json

import pytest
from jsonschema import Draft202012Validator
from running import ROOT
from stdlib_projects import DEV, IMAGE, app, built, service

CILIUM = Draft202012Validator(
    json.loads((ROOT / "scripts" / "crds" / "cilium.io" / "ciliumnetworkpolicy_v2.json").read_text(encoding="utf-8"))
)
READER = f"service web {{ {IMAGE}, env {{ X = x.url }} }}"


def environment(settings, cloud="aws"):
    region = ', region = "eu-west-1"' if cloud == "aws" else ""
    return f'environment prod {{ cloud = "{cloud}"{region}\n{settings} }}\n'


def backend(settings, cloud="aws"):
    made = app(f"postgres x {{ }}\n{READER}", environment(settings, cloud))
    versions = made.texts["prod"]["shop/terraform/versions.tf.json"]
    return json.loads(versions)["terraform"]["backend"]


def test_a_network_that_is_given_takes_the_data():
    made = app(
        f"postgres x {{ }}\n{READER}",
        environment(
            'network { vpc_id = "vpc-1", private_subnets = ["subnet-1", "subnet-2"], cidrs = ["10.9.0.0/16"] }'
        ),
    )
    assert made.resource("aws_security_group", "x_main")["vpc_id"] == "vpc-1"
    assert made.resource("aws_db_subnet_group", "x_main")["subnet_ids"] == ["subnet-1", "subnet-2"]
    (rule,) = made.get("NetworkPolicy", "web")["spec"]["egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "10.9.0.0/16"}}]


def test_a_network_is_that_of_the_cluster_else():
    made = app(f"postgres x {{ }}\n{READER}", environment('cluster = "blue"'))
    assert made.data("aws_eks_cluster", "app_cluster") == {"name": "blue"}
    assert "data.aws_eks_cluster.app_cluster" in made.resource("aws_security_group", "x_main")["vpc_id"]


def test_the_first_of_several_regions_is_home():
    made = app(
        f'bucket x {{ }}\nbucket far {{ region = "us-east-1" }}\nservice web {{ {IMAGE}, env {{ A = x.url, B = far.url }} }}',
        'environment prod { cloud = "aws", regions = ["eu-west-1", "us-east-1"] }\n',
    )
    assert made.terraform()["provider"]["aws"]["region"] == "eu-west-1"
    assert "region" not in made.resource("aws_s3_bucket", "x_main")
    assert made.resource("aws_s3_bucket", "far_main")["region"] == "us-east-1"


def test_an_account_is_the_only_one_in_which_is_applied():
    made = app(f"postgres x {{ }}\n{READER}", environment('account = "123456789012"'))
    assert made.terraform()["provider"]["aws"]["allowed_account_ids"] == ["123456789012"]


@pytest.mark.parametrize(
    ("settings", "cloud", "expected"),
    [
        (
            'state { backend = "s3", bucket = "states", region = "eu-north-1", kms_key = "alias/s" }',
            "aws",
            {"s3": {"bucket": "states", "key": "acme/prod/shop.tfstate", "region": "eu-north-1", "encrypt": True}},
        ),
        (
            'state { backend = "gcs", bucket = "states" }',
            "aws",
            {"gcs": {"bucket": "states", "prefix": "acme/prod/shop"}},
        ),
        (
            'state { backend = "azurerm", storage_account = "states", container = "tf", prefix = "x" }',
            "aws",
            {"azurerm": {"storage_account_name": "states", "container_name": "tf", "key": "x/acme/prod/shop.tfstate"}},
        ),
        ('state { backend = "kubernetes", namespace = "tf" }', "kubernetes", {"kubernetes": {"namespace": "tf"}}),
        ('state { backend = "local" }', "kubernetes", {"local": {"path": "acme/prod/shop.tfstate"}}),
        ("", "aws", {"s3": {"key": "acme/prod/shop.tfstate", "use_lockfile": True}}),
    ],
)
def test_where_the_state_is_kept(settings, cloud, expected):
    (name, wanted), (found_name, found) = *expected.items(), *backend(settings, cloud).items()
    assert found_name == name
    assert wanted.items() <= found.items()


def test_a_bound_limits_every_role():
    bound = "arn:aws:iam::123456789012:policy/limit"
    made = app(
        f'postgres x {{ }}\nbucket b {{ }}\nservice web {{ {IMAGE}, env {{ X = x.url }}, uses b {{ access = "read" }} }}',
        environment(f'permissions_boundary = "{bound}"'),
    )
    roles = made.terraform()["resource"]["aws_iam_role"]
    assert len(roles) == 2
    assert {role["permissions_boundary"] for role in roles.values()} == {bound}


def test_vault_keeps_entries_where_the_environment_says():
    body = f'postgres x {{ }}\nservice web {{ {IMAGE}, env {{ X = x.url, Y = secret("pay/key") }} }}'
    made = app(body, environment('secrets = "vault", secret_store = "shop-vault", vault_mount = "apps"'))
    spec = made.get("VaultStaticSecret", "shop-x-v1")["spec"]
    assert (spec["type"], spec["mount"], spec["path"]) == ("kv-v2", "apps", "idpc/prod/shop/x-v1")
    assert spec["vaultAuthRef"] == "shop-vault"
    assert made.get("VaultStaticSecret", "pay-key")["spec"]["mount"] == "apps"
    assert made.resource("vault_kv_secret_v2", "x_outputs")["mount"] == "apps"


def test_vault_has_its_entries_at_secret_unless_told():
    made = app(f"postgres x {{ }}\n{READER}", environment('secrets = "vault"'))
    assert made.get("VaultStaticSecret", "shop-x-v1")["spec"]["mount"] == "secret"


def test_the_store_and_the_prefix_of_kept_entries():
    made = app(
        f'service web {{ {IMAGE}, env {{ A = secret("pay/key") }} }}',
        environment('secret_store = "central", secret_prefix = "acme/live/"'),
    )
    spec = made.get("ExternalSecret", "pay-key")["spec"]
    assert spec["secretStoreRef"]["name"] == "central"
    assert spec["data"][0]["remoteRef"]["key"] == "acme/live/pay/key"


def test_credentials_of_registries():
    made = service("port = 8080", environment('image_pull_secrets = ["ghcr"]', "kubernetes"))
    assert made.pod("Deployment", "web")["imagePullSecrets"] == [{"name": "ghcr"}]


def test_monitoring_stands_where_it_says():
    made = service("port = 8080, metrics { }", environment('monitoring_namespace = "observe"', "kubernetes"))
    (rule,) = made.get("NetworkPolicy", "web")["spec"]["ingress"]
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observe"}}}
    assert rule["from"] == [peer]


def test_an_environment_that_comes_first_is_a_precondition():
    made = built(
        f'{DEV}environment prod {{ cloud = "kubernetes", cluster = "two", requires = [dev] }}\n'
        f"app shop {{ team = web\nservice web {{ {IMAGE} }} }}\n"
    )
    assert made.errors == []
    plan = made.compilation.plans["prod"]
    assert ("environment", "dev") in {(each.what, each.name) for each in plan.preconditions}


def test_two_environments_in_one_cluster_need_a_prefix():
    texts = (
        'environment one { cloud = "kubernetes", cluster = "x" }\nenvironment two { cloud = "kubernetes", cluster = "x"'
    )
    assert built(f"{texts} }}\napp shop {{ team = web }}\n").errors != []
    assert built(f'{texts}, namespace_prefix = "two-" }}\napp shop {{ team = web }}\n').errors == []


@pytest.mark.parametrize(
    ("network_policy", "identity", "expected"),
    [("cilium", "pod_identity", ["web"]), ("cilium", "irsa", []), ("kubernetes", "pod_identity", [])],
)
def test_a_role_behind_cilium_has_a_way_to_its_credentials(network_policy, identity, expected):
    made = app(
        f'bucket b {{ }}\nservice web {{ {IMAGE}, uses b {{ access = "read" }} }}\nservice other {{ {IMAGE} }}',
        environment(f'network_policy = "{network_policy}", identity = "{identity}", account = "123456789012"'),
    )
    found = [one for one in made.objects() if one["kind"] == "CiliumNetworkPolicy"]
    assert [one["metadata"]["name"] for one in found] == expected
    for one in found:
        assert list(CILIUM.iter_errors(one)) == []
        assert one["spec"] == {
            "endpointSelector": {"matchLabels": made.get("Deployment", "web")["spec"]["selector"]["matchLabels"]},
            "egress": [{"toEntities": ["host"], "toPorts": [{"ports": [{"port": "80", "protocol": "TCP"}]}]}],
        }


@pytest.mark.parametrize(
    "spec",
    [
        {"endpointSelector": {}, "egress": [{"toEntities": ["node"]}]},
        {"endpointSelector": {}, "egress": [{"toPorts": [{"ports": [{"port": 80}]}]}]},
        {"podSelector": {}},
    ],
)
def test_a_policy_that_cilium_would_refuse_is_found(spec):
    assert list(CILIUM.iter_errors({"metadata": {}, "spec": spec}))
