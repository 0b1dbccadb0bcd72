"""Policies: what an organisation demands of instances and of what they become."""

from idpc.policy.check import PolicyVerdict, Verdicts, check_policies

__all__ = ["PolicyVerdict", "Verdicts", "check_policies"]
