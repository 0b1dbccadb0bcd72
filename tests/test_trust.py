"""Who may take a role and whom a policy lets in is written down exactly, on each cloud, and nobody has a role for everything."""

import re

import pytest
from catalog_projects import CLOUDS, EXAMPLES, FLAVORS, built, compiled, example, project
from manifests import modules_of, objects_of

PROJECTS = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())
PLACES = [f"{cloud}-{flavor}" for cloud in CLOUDS[:3] for flavor in FLAVORS] + PROJECTS
TAGS = ("eks-cluster-name", "kubernetes-namespace", "kubernetes-service-account")
# What AWS wrote for the machinery of a cluster and of RDS; nothing narrower can be attached in their place.
AWS_MANAGED = {
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSClusterPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "service-role/AmazonEBSCSIDriverPolicy",
    "service-role/AmazonRDSEnhancedMonitoringRole",
}
# Roles that Google Cloud gives on a project only: there is no binding on a cluster of Kafka or Redis, nodes write logs of the
# project, and entries come and go. A condition names the thing where the service knows conditions.
PROJECT_WIDE = {
    "roles/container.defaultNodeServiceAccount": False,
    "roles/managedkafka.client": False,
    "roles/redis.dbConnectionUser": True,
    "roles/secretmanager.secretAccessor": True,
}
BASIC = re.compile(r"roles/(owner|editor|viewer|browser)$|[.](admin|Admin|editor|owner)$")
WIDE = {"Owner", "Contributor", "Reader", "User Access Administrator", "Role Based Access Control Administrator"}
DEEP = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.\w+/\w+/[^/]+(/[^/]+)*$")
OWN = re.compile(r"\$\{azurerm_(\w+)\.\w+\.(id|resource_versionless_id)}(/.+)?$")


def made_of(place):
    return example(place) if place in PROJECTS else built(*place.split("-"))


def resources_of(made, *types):
    """The resources of some types: environment, app, type, label, what it says."""
    for environment, app, module in modules_of(made):
        for type_ in types:
            for label, each in module.get("resource", {}).get(type_, {}).items():
                yield environment, app, module, label, each


def statements(module, reference):
    """The statements of the document that `${data.aws_iam_policy_document.LABEL.json}` refers to."""
    label = re.fullmatch(r"\$\{data\.aws_iam_policy_document\.(\w+)\.json}", reference)[1]
    return module["data"]["aws_iam_policy_document"][label]["statement"]


def conditions(statement):
    """What must be: variable to values."""
    return {each["variable"]: each["values"] for each in statement.get("condition", ())}


# ------------------------------------------------------------------------------------------------------------- aws


@pytest.mark.parametrize("place", PLACES)
def test_a_role_of_a_pod_is_for_the_service_account_that_has_it(place):
    made = made_of(place)
    associated = {}
    for environment, app, _, _, each in resources_of(made, "aws_eks_pod_identity_association"):
        role = re.fullmatch(r"\$\{aws_iam_role\.(\w+)\.arn}", each["role_arn"])[1]
        associated[environment, app, role] = [each["cluster_name"], each["namespace"], each["service_account"]]
    trusted = {}
    for environment, app, module, label, each in resources_of(made, "aws_iam_role"):
        for statement in statements(module, each["assume_role_policy"]):
            if statement["principals"][0]["identifiers"] == ["pods.eks.amazonaws.com"] and "_addon_" not in label:
                said = conditions(statement)
                trusted[environment, app, label] = [said[f"aws:RequestTag/{tag}"][0] for tag in TAGS]
    assert trusted == associated


@pytest.mark.parametrize("place", PLACES)
def test_a_service_of_aws_takes_a_role_for_this_account_only(place):
    for _, app, module, label, each in resources_of(made_of(place), "aws_iam_role"):
        for statement in statements(module, each["assume_role_policy"]):
            (principals,) = statement["principals"]
            assert principals["type"] in ("Service", "Federated"), (app, label)
            # EC2 takes the role of an instance without saying for whom.
            if principals["identifiers"] != ["ec2.amazonaws.com"]:
                assert any("Source" in name or "RequestTag" in name for name in conditions(statement)), (app, label)


