"""The catalog as small projects: each kind on each cloud, with defaults and fully configured, and a workload that uses it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from stdlib_projects import TEAM, TODAY, Built

from idpc.pipeline import Options, compile_project
from idpc.project import Sources, load

EXAMPLES = Path(__file__).parents[1] / "examples"
CLOUDS = ("aws", "gcp", "azure", "kubernetes", "edge")
FLAVORS = ("plain", "full")
DIGEST = f"sha256:{'4bc2e3f3' * 8}"
IMAGE = f'image = "ghcr.io/acme/web@{DIGEST}"'
SUBSCRIPTION = "5b0d1f7a-3c1e-4f5e-9a51-0d2a6b1c7e42"
ACCOUNTS = {
    "aws": 'region = "eu-west-1", account = "123456789012"',
    "gcp": 'region = "europe-west1", account = "acme-shop"',
    "azure": f'region = "westeurope", account = "{SUBSCRIPTION}"',
    "kubernetes": 'issuer = "letsencrypt"',
    "edge": 'issuer = "letsencrypt"',
}
# What an organisation has already, and a protected environment names.
GIVEN = {
    "aws": ', access_logs = "acme-access-logs"',
    "gcp": ', access_logs = "acme-access-logs"',
    "azure": f', access_logs = "/subscriptions/{SUBSCRIPTION}/resourceGroups/logs/providers/'
    'Microsoft.OperationalInsights/workspaces/acme"',
}
FIREWALLS = {
    "aws": 'firewall = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/acme/1f0e9d8c-7b6a-4958-8776-655443322110"',
    "gcp": 'firewall = "projects/acme-shop/global/securityPolicies/acme"',
    "azure": f'firewall = "/subscriptions/{SUBSCRIPTION}/resourceGroups/web/providers/'
    'Microsoft.Network/frontDoorWebApplicationFirewallPolicies/acme"',
}
ADMINS = {"aws": "arn:aws:iam::123456789012:role/ops", "azure": "0f6f7a0e-6d43-4d0a-9d3f-3a3f6a3d8f10"}
ANY_WORKLOAD = (
    "cpu = 200m..1, memory = 256Mi..512Mi, ephemeral_storage = 128Mi..2Gi\n"
    'command = ["/app/run"], args = ["--steady"], env { LEVEL = "info" }\n'
    'file { "/etc/app/settings.toml" { content = "steady = true", mode = "0440" } }\n'
    'volume cache { path = "/var/cache/app" }\n'
    f'init prepare {{ image = "ghcr.io/acme/prepare@{DIGEST}", command = ["/prepare"] }}\n'
    f'container proxy {{ image = "ghcr.io/acme/proxy@{DIGEST}", port = 15021, health {{ port = 15021 }} }}\n'
    'labels { "acme.io/part" = "front" }\n'
    'run_as { user = 12000, group = 12000 }\nnode { arch = "amd64" }\nshutdown { grace = 45s }\n'
    'runbook = "https://runbooks.acme.io/front"\n'
)
LONG_RUNNING = (
    f"{ANY_WORKLOAD}replicas = 2..6, scale_on {{ cpu = 60%, memory = 80% }}, disruption {{ min_available = 1 }}\n"
    "metrics { port = 9090 }\n"
)


class Entry(NamedTuple):
    """A kind: where it has a target, its fields when all that matters is set, and how a workload uses it."""

    clouds: tuple[str, ...] = CLOUDS[:4]
    plain: str = ""
    full: str = ""
    by_cloud: Mapping[str, str] = MappingProxyType({})  # for both flavors
    full_by_cloud: Mapping[str, str] = MappingProxyType({})
    ground: tuple[str, ...] = ()  # kinds of which one must stand below it
    needs: str = ""
    reads: str = ""  # the variable of a reader
    levels: tuple[str, ...] = ()  # each is that of one more workload


DATABASE = 'size = "large", storage = 200Gi, high_availability = true, backup { keep = 14d }, rotation = 2'
BY_NAME = "X = main_{kind}.url"
ENTRIES = {
    "service": Entry(
        CLOUDS,
        "port = 8080",
        f'{LONG_RUNNING}port = 8080, health {{ path = "/healthz" }}\n'
        'expose { host = "shop.${environment.domain}" }\nslo fast { target = 99%, threshold = 300ms }',
    ),
    "worker": Entry(CLOUDS, full=f'{LONG_RUNNING}health {{ command = ["/app/ready"] }}'),
    "job": Entry(CLOUDS, full=f"{ANY_WORKLOAD}retries = 1, deadline = 30m, parallelism = 2, completions = 4"),
    "cron_job": Entry(
        CLOUDS,
        'schedule = "0 3 * * *"',
        f'{ANY_WORKLOAD}schedule = "*/15 * * * *", timezone = "Europe/Berlin", concurrency = "replace", deadline = 10m',
    ),
    "daemon": Entry(CLOUDS, full=f'{ANY_WORKLOAD}health {{ command = ["/app/ready"] }}'),
    "static_site": Entry(
        CLOUDS,
        'source = "ghcr.io/acme/front:2.1.0", expose { host = "www.${environment.domain}" }',
        f'source = "ghcr.io/acme/front@{DIGEST}", spa = true, folder = "/dist", private_origin = true\n'
        'expose { host = "www.${environment.domain}" }',
        full_by_cloud={cloud: FIREWALLS[cloud] for cloud in CLOUDS[:2]},
    ),
    "postgres": Entry(
        CLOUDS,
        full=f'version = "17", {DATABASE}, replicas = 1, extensions = ["pg_trgm"], own_key = true',
        reads=BY_NAME,
        levels=("read", "write"),
    ),
    "mysql": Entry(
        CLOUDS,
        full=f'version = "8.4", {DATABASE}, replicas = 1, own_key = true',
        reads=BY_NAME,
        levels=("read", "write"),
    ),
    "mongodb": Entry(
        ("aws", "azure", "kubernetes", "edge"),
        full=f'version = "8.0", {DATABASE}, ca_file = "/etc/ssl/mongodb.pem"',
        reads=BY_NAME,
        levels=("read", "write"),
    ),
    "redis": Entry(
        CLOUDS,
        full='memory = 8Gi, replicas = 1, eviction = "allkeys-lru", persistence = true',
        full_by_cloud={
            "aws": 'version = "8.1", type = "cluster", rotation = 2',
            "gcp": 'type = "cluster", own_key = true',
            "azure": 'type = "cluster"',
        },
        reads=BY_NAME,
        levels=("read", "write"),
    ),
    "bucket": Entry(
        CLOUDS,
        full='lifecycle { archive = 30d, expire = 365d }, cors { origins = ["https://shop.acme.io"], methods = ["GET", "PUT"] }',
        reads="X = main_{kind}.name",
        levels=("read", "write", "read_write"),
    ),
    "queue": Entry(
        CLOUDS,
        full="fifo = true, retention = 7d, visibility = 2m, dead_letter { after = 10 }, private = true, alert_after = 10m",
        reads=BY_NAME,
        levels=("read", "write", "read_write"),
    ),
    "topic": Entry(
        CLOUDS,
        full="retention = 7d, private = false",
        full_by_cloud={"aws": "subscribers = [letters]", "azure": "subscribers = [letters]"},
        needs="queue letters { }",
        reads=BY_NAME,
        levels=("read", "write", "read_write"),
    ),
    "kafka": Entry(
        CLOUDS,
        full='version = "4.1", nodes = 3, size = "large", storage = 500Gi, topics { pages { partitions = 12, retention = 3d } }',
        reads="X = main_{kind}.brokers",
        levels=("read", "write", "read_write"),
    ),
    "search": Entry(
        ("aws", "azure", "kubernetes", "edge"),
        full='version = "2.19", size = "large", nodes = 3, storage = 100Gi',
        reads=BY_NAME,
        levels=("read", "write", "read_write"),
    ),
    "external_service": Entry(
        CLOUDS,
        'host = "api.mail.example"',
        'host = "db.partner.example", port = 5432, protocol = "tcp"',
        levels=("",),
    ),
    "encryption_key": Entry(
        CLOUDS[:3],
        full="rotate = 90d, recovery = 14d",
        reads="X = main_{kind}.name",
        levels=("read", "write", "read_write"),
    ),
    "secret_store": Entry(CLOUDS[:3], full='namespace = "secrets", service_account = "reader"'),
    "network": Entry(CLOUDS[:3], full='cidr = "10.20.0.0/17", zones = 2, nat = "per_zone", open_ports = [443, 5432]'),
    "cluster": Entry(
        CLOUDS[:3],
        full='version = "1.35", nodes { size = "large", min = 3, max = 9 }, api_from = ["203.0.113.0/24"], logs = 400d',
        by_cloud={
            "aws": f'network = main_network, admins = ["{ADMINS["aws"]}"]',
            "gcp": "network = main_network",
            "azure": f'network = main_network, admins = ["{ADMINS["azure"]}"]',
        },
        full_by_cloud={"gcp": 'groups = "gke-security-groups@acme.io"'},
        ground=("network",),
    ),
    "certificate": Entry(
        CLOUDS,
        'host = "tls.${environment.domain}"',
        'host = "tls.${environment.domain}", also = ["*.tls.${environment.domain}"]',
        by_cloud={"azure": 'authority = "DigiCert"'},
    ),
    "dns_record": Entry(
        CLOUDS,
        'host = "old.${environment.domain}", type = "CNAME", values = ["new.acme.io"]',
        'host = "old.${environment.domain}", type = "CNAME", values = ["new.acme.io"], ttl = 1h',
    ),
    "cdn": Entry(
        CLOUDS[:3],
        'host = "window.${environment.domain}", origin = "shop.acme.io"',
        'host = "window.${environment.domain}", origin = "shop.acme.io", cache = "static"',
        full_by_cloud=FIREWALLS,
        by_cloud=dict.fromkeys(CLOUDS[:2], "certificate = window"),
        needs='if environment.cloud != "azure" { certificate window { host = "window.${environment.domain}", region = "us-east-1" } }',
    ),
    "cloud_budget": Entry(
        CLOUDS[:3],
        full='notify = ["finance@acme.io"]',
        by_cloud={"gcp": 'billing_account = "012345-6789AB-CDEF01"', "azure": "since = 2026-11-01"},
    ),
}


BUDGET = "budget web_monthly { scope = web, limit = $90_000/month, warn_at = 99% }\n"
# Whatever finds another thing by its name stands in another app.
APPS = {"network": "ground", "cluster": "ground", "secret_store": "vault"}


def project(cloud: str, flavor: str, kinds: Iterable[str]) -> dict[str, str]:
    """The sources of a project with some kinds, each with its users."""
    guarded = f", protected = true{GIVEN.get(cloud, '')}" if flavor == "full" else ""
    environment = f'environment {cloud} {{ cloud = "{cloud}", domain = "acme.io", {ACCOUNTS[cloud]}{guarded} }}\n'
    parts: dict[str, list[str]] = {}
    for kind in dict.fromkeys(each for wanted in kinds for each in (*ENTRIES[wanted].ground, wanted)):
        parts.setdefault(APPS.get(kind, "shop"), []).append(_entry(kind, cloud, flavor))
    apps = (f"app {name} {{\n  team = web\n{''.join(texts)}}}\n" for name, texts in parts.items())
    return {"project.platform": f"{TEAM}{BUDGET}{environment}{''.join(apps)}"}


@cache
def built(cloud: str, flavor: str) -> Built:
    """What all kinds of a cloud become together; nothing may be wrong with them."""
    made = compiled(project(cloud, flavor, kinds_of(cloud)))
    assert made.errors == [], [(each.code, each.message, each.text) for each in made.errors]
    return made


def compiled(sources: dict[str, str]) -> Built:
    """What sources become, errors included."""
    return Built(compile_project(Sources.of(sources), Options(today=TODAY)))


@cache
def example(name: str) -> Built:
    """What an example becomes."""
    return Built(compile_project(load(EXAMPLES / name).value, Options(today=TODAY)))


def everything() -> Iterator[tuple[str, Built]]:
    """The whole catalog and every example, by a name for messages."""
    for cloud in CLOUDS:
        for flavor in FLAVORS:
            yield f"{cloud}-{flavor}", built(cloud, flavor)
    for folder in sorted(each for each in EXAMPLES.iterdir() if each.is_dir()):
        yield folder.name, example(folder.name)


def minimal() -> Iterator[tuple[str, Built]]:
    """What people declare first, alone and with what it must be given, in two environments, by a name for messages."""
    for kind in ("service", "postgres", "bucket"):
        for cloud in CLOUDS[:4]:
            yield f"minimal-{kind}", compiled(_alone(kind, cloud))


def _alone(kind: str, cloud: str) -> dict[str, str]:
    place = f'cloud = "{cloud}", {ACCOUNTS[cloud]}'
    open_ = f'environment {cloud} {{ {place}, domain = "dev.acme.io" }}\n'
    guarded = (
        f'environment {cloud}_protected {{ {place}, domain = "acme.io", protected = true{GIVEN.get(cloud, "")} }}\n'
    )
    fields = {
        "service": f'{IMAGE}, port = 8080\nin {cloud}_protected {{ replicas = 3, health {{ path = "/healthz" }} }}'
    }
    instance = f"{kind} main {{ {fields.get(kind, '')} }}"
    return {"project.platform": f"{TEAM}{open_}{guarded}app shop {{\n  team = web\n  {instance}\n}}\n"}


def kinds_of(cloud: str) -> list[str]:
    """The kinds that a cloud has."""
    return [kind for kind, entry in ENTRIES.items() if cloud in entry.clouds]


def _entry(kind: str, cloud: str, flavor: str) -> str:
    entry = ENTRIES[kind]
    own = entry.full if flavor == "full" else entry.plain
    image = IMAGE if kind in ("service", "worker", "job", "cron_job", "daemon") else ""
    extra = entry.full_by_cloud.get(cloud, "") if flavor == "full" else ""
    fields = "\n".join(each for each in (image, own, entry.by_cloud.get(cloud, ""), extra) if each)
    health = 'health { command = ["/app/ready"] }' if flavor == "full" else ""
    users = "".join(_user(kind, entry, level, health) for level in entry.levels)
    return f"{entry.needs}\n{kind} main_{kind} {{ {fields} }}\n{users}"


def _user(kind: str, entry: Entry, level: str, health: str) -> str:
    reads = f"env {{ {entry.reads.format(kind=kind)} }}" if entry.reads else ""
    uses = f'uses main_{kind} {{ access = "{level}" }}' if level else f"uses main_{kind} {{ }}"
    return f"worker {level or 'caller'}_{kind} {{ {IMAGE}\n{reads}\n{uses}\n{health} }}\n"
