"""Writes what a GitOps engine reads of an environment, where another engine than idpc applies the objects."""
