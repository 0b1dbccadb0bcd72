"""Options and fixtures of all tests: `--update` rewrites expected texts in place."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
# How long an example takes is the machine's affair, not the test's.
settings.register_profile("idpc", deadline=None)
settings.load_profile("idpc")


def pytest_addoption(parser):
    parser.addoption("--update", action="store_true", help="rewrite expected blocks and golden files in place")


def pytest_configure(config):
    cache = tempfile.mkdtemp(prefix="idpc-cache-") if "PYTEST_XDIST_WORKER" not in os.environ else None
    if cache:  # one for the whole run: the user's own stays as it is
        os.environ["IDPC_CACHE_DIR"] = cache
        config.add_cleanup(lambda: shutil.rmtree(cache, ignore_errors=True))
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
