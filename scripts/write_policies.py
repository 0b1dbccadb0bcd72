"""Writes `docs/policies.md`, every policy of the packs in the standard library, from what is written above each."""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "policies.md"
PACKS = ("baseline", "reliability", "cost", "gdpr", "soc2", "pci")
_HEAD = """# Policies

The packs of rules in the standard library, written by `scripts/write_policies.py` from
[stdlib/policies/](../stdlib/policies). An error stops a build, a warning does so with `--strict`. A policy looks at the
graph, at rendered objects (manifest), at Terraform resources or at the plan; those that look at objects can be enforced
by the cluster as well: see `admission` of an environment. A project's own policy of the same name replaces one of these.

A policy with `on` may say what to set so that an instance keeps to it, where that does no harm:

```platform
policy critical_is_redundant {
  on = [service]
  when = environment.protected && self.tier == "critical"
  require self.replicas.min >= 2 else "`${self.name}` is critical and may run as a single replica"
  fix { replicas = 2..max(2, self.replicas.max) }
}
```

`idpc fix` sets it where the instance sets the field, or adds it to the end of its body, inside an `in` for the environments
that break the policy. An environment that keeps to it does not change; where no edit does only that (the field is set under an
`if`, the instance stands in a template), nothing is offered.
"""


class Policy(NamedTuple):
    """A policy as the page tells of it."""

    name: str
    title: str
    remedy: str
    severity: str
    target: str
    kinds: str
    fix: str


def page_text() -> str:
    """The page as it is written."""
    return "\n".join([_HEAD, *(line for pack in PACKS for line in _pack(pack))])


def _pack(pack: str) -> Iterator[str]:
    yield f"## {pack}\n"
    switched_on = f'`import "std/policies/{pack}" as {pack}` turns all of it on.'
    yield ("On by default.\n" if pack == "baseline" else f"{switched_on}\n")
    yield "| policy | severity | looks at | demands | to keep to it |\n|---|---|---|---|---|"
    for each in policies(pack):
        cells = (f"`{each.name}`", each.severity, each.kinds or each.target, each.title, _remedy(each))
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
    yield ""


def _remedy(policy: Policy) -> str:
    return f"{policy.remedy} `idpc fix` sets `{policy.fix}`." if policy.fix else policy.remedy


def policies(pack: str) -> Iterator[Policy]:
    """The policies of a pack in the order of its file."""
    from idpc.source import SourceFile
    from idpc.stages import parsed
    from idpc.syntax.nodes import Assign, Block

    path = ROOT / "stdlib" / "policies" / f"{pack}.platform"
    file = SourceFile(path.name, path.read_text(encoding="utf-8"))
    for each in parsed(file).value.statements:
        if isinstance(each, Block) and each.head.text == "policy":
            said = {one.name.text: file.slice(one.value.span) for one in each.body if isinstance(one, Assign)}
            fixes = [one for one in each.body if isinstance(one, Block) and one.head.text == "fix"]
            title, _, remedy = each.doc.partition("\n\n")
            yield Policy(
                file.slice(each.labels[0].span),
                " ".join(title.split()),
                " ".join(remedy.split()),
                said.get("severity", "error").strip('"'),
                said.get("target", "graph").strip('"'),
                ", ".join(f"`{kind}`" for kind in re.findall(r"\w+", said.get("on", ""))),
                ", ".join(file.slice(one.span) for block in fixes for one in block.body),
            )


def main() -> int:
    """Write the page, or with `--check` say whether it is up to date."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing, exit 1 when the page would change")
    if arguments.parse_args().check:
        return 0 if is_current() else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page_text(), encoding="utf-8")
    return 0


def is_current() -> bool:
    """Whether the page on disk is what the policies say."""
    return PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page_text()


if __name__ == "__main__":
    sys.exit(main())
