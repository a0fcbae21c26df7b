# Two commands do all the set-up: `make demo` and `make test`.

PYTHON ?= python3
SHOP ?= flask
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
CORE_VENV := .venv-core
WORKERS ?= 2

.PHONY: demo test others lint types mypy pyright floors tests core docs clean

demo: $(VENV)/.installed  ## a real webshop answers on http://127.0.0.1:$(PORT)
	$(BIN)/python -m examples.$(SHOP)_app --port $(PORT) --data var/$(SHOP)

test:  ## all gates; the tests have two processes, and one other gate at a time fills the cores
	$(MAKE) --jobs=2 --output-sync=target tests others

others: lint floors mypy pyright docs

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: mypy pyright

mypy: $(VENV)/.installed
	$(BIN)/mypy

# pyright would ask the registry whether there is a newer one.
pyright: $(VENV)/.installed
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python

floors: $(VENV)/.installed
	$(BIN)/lint-imports

tests: $(VENV)/.installed
	$(BIN)/python -m pytest -q -n $(WORKERS) --cov --cov-report= -m "not services and not browser"
	$(BIN)/coverage report --fail-under=100 --include="$(shell $(BIN)/python tests/floors.py)"

# The library and its core tests once more where no framework and no database is installed.
core: $(CORE_VENV)/.installed
	$(CORE_VENV)/bin/python -m pytest -p no:cacheprovider -q -m "not services" $(shell $(BIN)/python tests/floors.py --core)

docs: $(VENV)/.installed
	$(BIN)/sphinx-build --fail-on-warning --quiet -b html docs docs/_build/html

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --group dev --editable ".[flask]"
	touch $@

$(CORE_VENV)/.installed: pyproject.toml constraints.txt
	test -x $(CORE_VENV)/bin/python || $(PYTHON) -m venv $(CORE_VENV)
	$(CORE_VENV)/bin/python -m pip install --quiet --upgrade pip
	$(CORE_VENV)/bin/python -m pip install --quiet --no-compile --constraint constraints.txt --group test --editable .
	touch $@

clean:
	rm -rf $(VENV) $(CORE_VENV) var docs/_build .coverage*
