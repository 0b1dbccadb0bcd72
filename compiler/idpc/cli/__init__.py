"""The command line; this module imports next to nothing, so that `idpc --version` is immediate."""

import sys


def main() -> int:
    """Run `idpc` with the arguments of this process; the result is its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from idpc import __version__

        sys.stdout.write(f"idpc {__version__}\n")
        return 0
    from idpc.recall import recall

    answer = recall(sys.argv[1:])
    if answer is None:
        from idpc.cli.application import run

        return run(sys.argv[1:])
    from idpc.cli.console import repeat

    return repeat(*answer)
