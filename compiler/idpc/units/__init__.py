"""Compiles a project in parts: apps that know of each other are a unit, whose result is kept until it changes."""
