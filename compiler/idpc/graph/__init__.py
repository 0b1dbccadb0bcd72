"""Evaluation: typed declarations become the graph of every environment."""
