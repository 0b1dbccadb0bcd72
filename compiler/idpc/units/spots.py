"""Finds where the project declares an app."""

from idpc.project import Sources
from idpc.project.folder import PROJECT_FILE
from idpc.resolve.program import declared_name
from idpc.source import SourceFile, Span
from idpc.stages import parsed
from idpc.syntax.nodes import Block
from idpc.units.facts import app_name, is_of_app


def app_span(sources: Sources, app: str) -> Span:
    """The name of an app where it is declared; the beginning of the project where it is no more."""
    spans = (_span(file, app) for file in sources.files if app in file.text)
    first = sources.file(PROJECT_FILE) or next(iter(sources.files), None)
    return next((span for span in spans if span), Span(first.path if first else PROJECT_FILE, 0, 0))


def _span(file: SourceFile, app: str) -> Span | None:
    for each in parsed(file).value.statements:
        if is_of_app(each) and isinstance(each, Block) and app_name(each) == app:
            name = declared_name(each)
            return name.span if name else each.span
    return None
