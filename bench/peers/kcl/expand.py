"""Expands a fleet with KCL.

python expand.py FOLDER OUTPUT
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kcl_lib import api
from writing import write_all

PROGRAM = [str(Path(__file__).with_name(name)) for name in ("schemas.k", "kubernetes.k", "terraform.k", "main.k")]


def evaluate(folder: Path) -> str:
    """The files by path, as JSON; the data is an argument of the program, as with `kcl -D fleet=…`."""
    argument = api.Argument(name="fleet", value=(folder / "fleet.json").read_text(encoding="utf-8"))
    options = api.ExecProgramArgs(k_filename_list=PROGRAM, args=[argument], disable_yaml_result=True)
    result = api.API().exec_program(options)
    if result.err_message:
        raise SystemExit(result.err_message)
    return result.json_result


if __name__ == "__main__":
    write_all(json.loads(evaluate(Path(sys.argv[1])))["files"], Path(sys.argv[2]))
