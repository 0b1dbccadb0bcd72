"""What clouds grant is what the graph says, in both directions, and no grant is wider than the thing that it is about."""

import re

import pytest
from catalog_projects import EXAMPLES, FLAVORS, built, example
from manifests import modules_of

CLOUDS = ("aws", "gcp", "azure")
PLACES = [f"{cloud}-{flavor}" for cloud in CLOUDS for flavor in FLAVORS]
PROJECTS = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())
GRANTED = {"bucket", "queue", "topic", "kafka", "search", "encryption_key"}
# Verbs of the actions that only readers need, and of those that only writers need; others, such as Describe, are of both.
AWS_READS = re.compile(r":(GetObject|ReceiveMessage|Decrypt|ReadData|ESHttpGet|GetTopicAttributes)$")
AWS_WRITES = re.compile(r":(PutObject|SendMessage|Encrypt|WriteData|ESHttpPut|Publish)$")
ROLES = {
    "roles/storage.objectViewer": {"read"},
    "roles/storage.objectCreator": {"write"},
    "roles/storage.objectUser": {"read", "write"},
    "roles/pubsub.subscriber": {"read"},
    "roles/pubsub.viewer": {"read"},
    "roles/pubsub.publisher": {"write"},
    "roles/cloudkms.cryptoKeyDecrypter": {"read"},
    "roles/cloudkms.cryptoKeyEncrypter": {"write"},
    "roles/cloudkms.cryptoKeyEncrypterDecrypter": {"read", "write"},
    "Storage Blob Data Reader": {"read"},
    "Azure Service Bus Data Receiver": {"read"},
    "Azure Service Bus Data Sender": {"write"},
    "Azure Event Hubs Data Receiver": {"read"},
    "Azure Event Hubs Data Sender": {"write"},
    "Search Index Data Reader": {"read"},
}
# Roles that know no level: the cloud has none that is narrower.
WHOLE_ROLES = {
    "roles/managedkafka.client",
    "Key Vault Crypto Service Encryption User",
    "Storage Blob Data Contributor",
    "Search Index Data Contributor",
}
# The roles of an app's keys on Azure, which its Terraform makes: `acme-azure-shop-decrypt-5c46c8`.
KEY_ROLES = re.compile(r"-(decrypt|encrypt)-[0-9a-f]{6}$")
BOTH = {"read", "write"}


def made_of(place):
    return built(*place.split("-")) if place in PLACES else example(place)


@pytest.mark.parametrize("place", PLACES + PROJECTS)
def test_the_graph_and_the_grants_agree(place):
    made = made_of(place)
    for environment, graph in made.compilation.graph.environments.items():
        cloud = graph.environment["cloud"]
        if cloud in CLOUDS:
            modules = {app: module for env, app, module in modules_of(made) if env == environment}
            assert _covers(_granted(cloud, graph, modules), _wanted(graph)), environment


@pytest.mark.parametrize("place", PLACES[:2] + PROJECTS)
def test_no_statement_of_aws_allows_everything(place):
    for _, app, module in modules_of(made_of(place)):
        documents = module.get("data", {}).get("aws_iam_policy_document", {})
        keys = _key_policies(module)
        for label, document in documents.items():
            for each in _allowed(document):
                assert [action for action in each["actions"] if "*" in action] == [], (app, label)
                assert label in keys or "*" not in each.get("resources", ()), (app, label)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_level_of_every_kind_is_granted_in_the_matrix(cloud):
    (graph,) = built(cloud, "plain").compilation.graph.environments.values()
    kinds = GRANTED - ({"search"} if cloud == "gcp" else set())
    levels = {(str(graph.nodes[target].kind), frozenset(found)) for (_, target), found in _by_node(graph).items()}
    assert levels == {(kind, frozenset(each)) for kind in kinds for each in (("read",), ("write",), BOTH)}


