"""The deployment plan: stages, waves and steps, with what must be there before and what undoes each step."""

from idpc.plan.compared import compared
from idpc.plan.inputs import Provenance, plan_inputs
from idpc.plan.join import counting, joined
from idpc.plan.make import make_plan, part_plan
from idpc.plan.model import PartPlan, Plan, PlanCost, PlanInputs, PolicyCounts

__all__ = [
    "PartPlan",
    "Plan",
    "PlanCost",
    "PlanInputs",
    "PolicyCounts",
    "Provenance",
    "compared",
    "counting",
    "joined",
    "make_plan",
    "part_plan",
    "plan_inputs",
]
