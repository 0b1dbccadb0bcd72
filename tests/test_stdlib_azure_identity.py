"""On Azure: how secrets and client ids arrive, and what the identities of workloads may do."""

import re

import pytest
from stdlib_projects import AZURE, IMAGE, PROD, app, built

READER = f"service web {{ {IMAGE}, env {{ X = x.url }} }}"
STORED = ("postgres", "mysql", "mongodb", "redis", "bucket", "queue")
ROLES = "azurerm_role_assignment"
WORKLOADS = [("service", ""), ("worker", ""), ("job", ""), ("cron_job", 'schedule = "@daily",'), ("daemon", "")]


def using(kind, level):
    return app(f'{kind} x {{ }}\nservice web {{ {IMAGE}, uses x {{ access = "{level}" }} }}', AZURE)


def roles(made, app_name):
    return made.terraform(app=app_name)["resource"].get(ROLES, {}).values()


# ---------------------------------------------------------------- delivery


@pytest.mark.parametrize("kind", STORED)
def test_an_url_arrives_through_the_key_vault(kind):
    made = app(f"{kind} x {{ rotation = 2 }}\n{READER}" if kind != "bucket" else f"bucket x {{ }}\n{READER}", AZURE)
    version = 1 if kind == "bucket" else 2
    entry = made.resource("azurerm_key_vault_secret", "x_outputs")
    assert entry["name"] == f"idpc--prod--shop--x-v{version}"
    assert made.env("Deployment", "web")["X"] == f"shop-x-v{version}/url"
    spec = made.get("ExternalSecret", f"shop-x-v{version}")["spec"]
    assert spec["dataFrom"] == [{"extract": {"key": entry["name"]}}]


@pytest.mark.parametrize(("kind", "head"), WORKLOADS)
def test_no_secret_is_asked_for_that_terraform_does_not_write(kind, head):
    made = app(
        f"postgres x {{ }}\nbucket y {{ }}\n{kind} web {{ {IMAGE}, {head} env {{ X = x.url }}, uses y {{ }} }}", AZURE
    )
    asked = {
        each["spec"]["dataFrom"][0]["extract"]["key"] for each in made.objects() if each["kind"] == "ExternalSecret"
    }
    written = {each["name"] for each in made.terraform()["resource"]["azurerm_key_vault_secret"].values()}
    assert asked == {"idpc--prod--shop--x-v1", "idpc--prod--shop--web-v1"}
    assert asked <= written


def test_names_of_entries_keep_to_what_a_key_vault_allows():
    long = "a" * 60
    made = built(
        f"{AZURE}app {long} {{ team = web\npostgres {long} {{ }}\n"
        f'service web {{ {IMAGE}, env {{ X = {long}.url, Y = secret("pay_all/key.pem") }} }} }}\n'
    )
    assert made.errors == []
    kept = made.get("ExternalSecret", "pay-all-key-pem", app=long)["spec"]["data"][0]["remoteRef"]["key"]
    entries = made.terraform(app=long)["resource"]["azurerm_key_vault_secret"].values()
    assert kept == "prod--pay-all--key-pem"
    assert all(re.fullmatch(r"[0-9A-Za-z-]{1,127}", name) for name in (kept, *(each["name"] for each in entries)))


@pytest.mark.parametrize(
    ("secrets", "type_"), [("kubernetes", "kubernetes_secret_v1"), ("vault", "vault_kv_secret_v2")]
)
def test_another_store_delivers_the_identity_too(secrets, type_):
    environment = f'environment prod {{ cloud = "azure", region = "westeurope", secrets = "{secrets}" }}\n'
    made = app(f"bucket x {{ }}\nservice web {{ {IMAGE}, uses x {{ }} }}", environment)
    assert "azurerm_user_assigned_identity.web_main.client_id" in str(made.terraform()["resource"][type_])
    assert made.env("Deployment", "web") == {"AZURE_CLIENT_ID": "shop-web-v1/client_id"}


