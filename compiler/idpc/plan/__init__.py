"""The deployment plan: stages, waves and steps, with what must be there before and what undoes each step."""

from idpc.plan.inputs import Provenance, plan_inputs
from idpc.plan.make import make_plan
from idpc.plan.model import Plan, PlanCost, PlanInputs, PolicyCounts

__all__ = ["Plan", "PlanCost", "PlanInputs", "PolicyCounts", "Provenance", "make_plan", "plan_inputs"]
