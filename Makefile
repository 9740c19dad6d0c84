# The habits of this house. `make demo` and `make test` work on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo up test lint types bench replay lock
.DEFAULT_GOAL := setup

setup: $(STAMP)

# Installed again only when what is to be installed changed.
$(STAMP): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or later, or name yours (make setup PYTHON=python3.12)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old: Python 3.11 or later is needed (make setup PYTHON=python3.12)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -qq --require-hashes -r requirements.txt
	$(BIN)/pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

# One certification year, played on real servers; stays up until Ctrl-C.
demo: setup
	$(BIN)/jalon demo

up: setup
	$(BIN)/jalon up

# A file of tests stays in one of the two processes; each has servers of its own.
test: setup
	$(BIN)/pytest -n 2 --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m bench

# Recorded histories run again through today's workflows; then those that a running stack, or the demonstration, keeps.
replay: setup
	$(BIN)/pytest tests/histories
	$(BIN)/jalon audit replay-engine --if-up
	$(BIN)/jalon --state .jalon/demo audit replay-engine --if-up

# Every version and hash anew, after a change of the dependencies.
lock: setup
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --extra dev --generate-hashes --strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --output-file requirements.txt pyproject.toml
