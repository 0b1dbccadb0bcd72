"""Policies: what an organisation demands of instances and of what they become."""

from idpc.policy.check import Checked, check_policies
from idpc.policy.verdicts import PolicyVerdict, Verdicts

__all__ = ["Checked", "PolicyVerdict", "Verdicts", "check_policies"]
