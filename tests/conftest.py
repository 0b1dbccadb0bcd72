"""Options and fixtures of all tests: `--update` rewrites expected texts in place."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser):
    parser.addoption("--update", action="store_true", help="rewrite expected blocks and golden files in place")


def pytest_configure(config):
    if not config.getoption("--update"):
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("--update is for people: in CI what is expected stands in the commit")
    if getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--update rewrites files, so it runs in one process: leave out -n")


@pytest.fixture
def update(request):
    """Whether to rewrite what is expected."""
    return bool(request.config.getoption("--update"))
