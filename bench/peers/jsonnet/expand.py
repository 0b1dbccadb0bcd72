"""Expands a fleet with Jsonnet, in the Go or the Rust implementation.

python expand.py go|rust FOLDER OUTPUT
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from writing import write_json

PROGRAM = Path(__file__).with_name("fleet.jsonnet")


def evaluate(implementation: str, folder: Path) -> str:
    """The files by path, as JSON; `import "fleet.json"` is found in the folder."""
    if implementation == "go":
        import _gojsonnet

        return _gojsonnet.evaluate_file(str(PROGRAM), jpathdir=[str(folder)])
    import rjsonnet

    return rjsonnet.evaluate_file(str(PROGRAM), jpathdir=[str(folder)])


if __name__ == "__main__":
    write_json(evaluate(sys.argv[1], Path(sys.argv[2])), Path(sys.argv[3]))
