"""Codes of stage 6: cost."""
