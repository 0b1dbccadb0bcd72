"""Generates fleet(N): N apps with a service each, every third with a database, in one or three environments.

    python bench/fleet.py N FOLDER [--environments 3]

Each service has an image, two ports, six variables, requests and limits, a range of replicas and two probes. The same
data, as plain dictionaries, is what the peers expand.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

ENVIRONMENTS = ("prod", "dev", "staging")
PROJECT = """project fleet {
  language = "2026.1"
  kubernetes { version = "1.33" }
}

team platform { owner = "platform@example.com", on_call = "pagerduty:P1" }
"""
ENVIRONMENT = """
environment %(name)s { cloud = "aws", region = "eu-west-1", domain = "%(name)s.example.com" }
"""
APP = """/// Number %(number)d of the fleet.
app %(app)s {
  team = platform
%(database)s
  service web {
    image    = "registry.example.com/fleet/%(app)s:1.%(minor)d.0"
    cpu      = 100m..500m
    memory   = 128Mi..256Mi
    replicas = 2..%(replicas)d
    ports {
      http = 8080
      admin = 9000
    }
    health { path = "/healthz", port = 8080 }
    env {
      APP_NAME   = "%(app)s"
      LOG_LEVEL  = "info"
      WORKERS    = %(workers)d
      REGION     = environment.region
      FEATURE_A  = "on"
      %(sixth)s
    }
  }
}
"""
DATABASE = """
  postgres db { storage = 20Gi }
"""


def app_name(number: int) -> str:
    """The name of an app: five digits, so that they sort."""
    return f"app{number:05d}"


def has_database(number: int) -> bool:
    """Every third app has one."""
    return number % 3 == 0


def app_source(number: int) -> str:
    """The specification of one app."""
    return APP % {
        "number": number,
        "app": app_name(number),
        "minor": number % 50,
        "replicas": 3 + number % 5,
        "workers": 1 + number % 8,
        "database": DATABASE if has_database(number) else "",
        "sixth": "DATABASE_URL = db.url" if has_database(number) else 'CACHE = "memory"',
    }


def sources(count: int, environments: int) -> Iterator[tuple[str, str]]:
    """The files of a fleet by path."""
    names = ENVIRONMENTS[:environments]
    yield "project.platform", PROJECT + "".join(ENVIRONMENT % {"name": name} for name in names)
    for number in range(count):
        yield f"apps/{app_name(number)}.platform", app_source(number)


def write(count: int, folder: Path, environments: int = 1) -> None:
    """Write a fleet into a folder."""
    (folder / "apps").mkdir(parents=True, exist_ok=True)
    for path, text in sources(count, environments):
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--environments", type=int, default=1, choices=(1, 2, 3))
    options = parser.parse_args()
    write(options.count, options.folder, options.environments)
