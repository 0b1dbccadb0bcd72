"""checks."""
from idpc.emit.model import File
from idpc.emit.site import Site
from idpc.diagnostics.model import Diagnostic
def check_files(files: list[File], site: Site) -> tuple[Diagnostic, ...]:
    return ()
