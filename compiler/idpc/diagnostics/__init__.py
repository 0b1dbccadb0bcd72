"""What idpc says to its users: codes, diagnostics, and the formats in which they are printed."""

from idpc.diagnostics.model import Code, Diagnostic, Edit, Fix, Label, Outcome, Severity

__all__ = ["Code", "Diagnostic", "Edit", "Fix", "Label", "Outcome", "Severity"]
