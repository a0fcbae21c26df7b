# Two commands do all the set-up: `make demo` and `make test`.

PYTHON ?= python3
SHOP ?= flask
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
CORE_VENV := .venv-core
WORKERS ?= 2

# What is compiled once is kept: the tests start hundreds of processes, and each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# This runs in every Python, to say which one is needed.
OTHER := name another one, such as make PYTHON=python3.12
NEW_ENOUGH = command -v $(PYTHON) >/dev/null || { echo "there is no $(PYTHON); $(OTHER)" >&2; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("$(PYTHON) is Python %d.%d, and 3.11 or later is \
	needed; $(OTHER)" % sys.version_info[:2])'

# An environment is installed for one Python and one folder: for another the name of its mark is another.
WHICH := import os, sys; print("%s %s %s" % (sys.version, sys.base_prefix, os.getcwd()))
MARK := .installed-$(shell $(PYTHON) -c '$(WHICH)' 2>/dev/null | cksum | cut -d' ' -f1)
INSTALLED := $(VENV)/$(MARK)
CORE_INSTALLED := $(CORE_VENV)/$(MARK)

# Makes $(1), or makes it anew where its Python is another or is gone, or where the folder was moved.
environment = $(NEW_ENOUGH); \
	{ test "$$($(1)/bin/python -c '$(WHICH)' 2>/dev/null)" = "$$($(PYTHON) -c '$(WHICH)')" && \
	$(1)/bin/pip --version 2>/dev/null | grep -qF "from $(CURDIR)/$(1)/"; } || \
	{ echo "making $(1) with $$($(PYTHON) --version)"; $(PYTHON) -m venv --clear $(1); }

.PHONY: demo test others lint types mypy pyright floors tests core docs clean

demo:  ## a real webshop answers on http://127.0.0.1:$(PORT); SHOP=flask, django or fastapi
	@$(NEW_ENOUGH)
	@exec $(PYTHON) examples/demo.py --shop "$(SHOP)" --port "$(PORT)"

test:  ## all gates; the tests have two processes, and one other gate at a time fills the cores
	$(MAKE) --jobs=2 --output-sync=target tests others

others: lint floors mypy pyright docs

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: mypy pyright

mypy: $(INSTALLED)
	$(BIN)/mypy

# pyright would ask the registry whether there is a newer one.
pyright: $(INSTALLED)
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python

floors: $(INSTALLED)
	$(BIN)/lint-imports

tests: $(INSTALLED)
	$(BIN)/python -m pytest -q -n $(WORKERS) --cov --cov-report= -m "not services and not browser and not slow"
	$(BIN)/coverage report --fail-under=100 --include="$(shell $(BIN)/python tests/floors.py)"

# The library and its core tests once more where no framework and no database is installed.
core: $(CORE_INSTALLED)
	$(CORE_VENV)/bin/python -m pytest -p no:cacheprovider -q -m "not services and not slow" $(shell $(BIN)/python tests/floors.py --core)

docs: $(INSTALLED)
	$(BIN)/sphinx-build --fail-on-warning --quiet -b html docs docs/_build/html

$(INSTALLED): pyproject.toml constraints.txt
	@$(call environment,$(VENV))
	@echo "installing what the tests need into $(VENV): more than a hundred packages, some minutes the first time"
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --group dev --editable ".[flask]"
	rm -f $(VENV)/.installed*; touch $@

$(CORE_INSTALLED): pyproject.toml constraints.txt
	@$(call environment,$(CORE_VENV))
	$(CORE_VENV)/bin/python -m pip install --quiet --upgrade pip
	$(CORE_VENV)/bin/python -m pip install --quiet --no-compile --constraint constraints.txt --group test --editable .
	rm -f $(CORE_VENV)/.installed*; touch $@

clean:
	rm -rf $(VENV) $(CORE_VENV) .venv-demo var docs/_build .coverage*