def test_a_service_account_takes_a_role_by_its_own_token():
    sources = project("aws", "plain", ["bucket", "secret_store"])
    text = sources["project.platform"].replace('cloud = "aws"', 'cloud = "aws", identity = "irsa"', 1)
    made = compiled({"project.platform": text})
    accounts = {
        one["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].split("/")[-1]: (
            f"system:serviceaccount:{one['metadata']['namespace']}:{one['metadata']['name']}"
        )
        for _, one in objects_of(made)
        if one["kind"] == "ServiceAccount" and "annotations" in one["metadata"]
    }
    found = {}
    for _, _, module, label, each in resources_of(made, "aws_iam_role"):
        (statement,) = statements(module, each["assume_role_policy"])
        said = {name.rpartition(":")[2]: values for name, values in conditions(statement).items()}
        assert {each["test"] for each in statement["condition"]} == {"StringEquals"}
        assert said["aud"] == ["sts.amazonaws.com"], label
        found[each["name"]] = said["sub"][0]
    assert len(accounts) == 3
    assert accounts.items() <= found.items()


@pytest.mark.parametrize("place", PLACES)
def test_a_policy_lets_everyone_in_under_a_condition_only(place):
    for _, app, module in modules_of(made_of(place)):
        for label, document in module.get("data", {}).get("aws_iam_policy_document", {}).items():
            for each in document["statement"]:
                everyone = any("*" in who["identifiers"] for who in each.get("principals", ()))
                if everyone and each.get("effect", "Allow") == "Allow":
                    assert "kms:CallerAccount" in conditions(each), (app, label, each["sid"])


@pytest.mark.parametrize("place", PLACES)
def test_of_the_policies_of_aws_itself_none_is_for_administrators(place):
    types = ("aws_iam_role_policy_attachment",)
    arns = [each["policy_arn"] for *_, each in resources_of(made_of(place), *types)]
    assert {arn.partition(":policy/")[2] for arn in arns} <= AWS_MANAGED
    assert list(resources_of(made_of(place), "aws_iam_user", "aws_iam_access_key")) == []


# ------------------------------------------------------------------------------------------------------------- gcp


@pytest.mark.parametrize("place", PLACES)
def test_google_cloud_grants_on_the_thing_and_never_replaces_what_others_granted(place):
    for _, app, module in modules_of(made_of(place)):
        for type_, resources in module.get("resource", {}).items():
            assert not re.search(r"^google_\w+_iam_(binding|policy)$", type_), app
            for label, each in resources.items() if type_.endswith("_iam_member") else ():
                assert not BASIC.search(each["role"]), (app, label)
                if type_ in ("google_project_iam_member", "google_folder_iam_member"):
                    assert each["role"] in PROJECT_WIDE, (app, label)
                    assert ("condition" in each) is PROJECT_WIDE[each["role"]], (app, label)


@pytest.mark.parametrize("place", PLACES)
def test_nobody_has_a_key_of_a_service_account(place):
    assert list(resources_of(made_of(place), "google_service_account_key")) == []


# ----------------------------------------------------------------------------------------------------------- azure


@pytest.mark.parametrize("place", PLACES)
def test_azure_grants_on_the_thing(place):
    for _, app, _, label, each in resources_of(made_of(place), "azurerm_role_assignment"):
        own = OWN.fullmatch(each["scope"])
        assert own[1] not in ("resource_group", "subscription") if own else DEEP.fullmatch(each["scope"]), (app, label)
        assert each["role_definition_name"] not in WIDE, (app, label)
        if "azurerm_user_assigned_identity" in each["principal_id"]:
            assert each["principal_type"] == "ServicePrincipal", (app, label)


@pytest.mark.parametrize("place", PLACES)
def test_an_identity_is_for_one_service_account(place):
    for _, app, _, label, each in resources_of(made_of(place), "azurerm_federated_identity_credential"):
        assert re.fullmatch(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9-]+", each["subject"]), (app, label)
        assert each["audience"] == ["api://AzureADTokenExchange"], (app, label)


@pytest.mark.parametrize(
    ("scope", "wide"),
    [
        ("/subscriptions/${x}", True),
        ("/subscriptions/${x}/resourceGroups/acme", True),
        ("/subscriptions/${x}/resourceGroups/acme/providers/Microsoft.Storage/storageAccounts/a", False),
    ],
)
def test_a_scope_that_is_wide_is_found(scope, wide):
    assert (DEEP.fullmatch(scope) is None) is wide
