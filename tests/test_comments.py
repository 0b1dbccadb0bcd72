"""Holds the comments on pull requests that change the examples against `tests/comments/`, where people look at them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from fleets import Fleet
from running import ROOT
from test_changes import compared

from idpc.changes.faults import faults
from idpc.changes.markdown import LIMIT, diff_page
from idpc.source import Span

COMMENTS = Path(__file__).parent / "comments"
MAILER = """
  service mailer {
    image = "ghcr.io/acme/mailer:1.0.0"
    port = 8080
    memory = 256Mi
    health { path = "/healthz" }
    env { DATABASE_URL = orders.url }
  }
"""
SITE = """template site {
  image: image
  service web {
    image = image
    port = 8080
    memory = 128Mi
    health { path = "/healthz" }
  }
}
"""


class Edit(NamedTuple):
    """What is replaced in an example; `more` are files that both versions have."""

    example: str
    replaced: Mapping[str, str]
    more: Mapping[str, str] = {}

    def versions(self) -> tuple[dict[str, str], dict[str, str]]:
        folder = ROOT / "examples" / self.example
        before = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.platform")} | {**self.more}
        after = {path: self._edited(text) for path, text in before.items()}
        assert before != after
        return before, after

    def _edited(self, text: str) -> str:
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        return text


USES = {f"site_{name}.platform": f'app {name} {{\n  team = payments\n  site front {{ image = "ghcr.io/acme/{name}:1.0" }}\n}}\n' for name in ("blog", "docs", "jobs")}  # fmt: skip
EDITS = {
    "acme-adds-a-service": Edit("acme", {"  redis sessions { memory = 1Gi }\n": f"  redis sessions {{ memory = 1Gi }}\n{MAILER}"}),
    "acme-changes-a-size": Edit("acme", {'size = "large"': 'size = "medium"'}),
    "acme-renames": Edit("acme", {"  postgres orders {": '  @was("orders")\n  postgres purchases {', "orders.url": "purchases.url", "uses orders": "uses purchases"}),
    "acme-renames-and-does-not-say-so": Edit("acme", {"postgres orders {": "postgres purchases {", "orders.url": "purchases.url", "uses orders": "uses purchases"}),
    "acme-deletes-a-database": Edit("acme", {"  redis sessions { memory = 1Gi }\n": "", "      CACHE_URL = sessions.url\n": ""}),
    "acme-changes-a-template": Edit("acme", {"memory = 128Mi": "memory = 256Mi"}, {"site.platform": SITE, **USES}),
    "boutique-adds-a-service": Edit("online-boutique", {"  /// The carts, as": '  service ratings { image = released("ratings"), port = 8080, health { path = "/" }, env { CATALOG = productcatalogservice.url } }\n\n  /// The carts, as'}),
    "boutique-releases-all": Edit("online-boutique", {":v0.10.3": ":v0.10.4"}),
    "boutique-renames": Edit("online-boutique", {"  service emailservice {": '  @was("emailservice")\n  service mailservice {', "emailservice.url": "mailservice.url"}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(EDITS))
def test_a_comment_is_the_one_that_is_kept(name, update):
    comparison = compared(*EDITS[name].versions())
    refused = tuple(faults(comparison, lambda _app: Span("shop.platform", 0, 0)))
    page = diff_page(comparison, refused)
    file = COMMENTS / f"{name}.md"
    if update:
        file.parent.mkdir(exist_ok=True)
        file.write_text(page, encoding="utf-8")
    assert page == file.read_text(encoding="utf-8"), "`pytest --update` rewrites it: look at the difference"


def test_every_comment_that_is_kept_is_one_of_these():
    assert sorted(path.stem for path in COMMENTS.glob("*.md")) == sorted(EDITS)


def test_a_comment_on_a_change_of_everything_fits():
    fleet = Fleet(1, count=300)
    before = dict(fleet.files)
    for number, app in enumerate(fleet.apps.values()):
        app["replicas"], app["port"] = 2 + number % 7, 9000 + number
    comparison = compared(before, fleet.files)
    assert sum(len(each.changes) for each in comparison.environments) >= 600
    page = diff_page(comparison)
    assert len(page) < LIMIT <= 65_000
    assert page.count("<details>") == page.count("</details>") > 0
    assert "do not fit here" in page
