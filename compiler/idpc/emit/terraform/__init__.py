"""Nodes and what they deliver become one Terraform root for each app."""
