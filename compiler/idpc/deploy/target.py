"""Checks that kubectl and the cloud's own program are signed in to the cluster and the account that a plan names."""

import json
import re
import shutil
from collections.abc import Iterator

from idpc.deploy import processes
from idpc.deploy.kubectl import Kubectl
from idpc.deploy.model import StepFailedError
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.deploy import NOT_CHECKED, OTHER_TARGET
from idpc.plan.model import Target
from idpc.source import Span

_SECONDS = 30.0
_PREFIXES = ("kind-", "k3d-", "minikube-")
_ACCOUNTS = (
    (re.compile(r"\d{12}"), ("aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text")),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), ("az", "account", "show", "--query", "id", "-o", "tsv")),
    (re.compile(r".*"), ("gcloud", "config", "get-value", "project", "--quiet")),
)
_HERE = Span("plan.json", 0, 0)


def target_faults(target: Target, kubectl: Kubectl | None) -> Iterator[Diagnostic]:
    """What tells that this is another place than the plan's; `kubectl` is None where the plan does not use it."""
    if kubectl is not None and target.cluster:
        yield from _cluster(target.cluster, kubectl)
    if target.account:
        yield from _account(target.account)


def _cluster(wanted: str, kubectl: Kubectl) -> Iterator[Diagnostic]:
    try:
        ended = kubectl.once("config", "view", "--minify", "-o", "json", seconds=_SECONDS)
    except StepFailedError:
        return  # the precondition of the tool tells it
    names = _names(ended.out) if ended.code == 0 else []
    if not any(_is_name(name, wanted) for name in names):
        found = (
            f"is set to {' in '.join(f'`{name}`' for name in names)}" if names else f"has no such context: {ended.why}"
        )
        yield OTHER_TARGET.at(
            _HERE,
            f"the plan is for the cluster `{wanted}`, and kubectl {found}",
            help=f"choose the context of `{wanted}` with `--context`",
        )


def _names(text: str) -> list[str]:
    """The context and the cluster that kubectl uses."""
    contexts = json.loads(text).get("contexts") or []
    return [name for each in contexts for name in dict.fromkeys((each["name"], each["context"].get("cluster", "")))]


def _is_name(name: str, wanted: str) -> bool:
    """Whether a name is the cluster's: as it is, as the end of an EKS or GKE name, or behind a local cluster's prefix."""
    last = re.split(r"[/_]", name)[-1]
    return wanted in {name, last, *(name.removeprefix(prefix) for prefix in _PREFIXES)}


def _account(wanted: str) -> Iterator[Diagnostic]:
    command = next(command for pattern, command in _ACCOUNTS if pattern.fullmatch(wanted))
    if shutil.which(command[0]) is None:
        yield NOT_CHECKED.at(_HERE, f"whether this is the account `{wanted}` cannot be checked without `{command[0]}`")
        return
    ended = processes.run(command, _SECONDS)
    if ended.code:
        yield NOT_CHECKED.at(_HERE, f"whether this is the account `{wanted}` cannot be checked: {ended.why}")
    elif ended.out.strip() != wanted:
        yield OTHER_TARGET.at(
            _HERE,
            f"the plan is for the account `{wanted}`, and `{command[0]}` is signed in to `{ended.out.strip()}`",
            help="sign in to the account of the plan",
        )
