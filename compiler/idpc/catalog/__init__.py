"""Describes the kinds and templates that a project may use: what each takes, gives and runs on."""
