"""Turns the graph of every environment into the documents that a build writes."""

from idpc.emit.bundles import emit
from idpc.emit.model import Bundle
from idpc.emit.text import render

__all__ = ["Bundle", "emit", "render"]
