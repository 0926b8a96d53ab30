# Everything runs in a virtual environment made here; only a Python of at least 3.11 has to be there.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
PYTHON ?= $(firstword $(shell sh scripts/find_pythons.sh))
PORT ?= 5000
ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

PROOF ?= short
PROOF_PAGE ?= docs/proof.md

.PHONY: help demo test proof check screenshots translations docs clean system-packages

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo  ## run the example application on 127.0.0.1, PORT=5000
	PORT=$(PORT) $(BIN)/python -m example_app

test: system-packages $(VENV)/.dev  ## run the tests; ARGS="-k opening", INSTALL=1 for system packages
	$(BIN)/python -m pytest -n 3 $(ARGS)

proof: system-packages $(VENV)/.dev  ## races, faults, kills, outages, mutants; writes docs/proof.md; PROOF=full for an hour
	PROOF=$(PROOF) PROOF_PAGE=$(PROOF_PAGE) $(BIN)/python -m pytest -n 2 --dist loadgroup --timeout 900 tests/proof

check: $(VENV)/.dev  ## lint, format, types, layers and documentation
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

screenshots: system-packages $(VENV)/.dev  ## picture every page of the example application
	$(BIN)/python scripts/screenshots.py

translations: $(VENV)/.dev  ## collect the texts, update and compile the catalogues; LOCALE=fr begins a language
	$(BIN)/python scripts/translations.py $(LOCALE)

docs: $(VENV)/.dev  ## build the documentation into docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:  ## remove what was built; the virtual environment stays
	rm -rf build dist docs/_build screenshots .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# INSTALL=1 and CI=true allow it to call apt-get.
system-packages:
ifneq ($(filter 1 true,$(INSTALL) $(CI)),)
	scripts/install_system_packages.sh
endif

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python of at least 3.11 with venv and ssl was found." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[demo]'
	touch $@

# flask-babel stands apart: among the libraries it would break Flask-Admin in every host that does not set it up.
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[dev]'
	$(PIP) install --upgrade --target $(VENV)/i18n --no-deps 'flask-babel>=4' pytz
	touch $@ $(VENV)/.demo
