"""Makes the compact files below `schemas/` from the published schemas.

    python scripts/compact_schemas.py CRDS TERRAFORM [OUTPUT]

Kubernetes' schemas come from PyPI's package `kubernetes-validate`. CRDS is a folder of custom resources' OpenAPI
schemas, one folder for each group with a file `<kind>_<version>.json` for each kind; what of Cilium's is used stands
in `scripts/crds`, written after https://docs.cilium.io/en/stable/security/policy/language/ (1.18). TERRAFORM is a folder of what
`terraform providers schema -json` prints, a file `<provider>.json` for each provider. OUTPUT is `schemas`.
"""

import argparse
import hashlib
import json
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

from idpc.schema.model import FieldSchema
from idpc.schema.notation import write_definition
from idpc.schema.openapi import Reader, custom_definitions
from idpc.schema.terraform import DATA, PINS

FIRST_MINOR = 29
WRITTEN = Path(__file__).parent / "crds"
SCHEMAS_OF_A_VERSION = re.compile(r"v1\.(\d+)\.0-local")
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

# Scalars that Kubernetes defines by name. Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/
SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": FieldSchema("quantity"),
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": FieldSchema("int_or_string"),
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": FieldSchema("string"),
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": FieldSchema("string"),
}
ANY_OBJECT = FieldSchema("map", FieldSchema("any"))

# Kinds that belong to no namespace: their paths in https://kubernetes.io/docs/reference/kubernetes-api/ have no
# `/namespaces/{namespace}/`; of custom resources, those whose definition says `scope: Cluster`.
CLUSTER_SCOPED = frozenset(
    """
    APIService CSIDriver CSINode CertificateSigningRequest ClusterCIDR ClusterIssuer ClusterRole ClusterRoleBinding
    ClusterSecretStore ClusterTrustBundle ComponentStatus CustomResourceDefinition DeviceClass DeviceTaintRule
    FlowSchema IPAddress IngressClass MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
    MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass PriorityLevelConfiguration
    ResourceClass ResourcePoolStatusRequest ResourceSlice RuntimeClass SelfSubjectAccessReview SelfSubjectReview
    SelfSubjectRulesReview ServiceCIDR StorageClass StorageVersion StorageVersionMigration SubjectAccessReview
    TokenReview ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration
    VolumeAttachment VolumeAttributesClass
    """.split()
)

# A custom resource's file says its kind in lower case only.
CUSTOM_KINDS = {
    kind.lower(): kind
    for kind in """
    AnalysisTemplate AppProject Application ApplicationSet AuthorizationPolicy Certificate CiliumNetworkPolicy Cluster
    ClusterIssuer ClusterSecretStore DestinationRule ExternalSecret GRPCRoute Gateway GrafanaDashboard HTTPRoute HelmRelease Issuer
    Kustomization PeerAuthentication PodMonitor Probe PrometheusRule ReferenceGrant Rollout ScaledObject SecretStore
    ServiceEntry ServiceMonitor TriggerAuthentication VaultAuth VaultStaticSecret VerticalPodAutoscaler VirtualService
    Workflow WorkflowTemplate
    """.split()
}
# Where a custom resource holds a record of Kubernetes itself (its Go type has a field of that type), its own copy of
# the schema is left for the cluster's. Sources: the Go API types of Argo Rollouts, Argo Workflows and CloudNativePG.
BORROWED = {
    "argoproj.io/v1alpha1/Rollout#spec.selector": "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
    "argoproj.io/v1alpha1/Rollout#spec.template": "io.k8s.api.core.v1.PodTemplateSpec",
    "argoproj.io/v1alpha1/AnalysisTemplate#spec.metrics[].provider.job.spec": "io.k8s.api.batch.v1.JobSpec",
    "postgresql.cnpg.io/v1/Cluster#spec.env[]": "io.k8s.api.core.v1.EnvVar",
} | {
    f"argoproj.io/v1alpha1/{kind}#spec.{template}.{place}": f"io.k8s.api.core.v1.{record}"
    for kind in ("Workflow", "WorkflowTemplate")
    for template in ("templateDefaults", "templates[]")
    for place, record in {
        "container": "Container",
        "containerSet.containers[].env[]": "EnvVar",
        "initContainers[].env[]": "EnvVar",
        "script.env[]": "EnvVar",
        "sidecars[].env[]": "EnvVar",
    }.items()
}
NOT_OF_A_CLUSTER = "backstage.io"

