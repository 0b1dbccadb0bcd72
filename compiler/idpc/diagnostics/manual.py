"""The page of each code, which `idpc explain` prints."""

from idpc.resources import package


def page(code: str) -> str | None:
    """The page of a code as Markdown, None where there is none."""
    found = package().joinpath("diagnostics", "pages", f"{code}.md")
    return found.read_text(encoding="utf-8") if found.is_file() else None


def url(code: str) -> str:
    """Where the page of a code can be read."""
    return f"https://idpc.dev/diagnostics/{code}"
