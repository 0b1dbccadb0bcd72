"""Reads Rego as far as policies need it: rules, references, annotations, and what would silently do nothing."""
