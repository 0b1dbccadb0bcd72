"""Plans of whole environments: which steps there are, in which stages and waves."""

import pytest
from plan_samples import (
    address,
    at,
    data,
    edge,
    graph,
    in_cluster,
    inputs,
    instance_refs,
    node,
    stage_refs,
    workflow,
)

from idpc.deploy.machine import to_undo
from idpc.deploy.model import Phase
from idpc.graph.model import Workflow
from idpc.plan import make_plan
from idpc.plan.durations import critical_path, total
from idpc.plan.engines.pipeline import pipeline
from idpc.plan.model import PlannedFile, PlannedObject, Precondition
from idpc.plan.page import plan_page
from idpc.plan.verify import order_faults
from idpc.values import NamedRef, Quantity


def plan_of(*parts, monitoring=False, **environment):
    of = graph(*parts, **environment)
    outcome = make_plan(of, inputs(of, monitoring=monitoring))
    assert outcome.diagnostics == ()
    assert order_faults(of, outcome.value) == ()
    return outcome.value


def codes(*parts, **environment):
    of = graph(*parts, **environment)
    return [(each.code, each.span.start) for each in make_plan(of, inputs(of)).diagnostics]


def shape(plan):
    return {stage.name: [[step.id for step in wave] for wave in stage.waves] for stage in plan.stages}


def step(plan, name):
    return next(each for each in plan.steps if each.id == name)


def shop():
    return (
        data("shop.orders"),
        node(
            "shop.checkout",
            terraform=True,
            expose={"host": "shop.acme.io"},
            health={"path": "/healthz"},
        ),
        node("shop.settlement", "cron_job"),
        edge("shop.checkout", "shop.orders"),
        edge("shop.settlement", "shop.orders"),
    )


def test_an_app_in_a_cloud_has_four_stages():
    assert shape(plan_of(*shop(), monitoring=True)) == {
        "infrastructure": [["shop/terraform"], ["shop/_app"]],
        "application": [["shop/checkout", "shop/settlement"]],
        "testing": [["shop/checkout/smoke"]],
        "monitoring": [["shop/monitoring"], ["shop/prune"]],
    }


def test_terraform_provides_its_data_and_only_goes_forward():
    made = step(plan_of(*shop()), "shop/terraform")
    assert made.provides == ("shop.orders",)
    assert made.rollback.none == "forward only: holds data (shop.orders)"
    assert made.gate.terraform == "outputs present"


def test_secrets_are_awaited_and_never_removed():
    made = step(plan_of(*shop()), "shop/_app")
    assert made.gate.ready == ("ExternalSecret/shop-secrets",)
    assert made.rollback.to == "previous"
    assert made.rollback.keeps == ("Namespace/shop", "ExternalSecret/shop-secrets")
    assert made.objects == ()


def test_in_a_cluster_the_namespace_comes_before_terraform():
    plan = plan_of(in_cluster("shop.orders"), node("shop.web"), edge("shop.web", "shop.orders"), cloud="kubernetes")
    assert shape(plan)["infrastructure"] == [["shop/namespace"], ["shop/terraform"], ["shop/_app"], ["shop/orders"]]
    assert step(plan, "shop/namespace").objects == ("Namespace/shop",)
    assert step(plan, "shop/_app").objects == ("ExternalSecret/shop-secrets",)
    assert step(plan, "shop/orders").rollback.none == "forward only: holds data (shop.orders)"


def test_terraform_waits_for_the_namespaces_of_other_apps_that_read_its_secrets():
    plan = plan_of(in_cluster("shop.orders"), node("web.front"), edge("web.front", "shop.orders"), cloud="kubernetes")
    assert shape(plan)["infrastructure"][:2] == [["shop/namespace", "web/namespace"], ["shop/terraform"]]
    assert "shop/terraform" in step(plan, "web/_app").needs


def test_secrets_of_another_app_are_awaited_after_its_terraform():
    plan = plan_of(data("shop.orders"), node("web.front"), edge("web.front", "shop.orders"))
    assert step(plan, "web/_app").needs == ("shop/terraform",)


def test_roots_of_apps_do_not_wait_for_each_other():
    plan = plan_of(
        data("billing.ledger"),
        data("shop.orders"),
        node("shop.web", terraform=True),
        edge("shop.web", "billing.ledger"),
    )
    assert shape(plan)["infrastructure"][0] == ["billing/terraform", "shop/terraform"]