# A body is worth a line of its own when its text is longer than the name that it gets.
SHORTEST_SHARED_BODY = 60
FLAGS = {"required": "r", "optional": "o", "computed": "c", "sensitive": "s", "write_only": "w", "deprecated": "d"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crds", type=Path)
    parser.add_argument("terraform", type=Path)
    parser.add_argument("output", type=Path, nargs="?", default=Path(__file__).parents[1] / "schemas")
    arguments = parser.parse_args()
    write_kubernetes(arguments.output / "kubernetes")
    write_crds(arguments.crds, arguments.output / "crds")
    write_terraform(arguments.terraform, arguments.output / "terraform")


def write_kubernetes(folder):
    kinds, definitions = [], []
    for minor, published in sorted(published_versions().items()):
        kinds += [(row, minor) for row in object_rows(published)]
        definitions += [((name, text), minor) for name, text in definition_rows(published)]
    spans = {(name, first): (name, first, last, text) for (name, text), first, last in stretches(definitions)}
    write_rows(folder / "definitions.tsv", [spans[key] for key in sorted(spans)])
    write_rows(
        folder / "kinds.tsv",
        sorted((kind, api, first, last, scope, name) for (kind, api, scope, name), first, last in stretches(kinds)),
    )


def published_versions():
    """The strict schemas of each minor version, by its number."""
    found = {}
    for folder in files("kubernetes_validate").joinpath("kubernetes-json-schema").iterdir():
        match = SCHEMAS_OF_A_VERSION.fullmatch(folder.name)
        if match and int(match[1]) >= FIRST_MINOR:
            found[int(match[1])] = json.loads(folder.joinpath("_definitions.json").read_text())["$defs"]
    return found


def definition_rows(published):
    """Name and text of every record of a version."""
    records = {name for name, schema in published.items() if schema.get("properties")}
    references = {name: FieldSchema("record", definition=name) for name in records}
    references |= {
        name: SCALARS.get(name) or shapeless(schema) for name, schema in published.items() if name not in records
    }
    reader = Reader(references)
    for name in sorted(records):
        reader.record(name, {key: part for key, part in published[name].items() if key != "additionalProperties"})
    return [(name, write_definition(definition)) for name, definition in sorted(reader.definitions.items())]


def shapeless(schema):
    return ANY_OBJECT if "object" in schema.get("type", ()) else FieldSchema("any")


def object_rows(published):
    """Kind, API version, scope and definition of every object of a version; lists and options are none."""
    for name, schema in sorted(published.items()):
        kinds = schema.get("x-kubernetes-group-version-kind", ())
        metadata = schema.get("properties", {}).get("metadata", {}).get("$ref", "")
        if len(kinds) == 1 and metadata.endswith(META):
            group, version, kind = (kinds[0][key] for key in ("group", "version", "kind"))
            yield kind, f"{group}/{version}" if group else version, scope_of(kind), name


def scope_of(kind):
    return "cluster" if kind in CLUSTER_SCOPED else "namespaced"


def stretches(rows):
    """Each row with the first and last version of every unbroken stretch of versions that have it."""
    minors = {}
    for row, minor in rows:
        minors.setdefault(row, []).append(minor)
    for row, having in minors.items():
        starts = [minor for minor in having if minor - 1 not in having]
        ends = [minor for minor in having if minor + 1 not in having]
        yield from ((row, f"1.{first}", f"1.{last}") for first, last in zip(starts, ends, strict=True))


def write_crds(source, folder):
    kinds, definitions = [], []
    paths = (path for folder in (source, WRITTEN) for path in folder.glob("*/*.json"))
    for path in sorted(paths, key=lambda path: path.parts[-2:]):
        group, (kind, _, version) = path.parent.name, path.stem.partition("_")
        if group == NOT_OF_A_CLUSTER:
            continue
        api, kind = f"{group}/{version}", CUSTOM_KINDS[kind]
        kinds.append((kind, api, "1.0", "1.999", scope_of(kind), f"{api}/{kind}"))
        found = custom_definitions(f"{api}/{kind}", json.loads(path.read_text()), BORROWED)
        definitions += [(name, write_definition(definition)) for name, definition in found.items()]
    write_rows(folder / "definitions.tsv", sorted(definitions))
    write_rows(folder / "kinds.tsv", sorted(kinds))


def write_terraform(source, folder):
    for provider in PINS:
        (schema,) = json.loads((source / f"{provider}.json").read_text())["provider_schemas"].values()
        bodies = {name: body_of(entry["block"]) for name, entry in schema.get("resource_schemas", {}).items()}
        bodies |= {
            DATA + name: body_of(entry["block"]) for name, entry in schema.get("data_source_schemas", {}).items()
        }
        write_rows(folder / f"{provider}.tsv", sorted(with_shared_bodies(bodies)))


def body_of(block):
    """Groups of attributes that are alike, as flags, type and names, then the blocks by name."""
    groups = {}
    for name, attribute in sorted(block.get("attributes", {}).items()):
        flags, kind = described(attribute)
        groups.setdefault((flags, line_of(kind)), (flags, kind, []))[2].append(name)
    blocks = {
        name: [nested["nesting_mode"], nested.get("min_items", 0), nested.get("max_items", 0), body_of(nested["block"])]
        for name, nested in sorted(block.get("block_types", {}).items())
    }
    return [[[flags, kind, " ".join(names)] for _, (flags, kind, names) in sorted(groups.items())], blocks]


def described(attribute):
    """Flags and type of an attribute; one with attributes of its own is as secret as any of them."""
    nested = attribute.get("nested_type")
    parts = [attribute, *inner_attributes(attribute)]
    hidden = {key: any(part.get(key) for part in parts) for key in ("sensitive", "write_only")}
    flags = "".join(flag for key, flag in FLAGS.items() if {**attribute, **hidden}.get(key))
    return flags, object_type(nested) if nested else attribute["type"]


def inner_attributes(attribute):
    for inner in attribute.get("nested_type", {}).get("attributes", {}).values():
        yield inner
        yield from inner_attributes(inner)


def object_type(nested):
    """The type of an attribute with attributes of its own, as Terraform writes objects with optional attributes."""
    attributes = dict(sorted(nested["attributes"].items()))
    optional = [name for name, attribute in attributes.items() if not attribute.get("required")]
    kind = ["object", {name: described(attribute)[1] for name, attribute in attributes.items()}, optional]
    return kind if nested["nesting_mode"] in {"single", "group"} else [nested["nesting_mode"], kind]


def with_shared_bodies(bodies):
    """Rows of all bodies; one that stands inside several others is a row of its own, named by its content."""
    counts = Counter(line for body in bodies.values() for line in inner_lines(body))
    shared = {
        line: shared_name(line) for line, count in counts.items() if count > 1 and len(line) >= SHORTEST_SHARED_BODY
    }
    rows = {name: line_of(shortened(body, shared)) for name, body in bodies.items()}
    rows |= {name: line_of(shortened(json.loads(line), shared)) for line, name in shared.items()}
    used = frozenset(re.findall(r'"(~[0-9a-f]+)"', "\n".join(rows.values())))
    return [row for row in rows.items() if not row[0].startswith("~") or row[0] in used]


def inner_lines(body):
    for _, _, _, inner in body[1].values():
        yield line_of(inner)
        yield from inner_lines(inner)


def shared_name(line):
    return "~" + hashlib.sha256(line.encode()).hexdigest()[:10]


def shortened(body, shared):
    groups, blocks = body
    return [
        groups,
        {
            name: [*parts[:3], shared.get(line_of(parts[3])) or shortened(parts[3], shared)]
            for name, parts in blocks.items()
        },
    ]


def line_of(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def write_rows(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
