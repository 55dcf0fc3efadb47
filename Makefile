# Everything a person or CI does here. Needs Python >= 3.11 and make; the rest it fetches itself.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup up check format test test-slow test-browser test-crash assets clean

# The first Python that is new enough; PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
BUILT := api/assets/built/.made

help: ## Show what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '  make %-14s %s\n' "$$name" "$$what"; done

setup: .venv/.made ## Make .venv with the shilu command in it

# An installed uv is used; otherwise one is put into .build, where it disturbs nobody. Where
# Debian's python3-venv is missing, pip alone will do.
.venv/.made: pyproject.toml uv.lock
	@set -e; \
	if [ -z "$(PYTHON)" ]; then echo "make: no Python >= 3.11 found; name one with PYTHON=…" >&2; exit 1; fi; \
	uv=$$(command -v uv || true); \
	if [ -z "$$uv" ]; then \
		mkdir -p .build; \
		if [ ! -x .build/uv/bin/uv ]; then \
			rm -rf .build/uv; \
			{ $(PYTHON) -m venv .build/uv >.build/venv.log 2>&1 \
				&& .build/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'; } \
			|| { rm -rf .build/uv; $(PYTHON) -m pip install --quiet --target .build/uv 'uv>=0.9,<1'; } \
			|| { echo "make: needs Python's venv or pip (on Debian: apt-get install python3-venv)" >&2; exit 1; }; \
		fi; \
		uv=.build/uv/bin/uv; \
	fi; \
	UV_PYTHON_DOWNLOADS=never "$$uv" sync --locked --quiet --python "$(PYTHON)"
	@touch $@

up: setup ## Start Shilu on this machine (Ctrl-C stops it)
	@$(MAKE) --no-print-directory assets || echo "assets could not be built: pages will work without scripts"
	@exec $(BIN)/shilu up

check: setup ## Lint, formatting, types, import walls: what CI holds
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Put the code into its one shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Tests wait more than they reckon; each process has a database server of its own.
JOBS ?= 2

test: setup ## The quick tests (JOBS=… processes)
	$(BIN)/pytest -n $(JOBS) --dist worksteal

# pytest says 5 when no test of the kind exists; that is no failure, and is told.
marked = $(BIN)/pytest -m $(1) || { code=$$?; [ $$code -eq 5 ] && echo "there are no $(1) tests"; }

test-slow: setup ## Tests that take minutes
	@$(call marked,slow)

test-browser: setup assets ## Tests that drive a real browser
	@$(call marked,browser)

test-crash: setup ## Tests that kill processes
	@$(call marked,crash)

assets: ## Fetch the pages' scripts (npm; without it pages work without scripts)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(BUILT); \
	else echo "npm is not installed: pages will work without scripts"; fi

# node_modules goes again, so that it cannot slip into a package.
$(BUILT): api/assets/package.json api/assets/package-lock.json api/assets/build.mjs
	@cd api/assets && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error && node build.mjs
	@rm -rf api/assets/node_modules
	@touch $@

clean: ## Remove what was built; never the data in .shilu
	rm -rf .venv .build api/assets/built api/assets/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
