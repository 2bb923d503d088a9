# make test        style, types, import arrows, tests
# make quickstart  made-up vertebrae, a short study, its report (DATA=DIR: your own prepared dataset)
# make venv        the virtual environment that both use

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STORAGE ?= studies
NAME ?= quickstart
DATA ?= data/phantom
OVERRIDES ?=
export OMP_NUM_THREADS ?= 1

.PHONY: venv test quickstart lint clean

venv: $(VENV)/ready

# torch comes first, so that no other package chooses a build of it.
$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint
	$(BIN)/python -m pytest

quickstart: venv
	test -e $(DATA) || $(BIN)/s4mcl data phantom $(DATA)
	$(BIN)/s4mcl run study=quickstart name=$(NAME) data.path=$(DATA) storage=$(STORAGE) $(OVERRIDES)
	@echo "open $(STORAGE)/$(NAME)/report.html in a browser"

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
