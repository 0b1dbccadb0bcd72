"""Whether the state of a Terraform root is there; one in a cluster is made by the first `terraform init` that looks."""

import json
from collections.abc import Mapping

from idpc.deploy.kubectl import Kubectl
from idpc.deploy.model import Deadline, StepFailedError
from idpc.deploy.objects import of_app
from idpc.deploy.release import Release
from idpc.plan.model import Step
from idpc.plan.waves import app_folder


def awaited(release: Release, step: Step, kubectl: Kubectl, deadline: Deadline) -> str:
    """What is not there yet of a state that is kept in a cluster: its namespace, where the plan makes that, or itself.

    Empty where the state is there, and where only Terraform can tell, since it is kept elsewhere.
    """
    kept = _kept_in_cluster(release, step)
    space = kept.get("namespace", "")
    if not space:
        return ""
    if not _named(kubectl, deadline, "namespace", space):
        if space not in _made(release, app_folder(step)):
            raise StepFailedError(f"there is no namespace {space}, in which the state is kept")
        return "namespace"
    # The name of the Secret: https://developer.hashicorp.com/terraform/language/backend/kubernetes
    secret = f"tfstate-default-{kept['secret_suffix']}"
    return "" if _named(kubectl, deadline, "secret", secret, "-n", space) else "state"


def _named(kubectl: Kubectl, deadline: Deadline, *asked: str) -> bool:
    """Whether an object is there, of which only the name is shown."""
    return bool(kubectl.call("get", *asked, "-o", "name", "--ignore-not-found", deadline=deadline).strip())


def _made(release: Release, folder: str) -> list[str]:
    return [each["metadata"]["name"] for each in of_app(release, folder) if each["kind"] == "Namespace"]


def _kept_in_cluster(release: Release, step: Step) -> Mapping[str, str]:
    """The block of the backend that keeps a state in a cluster, empty where another does."""
    for path, content in release.of(step).items():
        if path.endswith("versions.tf.json"):
            found: Mapping[str, str] = json.loads(content).get("terraform", {}).get("backend", {}).get("kubernetes", {})
            return found
    return {}
