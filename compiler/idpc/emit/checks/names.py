"""Names of objects, and of the containers, volumes and keys in them."""

import re
from collections.abc import Iterator

from idpc.diagnostics.codes.artifacts import NAME_INVALID
from idpc.emit.checks.finding import Finding
from idpc.emit.model import Document
from idpc.emit.reading import entries, mapping, text
from idpc.emit.subject import Pod, Subject

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SERVICE_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN_PART = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_SUBDOMAIN_PART}(\.{_SUBDOMAIN_PART})*")
_PATH_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[^/%]{1,253}")
_DATA_KEY = re.compile(r"(?!\.{1,2}\Z)[-._a-zA-Z0-9]{1,253}")
_DATA_KINDS = frozenset({("", "ConfigMap"), ("", "Secret")})
_LIMITS = {("batch", "CronJob"): 52, ("apps", "StatefulSet"): 52, ("batch", "Job"): 63}
"""Names to which a controller appends its own characters, which must fit into a label."""


def invalid_names(subject: Subject) -> Iterator[Finding]:
    """Names that are no DNS names, or longer than the kind allows."""
    (api_group, kind), own = subject.kind, subject.name
    if not _form(api_group, kind).fullmatch(own):
        yield _not_a_name("the name", own)
    limit = _LIMITS.get(subject.kind)
    if limit is not None and len(own) > limit:
        yield Finding(
            NAME_INVALID, f"a {kind}'s name has at most {limit} characters, this one {len(own)}", "set `name`"
        )
    if subject.kind in _DATA_KINDS:
        yield from _keys(subject.document)
    if subject.pod is not None:
        yield from _pod_names(subject.pod)


def _form(api_group: str, kind: str) -> re.Pattern[str]:
    if (api_group, kind) == ("", "Service"):
        return _SERVICE_LABEL
    if api_group == "rbac.authorization.k8s.io":
        return _PATH_SEGMENT
    return LABEL if (api_group, kind) == ("", "Namespace") else SUBDOMAIN


def _not_a_name(what: str, value: str) -> Finding:
    advice = "such names are lower-case letters, digits and `-`, begin and end with a letter or digit, and have at most 63 characters"
    return Finding(NAME_INVALID, f"{what} `{value}` is not one that the API server takes", advice)


def _keys(document: Document) -> Iterator[Finding]:
    for place in ("data", "stringData", "binaryData"):
        for key in mapping(document.get(place)):
            if not _DATA_KEY.fullmatch(key):
                advice = "keys are letters, digits, `-`, `_` and `.`"
                yield Finding(
                    NAME_INVALID, f"the key `{key}` of `{place}` is not one that the API server takes", advice
                )


def _pod_names(pod: Pod) -> Iterator[Finding]:
    seen: set[str] = set()
    for _, container in pod.containers:
        own = text(container.get("name"))
        if not LABEL.fullmatch(own):
            yield _not_a_name("the container's name", own)
        if own in seen:
            yield Finding(NAME_INVALID, f"two containers are called `{own}`", "give each container a name of its own")
        seen.add(own)
    for volume in entries(pod.spec.get("volumes")):
        if not LABEL.fullmatch(text(volume.get("name"))):
            yield _not_a_name("the volume's name", text(volume.get("name")))
