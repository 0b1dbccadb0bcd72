"""What changes between two versions of a project: by instance and field, with what each change does to what runs."""

from idpc.changes.compare import compare
from idpc.changes.model import Bill, Comparison, Content, Place, State, Version, Violation

__all__ = ["Bill", "Comparison", "Content", "Place", "State", "Version", "Violation", "compare"]
