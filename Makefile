VENV ?= .venv
PYTEST ?=
export VENV

.PHONY: bulletin test format bench clean

# the bulletin of the latest week in data/, as a draft, so that it can be made again
bulletin:
	@tools/setup.sh run
	$(VENV)/bin/reporter run --draft

# everything that must hold: style, types, who imports whom, tests
test:
	@tools/setup.sh test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pytest -n auto -rs $(PYTEST)

format:
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench:
	@tools/setup.sh test
	$(VENV)/bin/python -m benchmarks

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
