"""Writes grammar/platform.tables.json from grammar/platform.lark; run it after a change of the grammar."""

import json
from pathlib import Path

from idpc.syntax.tables import make

GRAMMAR = Path(__file__).parents[1] / "grammar"


def main() -> None:
    """Make the tables, one line for each of their parts."""
    document = make((GRAMMAR / "platform.lark").read_text(encoding="utf-8"))
    parts = (f"{json.dumps(name)}: {json.dumps(part, separators=(',', ':'))}" for name, part in document.items())
    (GRAMMAR / "platform.tables.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
