"""What instances cost, before any of them exists."""

from idpc.cost.budgets import Budget, Capacity, Spent, budgets, capacities, judge, spent, spent_idle
from idpc.cost.estimate import Usage, estimate
from idpc.cost.model import CostSheet

__all__ = (
    "Budget",
    "Capacity",
    "CostSheet",
    "Spent",
    "Usage",
    "budgets",
    "capacities",
    "estimate",
    "judge",
    "spent",
    "spent_idle",
)
