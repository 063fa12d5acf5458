# Everything here needs Python 3.11 or newer and make. `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run manage test check format bench proof newman screenshots reset lock env

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$name && break; done)
PY := .venv/bin/python
# Wheels only: nothing is compiled on this machine. The files pin everything, so pip resolves nothing.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input \
	--only-binary :all: --no-deps --no-compile
LOCK = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
	--no-emit-find-links --no-emit-index-url $(ARGS)
SERVERS := $(PY) -m config.embedded
# The tests start Python a hundred times: whatever the shell says, it compiles once.
unexport PYTHONDONTWRITEBYTECODE
ARGS ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: .venv/run ## start all of Gangway on this machine; Ctrl-C stops it
	@exec $(PY) -m config.serve run --with-parent

manage: .venv/run ## ARGS="reconcile": a management command beside `make run`
	@exec $(PY) -m config.serve manage $(ARGS)

# In the order of the folders, not of the number of tests: long files with few tests come first.
test: .venv/dev node_modules ## the whole test suite, on servers of its own
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q $(ARGS)

check: .venv/dev ## everything that CI asks, and the tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy .
	.venv/bin/lint-imports --no-logo
	$(SERVERS) sh .ci/django-checks
	$(MAKE) test

format: .venv/dev ## let ruff format and mend what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

proof: .venv/dev ## the slow proofs that `make test` leaves out
	@exec $(PY) -m pytest -m proof -q $(ARGS)

bench: .venv/dev ## figures of this machine, into benchmarks/results/
	@test -f benchmarks/__main__.py || { echo "benchmarks/__main__.py is missing"; exit 1; }
	@exec $(PY) -m benchmarks $(ARGS)

newman: .venv/run ## run the Postman collection against `make run`; needs npm
	@exec sh docs/postman/run.sh

screenshots: .venv/dev ## pictures of the pages, into docs/images/; needs Chromium
	@exec $(PY) docs/screenshots.py

reset: .venv/run ## drop the data `make run` keeps
	@exec $(PY) -m config.serve reset

env: .venv/run ## write fresh secrets into .env, for docker compose
	@test ! -e .env || { echo ".env exists; remove it first"; exit 1; }
	@umask 077 && $(PY) -m config.serve secrets > .env && echo "wrote .env"

lock: .venv/dev ## resolve requirements*.in into the pinned files; ARGS=--upgrade renews every pin
	$(PIP) uv==0.13.8
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) -c requirements.txt requirements-dev.in -o requirements-dev.txt

.venv/made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: PYTHON=/path/to/python make run"; exit 1; }
	@echo "Making .venv with $(PYTHON)"
	@rm -rf .venv && $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Python's venv module is incomplete; on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

.venv/run: requirements.txt .venv/made
	@echo "Installing what Gangway runs on"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	@echo "Installing what the tests and checks need"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# What looks at the pages in the browser tests; without it those tests are skipped.
node_modules: node_modules/.package-lock.json
node_modules/.package-lock.json: package-lock.json
	@if command -v npm >/dev/null; then npm ci --ignore-scripts --no-audit --no-fund --silent \
		&& touch $@ || echo "npm ci failed: the tests that need it are skipped"; \
		else echo "No npm: the tests that need axe-core are skipped"; fi
