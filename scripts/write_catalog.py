"""Writes `docs/catalog.md`, the standard library as a page of documentation."""

import argparse
import datetime
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "catalog.md"


def page_text() -> str:
    """The page as it is written."""
    from idpc.catalog.make import catalog, compile_declarations
    from idpc.catalog.markdown import page_markdown
    from idpc.pipeline import Options
    from idpc.project import Sources

    compilation = compile_declarations(Sources.of({}), Options(datetime.date(2026, 1, 1)))
    return page_markdown("The standard library", catalog(compilation))


def main() -> int:
    """Write the page, or with `--check` say whether it is up to date."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing, exit 1 when the page would change")
    if arguments.parse_args().check:
        return 0 if is_current() else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page_text(), encoding="utf-8")
    return 0


def is_current() -> bool:
    """Whether the page on disk is what the standard library says."""
    return PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page_text()


if __name__ == "__main__":
    sys.exit(main())
