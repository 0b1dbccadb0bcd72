"""Finds the project, reads its files and follows its packages; the only reader of disk."""

from idpc.project.folder import PROJECT_FILE, DiskFolder
from idpc.project.gather import Package
from idpc.project.library import standard_library
from idpc.project.load import load
from idpc.project.sources import Reading, Sources

__all__ = ["PROJECT_FILE", "DiskFolder", "Package", "Reading", "Sources", "load", "standard_library"]
