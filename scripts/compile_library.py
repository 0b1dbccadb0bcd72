"""Adds the standard library to a wheel as the compiler has it once it is checked; a build hook of hatchling."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledLibrary(BuildHookInterface):
    """Checks the library with the compiler that goes into the wheel; an editable install finds it in the cache."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the image to a folder of its own, and name it among the files of the wheel."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "compiler"))
        from idpc.library import SHIPPED, check_standard_library
        from idpc.types import image
        from idpc.types.check import DEFAULT_KUBERNETES

        library = check_standard_library(DEFAULT_KUBERNETES)
        if library.faults:
            raise SystemExit("\n".join(each.message for each in library.faults))
        target = Path(tempfile.mkdtemp()) / SHIPPED
        target.write_bytes(image.written(library))
        build_data["force_include"][str(target)] = f"idpc/{SHIPPED}"
