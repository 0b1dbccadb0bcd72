"""A small shop on two clouds whose costs are asked for."""

from collections.abc import Mapping
from pathlib import Path

from running import TODAY, Ended, idpc


def shop(top: str, app: str = "", web: str = "") -> str:
    """The project, with more at its top, in its app and in its service."""
    return f"""
project acme {{ language = "2026.1" }}
team core {{ owner = "core@acme.io", on_call = "pagerduty:PAY01" }}
environment dev {{ cloud = "aws", region = "us-east-1" }}
environment prod {{ cloud = "gcp", region = "us-central1" }}
{top}
app shop {{
  team = core
{app}  postgres orders {{ size = "medium", storage = 100Gi }}
  bucket pictures {{ usage {{ storage = 10Gi }} }}
  service web {{
    image = "ghcr.io/acme/web:1.0.0"
    port = 8080
{web}    health {{ path = "/healthz" }}
    replicas = 2..4
    env {{ DATABASE_URL = orders.url }}
    uses pictures {{ }}
  }}
}}
"""


def cost(project: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """What `idpc cost` says of a project."""
    return idpc("cost", str(project), "--today", TODAY, *arguments, env=env)
