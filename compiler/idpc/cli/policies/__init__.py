"""The commands below `idpc policy`, one module each."""