# ---------------------------------------------------------------- identity


@pytest.mark.parametrize(
    ("kind", "level", "roles"),
    [
        ("bucket", "read", {"Storage Blob Data Reader"}),
        ("bucket", "write", {"Storage Blob Data Contributor"}),
        ("bucket", "read_write", {"Storage Blob Data Contributor"}),
        ("queue", "read", {"Azure Service Bus Data Receiver"}),
        ("queue", "write", {"Azure Service Bus Data Sender"}),
        ("queue", "read_write", {"Azure Service Bus Data Receiver", "Azure Service Bus Data Sender"}),
    ],
)
def test_what_a_level_of_access_grants(kind, level, roles):
    made = using(kind, level)
    found = made.terraform()["resource"][ROLES].values()
    assert {each["role_definition_name"] for each in found} == roles
    assert {each["principal_type"] for each in found} == {"ServicePrincipal"}
    last = {"bucket": "blobServices/default/containers", "queue": "queues"}[kind]
    assert all(each["scope"].endswith(f"/{last}/acme-prod-shop-x") for each in found)


def test_a_scope_names_what_is_made():
    made = app(
        f'bucket x {{ }}\nqueue y {{ }}\njob web {{ {IMAGE}, uses x {{ }}, uses y {{ access = "read" }} }}', AZURE
    )
    group = (
        "/subscriptions/${data.azurerm_client_config.app_current.subscription_id}/resourceGroups/acme-prod/providers"
    )
    found = made.terraform()["resource"][ROLES]
    account, bus = (
        made.resource("azurerm_storage_account", "x_main"),
        made.resource("azurerm_servicebus_namespace", "app_bus"),
    )
    container = made.resource("azurerm_storage_container", "x_main")
    queue = made.resource("azurerm_servicebus_queue", "y_main")
    assert found["web_main_shop_x_read_write"]["scope"] == (
        f"{group}/Microsoft.Storage/storageAccounts/{account['name']}/blobServices/default/containers/{container['name']}"
    )
    assert found["web_main_shop_y_read"]["scope"] == (
        f"{group}/Microsoft.ServiceBus/namespaces/{bus['name']}/queues/{queue['name']}"
    )
    assert found["web_main_shop_x_read_write"]["depends_on"] == ["azurerm_storage_container.x_main"]