@pytest.mark.parametrize("granted", [{}, {("a", "b"): {"write"}}, {("a", "b"): {"read"}, ("a", "c"): {"read"}}])
def test_a_grant_that_is_missing_other_or_too_much_is_found(granted):
    with pytest.raises(AssertionError):
        _covers(granted, {("a", "b"): {"read"}})


def _by_node(graph):
    found = {}
    for edge in graph.edges:
        if edge.access and graph.nodes[edge.target].kind in GRANTED:
            found.setdefault((edge.source, edge.target), set()).update(edge.access.split("_"))
    return found


def _wanted(graph):
    return {(str(source), str(target)): levels for (source, target), levels in _by_node(graph).items()}


def _covers(granted, wanted):
    """The same pairs, and the same levels unless a role knows none."""
    assert granted.keys() == wanted.keys()
    differing = {pair: (granted[pair], wanted[pair]) for pair in wanted if granted[pair] not in (wanted[pair], "whole")}
    assert differing == {}
    return True


def _granted(cloud, graph, modules):
    found = {}
    targets = {str(address) for address, node in graph.nodes.items() if node.kind in GRANTED}
    for app, module in modules.items():
        for consumer, place, levels in _GRANTS[cloud](app, module):
            target = _target(place, targets)
            if target and levels == "whole":
                found[consumer, target] = "whole"
            elif target and found.get((consumer, target)) != "whole":
                found.setdefault((consumer, target), set()).update(levels)
    return found


def _target(place, targets):
    """The thing whose name stands in an address of the cloud, or in the label of a resource."""
    named = [target for target in targets if target.replace(".", "-").replace("_", "-") in place.replace("_", "-")]
    return max(named, key=len, default=None)


def _aws_grants(app, module):
    documents = module.get("data", {}).get("aws_iam_policy_document", {})
    for label in module.get("resource", {}).get("aws_iam_role_policy", {}):
        consumer = label.removesuffix("_main")
        for each in documents.get(f"{consumer}_grants", {}).get("statement", ()):
            for resource in each["resources"]:
                yield f"{app}.{consumer}", _spelled(app, resource), _aws_levels(each["actions"])


def _spelled(app, resource):
    own = re.fullmatch(r"\$\{data\.aws_kms_alias\.(\w+)_main\.target_key_arn}", resource)
    return f"{app}.{own[1]}".replace(".", "-") if own else resource.replace("/", "-")


def _aws_levels(actions):
    kinds = (("read", AWS_READS), ("write", AWS_WRITES))
    return {level for level, verbs in kinds if any(verbs.search(action) for action in actions)}


def _gcp_grants(app, module):
    for type_, resources in module.get("resource", {}).items():
        for label, each in resources.items() if type_.endswith("_iam_member") else ():
            pod = re.search(r"/subject/ns/[^/]+/sa/([^/]+)$", each["member"])
            if pod and "_upload" not in label:
                yield f"{app}.{pod[1].replace('-', '_')}", f"{app}-{label}", _role(each["role"])


def _azure_grants(app, module):
    for each in module.get("resource", {}).get("azurerm_role_assignment", {}).values():
        pod = re.fullmatch(r"\$\{azurerm_user_assigned_identity\.(\w+)_main\.principal_id}", each["principal_id"])
        if pod:
            yield f"{app}.{pod[1]}", each["scope"].replace("/", "-"), _role(each["role_definition_name"])


def _role(name):
    if key := KEY_ROLES.search(name):
        return {"read"} if key[1] == "decrypt" else {"write"}
    return "whole" if name in WHOLE_ROLES else ROLES.get(name, set())


_GRANTS = {"aws": _aws_grants, "gcp": _gcp_grants, "azure": _azure_grants}


def _key_policies(module):
    keys = module.get("resource", {})
    texts = [
        each.get("policy", "")
        for type_ in ("aws_kms_key", "aws_kms_key_policy")
        for each in keys.get(type_, {}).values()
    ]
    return {name for text in texts for name in re.findall(r"aws_iam_policy_document\.(\w+)\.json", text or "")}


def _allowed(document):
    return [each for each in document["statement"] if each.get("effect", "Allow") == "Allow"]
