# `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ADDRESS ?= 127.0.0.1
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help book test lint serve lab bench clean lock

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

book: $(VENV)/.book ## create the environment, execute the notebooks, build _build/html
	@$(BIN)/python scripts/build.py

test: $(VENV)/.test book lint ## lint, then all tests: mathematics, notebooks, pages in a browser
	@echo "Looking for a Chromium …"
	@CHROMIUM="$$($(BIN)/python scripts/browser.py | tail -n 1)" && export CHROMIUM && \
	  echo "Testing with $$CHROMIUM" && $(BIN)/python -m pytest

lint: $(VENV)/.test ## ruff over code and notebooks
	@echo "Linting …"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

serve: book ## serve the built book on this machine
	@echo "Serving _build/html at http://$(ADDRESS):$(PORT)/ (stop with Ctrl-C)"
	@$(BIN)/python -m http.server --bind $(ADDRESS) --directory _build/html $(PORT)

lab: $(VENV)/.book ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir notebooks

bench: $(VENV)/.test ## measure, and write benchmarks/RESULTS.md
	@$(BIN)/python benchmarks/bench.py

clean: ## remove the environment and everything built
	rm -rf $(VENV) _build .pytest_cache .ruff_cache .hypothesis src/*.egg-info

lock: $(VENV)/.test ## rewrite constraints.txt from this environment
	@$(BIN)/python -m pip freeze --exclude-editable > constraints.txt
	@echo "Wrote constraints.txt"

$(VENV)/.book: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make book PYTHON=python3.11")'
	@echo "Creating $(VENV) and installing the pinned versions …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.test: $(VENV)/.book
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@
