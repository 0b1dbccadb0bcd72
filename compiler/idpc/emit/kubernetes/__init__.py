"""Nodes become Kubernetes objects, completed and in the order in which they are applied."""