def test_roots_wait_for_what_they_look_up():
    network = data("platform.net", "network", shared=True, delivered=())
    plan = plan_of(network, data("shop.orders"), edge("shop.orders", "platform.net", outputs=("id",)))
    assert shape(plan)["infrastructure"][0] == ["platform/terraform"]
    assert "platform/terraform" in step(plan, "shop/terraform").needs


def test_shared_instances_come_first_also_where_no_edge_says_so():
    network = data("platform.net", "network", shared=True, delivered=())
    plan = plan_of(network, data("shop.orders"), node("web.front"))
    assert step(plan, "shop/terraform").needs == ("platform/terraform",)
    assert "platform/terraform" in step(plan, "web/_app").needs


def test_on_azure_a_root_waits_for_what_its_grants_are_on():
    parts = (
        data("files.receipts", "bucket", via="cloud_api"),
        node("shop.web", terraform=True),
        edge("shop.web", "files.receipts", access="read"),
    )
    assert step(plan_of(*parts, cloud="azure"), "shop/terraform").needs == ("files/terraform",)
    assert step(plan_of(*parts), "shop/terraform").needs == ()


def test_a_ring_of_lookups_names_every_edge():
    of = graph(
        data("a.net", "network", shared=True),
        data("a.key", "encryption_key", shared=True),
        data("b.key", "encryption_key", shared=True),
        edge("b.key", "a.net", start=5),
        edge("a.key", "b.key", start=3),
    )
    (ring,) = make_plan(of, inputs(of)).diagnostics
    assert (ring.code, ring.span) == ("IDP7201", at(3))
    assert (
        ring.message
        == "the Terraform of `a` and `b` look up shared instances of each other, so none can be applied first"
    )
    assert [label.span for label in ring.labels] == [at(5)]


def test_terraform_that_waits_for_its_own_workload_is_a_ring():
    parts = (data("shop.cdn", "cdn"), node("shop.web"), edge("shop.cdn", "shop.web", why="after", outputs=(), start=4))
    assert codes(*parts) == [("IDP7202", 4)]


def test_terraform_that_reads_an_address_of_its_own_workload_is_no_ring():
    of = graph(data("shop.dns", "dns_record"), node("shop.web"), edge("shop.dns", "shop.web", "call"))
    assert make_plan(of, inputs(of)).diagnostics == ()


def test_calls_order_where_they_can_and_rings_share_a_wave():
    plan = plan_of(
        *(node(f"shop.{name}") for name in ("a", "b", "c", "d")),
        edge("shop.a", "shop.b", "call"),
        edge("shop.b", "shop.c", "call"),
        edge("shop.c", "shop.b", "call"),
        edge("shop.c", "shop.d", "call"),
    )
    assert shape(plan)["application"] == [["shop/d"], ["shop/b", "shop/c"], ["shop/a"], ["shop/prune"]]
    assert step(plan, "shop/a").needs == ("shop/b",)


def test_a_call_against_a_hard_edge_gives_way():
    of = graph(node("shop.a"), node("shop.b"), edge("shop.a", "shop.b", "call"), edge("shop.b", "shop.a", why="after"))
    plan = make_plan(of, inputs(of)).value
    assert shape(plan)["application"] == [["shop/a"], ["shop/b"], ["shop/prune"]]


def test_data_after_a_workload_moves_to_its_stage():
    plan = plan_of(
        in_cluster("shop.orders", terraform=False),
        node("shop.migrate", "job"),
        edge("shop.orders", "shop.migrate", why="after", outputs=()),
        cloud="kubernetes",
    )
    assert shape(plan)["application"][:2] == [["shop/migrate"], ["shop/orders"]]


def test_a_manual_job_runs_only_where_a_stage_asks():
    job = node("shop.smoke", "job", run="manual")
    web = node("shop.web")
    call = edge("shop.smoke", "shop.web", "call")
    assert "shop/smoke" not in [each.id for each in plan_of(job, web, call).steps]
    asked = workflow(testing={"run": instance_refs("shop.smoke"), "needs": stage_refs("application")})
    plan = plan_of(job, web, call, asked)
    assert shape(plan)["testing"][0] == ["shop/smoke"]
    assert step(plan, "shop/smoke").gate.complete == ("Job/smoke",)
    assert step(plan, "shop/smoke").rollback.none == "what a job did cannot be undone"


def test_a_stage_cannot_run_what_is_deployed_anyway():
    assert codes(node("shop.web"), workflow(testing={"run": instance_refs("shop.web")})) == [("IDP7206", 7)]


