"""Networks, clusters, keys and stores of secrets on each cloud, and how other apps find them."""

import ipaddress

import pytest
from stdlib_projects import IMAGE, PROD, app, built, wrong

GCP = 'environment gcp { cloud = "gcp", region = "europe-west1", domain = "acme.io", account = "acme-1" }\n'
AZURE = 'environment azure { cloud = "azure", region = "westeurope", domain = "acme.io" }\n'
CLOUDS = {"aws": PROD, "gcp": GCP, "azure": AZURE}
ADMINS = {"aws": '"arn:aws:iam::123456789012:role/ops"', "gcp": "", "azure": '"11111111-1111-1111-1111-111111111111"'}


def protected(environment):
    return environment.replace("domain", "protected = true, domain")


def cluster(cloud, settings="", network="", environment=""):
    body = f"network net {{ {network} }}\ncluster main {{ network = net, admins = [{ADMINS[cloud]}]\n{settings} }}"
    return app(body, environment or CLOUDS[cloud])


def steps(made, environment):
    """The number of the wave of each step."""
    waves = [wave for stage in made.compilation.plans[environment].stages for wave in stage.waves]
    return {step.id: number for number, wave in enumerate(waves) for step in wave}


# ---------------------------------------------------------------- what others look up


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_declared_cluster_is_found_by_the_database_of_another_app(cloud):
    made = built(
        f"{CLOUDS[cloud]}app platform {{ team = web\nnetwork net {{ }}\n"
        f"cluster main {{ network = net, admins = [{ADMINS[cloud]}] }} }}\n"
        f"app shop {{ team = web\npostgres x {{ }}\nservice web {{ {IMAGE}, env {{ X = x.url }} }} }}\n"
    )
    assert made.errors == []
    type_ = {"aws": "aws_eks_cluster", "gcp": "google_container_cluster", "azure": "azurerm_kubernetes_cluster"}[cloud]
    main = made.resource(type_, "main_main", app="platform")
    found = made.data(type_, "app_cluster")
    assert found["name"] == main["name"] == f"acme-{made.only}"
    waves = steps(made, made.only)
    assert waves["platform/terraform"] < waves["shop/terraform"]
    assert waves["platform/terraform"] < waves["shop/_app"]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_app_with_a_shared_instance_of_its_own_waits_for_the_cluster_too(cloud):
    made = built(
        f"{CLOUDS[cloud]}app platform {{ team = web\nnetwork net {{ }}\n"
        f"cluster main {{ network = net, admins = [{ADMINS[cloud]}] }}\n }}\n"
        "app secrets { team = web, secret_store main { } }\n"
        f"app shop {{ team = web\nencryption_key k {{ }}\nservice web {{ {IMAGE}, uses k {{ }} }} }}\n"
    )
    assert made.errors == []
    waves = steps(made, made.only)
    assert waves["platform/terraform"] < waves["shop/terraform"]
    assert waves["platform/terraform"] < waves["secrets/terraform"]
    assert waves["secrets/main"] < waves["shop/_app"]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cluster_looks_up_the_network_of_another_app(cloud):
    made = built(
        f"{CLOUDS[cloud]}app base {{ team = web, network net {{ }} }}\n"
        f"app platform {{ team = web, cluster main {{ network = base.net, admins = [{ADMINS[cloud]}] }} }}\n"
    )
    assert made.errors == []
    waves = steps(made, made.only)
    assert waves["base/terraform"] < waves["platform/terraform"]
    type_ = {"aws": "aws_subnets", "gcp": "google_compute_subnetwork", "azure": "azurerm_subnet"}[cloud]
    assert "main_network" in made.terraform(app="platform")["data"][type_]


def test_what_is_declared_need_not_be_there_before():
    made = built(
        f"{PROD}app platform {{ team = web\nnetwork net {{ }}\ncluster main {{ network = net }} }}\n"
        "app secrets { team = web, secret_store main { } }\n"
        f"app shop {{ team = web\npostgres x {{ }}\nservice web {{ {IMAGE}, env {{ X = x.url }} }} }}\n"
    )
    asked = {(each.what, each.name) for each in made.compilation.plans["prod"].preconditions}
    assert not {what for what, _ in asked} & {"cluster", "secret_store"}
    given = app(f"postgres x {{ }}\nservice web {{ {IMAGE}, env {{ X = x.url }} }}", PROD)
    asked = {(each.what, each.name) for each in given.compilation.plans["prod"].preconditions}
    assert {("cluster", "acme-prod"), ("secret_store", "ClusterSecretStore/idpc")} <= asked


