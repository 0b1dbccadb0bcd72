"""Pictures: boxes in columns and lanes, arrows between them, and the SVG of both."""

from idpc.drawing.model import Arrow, Box, Picture
from idpc.drawing.svg import svg

__all__ = ["Arrow", "Box", "Picture", "svg"]
