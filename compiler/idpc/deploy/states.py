"""Whether the place is there in which the state of a Terraform root is kept."""

import json

from idpc.deploy.kubectl import Kubectl
from idpc.deploy.model import Deadline
from idpc.deploy.objects import of_app
from idpc.deploy.release import Release
from idpc.plan.model import Step


def awaits_namespace(release: Release, step: Step, kubectl: Kubectl, deadline: Deadline) -> bool:
    """Whether a state is kept in the namespace of its app, which an earlier step of the plan makes."""
    space = _kept_in(release, step)
    folder = step.id.partition("/")[0]
    made = [
        each for each in of_app(release, folder) if each["kind"] == "Namespace" and each["metadata"]["name"] == space
    ]
    return bool(made) and not kubectl.get(made, deadline)


def _kept_in(release: Release, step: Step) -> str:
    """The namespace of a state that is kept in a cluster, else empty."""
    for path, content in release.of(step).items():
        if path.endswith("versions.tf.json"):
            backend = json.loads(content).get("terraform", {}).get("backend", {})
            return str(backend.get("kubernetes", {}).get("namespace", ""))
    return ""
