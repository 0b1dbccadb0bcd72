"""Writes fleet(N) as the data that the peers expand; generating it is not timed.

    python bench/inputs.py N FOLDER [--environments 3]

`fleet.json` is the whole fleet, `values/ENVIRONMENT/APP.json` what Helm takes as the values of one release.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from fleet import ENVIRONMENTS, app_name, has_database

Tree = dict[str, Any]


def environment(name: str) -> Tree:
    """An environment, as `fleet.py` declares it."""
    return {"name": name, "cloud": "aws", "region": "eu-west-1", "domain": f"{name}.example.com"}


def variables(number: int) -> list[Tree]:
    """The variables of a service: four literals, one from its environment, one from its database if it has one."""
    sixth = (
        {"name": "DATABASE_URL", "from": "database"} if has_database(number) else {"name": "CACHE", "value": "memory"}
    )
    return [
        {"name": "APP_NAME", "value": app_name(number)},
        {"name": "LOG_LEVEL", "value": "info"},
        {"name": "WORKERS", "value": str(1 + number % 8)},
        {"name": "REGION", "from": "region"},
        {"name": "FEATURE_A", "value": "on"},
        sixth,
    ]


def service(number: int) -> Tree:
    """What an app's specification says, as data."""
    app = app_name(number)
    return {
        "app": app,
        "team": "platform",
        "tier": "standard",
        "image": f"registry.example.com/fleet/{app}:1.{number % 50}.0",
        "cpu": {"request": "100m", "limit": "500m"},
        "memory": {"request": "128Mi", "limit": "256Mi"},
        "replicas": {"min": 2, "max": 3 + number % 5},
        "ports": [{"name": "http", "port": 8080}, {"name": "admin", "port": 9000}],
        "health": {"path": "/healthz", "port": 8080},
        "env": variables(number),
        **({"database": {"engine": "postgres", "storage": 20}} if has_database(number) else {}),
    }


def write(count: int, folder: Path, environments: int = 1) -> None:
    """Write the fleet into a folder."""
    places = [environment(name) for name in ENVIRONMENTS[:environments]]
    services = [service(number) for number in range(count)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fleet.json").write_text(json.dumps({"environments": places, "services": services}), encoding="utf-8")
    for place in places:
        values = folder / "values" / place["name"]
        values.mkdir(parents=True, exist_ok=True)
        for each in services:
            text = json.dumps({"service": each, "environment": place})
            (values / f"{each['app']}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--environments", type=int, default=1, choices=(1, 2, 3))
    options = parser.parse_args()
    write(options.count, options.folder, options.environments)
