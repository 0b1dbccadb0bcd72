"""What instances cost, before any of them exists."""

from idpc.cost.budgets import Budget, Spent, budgets, judge, spent, together
from idpc.cost.estimate import Usage, estimate
from idpc.cost.model import CostSheet

__all__ = (
    "Budget",
    "CostSheet",
    "Spent",
    "Usage",
    "budgets",
    "estimate",
    "judge",
    "spent",
    "together",
)
