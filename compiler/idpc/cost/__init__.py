"""What instances cost, before any of them exists."""

from idpc.cost.budgets import Budget, Spent, budgets, judge, spent
from idpc.cost.estimate import estimate
from idpc.cost.model import CostSheet

__all__ = ("Budget", "CostSheet", "Spent", "budgets", "estimate", "judge", "spent")
