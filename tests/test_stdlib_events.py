"""Topics, Kafka and search on each cloud: what they become, who may use them, what survives a mistake."""

import json
import re

import pytest
from stdlib_projects import DEV, IMAGE, PROD, app, built, wrong

from idpc.graph.document import enforcement

GOOGLE = 'environment prod { cloud = "gcp", region = "europe-west1", domain = "acme.io" }\n'
AZURE = 'environment prod { cloud = "azure", region = "westeurope", domain = "acme.io" }\n'
CLOUDS = {"kubernetes": DEV, "aws": PROD, "gcp": GOOGLE, "azure": AZURE}
ADDRESS = {"topic": "url", "kafka": "brokers", "search": "url"}
OFFERED = [(kind, cloud) for kind in ADDRESS for cloud in CLOUDS if (kind, cloud) != ("search", "gcp")]
MAIN = {
    ("topic", "aws"): "aws_sns_topic",
    ("topic", "gcp"): "google_pubsub_topic",
    ("topic", "azure"): "azurerm_servicebus_topic",
    ("kafka", "aws"): "aws_msk_cluster",
    ("kafka", "gcp"): "google_managed_kafka_cluster",
    ("kafka", "azure"): "azurerm_eventhub_namespace",
    ("search", "aws"): "aws_opensearch_domain",
    ("search", "azure"): "azurerm_search_service",
}


def using(kind, fields="", level=""):
    """An instance `x`, and a service `web` that reads its address."""
    uses = f'uses x {{ access = "{level}" }}' if level else ""
    return f"{kind} x {{ {fields} }}\nservice web {{ {IMAGE}\n env {{ X = x.{ADDRESS[kind]} }}\n {uses} }}"


def protected(environment):
    return environment.replace(" }\n", ", protected = true }\n")


# ---------------------------------------------------------------- everywhere


@pytest.mark.parametrize(("kind", "cloud"), OFFERED)
def test_the_least_that_can_be_said_is_enough(kind, cloud):
    made = app(using(kind), CLOUDS[cloud])
    assert made.env("Deployment", "web")["X"] == f"shop-x-v1/{ADDRESS[kind]}"
    if cloud != "kubernetes":
        assert made.resource(MAIN[kind, cloud], "x_main")


def test_google_cloud_has_no_search():
    (one,) = wrong(using("search"), GOOGLE)
    assert one.code == "IDP4005"
    assert "gcp" in one.message


@pytest.mark.parametrize(("kind", "cloud"), [each for each in OFFERED if each[1] != "kubernetes"])
def test_a_protected_environment_keeps_what_it_holds(kind, cloud):
    main = app(using(kind), protected(CLOUDS[cloud])).resource(MAIN[kind, cloud], "x_main")
    assert main["lifecycle"]["prevent_destroy"] is True
    main = app(using(kind, 'retire = "destroy"'), protected(CLOUDS[cloud])).resource(MAIN[kind, cloud], "x_main")
    assert main["lifecycle"]["prevent_destroy"] is False


