# What people type. Everything runs in .venv, which `make setup` makes from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
ENVIRONMENT := .venv/.ready
READY := dbt_project/dbt_packages/.ready
WORKERS ?= 2
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Byte code halves dbt's start-up.
unexport PYTHONDONTWRITEBYTECODE
export UV_LINK_MODE := copy

.PHONY: help setup demo ingest build docs test check lint-python lint-sql athena parity parity-full ci-slim
.PHONY: athena-sql bench faults clean lock

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: $(READY) ## Make .venv from requirements.lock, with uv or plain pip, and install dbt's packages

demo: $(READY) ## Ingest the data that ships with the project, build it, show what came of it: DEMO="--orders 400"
	@$(BIN)/storelake demo $(DEMO)

ingest: $(READY) ## Land what is new in bronze
	@$(BIN)/storelake ingest

build: $(READY) ## dbt build, then publish
	@$(BIN)/storelake build

docs: $(READY) ## Write the dbt docs site with the lineage, and serve it
	@$(BIN)/storelake docs

check: $(READY) ## Lint: ruff, mypy, sqlfluff, yamllint, zizmor
	@$(MAKE) --no-print-directory -j 2 --output-sync=target lint-sql lint-python

lint-python: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	$(BIN)/zizmor --offline --quiet .github/workflows

lint-sql: $(READY)
	WORKERS=$(WORKERS) $(BIN)/python tests/lint_sql.py

test: check ## Everything that proves it; WORKERS=4 on a machine with the cores and 2 GB each
	@$(BIN)/python -m sandbox.aws --fetch || echo "Tests that need Athena's engine are skipped."
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder --max-worker-restart 0

athena: $(READY) ## Test the front, its clients and the bucket on Athena's engine (Trino, a JDK of 24 or newer)
	$(BIN)/pytest -m 'trino and not parity and not parity_full' tests/python/aws

parity: $(READY) ## Build the same bronze on DuckDB and on Athena's engine, and compare every cell
	$(BIN)/pytest -m parity tests/python/aws

parity-full: $(READY) ## The same with an increment, a full refresh, and the models' unit tests on Athena's engine
	$(BIN)/pytest -m parity_full tests/python/aws

ci-slim: $(READY) ## Build on Athena what a change makes others, beside production, and remove it again: SLIM="--name pr-17"
	$(BIN)/storelake slim $(SLIM)

athena-sql: $(READY) ## Write the SQL for Athena of all models and tests: needs neither credentials nor a network
	cd dbt_project && ../$(BIN)/dbt --quiet --no-populate-cache compile --no-introspect --target prod --target-path ../build/athena-sql

bench: $(READY) ## Measure against other ways of doing the same work
	$(BIN)/python -m benchmarks $(BENCH)
	$(BIN)/python -m benchmarks.pulls $(PULLS)
	$(BIN)/python -m benchmarks.builds $(BUILDS)

faults: $(READY) ## Kill, damage and disturb it for half an hour: FAULTS="--signals 200 --seed 7"
	$(BIN)/pytest tests/python/faults -s $(or $(FAULTS),--kills 100 --build-kills 50 --signals 200)

lock: ## Renew requirements.lock (needs uv)
	uv pip compile -q --generate-hashes --group dev pyproject.toml --python-version 3.11 --no-emit-index-url --no-annotate -o requirements.lock

clean: ## Remove the lake, build results and caches; .venv stays
	rm -rf lake export build dbt_project/target dbt_project/logs logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

# dbt's packages are folders of this repository: installing them makes links.
$(READY): $(ENVIRONMENT) dbt_project/packages.yml
	@cd dbt_project && ../$(BIN)/dbt --quiet deps && ../$(BIN)/dbt --quiet parse
	@touch $@

$(ENVIRONMENT): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' \
	  || { echo "Python 3.11 or 3.12 is needed; name one: make setup PYTHON=python3.11"; exit 1; }
	@if command -v uv > /dev/null; then \
	  echo "Making .venv with uv …"; \
	  uv venv -q --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv; \
	  uv pip install -q --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock; \
	  uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  echo "Making .venv with pip (a few minutes; uv would take seconds) …"; \
	  $(PYTHON) -m venv .venv; \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@$(BIN)/python -m storelake.dbt_runner.duckdb_extensions
	@touch $@