@pytest.mark.parametrize(("kind", "head"), WORKLOADS)
def test_every_workload_may_have_an_identity(kind, head):
    made = app(f'bucket x {{ }}\n{kind} web {{ {IMAGE}, {head} uses x {{ access = "read" }} }}', AZURE)
    assert made.resource("azurerm_federated_identity_credential", "web_main") == {
        "name": "kubernetes",
        "user_assigned_identity_id": "${azurerm_user_assigned_identity.web_main.id}",
        "issuer": "${data.azurerm_kubernetes_cluster.app_cluster.oidc_issuer_url}",
        "subject": "system:serviceaccount:shop:web",
        "audience": ["api://AzureADTokenExchange"],
    }
    pods = {"cron_job": "CronJob", "daemon": "DaemonSet", "job": "Job"}.get(kind, "Deployment")
    name = next(one["metadata"]["name"] for one in made.objects() if one["kind"] == pods)
    spec = made.get(pods, name)["spec"]
    template = (spec["jobTemplate"]["spec"] if pods == "CronJob" else spec)["template"]
    assert template["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert made.env(pods, name) == {"AZURE_CLIENT_ID": "shop-web-v1/client_id"}
    value = made.resource("azurerm_key_vault_secret", "web_outputs")["value"]
    assert value == "${jsonencode({client_id = azurerm_user_assigned_identity.web_main.client_id})}"


def test_an_identity_reaches_the_endpoint_that_gives_it_tokens():
    policy = using("bucket", "read").get("NetworkPolicy", "web")
    outside = [rule for rule in policy["spec"]["egress"] if rule["to"][0]["ipBlock"]["cidr"] == "0.0.0.0/0"]
    assert [rule["ports"] for rule in outside] == [[{"protocol": "TCP", "port": 443}]]
    assert "10.0.0.0/8" in outside[0]["to"][0]["ipBlock"]["except"]


@pytest.mark.parametrize("kind", ["postgres", "mysql", "mongodb", "redis"])
def test_who_grants_nothing_makes_no_identity(kind):
    made = app(f"{kind} x {{ }}\n{READER}", AZURE)
    assert not {ROLES, "azurerm_user_assigned_identity"} & made.terraform()["resource"].keys()
    assert "azure.workload.identity/use" not in str(made.get("Deployment", "web"))
    assert made.env("Deployment", "web") == {"X": "shop-x-v1/url"}


def test_elsewhere_a_workload_delivers_no_client_id():
    made = app(f"bucket x {{ }}\nservice web {{ {IMAGE}, uses x {{ }} }}", PROD)
    assert "client_id" not in str(made.objects())
    assert "web_outputs" not in str(made.terraform())


def test_grants_and_edges_agree():
    made = built(
        f"{AZURE}app store {{ team = web\nbucket a {{ }}\nbucket b {{ }}\nqueue q {{ }}\npostgres p {{ }} }}\n"
        f"app shop {{ team = web\nbucket own {{ }}\n"
        f'service web {{ {IMAGE}, uses store.a {{ access = "read" }}, uses own {{ }}, env {{ P = store.p.url }} }}\n'
        f'job load {{ {IMAGE}, uses store.q {{ access = "write" }}, uses store.b {{ access = "write" }} }}\n'
        f'cron_job none {{ {IMAGE}, schedule = "@daily", env {{ B = store.p.url }} }} }}\n'
    )
    assert made.errors == []
    edges = {
        (str(edge.source), str(edge.target), edge.access)
        for graph in made.compilation.graph.environments.values()
        for edge in graph.edges
        if edge.identified
    }
    assert edges == {
        ("shop.web", "store.a", "read"),
        ("shop.web", "shop.own", "read_write"),
        ("shop.load", "store.q", "write"),
        ("shop.load", "store.b", "write"),
    }
    granted = {(each["principal_id"].split(".")[1], each["scope"].rsplit("/", 1)[1]) for each in roles(made, "shop")}
    assert granted == {
        (f"{source.split('.')[1]}_main", f"acme-prod-{target.replace('.', '-')}") for source, target, _ in edges
    }
    assert list(roles(made, "store")) == []


def test_who_is_granted_something_of_another_app_is_applied_after_it():
    made = built(
        f"{AZURE}app store {{ team = web\nbucket a {{ }} }}\n"
        f"app billing {{ team = web\njob web {{ {IMAGE}, uses store.a {{ }} }} }}\n"
    )
    (grant,) = roles(made, "billing")
    assert "depends_on" not in grant
    (plan,) = made.compilation.plans.values()
    steps = {step.id: step for stage in plan.stages for wave in stage.waves for step in wave}
    assert "store/terraform" in steps["billing/terraform"].needs


def test_keda_asks_the_queue_by_its_own_identity():
    made = app(
        f"queue x {{ }}\nworker web {{ {IMAGE}, replicas = 0..5, scale_on {{ queue {{ of = x, depth = 7 }} }} }}", AZURE
    )
    (trigger,) = made.get("ScaledObject", "web")["spec"]["triggers"]
    assert trigger["metadata"] == {
        "queueName": made.resource("azurerm_servicebus_queue", "x_main")["name"],
        "namespace": made.resource("azurerm_servicebus_namespace", "app_bus")["name"],
        "messageCount": "7",
    }
    assert made.get("TriggerAuthentication", "web")["spec"] == {"podIdentity": {"provider": "azure-workload"}}