def golden_path():
    return workflow(
        "shop.store",
        "provision_and_deploy",
        provision_database={"type": "infrastructure", "of": instance_refs("shop.store.db")},
        deploy_app={
            "type": "application",
            "of": instance_refs("shop.store.web"),
            "needs": stage_refs("provision_database"),
        },
        expose_service={
            "type": "application",
            "objects": ["Service", "HTTPRoute"],
            "needs": stage_refs("deploy_app"),
        },
        setup_monitoring={"type": "monitoring", "needs": stage_refs("expose_service")},
    )


@pytest.mark.parametrize("cloud", ["aws", "kubernetes"])
def test_a_templates_workflow_takes_its_instances(cloud):
    db = data if cloud == "aws" else in_cluster
    plan = plan_of(
        db("shop.store.db"),
        node("shop.store.web"),
        node("shop.other"),
        edge("shop.store.web", "shop.store.db"),
        golden_path(),
        cloud=cloud,
        monitoring=True,
    )
    found = shape(plan)
    assert next(name for name in found if name not in {"infrastructure", "monitoring"}) == "provision_database"
    assert "shop/terraform" in [each for wave in found["provision_database"] for each in wave]
    assert found["deploy_app"] == [["shop/store-web"]]
    assert found["expose_service"] == [["shop/store-web/expose-service"]]
    assert found["application"] == [["shop/other"]]
    assert step(plan, "shop/store-web/expose-service").objects == ("Service/store-web", "HTTPRoute/store-web")
    assert step(plan, "shop/store-web").objects == ("ServiceAccount/store-web", "Deployment/store-web")
    assert "shop/monitoring/setup-monitoring" in [each for wave in found["setup_monitoring"] for each in wave]


def test_an_unknown_stage_is_reported():
    assert codes(node("shop.web"), workflow(application={"needs": stage_refs("bild")})) == [("IDP7203", 7)]


def test_an_approval_before_an_unknown_stage_is_reported():
    asked = workflow(approval={"before": NamedRef("stage", "production"), "team": NamedRef("team", "platform")})
    assert codes(node("shop.web"), asked) == [("IDP7203", 7)]


def test_a_ring_of_stages_is_reported_once():
    ring = workflow(application={"needs": stage_refs("testing")}, testing={"needs": stage_refs("application")})
    assert codes(node("shop.web"), ring) == [("IDP7204", 7)]


def test_workflows_that_contradict_each_other_are_reported():
    one = workflow("a", application={"needs": stage_refs("testing")}, testing={})
    other = workflow("b", testing={"needs": stage_refs("application")}, application={})
    assert codes(node("a.web"), node("b.web"), one, other) == [("IDP7204", 7)]


def test_a_stage_without_a_type_is_reported():
    assert codes(node("shop.web"), workflow(deploy={})) == [("IDP7205", 7)]


def test_a_stage_before_what_it_needs_is_reported():
    early = workflow(
        front={"type": "application", "of": instance_refs("shop.web")},
        back={"type": "application", "of": instance_refs("shop.queue"), "needs": stage_refs("front")},
    )
    parts = (node("shop.web"), node("shop.queue", "worker"), edge("shop.web", "shop.queue", why="after", start=9))
    assert codes(*parts, early) == [("IDP7207", 7)]


def test_stages_of_one_name_and_type_are_one():
    own = workflow("shop", infrastructure={"timeout": Quantity("duration", 45 * 60_000)}, application={})
    plan = plan_of(data("shop.orders"), data("billing.ledger"), node("shop.web"), own)
    assert [(stage.name, stage.timeout) for stage in plan.stages] == [("infrastructure", 45), ("application", 0)]


def test_approvals_stand_in_the_plan():
    asked = workflow(
        approval={"before": NamedRef("stage", "application"), "team": NamedRef("team", "platform"), "count": 2}
    )
    (approval,) = plan_of(node("shop.web"), asked).approvals
    assert (approval.before, approval.team, approval.count, approval.why) == (
        "application",
        "platform",
        2,
        "workflow release",
    )
    none = workflow(approval={"before": NamedRef("stage", "application"), "team": "platform", "count": 0})
    assert plan_of(node("shop.web"), none).approvals == ()


def test_with_gitops_nothing_is_applied_by_hand():
    of = graph(*shop(), gitops="argocd")
    given = inputs(of, gitops=(PlannedFile("gitops/shop.yaml", (PlannedObject("Application", "shop"),)),))
    plan = make_plan(of, given).value
    assert shape(plan) == {
        "infrastructure": [["shop/terraform"]],
        "application": [["gitops/push"], ["gitops/wait"]],
        "testing": [["shop/checkout/smoke"]],
    }
    assert step(plan, "gitops/wait").gate.synced == ("Application/shop",)
    assert order_faults(of, plan) == ()


