"""Describes an environment to a catalog of software, as entities of Backstage."""
