"""Expands a fleet with Nickel.

python expand.py FOLDER OUTPUT
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import nickel
from writing import write_json

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    answer = nickel.run('(import "main.ncl") (import "fleet.json")', import_paths=[str(HERE), sys.argv[1]])
    write_json(answer, Path(sys.argv[2]))
