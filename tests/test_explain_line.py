"""Runs `idpc explain FILE:LINE` on a build of the example, as its users do."""

import shutil
from pathlib import Path

import pytest
from running import idpc

from idpc.emit.lines import part_at

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("explained") / "acme"
    shutil.copytree(ROOT / "examples/acme", project)
    assert idpc("build", str(project), "-o", str(project / "build"), "--today", "2026-11-28").code == 0
    return project / "build"


def explained(build: Path, path: str, wanted: str, *, column: bool = False) -> str:
    """What is told of the first line that holds some text."""
    lines = (build / path).read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines, 1) if wanted in line)
    place = f"{build / path}:{number}" + (f":{lines[number - 1].index(wanted) + 1}" if column else "")
    ended = idpc("explain", place, "--today", "2026-11-28")
    assert ended.code == 0, ended.err
    return ended.out


CHECKOUT, MAIN = "prod/shop/kubernetes/checkout.yaml", "prod/shop/terraform/main.tf.json"


@pytest.mark.parametrize(
    ("path", "line", "told"),
    [
        (CHECKOUT, "image: ghcr.io", ["service shop.checkout", "shop.checkout.image in prod", "shop.platform:31"]),
        (CHECKOUT, "value: info", ["shop.checkout.env.LOG_LEVEL in prod", "shop.platform:43"]),
        (CHECKOUT, "name: FEATURE_RISK_CHECKS", ["shop.checkout.env.FEATURE_RISK_CHECKS", "in staging, prod"]),
        (CHECKOUT, "minReplicas: 2", ["shop.checkout.replicas in prod", "default of service", "std/scaling.platform"]),
        (CHECKOUT, "hostnames:", ["written at std/service.platform", "hostnames = "]),
        (CHECKOUT, "app.kubernetes.io/instance", ["added by   idpc"]),
        (MAIN, '"instance_class"', ["postgres shop.orders", "instance_class = rds_class(size)", 'in prod  "large"']),
        (MAIN, '"backup_retention_period"', ["shop.orders.backup in prod", "keep = 35d"]),
        ("prod/shop/kubernetes/_app.yaml", "kind: Namespace", ["belongs to app shop, shop.platform:8"]),
        ("prod/plan.json", '"shop/checkout"', ["step       shop/checkout", "service shop.checkout"]),
        ("prod/graph.json", '"address": "shop.orders"', ["postgres shop.orders", "shop.platform:12"]),
        ("prod/cost.json", '"address": "shop.orders"', ["postgres shop.orders"]),
    ],
)
def test_a_line_tells_where_it_comes_from(build: Path, path: str, line: str, told: list[str]) -> None:
    text = explained(build, path, line)
    assert [words for words in told if words not in text] == [], text


def test_a_need_of_a_step_tells_the_edge(build: Path) -> None:
    lines = (build / "prod/plan.json").read_text(encoding="utf-8").splitlines()
    step = next(number for number, line in enumerate(lines) if '"id": "shop/smoke"' in line)
    need = next(number for number in range(step, len(lines)) if '"shop/checkout"' in lines[number])
    told = idpc("explain", f"{build / 'prod/plan.json'}:{need + 1}", "--today", "2026-11-28").out
    assert "needed as  shop.smoke needs shop.checkout (call), shop.platform:" in told


def test_a_column_chooses_the_part(build: Path) -> None:
    assert explained(build, CHECKOUT, "image: ghcr.io", column=True) == explained(build, CHECKOUT, "image: ghcr.io")


def test_lines_within_a_part_and_between_documents() -> None:
    text = "a:\n  b: |\n    one\n    two\n  c:\n  - name: x\n    d: 1\n---\ne: 2\n"
    assert [getattr(part_at(text, line), "path", None) for line in range(1, 10)] == [
        ("a",),
        ("a", "b"),
        ("a", "b"),
        ("a", "b"),
        ("a", "c"),
        ("a", "c", 0, "name"),
        ("a", "c", 0, "d"),
        None,
        ("e",),
    ]
    document = '{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}\n'
    paths = [getattr(part_at(document, line), "path", None) for line in range(2, 7)]
    assert paths == [("a",), ("a", "b"), ("a", "b", 0), ("a", "b"), ("a",)]
    assert part_at("a: {b: 1, c: 2}\n", 1, 12).path == ("a", "c")
    assert part_at("a: {b: 1, c: 2}\n", 1, 2).path == ("a",)


def test_what_cannot_be_explained_is_told(build: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.yaml"
    foreign.write_text("a: 1\n")
    place = build / CHECKOUT
    for subject, why in (
        (f"{place}:9999", "and no line 9999"),
        (f"{build / 'prod/nothing.yaml'}:1", "there is no file"),
        (f"{foreign}:1", "is not of a build"),
        (f"{build / 'prod/plan.md'}:1", "is a page for people"),
    ):
        ended = idpc("explain", subject, str(build.parent))
        assert (ended.code, why in ended.err) == (2, True), ended.err
    place.write_text(place.read_text(encoding="utf-8").replace("minReplicas: 2", "minReplicas: 3"), encoding="utf-8")
    ended = idpc("explain", f"{place}:1", "--today", "2026-11-28")
    assert "was changed after the build" in ended.err
    assert ended.code == 0
