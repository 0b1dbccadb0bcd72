"""Runs the command line as `python -m idpc.cli`."""

import sys

from idpc.cli import main

sys.exit(main())
