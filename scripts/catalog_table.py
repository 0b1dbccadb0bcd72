"""Prints what of the catalog works on which cloud: whether each kind builds, and what tools say of what it becomes.

`--objects COMMAND` and `--terraform COMMAND` name tools that take a folder and end with 0 when it is valid; without them
only the build is tried. A cell holds how many projects of two, with defaults and fully configured, went through.
"""

import argparse
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from catalog_projects import CLOUDS, ENTRIES, FLAVORS, compiled, project  # noqa: E402  # tests are no package
from stdlib_projects import Built  # noqa: E402


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=shlex.split, help="checks a folder of Kubernetes objects")
    parser.add_argument("--terraform", type=shlex.split, help="checks a Terraform module")
    options = parser.parse_args()
    print(f"| kind | {' | '.join(CLOUDS)} |\n|---|{'---|' * len(CLOUDS)}")
    for kind in ENTRIES:
        cells = (cell(kind, cloud, options.objects, options.terraform) for cloud in CLOUDS)
        print(f"| {kind} | {' | '.join(cells)} |", flush=True)


def cell(kind: str, cloud: str, objects: list[str] | None, terraform: list[str] | None) -> str:
    """What works of a kind on a cloud."""
    if cloud not in ENTRIES[kind].clouds:
        return "-"
    made = [compiled(project(cloud, flavor, [kind])) for flavor in FLAVORS]
    parts = [f"builds {sum(not each.errors for each in made)}/{len(made)}"]
    for name, command in (("kubernetes", objects), ("terraform", terraform)):
        parts += [_valid(name, command, made)] if command else []
    return ", ".join(parts)


def _valid(name: str, command: list[str], made: list[Built]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        found = [path for number, each in enumerate(made) for path in _write(each, Path(folder) / str(number), name)]
        good = sum(subprocess.run([*command, path], capture_output=True, check=False).returncode == 0 for path in found)
    return f"{name} {good}/{len(found)}"


def _write(made: Built, folder: Path, name: str) -> Iterator[Path]:
    """The folders of one sort, such as `shop/terraform`, written."""
    for environment, texts in made.texts.items():
        for path, text in texts.items():
            if f"/{name}/" in path:
                (folder / environment / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / environment / path).write_text(text, encoding="utf-8")
    yield from sorted(folder.glob(f"*/*/{name}"))


if __name__ == "__main__":
    main()
