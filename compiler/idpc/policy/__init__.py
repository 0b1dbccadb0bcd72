"""Policies: what an organisation demands of instances and of what they become."""
