# `make ci` is what CI runs; the others are its parts, with the environment that `make setup` makes.
.PHONY: setup format lint types test wheel ci clean

setup:
	python3 -m venv .venv && .venv/bin/pip install --quiet -e '.[dev]'

format:
	.venv/bin/ruff check --fix . && .venv/bin/ruff format . && .venv/bin/idpc fmt examples stdlib

lint:
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/idpc fmt --check examples stdlib

types:
	.venv/bin/mypy

test:
	.venv/bin/python -m pytest

wheel:
	.venv/bin/pip wheel --quiet --no-deps --wheel-dir dist .

ci:
	.ci/run

clean:
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
