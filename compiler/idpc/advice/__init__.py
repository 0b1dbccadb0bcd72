"""What would cost less and be as good: found from what kinds say of it, tried out, and told with the edit that does it."""

from idpc.advice.advise import Advised, advise
from idpc.advice.model import Advice
from idpc.advice.observed import Observation, Observations

__all__ = ("Advice", "Advised", "Observation", "Observations", "advise")
