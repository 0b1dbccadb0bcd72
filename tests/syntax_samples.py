"""What the tests of syntax and formatter share: texts, nodes as short text, and nodes without their places."""

from typing import Any

from msgspec import Struct

from idpc.source import SourceFile, Span
from idpc.syntax import parse_expression, parse_module
from idpc.syntax.nodes import Module

WIDE = '''/// Everything that the language has, in one file.
import { edge, zone } from "std/edge"
import "acme/kinds" as acme

type Size = "small" | "medium" | "large"

/// How often, and for how long.
type Backup {
  every: duration = 24h
  keep: duration(1d..) = 7d
  name: string(/^[a-z\\/-]+$/)?
  require keep >= every else "keep at least one, not ${keep}"
}

@private
fn doubled(values: int[], factor: int = 2): int[] =
  [for value in values if value > 0: value * factor]

let regions = ["eu-west-1", "us-east-1"]
let table: map<string, map<int>> = { a { b = 1 }, "c.d" = { e = -2 } }
let swapped = {for key, value in table: "${key}-x" => len(value)}

@workload
kind engine {
  @flatten common: acme.Common
  size: Size = "small"
  storage: bytes(20Gi..16Ti) = 20Gi
  ports: (int | string)[] = []
  type: "standard" | "cluster" = "standard"
  let class = match size { "small" | "medium" => "t", "large" => "r", _ => null }
  output host: deferred<string>
  output url: secret<string> = "db://${host}:${port ?? 5432}/${replace(self.name, "-", "_")}"
  catalog { title = "Engine", end_of_life { "14" = 2026-11-12 } }
  access any { read { }, write { } }
  reach aws | gcp { via = "network", ports = [5432] }
  provision aws {
    data aws_vpc main { }
    @per_app
    aws_kms_key key { lifecycle { prevent_destroy = true } }
    aws_db_instance main for key, zone in zones if size != "small" {
      allocated_storage = storage.gi
      tags += { name = self.name }
    }
    host = aws_db_instance.main.address
  }
}

template pair {
  image: image
  replicas: range<int> = 3..6
  if size == "small" { engine db { } } else if size == "medium" { engine db { } } else { engine store { } }
  service web { image = image, replicas = replicas, env { URL = db.url } }
  output url: string = web.url
}

app shop {
  team = payments
  kind = "x"
  output { layout = "flat" }
  service checkout for region in regions if environment != dev {
    image = "ghcr.io/acme/checkout:1.4.2"
    cpu = 250m
    memory = 256Mi..512Mi
    file "/etc/app.conf" { content = read("app.conf") }
    uses billing.ledger { access = "read" }
    wait = if environment.protected && !(region in ["a"]) || 2 * (3 + 4) >= 14 then 1h30m else null
    in staging, prod { env { FEATURE = "on" }, volume data = null }
    patch Deployment main { spec { replicas = 1 } }
    text = """
      first ${region}
        second
      """
  }
}

policy safe {
  on = [service]
  when = environment.protected && self.tier == "critical"
  require self.replicas.min >= 2 else "`${self.name}` runs ${self.replicas.min}"
}

budget all { scope = payments, limit = $2_000/month, warn_at = 99.5%, in dev { limit = $100/month } }

test "is there" {
  in prod { require shop.checkout["eu"].name != "" }
}
'''


def module_of(text: str) -> Module:
    """The nodes of a text that is right."""
    outcome = parse_module(SourceFile("sample.platform", text))
    assert outcome.diagnostics == ()
    return outcome.value


def without_places(node: Any) -> Any:
    """A node as nested tuples without spans, to compare what is written where it does not matter where."""
    if isinstance(node, Span):
        return None
    if isinstance(node, tuple):
        return tuple(without_places(each) for each in node)
    if isinstance(node, Struct):
        names = [name for name in node.__struct_fields__ if name not in ("comments", "path")]
        return (type(node).__name__, *(without_places(getattr(node, name)) for name in names))
    return node


def short(text: str) -> str:
    """An expression as nested parentheses, with nothing wrong in it."""
    outcome = parse_expression(SourceFile("sample.platform", text))
    assert outcome.diagnostics == ()
    return shown(outcome.value)


def shown(node: Any) -> str:
    """A node as nested parentheses."""
    if isinstance(node, tuple):
        return f"[{' '.join(map(shown, node))}]"
    if not isinstance(node, Struct):
        return "none" if node is None else str(node) if not isinstance(node, str) else repr(node)
    if type(node).__name__ in ("Ref", "Number", "Measure", "Date", "Name"):
        return str(getattr(node, "text", None) or getattr(node, "name", ""))
    names = [name for name in node.__struct_fields__ if not name.endswith("span")]
    return f"({' '.join([type(node).__name__, *(shown(getattr(node, name)) for name in names)])})"
