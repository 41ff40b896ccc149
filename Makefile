# `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ADDRESS ?= 127.0.0.1
PORT ?= 8000
# Asks `make test` what it covers: COV=--cov, which takes a third longer before Python 3.14.
COV ?=
# Who gives the talk of `make slides`, and where; else the author in _config.yml.
BY ?=
# Where `make figures` puts the sliders for ρ(W).
RHO ?= 1.4
# What `make bench` compares with. PyTorch takes part where it is installed already, or
# with PEERS=bench,torch; tools that make figures move with PEERS=bench,peers.
# BENCH=--build also times `make book`.
PEERS ?= bench
BENCH ?=

# Installs, and says how far it is: pip lists every file, or with --quiet nothing for a
# minute. A pipe would hide that it failed, so a file tells.
define install
@{ PYTHONUNBUFFERED=1 $(BIN)/python -m pip install --disable-pip-version-check \
     --progress-bar off $(1) || touch $(VENV)/.failed; } | \
  awk '/^Collecting/ && ++n % 20 == 0 { print "  " n " packages found, " $$2; fflush() } \
       /^Installing collected/ { print "  unpacking " NF - 3 " packages …"; fflush() }'
@! rm $(VENV)/.failed 2> /dev/null
endef

# In any locale, files are read as what they are.
export PYTHONUTF8 := 1
# Whatever the environment says, what is compiled is kept: else each of the many processes
# that build and test compiles all that it imports, which takes most of its time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help book test test-firefox lint serve lab binder oldest newest tidy slides student solutions figures pdf screens bench clean lock

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

book: $(VENV)/.book ## create the environment, execute the notebooks, build _build/html
	@$(BIN)/python scripts/build.py

test: $(VENV)/.test book lint ## lint, then all tests: mathematics, notebooks, pages in a browser
	@echo "Looking for a Chromium …"
	@CHROMIUM="$$($(BIN)/python scripts/browser.py | tail -n 1)" && export CHROMIUM && \
	  echo "Testing the mathematics and the tools …" && \
	  $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(COV) \
	    -m "not browser and not firefox" && \
	  echo "Testing the pages with $$CHROMIUM …" && \
	  $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "browser"

test-firefox: $(VENV)/.test book ## run the tests of the interactive figures in Firefox, too
	@echo "Looking for a Firefox …"
	@FIREFOX="$$($(BIN)/python scripts/browser.py firefox | tail -n 1)" && export FIREFOX && \
	  echo "Testing with $$FIREFOX" && $(BIN)/python -m pytest -m firefox

lint: $(VENV)/.test ## ruff over code and notebooks, mypy over the package
	@echo "Linting …"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

serve: book ## serve the built book on this machine
	@echo "Serving _build/html at http://$(ADDRESS):$(PORT)/ (stop with Ctrl-C)"
	@$(BIN)/python -m http.server --bind $(ADDRESS) --directory _build/html $(PORT)

lab: $(VENV)/.book ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir notebooks

# repo2docker, which Binder runs, wants Docker; what it does with this repository is to
# install requirements.txt and nothing else.
binder: $(VENV)/.test ## install what Binder installs, and run every notebook there in a browser
	@echo "Installing requirements.txt into a fresh environment …"
	@$(PYTHON) -m venv --clear _build/binder
	@_build/binder/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@_build/binder/bin/python -m pip check
	@CHROMIUM="$$($(BIN)/python scripts/browser.py | tail -n 1)" && export CHROMIUM && \
	  JUPYTER_PYTHON=_build/binder/bin/python PYTHONPATH= JUPYTER_PATH= \
	  $(BIN)/python -m pytest tests/test_jupyter.py

oldest: RESOLUTION := lowest-direct
# Old releases call what newer ones of their own dependencies deprecate.
oldest: LENIENT := -W ignore::DeprecationWarning
newest: RESOLUTION := highest
oldest: ## test the package with the lower bounds of pyproject.toml
newest: ## test the package with the newest releases of what it needs
# The book is built with the pinned versions, which lie between. Of the tests, those that
# need the package and nothing of the book.
oldest newest:
	@echo "Installing the $@ versions into a fresh environment …"
	@$(PYTHON) -m venv --clear _build/$@
	@_build/$@/bin/python -m pip install --quiet --disable-pip-version-check uv
	@. _build/$@/bin/activate && \
	  uv pip install --quiet --resolution $(RESOLUTION) --extra symbolic --extra plots --extra widgets \
	    -r pyproject.toml && \
	  uv pip install --quiet -e . hypothesis pytest pytest-xdist && \
	  uv pip check && uv pip list && \
	  python -m pytest -n 2 $(LENIENT) -m "not browser and not firefox" \
	    $$(grep -lE '^ *(from|import) rnn_demo' tests/test_*.py | \
	       xargs grep -LE '^(from|import) (conftest|jax|nbformat)')

tidy: $(VENV)/.book ## strip the notebooks of outputs, and let each install from this repository
	@$(BIN)/python scripts/notebooks.py

slides: book ## write the reveal.js decks for 20 and 50 minutes to _build/slides (BY="Ada Lovelace, Turin")
	@$(BIN)/python scripts/slides.py --by "$(BY)"

student: $(VENV)/.book ## write notebooks without solutions to _build/student
	@$(BIN)/python scripts/handout.py student

solutions: $(VENV)/.book ## write notebooks with solutions to _build/solutions
	@$(BIN)/python scripts/handout.py solutions

figures: $(VENV)/.book ## write every figure as SVG, PDF, PNG to _build/figures (RHO=1.4)
	@$(BIN)/python scripts/figures.py --rho $(RHO)

pdf: $(VENV)/.test book ## print the whole book to _build/book.pdf
	@$(BIN)/python scripts/browser.py > /dev/null
	@$(BIN)/python scripts/pdf.py

screens: $(VENV)/.test book ## take pictures of every page, into _build/screens
	@$(BIN)/python scripts/browser.py > /dev/null
	@$(BIN)/python scripts/screens.py

bench: $(VENV)/.test book ## measure, and write benchmarks/RESULTS.md
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(PEERS)]'
	@$(BIN)/python scripts/browser.py > /dev/null
	@$(BIN)/python benchmarks/bench.py $(BENCH)

clean: ## remove the environment and everything built
	rm -rf $(VENV) _build .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage .coverage.* src/*.egg-info

lock: $(VENV)/.test ## rewrite constraints.txt from this environment
	@$(BIN)/python -m pip freeze --exclude-editable > constraints.txt
	@echo "Wrote constraints.txt"

$(VENV)/.book: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (the book is tested with 3.11 and 3.14); name one: make book PYTHON=python3.11")'
	@echo "Creating $(VENV) and installing the pinned versions …"
	@$(PYTHON) -m venv $(VENV)
	@# Python compiles the modules that it imports; compiling all here takes ten seconds.
	$(call install,--no-compile -r requirements.txt)
	@touch $@

$(VENV)/.test: $(VENV)/.book
	@echo "Installing what the tests need …"
	$(call install,-c constraints.txt -e '.[test]')
	@touch $@