def test_a_database_beside_its_cluster_would_be_made_first():
    found = wrong(
        f"network net {{ }}\ncluster main {{ network = net }}\npostgres x {{ }}\n"
        f"service web {{ {IMAGE}, env {{ X = x.url }} }}",
        PROD,
    )
    assert [each.code for each in found] == ["IDP7209"]


def test_an_environment_has_one_cluster():
    found = wrong("network net { }\ncluster one { network = net }\ncluster two { network = net }", GCP)
    assert [each.code for each in found] == ["IDP7210"]


def test_a_cluster_needs_a_network():
    (one,) = wrong("cluster main { }", PROD)
    assert "`network`" in one.message
    given = 'environment prod { cloud = "aws", region = "eu-west-1"\n network { vpc_id = "vpc-1", private_subnets = ["s-1", "s-2"] } }\n'
    assert app("cluster main { }", given).resource("aws_eks_cluster", "main_main")["vpc_config"]["subnet_ids"] == [
        "s-1",
        "s-2",
    ]


# ---------------------------------------------------------------- networks


def test_a_network_on_aws():
    made = app("network net { zones = 2 }", PROD)
    subnets = made.terraform()["resource"]["aws_subnet"]
    assert {(each["availability_zone"], each["cidr_block"]) for each in subnets.values()} == {
        ("eu-west-1a", "10.0.0.0/19"),
        ("eu-west-1b", "10.0.32.0/19"),
        ("eu-west-1a", "10.0.224.0/24"),
        ("eu-west-1b", "10.0.225.0/24"),
    }
    assert not any(each["map_public_ip_on_launch"] for each in subnets.values())
    assert made.resource("aws_default_security_group", "net_main") == {"vpc_id": "${aws_vpc.net_main.id}"}
    assert made.resource("aws_flow_log", "net_main")["traffic_type"] == "ALL"
    assert made.resource("aws_cloudwatch_log_group", "net_main")["kms_key_id"] == "${aws_kms_key.net_logs.arn}"


@pytest.mark.parametrize(("nat", "gateways", "routes"), [("single", 1, 3), ("per_zone", 3, 3), ("none", 0, 0)])
def test_the_ways_out_of_a_network(nat, gateways, routes):
    made = app(f'network net {{ nat = "{nat}" }}', PROD).terraform()["resource"]
    assert len(made.get("aws_nat_gateway", {})) == gateways
    private = [label for label in made["aws_route"] if "_out_" in label]
    assert len(private) == routes


def test_a_protected_network_has_a_way_out_in_each_zone():
    made = app("network net { }", protected(PROD)).terraform()["resource"]
    assert len(made["aws_nat_gateway"]) == 3
    assert made["aws_vpc"]["net_main"]["lifecycle"]["prevent_destroy"] is True


def test_a_network_on_google_cloud():
    made = app("network net { }", GCP)
    assert made.resource("google_compute_network", "net_main")["auto_create_subnetworks"] is False
    subnet = made.resource("google_compute_subnetwork", "net_main")
    assert {each["range_name"]: each["ip_cidr_range"] for each in subnet["secondary_ip_range"]} == {
        "pods": "10.0.128.0/17",
        "services": "10.0.16.0/20",
    }
    assert subnet["private_ip_google_access"] is True
    assert subnet["log_config"]["metadata"] == "INCLUDE_ALL_METADATA"
    reserved = made.resource("google_compute_global_address", "net_services")
    assert (reserved["address"], reserved["prefix_length"]) == ("10.0.32.0", 20)
    assert "google_service_networking_connection" in made.terraform()["resource"]
    assert "google_compute_router_nat" in made.terraform()["resource"]
    assert "google_compute_router_nat" not in app('network net { nat = "none" }', GCP).terraform()["resource"]


def test_a_network_on_azure():
    made = app("network net { open_ports = [443, 8443] }", AZURE)
    assert made.resource("azurerm_resource_group", "net_main")["name"] == "acme-azure"
    assert made.resource("azurerm_subnet", "net_main")["default_outbound_access_enabled"] is False
    assert made.resource("azurerm_network_security_rule", "net_open")["destination_port_ranges"] == ["443", "8443"]
    zones = {each["name"] for each in made.terraform()["resource"]["azurerm_private_dns_zone"].values()}
    assert {"privatelink.postgres.database.azure.com", "privatelink.vaultcore.azure.net"} <= zones
    links = made.terraform()["resource"]["azurerm_private_dns_zone_virtual_network_link"]
    assert len(links) == len(zones)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_subnets_of_a_network_do_not_overlap(cloud):
    for size in ("10.0.0.0/16", "10.4.0.0/20"):
        text = str(app(f'network net {{ cidr = "{size}" }}', CLOUDS[cloud]).terraform()["resource"])
        found = {
            ipaddress.ip_network(word.strip("'\",[]{}"))
            for word in text.split()
            if word.strip("'\",[]{}").startswith("10.") and "/" in word
        } - {ipaddress.ip_network(size)}
        assert all(each.subnet_of(ipaddress.ip_network(size)) for each in found)
        assert not any(one.overlaps(other) for one in found for other in found if one != other)


