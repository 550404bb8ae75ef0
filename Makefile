# Everything here starts from nothing: python3 (3.11 to 3.13) and make are all that a fresh machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-bi soak bench ui lint format lock pictures clean

help:  ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(READY)  ## Make the virtual environment from requirements.lock

# uv installs the lock in seconds where pip takes minutes; its own pin and hashes are cut out of the same lock.
# It trusts the certificates that the system trusts, as pip does, so that a company proxy is no obstacle.
# Bytecode is compiled here, once: where Python may not write it, each process would compile its imports anew (scipy.stats: 1.7 s of CPU, else 0.7).
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1): Python 3.11, 3.12 or 3.13 is needed; try make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Setting up $(VENV) (once; about 1.2 GB) ..."
	@$(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ { found = 1 } found { print } found && !/\\$$/ { exit }' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(VENV)/uv.lock
	@$(BIN)/uv pip install --system-certs --quiet --compile-bytecode --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(BIN)/uv pip install --system-certs --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## From the sandbox's vendor APIs to a published scorecard and a page
	@$(BIN)/kpi sandbox demo

# Tests that share a world run in one process, so that it is built once; the order is that of tests/conftest.py.
test: $(READY)  ## Run the test suite
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

# Superset's pins are not ours: it has an environment of its own (0.9 GB), outside of the tree, named after its lock.
# make test-bi PUBLICATION=var/serving/kpi.duckdb looks at that publication in place of a small one.
BI_VENV ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/marketing-kpis/superset-$(shell sha256sum requirements-bi.lock | cut -c1-12)
test-bi: $(READY) $(BI_VENV)/.ready  ## Import the Superset bundle into a real Superset, and hold its charts to the numbers
	@KPI_BI_VENV=$(BI_VENV) KPI_BI_PUBLICATION=$(PUBLICATION) $(BIN)/python -m pytest tests/bi/check_superset.py

$(BI_VENV)/.ready: | $(READY)
	@echo "Setting up $(BI_VENV) (once; about 0.9 GB) ..."
	@$(PYTHON) -m venv $(BI_VENV)
	@$(BIN)/uv pip install --system-certs --quiet --python $(BI_VENV)/bin/python --require-hashes --requirement requirements-bi.lock
	@touch $@

# A seed that was printed repeats a run: make soak SEED=4711. SOAK takes more options, such as SOAK="--days 10".
soak: $(READY)  ## Live through 60 days of faults, and kill loads and refreshes; may take some hours
	@$(BIN)/python -m tests.soak $(if $(SEED),--seed $(SEED)) $(SOAK)

# Journeys of ten million generated events are part of it; make bench SCALE=1m (10m, 100m, 1b) runs those alone.
bench: $(READY)  ## Time each stage against the same dbt models run bare, and journeys against SQL by hand
	@$(BIN)/python -m $(if $(SCALE),benchmarks.journeys --scale $(SCALE),benchmarks.bench)

ui: $(READY)  ## Dagster on loopback over the sandbox, with the daemon running
	@$(BIN)/kpi sandbox run -- $(BIN)/kpi ui

lint: $(READY)  ## ruff, mypy and sqlfluff
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --processes 2 transform/models transform/tests tests/transform/kpi/project

format: $(READY)  ## Let ruff put the layout right
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(READY)  ## Resolve requirements.lock and requirements-bi.lock anew
	@$(BIN)/uv pip compile pyproject.toml --extra app --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --quiet --output-file requirements.lock
	@$(BIN)/uv pip compile requirements-bi.in --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --quiet --output-file requirements-bi.lock

pictures: $(READY)  ## Draw the README's pictures from the demo's publication; needs Chromium
	@$(BIN)/python docs/pictures.py

clean:  ## Remove the environment and all state
	@rm -rf $(VENV) var transform/target transform/logs
