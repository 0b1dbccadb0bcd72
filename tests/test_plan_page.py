"""The plan as a document for machines and as a page for people."""

import json

from plan_samples import data, edge, graph, inputs, node, workflow

from idpc.plan import make_plan
from idpc.plan.document import plan_document
from idpc.plan.model import Change, PlanCost, PolicyCounts, Precondition
from idpc.plan.page import plan_page
from idpc.plan.published import PlanDocument
from idpc.plan.text import plan_text
from idpc.values import NamedRef


def shop_plan():
    of = graph(
        data("shop.orders"),
        node("shop.web", expose={"host": "shop.acme.io"}, health={"path": "/healthz"}),
        edge("shop.web", "shop.orders"),
        workflow(approval={"before": NamedRef("stage", "application"), "team": NamedRef("team", "platform")}),
    )
    given = inputs(
        of,
        monitoring=True,
        sources="sha256:aa",
        artifacts="sha256:bb",
        preconditions=(Precondition("secret", "prod/payments/stripe-key", ("shop.web",)),),
        policy=PolicyCounts(12, 1, 0),
        cost=PlanCost("4310.20", "1200.00"),
    )
    return make_plan(of, given).value


def test_the_document_is_as_published():
    document = plan_document(shop_plan())
    read = PlanDocument.model_validate_json(json.dumps(document))
    assert read.model_dump(exclude_unset=True) == document
    assert list(document) == [
        "version",
        "environment",
        "sources",
        "artifacts",
        "target",
        "preconditions",
        "duration",
        "stages",
        "changes",
        "cost",
        "policy",
        "approvals",
    ]


def test_a_step_in_the_document():
    document = plan_document(shop_plan())
    assert document["stages"][0]["waves"][0] == [
        {
            "id": "shop/terraform",
            "action": "terraform.apply",
            "address": "shop",
            "artifacts": ["shop/terraform"],
            "needs": [],
            "provides": ["shop.orders"],
            "timeout": "60m",
            "takes": {"low": "20s", "high": "120s"},
            "gate": {"terraform": "outputs present"},
            "rollback": {"none": "forward only: holds data (shop.orders)"},
        }
    ]


def test_the_page_says_what_a_person_approves():
    page = plan_page(shop_plan())
    assert "- [ ] Secret that people keep: `prod/payments/stripe-key`, for `shop.web`" in page
    assert "- [ ] before **application**: 1 member of `platform` (workflow release)" in page
    assert "It starts when the approval is there." in page
    assert "| costs | $4,310.20 a month, a change of +$1,200.00 |" in page
    assert "request https://shop.acme.io/healthz" in page
    assert "```mermaid\nflowchart LR\n" in page
    assert "\n\n\n" not in page
    assert page.endswith("```\n")


def test_changes_that_lose_data_stand_out():
    from msgspec.structs import replace

    changed = replace(shop_plan(), changes=(Change("shop.orders", "replace", ("size", "a|b"), "new class", True),))
    assert "| `shop.orders` | replace, **loses data** | size, a\\|b | new class |" in plan_page(changed)


def test_a_plan_too_large_to_draw_has_no_drawing():
    of = graph(*(node(f"shop.w{number}") for number in range(130)))
    assert "mermaid" not in plan_page(make_plan(of, inputs(of)).value)


def test_a_name_cannot_break_a_table():
    of = graph(node("shop.web", expose={"host": "a|b`.acme.io"}, health={"path": "/"}))
    assert "https://a\\|b`.acme.io/" in plan_page(make_plan(of, inputs(of)).value)


def test_the_text_says_what_who_and_back():
    text = plan_text(shop_plan())
    assert text.startswith("plan for prod on aws, acme-prod, eu-west-1\n")
    assert "costs $4,310.20 a month, a change of +$1,200.00\n" in text
    assert "policies: 12 passed, 1 warned, 0 waived\n" in text
    before, _, after = text.partition("-- 1 of platform must approve here (workflow release)\n")
    assert "shop/terraform" in before
    assert after.startswith("application\n")
    assert text.rstrip().endswith("shop/monitoring, shop/web, shop/_app")
    assert all(line == line.rstrip() for line in text.splitlines())
