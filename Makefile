# Two commands do everything, set-up included: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Arguments for pytest, e.g. make unit ARGS="-k bundle".
ARGS ?=

.PHONY: demo test unit lint docs benchmark fuzz guided faults coverage mutation clean
.DEFAULT_GOAL := test

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "bulkwise needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(STAMP)  ## the main job on the embedded cohort; writes results/demo/report.html
	$(BIN)/bulkwise demo -o results/demo

test: lint unit docs  ## everything that CI checks

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

benchmark: $(STAMP)  ## the speed and accuracy figures of the docs (long)
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

fuzz: $(STAMP)  ## 10,000 damaged files for every reader (long)
	OMP_NUM_THREADS=1 $(BIN)/python tests/faults/fuzzing.py 10000

guided: $(STAMP)  ## 10,000 inputs guided by coverage for the text readers and bundles (Linux, long)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fuzz]'
	for reader in text gct sheet gmt bundle; do \
	  OMP_NUM_THREADS=1 $(BIN)/python tests/faults/guided.py $$reader -runs=10000 || exit 1; done

faults: $(STAMP)  ## 500 commands stopped at random moments (long)
	OMP_NUM_THREADS=1 $(BIN)/python tests/faults/killing.py 500

# The rooms that strangers' files go through, and the tests that are measured on them.
GUARDS := io checks bundle study/store
coverage: $(STAMP)  ## line coverage of reading, checks, bundles and the store; fails under 95 %
	$(BIN)/python -m coverage erase
	OMP_NUM_THREADS=1 $(BIN)/python -m coverage run -m pytest -q tests/io tests/checks tests/bundle \
	  tests/study/test_store.py tests/faults/test_reading.py tests/faults/test_kinds.py tests/faults/test_size.py \
	  tests/faults/test_bundle.py
	$(BIN)/python -m coverage combine --quiet
	for room in $(GUARDS); do $(BIN)/python -m coverage report --skip-covered --fail-under=95 \
	  --include="src/bulkwise/$$room*" || exit 1; done

mutation: $(STAMP)  ## how many changes of checks and splits the tests notice (long)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,mutation]'
	OMP_NUM_THREADS=1 $(BIN)/python -m mutmut run
	$(BIN)/python tests/faults/mutation.py 85

clean:
	rm -rf $(VENV) site results mutants .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