def test_with_gitops_a_run_job_is_a_warning():
    asked = workflow(testing={"run": instance_refs("shop.smoke")})
    assert codes(node("shop.smoke", "job", run="manual"), asked, gitops="flux") == [("IDP7208", 7)]


def test_preconditions_are_listed_once_with_all_that_ask():
    of = graph(*shop())
    asked = (Precondition("secret", "prod/key", ("shop.checkout",)), Precondition("secret", "prod/key", ("shop.a",)))
    plan = make_plan(of, inputs(of, preconditions=asked)).value
    assert [tuple(each) for each in plan.preconditions] == [
        ("tool", "kubectl", ("shop",)),
        ("tool", "terraform", ("shop",)),
        ("secret", "prod/key", ("shop.a", "shop.checkout")),
    ]


def test_an_instance_named_like_a_step_of_its_app_has_an_id_of_its_own():
    plan = plan_of(node("shop.monitoring"), monitoring=True)
    assert len({each.id for each in plan.steps}) == len(plan.steps)


def test_the_plan_does_not_depend_on_the_order_of_what_is_given():
    parts = shop()
    assert plan_of(*parts) == plan_of(*reversed(parts))


def test_addresses_with_keys_are_taken_by_their_set():
    asked = workflow(testing={"run": instance_refs("shop.smoke")})
    plan = plan_of(node('shop.smoke["eu"]', "job", run="manual"), node('shop.smoke["us"]', "job", run="manual"), asked)
    assert shape(plan)["testing"][0] == ["shop/smoke-eu", "shop/smoke-us"]
    assert address('shop.smoke["eu"]').below_app == "smoke-eu"


def released(**fields):
    """The shop with a smoke job in the testing stage, and with what the workflow says besides."""
    asked = workflow(testing={"run": instance_refs("shop.smoke"), "needs": stage_refs("application")})
    asked = Workflow(asked.name, asked.scope, {**asked.fields, **fields}, asked.span)
    smoke = (node("shop.smoke", "job", run="manual"), edge("shop.smoke", "shop.checkout", "call"))
    return plan_of(*shop(), *smoke, asked, monitoring=True)


def failed(plan, name):
    """What goes back, in order, once a step has failed and all before it were done."""
    before = [each.id for each in plan.steps]
    done = dict.fromkeys(before[: before.index(name)], Phase.DONE)
    return [each.id for each in to_undo(plan, {**done, name: Phase.FAILED})]


def test_a_failed_test_takes_the_application_back():
    plan = released()
    undone = failed(plan, "shop/smoke")
    applied = [each.id for each in plan.steps if each.rollback.to and each.id in undone]
    assert "shop/checkout" in undone
    assert undone == applied[::-1]
    assert "shop/terraform" not in undone
    page = plan_page(plan)
    testing = next(line for line in page.splitlines() if line.startswith("- **testing**"))
    assert "The steps of `application`, `infrastructure` that may go back do so, in reverse." in testing


def test_where_a_failure_stops_all_that_was_applied_stays():
    plan = released(on_failure="stop")
    assert failed(plan, "shop/smoke") == []
    assert not any(each.rollback.to for each in plan.steps)
    assert step(plan, "shop/checkout").rollback.none.startswith("workflow release says stop on failure")
    assert "back to the previous artifacts" not in plan_page(plan)
    assert pipeline(plan, "build/prod/plan.json", "sha256:0", "0.1.0").goes_back is False


def test_a_step_has_no_more_time_than_its_stage():
    own = workflow(infrastructure={"timeout": Quantity("duration", 20 * 60_000)})
    plan = plan_of(data("shop.orders"), node("shop.web"), edge("shop.web", "shop.orders"), own)
    assert step(plan, "shop/terraform").timeout == 20


def test_a_stage_that_is_shorter_than_what_it_applies_is_a_warning():
    own = workflow(application={"timeout": Quantity("duration", 3 * 60_000)})
    assert codes(node("shop.web"), own) == [("IDP7211", 7)]


def test_the_critical_path_is_the_slowest_way_through_the_waves():
    plan = plan_of(*shop(), monitoring=True)
    path = critical_path(plan)
    assert len(path) == sum(len(stage.waves) for stage in plan.stages)
    assert path[0] == "shop/terraform"
    assert "shop/checkout" in path
    whole = total(plan)
    chosen = [step(plan, name).takes for name in path]
    assert whole.high == sum(each.high for each in chosen)
    assert 0 < whole.low <= whole.high
