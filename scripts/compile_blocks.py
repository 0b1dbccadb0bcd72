"""Compiles every ```platform block of a Markdown file, each in a small project, and says which fail.

    python scripts/compile_blocks.py FILE.md

Blocks that declare an organisation (`project …`) join the block before them. An ellipsis stands for anything, so it is
replaced by what makes its place complete: see FILLINGS.
"""

import datetime
import re
import sys
from pathlib import Path

from idpc.diagnostics import Severity
from idpc.diagnostics.renderers import FORMATS, Look, Report
from idpc.pipeline import Options, compile_project
from idpc.project import Sources

AROUND = """
project acme { language = "2026.1" }
team payments { owner = "payments@acme.io", on_call = "pagerduty:PAY01" }
team platform { owner = "platform@acme.io", on_call = "pagerduty:PLAT1" }
environment dev  { cloud = "kubernetes" }
environment prod { cloud = "aws", region = "eu-west-1" }
"""
POD = """selector { matchLabels = self.selector }, template { spec {
  securityContext { runAsNonRoot = true }
  containers = [{ name = "main", image = "postgres:16.10", securityContext { allowPrivilegeEscalation = false } }]
} }"""
FILLINGS = (
    ("serviceName = self.name, replicas = 1, …", f"serviceName = self.name, replicas = 1, {POD}"),
    ("Service main { … }", "Service main { spec { ports = [{ port = 5432 }] } }"),
    ('"…"', '"http://store"'),
    (
        "  …\n}",
        """  provision aws | gcp | kubernetes { name = self.resource_name, arn = "arn:aws:s3:::${self.resource_name}" }
}""",
    ),
)
BESIDE = {
    "kind postgres": 'app extra { postgres orders { }, service web { image = "a/b:1", env { URL = orders.url } } }',
    "kind bucket": 'app extra { bucket files { }, service web { image = "a/b:1", uses files { access = "read" } } }',
    "workflow release": """app shop {
  job smoke { image = "a/b:1", run = "manual" }
  service checkout { image = "a/b:1", replicas = 2..4 }
}""",
}


def blocks(text: str) -> list[str]:
    """The blocks, those of an organisation joined to the one before."""
    found: list[str] = []
    for each in re.findall(r"```platform\n(.*?)```", text, re.DOTALL):
        if each.startswith("project ") and found:
            found[-1] += each
        else:
            found.append(each)
    return found


def project(block: str) -> dict[str, str]:
    """A block with all that it needs beside it."""
    for old, new in FILLINGS:
        block = block.replace(old, new)
    beside = "".join(text for start, text in BESIDE.items() if start in block)
    if "kind bucket" in block:
        block = block.replace(
            "provision aws | gcp | kubernetes {",
            """provision gcp { google_storage_bucket main { name = self.resource_name, location = "EU" } }
  provision aws | gcp | kubernetes {""",
        )
    own = "" if re.search(r"^project ", block, re.MULTILINE) else AROUND
    return {"project.platform": own + block + "\n" + beside}


def main() -> int:
    """Compile the blocks of the file that is named; the exit code is the number that fail."""
    failed = 0
    for number, block in enumerate(blocks(Path(sys.argv[1]).read_text(encoding="utf-8")), 1):
        compilation = compile_project(Sources.of(project(block)), Options(today=datetime.date(2026, 11, 1)))
        errors = [each for each in compilation.diagnostics if each.severity is Severity.ERROR]
        first = block.strip().splitlines()[0]
        print(f"{'FAIL' if errors else 'ok  '} block {number}: {first} ({len(compilation.diagnostics)} diagnostics)")
        if errors:
            failed += 1
            print(FORMATS["text"](Report(tuple(errors), compilation.files_by_path), Look()))
    return failed


if __name__ == "__main__":
    sys.exit(main())
