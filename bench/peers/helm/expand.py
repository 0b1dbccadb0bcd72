"""Expands a fleet with Helm: one chart, loaded once, and a release for each service in each environment.

python expand.py FOLDER OUTPUT
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import helm_python as helm
from writing import write_all

CHART = Path(__file__).with_name("chart")
MODULE = "templates/module.tf.json"


def split(rendered: dict[str, str], place: str) -> Iterator[tuple[str, str]]:
    """The manifests of a release as one file, as `helm template` prints them, and the module where there is one."""
    manifests = [f"---\n# Source: {path}\n{text}" for path, text in rendered.items() if path.endswith(".yaml")]
    yield f"{place}/web.yaml", "\n".join(manifests)
    for path, text in rendered.items():
        if path.endswith(MODULE) and text.strip():
            yield f"{place}/main.tf.json", text


def expand(folder: Path) -> dict[str, str]:
    """The files of all releases by path."""
    texts: dict[str, str] = {}
    with helm.Chart.load(CHART) as chart:
        for values in sorted((folder / "values").glob("*/*.json")):
            app = values.stem
            rendered = chart.render(json.loads(values.read_bytes()), name=app, namespace=app)
            texts.update(split(rendered, f"{values.parent.name}/{app}"))
    return texts


if __name__ == "__main__":
    write_all(expand(Path(sys.argv[1])), Path(sys.argv[2]))