# ---------------------------------------------------------------- clusters


def test_a_cluster_on_aws():
    made = cluster("aws")
    main = made.resource("aws_eks_cluster", "main_main")
    assert main["vpc_config"]["endpoint_private_access"] is True
    assert main["vpc_config"]["endpoint_public_access"] is False
    assert main["encryption_config"]["resources"] == ["secrets"]
    assert set(main["enabled_cluster_log_types"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    assert main["access_config"] == {
        "authentication_mode": "API",
        "bootstrap_cluster_creator_admin_permissions": False,
    }
    metadata = made.resource("aws_launch_template", "main_nodes")["metadata_options"]
    assert (metadata["http_tokens"], metadata["http_put_response_hop_limit"]) == ("required", 1)
    addons = {each["addon_name"]: each for each in made.terraform()["resource"]["aws_eks_addon"].values()}
    assert addons.keys() == {"aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni"}
    assert addons["vpc-cni"]["configuration_values"] == '{"enableNetworkPolicy":"true"}'
    (entry,) = made.terraform()["resource"]["aws_eks_access_entry"].values()
    assert entry["principal_arn"] == "arn:aws:iam::123456789012:role/ops"


def test_the_fields_of_a_cluster_on_aws():
    made = cluster(
        "aws",
        'version = "1.34", nodes { size = "large", min = 3, max = 9, spot = true }, api_from = ["203.0.113.0/24"], logs = 20d',
    )
    main = made.resource("aws_eks_cluster", "main_main")
    assert main["version"] == "1.34"
    assert main["vpc_config"]["public_access_cidrs"] == ["203.0.113.0/24"]
    group = made.resource("aws_eks_node_group", "main_main")
    assert (group["capacity_type"], len(group["instance_types"])) == ("SPOT", 3)
    assert group["scaling_config"] == {"min_size": 3, "max_size": 9, "desired_size": 3}
    assert made.resource("aws_cloudwatch_log_group", "main_main")["retention_in_days"] == 30


def test_a_cluster_of_an_environment_with_irsa_has_an_issuer():
    irsa = PROD.replace("domain", 'identity = "irsa", account = "123456789012", domain')
    assert "aws_iam_openid_connect_provider" in cluster("aws", environment=irsa).terraform()["resource"]
    assert "aws_iam_openid_connect_provider" not in cluster("aws").terraform()["resource"]


def test_a_cluster_on_google_cloud():
    main = cluster("gcp", 'api_from = ["203.0.113.0/24"]').resource("google_container_cluster", "main_main")
    assert main["private_cluster_config"]["enable_private_nodes"] is True
    assert main["private_cluster_config"]["enable_private_endpoint"] is False
    assert main["datapath_provider"] == "ADVANCED_DATAPATH"
    assert main["workload_identity_config"] == {"workload_pool": "acme-1.svc.id.goog"}
    assert main["release_channel"] == {"channel": "REGULAR"}
    assert main["database_encryption"]["state"] == "ENCRYPTED"
    assert main["node_locations"] == ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
    closed = cluster("gcp").resource("google_container_cluster", "main_main")
    assert closed["private_cluster_config"]["enable_private_endpoint"] is True


def test_nodes_on_google_cloud():
    pool = cluster("gcp", "nodes { min = 3, max = 5, spot = true }").resource("google_container_node_pool", "main_main")
    assert pool["autoscaling"]["total_min_node_count"] == 3
    assert pool["node_config"]["spot"] is True
    assert pool["node_config"]["workload_metadata_config"] == {"mode": "GKE_METADATA"}
    assert pool["node_config"]["shielded_instance_config"]["enable_secure_boot"] is True


def test_a_cluster_on_azure():
    made = cluster("azure")
    main = made.resource("azurerm_kubernetes_cluster", "main_main")
    for name in (
        "oidc_issuer_enabled",
        "workload_identity_enabled",
        "local_account_disabled",
        "private_cluster_enabled",
    ):
        assert main[name] is True
    assert main["network_profile"]["network_policy"] == "cilium"
    access = main["azure_active_directory_role_based_access_control"]
    assert (access["azure_rbac_enabled"], len(access["admin_group_object_ids"])) == (True, 1)
    assert main["default_node_pool"]["zones"] == ["1", "2", "3"]
    assert "azurerm_kubernetes_cluster_node_pool" not in made.terraform()["resource"]


def test_spot_nodes_on_azure_stand_beside_those_of_the_cluster():
    made = cluster("azure", 'nodes { min = 3, max = 5, spot = true }, api_from = ["203.0.113.0/24"]')
    pool = made.resource("azurerm_kubernetes_cluster_node_pool", "main_spot")
    assert (pool["priority"], pool["min_count"], pool["max_count"]) == ("Spot", 3, 5)
    main = made.resource("azurerm_kubernetes_cluster", "main_main")
    assert main["default_node_pool"]["only_critical_addons_enabled"] is True
    assert main["api_server_access_profile"] == {"authorized_ip_ranges": ["203.0.113.0/24"]}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_protected_cluster_stays(cloud):
    made = cluster(cloud, environment=protected(CLOUDS[cloud])).terraform()["resource"]
    type_ = {"aws": "aws_eks_cluster", "gcp": "google_container_cluster", "azure": "azurerm_kubernetes_cluster"}[cloud]
    assert made[type_]["main_main"]["lifecycle"]["prevent_destroy"] is True
    given_up = cluster(cloud, 'retire = "destroy"', environment=protected(CLOUDS[cloud])).terraform()["resource"]
    assert given_up[type_]["main_main"]["lifecycle"]["prevent_destroy"] is False


@pytest.mark.parametrize(
    ("cloud", "body", "words"),
    [
        ("aws", "network net { zones = 5 }", "eu-west-1 has 3 zones"),
        ("aws", 'network net { zone_names = ["eu-west-1x"] }', "eu-west-1a, eu-west-1b, eu-west-1c"),
        ("aws", 'network net { cidr = "10.0.0.0/24" }', "/20"),
        ("aws", 'network net { }\ncluster main { network = net, api_from = ["0.0.0.0/0"] }', "all of them"),
        ("aws", 'network net { }\ncluster main { network = net, admins = ["bob"] }', "ARNs"),
        ("aws", "network net { }\ncluster main { network = net, nodes { min = 5, max = 2 } }", "at most 2"),
        ("azure", "network net { }\ncluster main { network = net }", "`admins`"),
        ("aws", 'network net { }\ncluster main { network = net, version = "1.20" }', "1.35"),
        ("aws", 'network net { }\ncluster main { network = net, nodes { size = "huge" } }', "large"),
    ],
)
def test_what_a_cloud_does_not_offer(cloud, body, words):
    (one,) = [each for each in wrong(body, CLOUDS[cloud]) if each.code != "IDP5001"]
    told = " ".join((one.message, one.diagnostic.hint or "", one.diagnostic.help or "", *one.diagnostic.notes))
    assert words in told


def test_a_region_that_aws_does_not_have():
    found = built('environment prod { cloud = "aws", region = "eu-west-9" }\napp shop { team = web }\n').errors
    assert ["eu-west-1" in each.message for each in found] == [True]


def test_a_version_past_its_end_breaks_a_policy():
    (one,) = wrong('network net { }\ncluster main { network = net, version = "1.33" }', PROD)
    assert one.code == "IDP5001"
    assert "1.33" in one.text


# ---------------------------------------------------------------- keys and stores


@pytest.mark.parametrize(
    ("level", "actions"),
    [
        ("read", {"kms:Decrypt", "kms:DescribeKey"}),
        ("write", {"kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"}),
        (
            "read_write",
            {
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            },
        ),
    ],
)
def test_access_to_a_key_on_aws(level, actions):
    made = built(
        f"{PROD}app keys {{ team = web, encryption_key k {{ }} }}\n"
        f'app shop {{ team = web\nservice web {{ {IMAGE}, env {{ K = keys.k.name }}, uses keys.k {{ access = "{level}" }} }} }}\n'
    )
    assert made.errors == []
    (statement,) = made.data("aws_iam_policy_document", "web_grants")["statement"]
    assert set(statement["actions"]) == actions
    assert statement["resources"] == ["${data.aws_kms_alias.keys_k_main.target_key_arn}"]
    assert made.data("aws_kms_alias", "keys_k_main") == {"name": "alias/acme-prod-keys-k"}
    assert made.data("aws_kms_alias", "k_main", app="keys")["depends_on"] == ["aws_kms_alias.k_main"]
    assert made.env("Deployment", "web") == {"K": "alias/acme-prod-keys-k"}


@pytest.mark.parametrize(
    ("level", "role"), [("read", "Decrypter"), ("write", "Encrypter"), ("read_write", "EncrypterDecrypter")]
)
def test_access_to_a_key_on_google_cloud(level, role):
    made = app(f'encryption_key k {{ }}\nservice web {{ {IMAGE}, uses k {{ access = "{level}" }} }}', GCP)
    (member,) = made.terraform()["resource"]["google_kms_crypto_key_iam_member"].values()
    assert member["role"] == f"roles/cloudkms.cryptoKey{role}"
    assert member["member"].endswith("/subject/ns/shop/sa/web")


@pytest.mark.parametrize(
    ("level", "verbs"),
    [
        ("read", {"decrypt/action", "unwrap/action"}),
        ("write", {"read", "encrypt/action", "wrap/action"}),
        ("read_write", {"decrypt/action", "unwrap/action", "read", "encrypt/action", "wrap/action"}),
    ],
)
def test_access_to_a_key_on_azure(level, verbs):
    made = app(f'encryption_key k {{ }}\nservice web {{ {IMAGE}, uses k {{ access = "{level}" }} }}', AZURE)
    resources = made.terraform()["resource"]
    roles = {each["name"]: each for each in resources["azurerm_role_definition"].values()}
    granted = set()
    for grant in resources["azurerm_role_assignment"].values():
        assert grant["scope"].endswith("/vaults/acme-azure/keys/acme-azure-shop-k")
        assert "azurerm_key_vault_key.k_main" in grant["depends_on"]
        (permissions,) = roles[grant["role_definition_name"]]["permissions"]
        granted.update(permissions["data_actions"])
    assert granted == {f"Microsoft.KeyVault/vaults/keys/{verb}" for verb in verbs}


def test_the_fields_of_a_key():
    key = app("encryption_key k { rotate = 180d, recovery = 7d }", PROD).resource("aws_kms_key", "k_main")
    assert (key["enable_key_rotation"], key["rotation_period_in_days"]) == (True, 180)
    assert key["deletion_window_in_days"] == 7
    key = app("encryption_key k { rotate = 180d, recovery = 7d }", GCP).resource("google_kms_crypto_key", "k_main")
    assert (key["rotation_period"], key["destroy_scheduled_duration"]) == ("15552000s", "604800s")
    policy = app("encryption_key k { rotate = 180d }", AZURE).resource("azurerm_key_vault_key", "k_main")
    assert policy["rotation_policy"]["automatic"] == {"time_after_creation": "P180D"}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_store_of_secrets_is_the_one_that_others_read(cloud):
    made = app("secret_store main { }", CLOUDS[cloud])
    store = made.get("ClusterSecretStore", "idpc")["spec"]
    provider = {"aws": "aws", "gcp": "gcpsm", "azure": "azurekv"}[cloud]
    assert list(store["provider"]) == [provider]
    (condition,) = store["conditions"]
    labels = condition["namespaceSelector"]["matchLabels"]
    own = made.get("Namespace", "shop")["metadata"]["labels"]
    assert labels.items() <= own.items()


def test_external_secrets_reads_what_is_the_environment_s_and_nothing_else():
    (statement,) = app("secret_store main { }", PROD).data("aws_iam_policy_document", "main_read")["statement"]
    assert [each.partition(":secret:")[2] for each in statement["resources"]] == ["idpc/prod/*", "prod/*"]
    member = app("secret_store main { }", GCP).resource("google_project_iam_member", "main_main")
    assert member["condition"]["expression"].count("startsWith") == 2
    assert "/secrets/idpc--gcp--" in member["condition"]["expression"]


def test_the_vault_is_the_one_that_entries_are_written_to():
    environment = AZURE.replace("azure {", "a_rather_long_name {", 1)
    made = built(
        f"{environment}app secrets {{ team = web, secret_store main {{ }} }}\n"
        f"app shop {{ team = web\npostgres x {{ }}\nservice web {{ {IMAGE}, env {{ X = x.url }} }} }}\n"
    )
    assert made.errors == []
    vault = made.resource("azurerm_key_vault", "main_main", app="secrets")
    assert vault["name"] == made.data("azurerm_key_vault", "app_store")["name"]
    assert len(vault["name"]) <= 24
    assert (vault["rbac_authorization_enabled"], vault["public_network_access_enabled"]) == (True, False)
