"""Runs a deployment plan: a pure core that decides what may start and what goes back, and thin adapters that do it."""
