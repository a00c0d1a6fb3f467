VENV ?= .venv
PYTEST ?=
# one more than there are processors: many tests wait for servers, browsers and other processes
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
export VENV
BIN = "$(VENV)"/bin

.PHONY: bulletin test format soak bench bench-large clean

# the bulletin of the latest week in data/, as a draft, so that it can be made again
bulletin:
	@tools/setup.sh run
	$(BIN)/reporter run --draft

# everything that must hold: style, types, who imports whom, tests
test:
	@tools/setup.sh test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(WORKERS) -rs $(PYTEST)

format:
	@tools/setup.sh test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# four schedulers, 200 issues, 30 kills, on SQLite and PostgreSQL; then an issue to 300 recipients while its
# senders are killed a hundred times: some minutes
soak:
	@tools/setup.sh test
	$(BIN)/python -m tests.press.soak
	$(BIN)/python -m tests.post.soak 300 100

bench:
	@tools/setup.sh test
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.mail

# 20 million rows beside DuckDB: some minutes, 200 MB of disk
bench-large:
	@tools/setup.sh test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	$(BIN)/python -m benchmarks.large_history

clean:
	rm -rf "$(VENV)" build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