@pytest.mark.parametrize("kind", ADDRESS)
def test_on_a_cluster_it_is_one_hardened_pod_with_a_claim(kind):
    made = app(using(kind))
    spec = made.get("StatefulSet", "x")["spec"]
    assert (spec["replicas"], spec["persistentVolumeClaimRetentionPolicy"]["whenDeleted"]) == (1, "Retain")
    assert len(spec["volumeClaimTemplates"]) == 1
    pod = made.pod("StatefulSet", "x")
    assert (pod["securityContext"]["runAsNonRoot"], pod["automountServiceAccountToken"]) == (True, False)
    for each in [*pod["containers"], *pod.get("initContainers", ())]:
        assert each["securityContext"]["readOnlyRootFilesystem"] is True
        assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert made.get("Namespace", "shop")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    destroyed = app(using(kind, 'retire = "destroy"')).get("StatefulSet", "x")["spec"]
    assert destroyed["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete"


@pytest.mark.parametrize("kind", ADDRESS)
def test_rotation_makes_a_new_password(kind):
    made = app(using(kind, "rotation = 2"))
    assert made.env("Deployment", "web")["X"] == f"shop-x-v2/{ADDRESS[kind]}"
    (password,) = made.terraform()["resource"]["random_password"].values()
    assert password["keepers"] == {"rotation": 2}


@pytest.mark.parametrize("kind", ["queue", "topic"])
@pytest.mark.parametrize(
    ("cloud", "host", "port", "user"),
    [
        ("kubernetes", "x.shop.svc", "5672", "app"),
        ("aws", r"s[qn]s\.eu-west-1\.amazonaws\.com", "443", ""),
        ("gcp", "pubsub.googleapis.com", "443", ""),
        ("azure", r"acme-\w+-shop-\w+\.servicebus\.windows\.net", "5671", ""),
    ],
)
def test_clients_that_are_told_host_and_port_of_a_broker(kind, cloud, host, port, user):
    env = "env { H = x.host, P = x.port, U = x.username }"
    made = app(f"{kind} x {{ }}\nworker web {{ {IMAGE}, {env} }}", CLOUDS[cloud])
    found = made.env("Deployment", "web")
    assert re.fullmatch(host, found["H"])
    assert (found["P"], found["U"]) == (port, user)


# ---------------------------------------------------------------- access

READ_KAFKA = {"Connect", "DescribeTopic", "ReadData", "DescribeGroup", "AlterGroup"}
WRITE_KAFKA = {"Connect", "DescribeTopic", "WriteData", "WriteDataIdempotently"}
AWS_LEVELS = {
    ("topic", "read"): {"sns:GetTopicAttributes"},
    ("topic", "write"): {"sns:Publish"},
    ("topic", "read_write"): {"sns:GetTopicAttributes", "sns:Publish"},
    ("kafka", "read"): {f"kafka-cluster:{each}" for each in READ_KAFKA},
    ("kafka", "write"): {f"kafka-cluster:{each}" for each in WRITE_KAFKA},
    ("kafka", "read_write"): {f"kafka-cluster:{each}" for each in READ_KAFKA | WRITE_KAFKA},
    ("search", "read"): {"es:ESHttpGet", "es:ESHttpHead"},
    ("search", "write"): {"es:ESHttpPost", "es:ESHttpPut"},
    ("search", "read_write"): {"es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut", "es:ESHttpDelete"},
}
AZURE_LEVELS = {
    ("topic", "read"): {"Azure Service Bus Data Receiver"},
    ("topic", "write"): {"Azure Service Bus Data Sender"},
    ("topic", "read_write"): {"Azure Service Bus Data Receiver", "Azure Service Bus Data Sender"},
    ("kafka", "read"): {"Azure Event Hubs Data Receiver"},
    ("kafka", "write"): {"Azure Event Hubs Data Sender"},
    ("kafka", "read_write"): {"Azure Event Hubs Data Receiver", "Azure Event Hubs Data Sender"},
    ("search", "read"): {"Search Index Data Reader"},
    ("search", "write"): {"Search Index Data Contributor"},
    ("search", "read_write"): {"Search Index Data Contributor"},
}


@pytest.mark.parametrize(("kind", "level"), AWS_LEVELS)
def test_what_a_level_grants_on_aws(kind, level):
    made = app(using(kind, level=level), PROD)
    statements = made.data("aws_iam_policy_document", "web_grants")["statement"]
    assert {action for each in statements for action in each["actions"]} == AWS_LEVELS[kind, level]
    resources = [resource for each in statements for resource in each["resources"]]
    assert all(re.search(r"[:/]acme-prod-shop-x(/|$)", resource) for resource in resources)


@pytest.mark.parametrize(("kind", "level"), AZURE_LEVELS)
def test_what_a_level_grants_on_azure(kind, level):
    made = app(using(kind, level=level), AZURE)
    granted = made.terraform()["resource"]["azurerm_role_assignment"].values()
    assert {each["role_definition_name"] for each in granted} == AZURE_LEVELS[kind, level]
    assert all("acme-prod-shop-x" in each["scope"] for each in granted)
    assert {each["principal_type"] for each in granted} == {"ServicePrincipal"}


@pytest.mark.parametrize(
    ("level", "roles"),
    [
        ("read", {"google_pubsub_subscription_iam_member": "roles/pubsub.subscriber"}),
        ("write", {"google_pubsub_topic_iam_member": "roles/pubsub.publisher"}),
        (
            "read_write",
            {
                "google_pubsub_subscription_iam_member": "roles/pubsub.subscriber",
                "google_pubsub_topic_iam_member": "roles/pubsub.publisher",
            },
        ),
    ],
)
def test_what_a_level_of_a_topic_grants_on_google_cloud(level, roles):
    resources = app(using("topic", level=level), GOOGLE).terraform()["resource"]
    made = {
        type_: [each["role"] for each in several.values()]
        for type_, several in resources.items()
        if type_.startswith("google_pubsub") and type_.endswith("iam_member")
    }
    assert made == {type_: [role] for type_, role in roles.items()}


@pytest.mark.parametrize("level", ["read", "write", "read_write"])
def test_who_uses_kafka_on_google_cloud_may_connect(level):
    made = app(using("kafka", level=level), GOOGLE)
    (member,) = made.terraform()["resource"]["google_project_iam_member"].values()
    assert member["role"] == "roles/managedkafka.client"
    assert member["member"].endswith("/subject/ns/shop/sa/web")


@pytest.mark.parametrize("kind", ADDRESS)
def test_who_has_no_edge_is_granted_nothing(kind):
    made = app(f"{using(kind)}\nservice other {{ {IMAGE} }}", PROD)
    documents = made.terraform()["data"]["aws_iam_policy_document"]
    assert "other_grants" not in documents
    granted = {edge.source.name for edge in made.compilation.graph.environments["prod"].edges if edge.identified}
    assert granted == {"web"}


@pytest.mark.parametrize(("kind", "cloud"), [each for each in OFFERED if each[1] != "kubernetes"])
def test_an_identity_holds_an_edge_to_its_level(kind, cloud):
    graph = app(using(kind, level="read"), CLOUDS[cloud]).compilation.graph.environments["prod"]
    (edge,) = graph.edges
    assert (edge.access, enforcement(graph, edge)) == ("read", "")


@pytest.mark.parametrize("kind", ADDRESS)
def test_on_a_cluster_the_network_holds_an_edge(kind):
    graph = app(using(kind, level="read")).compilation.graph.environments["dev"]
    assert enforcement(graph, graph.edges[0]) == "network"


# ---------------------------------------------------------------- topics

FAN_OUT = f"""
queue mails {{ }}
queue audits {{ visibility = 1m }}
topic x {{ subscribers = [mails, audits], retention = 2d }}
service web {{ {IMAGE}, env {{ X = x.url, A = audits.url, B = mails.url }} }}
"""


def test_on_aws_queues_subscribe_and_what_they_cannot_take_is_kept():
    made = app(FAN_OUT, PROD)
    subscriptions = made.terraform()["resource"]["aws_sns_topic_subscription"]
    assert set(subscriptions) == {"x_subscriber_shop_audits", "x_subscriber_shop_mails"}
    one = subscriptions["x_subscriber_shop_mails"]
    assert one["endpoint"].endswith(":acme-prod-shop-mails")
    assert (one["protocol"], one["raw_message_delivery"]) == ("sqs", True)
    assert made.resource("aws_sqs_queue", "x_undelivered")["message_retention_seconds"] == 172800
    assert "aws_sqs_queue.x_undelivered.arn" in one["redrive_policy"]


def test_on_aws_a_queue_takes_messages_from_topics_of_its_environment():
    made = app(FAN_OUT, PROD)
    statements = made.data("aws_iam_policy_document", "mails_main")["statement"]
    (topics,) = [each for each in statements if each["sid"] == "topics"]
    assert topics["actions"] == ["sqs:SendMessage"]
    assert topics["condition"][0]["values"][0].endswith(":acme-prod-*")
    (key,) = [each for each in made.data("aws_iam_policy_document", "app_key")["statement"] if each["sid"] == "topics"]
    assert key["principals"] == [{"type": "Service", "identifiers": ["sns.amazonaws.com"]}]
    assert key["condition"][0]["variable"] == "aws:SourceAccount"


def test_on_aws_a_topic_is_encrypted_and_refuses_plain_connections():
    made = app(using("topic"), PROD)
    assert made.resource("aws_sns_topic", "x_main")["kms_master_key_id"] == "${aws_kms_key.app_key.arn}"
    (statement,) = made.data("aws_iam_policy_document", "x_main")["statement"]
    assert (statement["effect"], statement["condition"][0]["variable"]) == ("Deny", "aws:SecureTransport")


def test_a_queue_of_another_app_subscribes_by_its_name():
    made = built(
        f"{PROD}app shop {{ team = web\ntopic x {{ subscribers = [billing.invoices] }}\n"
        f"service web {{ {IMAGE}, env {{ X = x.url }} }} }}\n"
        f"app billing {{ team = web\nqueue invoices {{ }}\nworker w {{ {IMAGE}, env {{ Q = invoices.url }} }} }}\n"
    )
    assert made.errors == []
    (one,) = made.terraform()["resource"]["aws_sns_topic_subscription"].values()
    assert one["endpoint"].endswith(":acme-prod-billing-invoices")
    assert "aws_sns_topic_subscription" not in made.terraform(app="billing")["resource"]


def test_on_azure_a_topic_hands_on_within_the_namespace_of_the_app():
    made = app(FAN_OUT, AZURE)
    resources = made.terraform()["resource"]
    assert set(resources["azurerm_servicebus_namespace"]) == {"app_bus"}
    one = resources["azurerm_servicebus_subscription"]["x_subscriber_shop_mails"]
    assert one["forward_to"] == "acme-prod-shop-mails"
    assert one["depends_on"] == ["null_resource.x_subscribers"]
    assert "azurerm_servicebus_queue.mails_main" in str(resources["null_resource"]["x_subscribers"]["triggers"])
    namespace = resources["azurerm_servicebus_namespace"]["app_bus"]
    assert (namespace["local_auth_enabled"], namespace["minimum_tls_version"]) == (False, "1.2")


def test_on_azure_a_private_topic_has_a_namespace_and_an_endpoint_of_its_own():
    made = app(using("topic", "private = true"), AZURE)
    namespace = made.resource("azurerm_servicebus_namespace", "x_main")
    assert (namespace["sku"], namespace["public_network_access_enabled"]) == ("Premium", False)
    connection = made.resource("azurerm_private_endpoint", "x_main")["private_service_connection"]
    assert connection["subresource_names"] == ["namespace"]


@pytest.mark.parametrize(
    ("environment", "type_", "name"),
    [
        (GOOGLE, "google_pubsub_subscription", "acme-prod-shop-x-shop-web"),
        (AZURE, "azurerm_servicebus_subscription", "shop-web"),
    ],
)
def test_a_workload_that_reads_a_topic_has_a_subscription_of_its_own(environment, type_, name):
    made = app(using("topic", level="read"), environment)
    assert [each["name"] for each in made.terraform()["resource"][type_].values()] == [name]
    assert type_ not in app(using("topic", level="write"), environment).terraform()["resource"]


def definitions(made):
    """What the broker of `x` is given, with the variables in it."""
    (text,) = [each["value"] for each in made.container("StatefulSet", "x")["env"] if each["name"] == "DEFINITIONS"]
    return json.loads(text)


def test_on_a_cluster_an_exchange_fans_out_and_shovels_bring_messages_over():
    made = app(FAN_OUT)
    given = definitions(made)
    assert [(each["name"], each["type"], each["durable"]) for each in given["exchanges"]] == [("x", "fanout", True)]
    assert [each["name"] for each in given["queues"]] == ["shop.mails", "shop.audits"]
    assert {(each["source"], each["destination"]) for each in given["bindings"]} == {
        ("x", "shop.mails"),
        ("x", "shop.audits"),
    }
    shovel = given["parameters"][0]["value"]
    assert (shovel["src-queue"], shovel["dest-queue"]) == ("shop.mails", "mails")
    assert (shovel["dest-uri"], shovel["ack-mode"]) == ("$(IDPC_SHOP_MAILS_URL)", "on-confirm")
    assert given["policies"][0]["definition"] == {"message-ttl": 172800000}


def test_on_a_cluster_the_topic_reaches_the_brokers_of_its_subscribers():
    made = app(FAN_OUT)
    egress = made.get("NetworkPolicy", "x")["spec"]["egress"]
    reached = {peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for rule in egress for peer in rule["to"]}
    assert reached == {"mails", "audits"}
    assert made.env("StatefulSet", "x")["IDPC_SHOP_MAILS_URL"] == "shop-mails-v1/url"


# ---------------------------------------------------------------- kafka

FULL = (
    'version = "3.9", nodes = 6, size = "medium", storage = 500Gi\n'
    'topics { created { partitions = 12, replication = 2, retention = 2d }, "orders.paid" { } }'
)


def test_the_fields_of_kafka_on_aws():
    made = app(using("kafka", FULL), PROD)
    main = made.resource("aws_msk_cluster", "x_main")
    assert (main["kafka_version"], main["number_of_broker_nodes"]) == ("3.9.x.kraft", 6)
    group = main["broker_node_group_info"]
    assert group["instance_type"] == "kafka.m7g.large"
    assert group["storage_info"]["ebs_storage_info"]["volume_size"] == 500
    assert main["client_authentication"] == {"unauthenticated": False, "sasl": {"iam": True, "scram": False}}
    assert main["encryption_info"]["encryption_in_transit"] == {"client_broker": "TLS", "in_cluster": True}
    assert main["encryption_info"]["encryption_at_rest_kms_key_arn"] == "${aws_kms_key.app_key.arn}"
    created = made.resource("aws_msk_topic", "x_topic_created")
    assert (created["partition_count"], created["replication_factor"]) == (12, 2)
    assert json.loads(created["configs"]) == {"min.insync.replicas": "1", "retention.ms": "172800000"}
    assert made.resource("aws_msk_topic", "x_topic_orders_paid")["name"] == "orders.paid"


def test_named_subnets_are_shared_out_to_brokers():
    environment = PROD.replace(" }\n", ', network { private_subnets = ["a", "b", "c", "d"] } }\n')
    for nodes, subnets in ((4, ["a", "b"]), (6, ["a", "b", "c"])):
        main = app(using("kafka", f"nodes = {nodes}"), environment).resource("aws_msk_cluster", "x_main")
        assert main["broker_node_group_info"]["client_subnets"] == subnets


def test_the_fields_of_kafka_on_google_cloud():
    made = app(using("kafka", FULL), GOOGLE)
    main = made.resource("google_managed_kafka_cluster", "x_main")
    assert main["capacity_config"] == {"vcpu_count": 12, "memory_bytes": 12 * 4 * 1024**3}
    assert main["gcp_config"]["kms_key"] == "${google_kms_crypto_key.app_key.id}"
    created = made.resource("google_managed_kafka_topic", "x_topic_created")
    assert (created["partition_count"], created["configs"]["retention.ms"]) == (12, "172800000")


def test_the_fields_of_kafka_on_azure():
    made = app(using("kafka", FULL), AZURE)
    main = made.resource("azurerm_eventhub_namespace", "x_main")
    assert (main["sku"], main["capacity"], main["local_authentication_enabled"]) == ("Standard", 24, False)
    assert main["public_network_access_enabled"] is False
    created = made.resource("azurerm_eventhub", "x_topic_created")
    assert (created["partition_count"], created["retention_description"]["retention_time_in_hours"]) == (12, 48)
    assert made.resource("azurerm_private_endpoint", "x_main")


@pytest.mark.parametrize(("nodes", "units"), [(1, 1), (3, 4), (8, 8), (9, 16)])
def test_large_brokers_are_processing_units_of_which_there_are_some_numbers(nodes, units):
    fields = f'size = "large", nodes = {nodes}, topics {{ a {{ replication = 1 }} }}'
    main = app(using("kafka", fields), AZURE).resource("azurerm_eventhub_namespace", "x_main")
    assert (main["sku"], main["capacity"]) == ("Premium", units)


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_where_an_identity_opens_the_brokers_there_is_no_user(cloud):
    made = app(f"kafka x {{ }}\nservice web {{ {IMAGE}, env {{ U = x.username, P = x.password }} }}", CLOUDS[cloud])
    assert made.env("Deployment", "web") | {"U": "", "P": "shop-x-v1/password"} == made.env("Deployment", "web")
    assert "random_password" not in made.terraform()["resource"]


def test_the_broker_on_a_cluster_asks_for_a_password_and_makes_its_topics():
    made = app(using("kafka", FULL))
    variables = made.env("StatefulSet", "x")
    jaas = variables["KAFKA_LISTENER_NAME_CLIENT_PLAIN_SASL_JAAS_CONFIG"]
    assert jaas.endswith('required user_app="$(IDPC_SHOP_X_PASSWORD)";')
    assert variables["KAFKA_ADVERTISED_LISTENERS"] == "CLIENT://x.shop.svc:9092,LOCAL://localhost:9094"
    container = made.container("StatefulSet", "x")
    assert container["image"] == "apache/kafka:3.9.1"
    assert (
        "--topic created --partitions 12 --replication-factor 1 --config retention.ms=172800000" in container["args"][0]
    )
    assert "--topic orders.paid" in container["args"][0]
    assert (
        made.terraform()["resource"]["kubernetes_secret_v1"]["x_outputs_shop"]["data"]["brokers"] == "x.shop.svc:9092"
    )


@pytest.mark.parametrize(
    ("size", "aws", "cpus", "units"),
    [
        ("small", "kafka.t3.small", 3, 3),
        ("medium", "kafka.m7g.large", 6, 12),
        ("large", "kafka.m7g.2xlarge", 24, 4),
    ],
)
def test_sizes_of_kafka(size, aws, cpus, units):
    body = using("kafka", f'size = "{size}"')
    assert app(body, PROD).resource("aws_msk_cluster", "x_main")["broker_node_group_info"]["instance_type"] == aws
    capacity = app(body, GOOGLE).resource("google_managed_kafka_cluster", "x_main")["capacity_config"]
    assert capacity["vcpu_count"] == cpus
    assert app(body, AZURE).resource("azurerm_eventhub_namespace", "x_main")["capacity"] == units


# ---------------------------------------------------------------- search


def test_the_fields_of_search_on_aws():
    fields = 'version = "2.19", size = "medium", nodes = 4, storage = 200Gi'
    main = app(using("search", fields), PROD).resource("aws_opensearch_domain", "x_main")
    assert (main["domain_name"], main["engine_version"]) == ("acme-prod-shop-x", "OpenSearch_2.19")
    cluster = main["cluster_config"]
    assert (cluster["instance_type"], cluster["instance_count"]) == ("m6g.large.search", 4)
    assert cluster["zone_awareness_config"] == {"availability_zone_count": 3}
    assert main["ebs_options"]["volume_size"] == 200


def test_a_domain_is_private_encrypted_and_opened_by_roles_alone():
    made = app(using("search"), PROD)
    main = made.resource("aws_opensearch_domain", "x_main")
    assert main["encrypt_at_rest"] == {"enabled": True, "kms_key_id": "${aws_kms_key.app_key.arn}"}
    assert main["node_to_node_encryption"] == {"enabled": True}
    endpoint = main["domain_endpoint_options"]
    assert (endpoint["enforce_https"], endpoint["tls_security_policy"]) == (True, "Policy-Min-TLS-1-2-PFS-2023-10")
    (statement,) = made.data("aws_iam_policy_document", "x_main")["statement"]
    (principal,) = statement["principals"]
    assert principal["type"] == "AWS"
    assert [each.rpartition(":")[2] for each in principal["identifiers"]] == ["root"]
    assert "random_password" not in made.terraform()["resource"]
    assert main["vpc_options"]["security_group_ids"] == ["${aws_security_group.x_main.id}"]
    assert {each["log_type"] for each in main["log_publishing_options"]} == {
        "ES_APPLICATION_LOGS",
        "INDEX_SLOW_LOGS",
        "SEARCH_SLOW_LOGS",
    }


def test_a_protected_domain_has_masters_of_its_own():
    cluster = app(using("search"), protected(PROD)).resource("aws_opensearch_domain", "x_main")["cluster_config"]
    assert (cluster["instance_count"], cluster["dedicated_master_count"]) == (3, 3)
    plain = app(using("search"), PROD).resource("aws_opensearch_domain", "x_main")["cluster_config"]
    assert (plain["instance_count"], plain["dedicated_master_enabled"]) == (1, False)


@pytest.mark.parametrize(
    ("size", "storage", "sku", "partitions"),
    [("small", 20, "basic", 2), ("medium", 700, "standard", 6), ("large", 100, "standard2", 1)],
)
def test_search_on_azure(size, storage, sku, partitions):
    made = app(using("search", f'size = "{size}", storage = {storage}Gi, nodes = 2'), AZURE)
    main = made.resource("azurerm_search_service", "x_main")
    assert (main["sku"], main["replica_count"], main["partition_count"]) == (sku, 2, partitions)
    assert (main["local_authentication_enabled"], main["public_network_access_enabled"]) == (False, False)
    connection = made.resource("azurerm_private_endpoint", "x_main")["private_service_connection"]
    assert connection["subresource_names"] == ["searchService"]


def test_search_on_a_cluster():
    made = app(using("search", 'version = "2.19", size = "medium"'))
    container = made.container("StatefulSet", "x")
    assert container["image"] == "opensearchproject/opensearch:2.19.4"
    assert container["resources"]["limits"]["memory"] == "4Gi"
    variables = made.env("StatefulSet", "x")
    assert variables["OPENSEARCH_INITIAL_ADMIN_PASSWORD"] == "shop-x-v1/password"
    assert variables["plugins.security.ssl.http.enabled"] == "false"
    assert (
        made.terraform()["resource"]["kubernetes_secret_v1"]["x_outputs_shop"]["data"]["url"]
        == "http://x.shop.svc:9200"
    )


@pytest.mark.parametrize(
    ("kind", "patch", "words"),
    [
        ("topic", "patch aws_sns_topic { kms_master_key_id = null }", "keeps its messages in plain"),
        ("search", "patch aws_opensearch_domain { encrypt_at_rest { enabled = false } }", "keeps its data in plain"),
        (
            "search",
            "patch aws_opensearch_domain { node_to_node_encryption { enabled = false } }",
            "sends its data in plain",
        ),
    ],
)
def test_what_is_not_encrypted_breaks_a_policy(kind, patch, words):
    (one,) = wrong(using(kind, patch), PROD)
    assert one.code == "IDP5001"
    assert words in one.message
