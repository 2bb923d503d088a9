# make test        style, types, import arrows, tests
# make quickstart  made-up vertebrae, a short study, its report (DATA=DIR: your own prepared dataset)
# make chaos       the kill test: 200 SIGKILLs over drivers, workers and raylets (an hour; CHAOS='--kills 20': fewer)
# make cluster-test  a study on four machines of which some vanish (as root: namespaces; four minutes)
# make bench       all benchmarks that this machine can run, into docs/results (alone, 35 minutes; BENCH='--short': a try)
# make protocol    BUSI and the frozen phantom, from nothing to a page in docs/results; hours, goes on where it stopped
#                  (BUSI=DIR; PROTOCOL=--short: minutes, counts for nothing; its choices first: PROTOCOL='--study generic', then
#                  PROTOCOL='--study improve')
# make venv        the virtual environment that both use

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --constraint constraints.txt
STORAGE ?= studies
NAME ?= quickstart
PHANTOM := data/phantom
DATA ?= $(PHANTOM)
OVERRIDES ?=
CHAOS ?=
BENCH ?=
BUSI ?= ../shared/data/busi
PROTOCOL ?=
export OMP_NUM_THREADS ?= 1

.PHONY: venv test quickstart chaos cluster-test bench protocol lint clean

venv: $(VENV)/ready

# torch comes first, so that no other package chooses a build of it; the build backend too, so that its pins hold.
$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch
	$(PIP) hatchling editables
	$(PIP) --no-build-isolation --editable '.[dev]'
	touch $@

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Tests that start Ray, a browser or other programs, or that count time; the longest begin first.
WAITING := chaos clusters/test_ray_up.py $(patsubst %,platform/execution/test_%.py,study_with_ray shared_gpus \
	existing_cluster packed_study virtual_size odd_nodes expiring_credentials placement ray_watch scratch) \
	platform/submit browser clusters test_bench.py test_protocol.py platform/cli platform/test_study_lock.py

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile $(addprefix --ignore=tests/,$(WAITING))
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=30 $(addprefix tests/,$(WAITING))

chaos: venv
	PYTHONPATH=tests $(BIN)/python tests/chaos/kill_test.py $(CHAOS)

cluster-test: venv
	PYTHONPATH=tests:tests/chaos $(BIN)/python tests/clusters/cluster_test.py

bench: venv
	PYTHONPATH=tests $(BIN)/python -m benchmarks.bench $(BENCH)

protocol: venv
	PYTHONPATH=tests $(BIN)/python -m benchmarks.protocol --busi "$(BUSI)" --storage "$(STORAGE)" \
		$(if $(PROTOCOL),$(PROTOCOL),--page docs/results/busi-$(shell date -u +%F).md) $(OVERRIDES)

quickstart: venv
ifeq ($(DATA),$(PHANTOM))
	test -e $(PHANTOM) || $(BIN)/s4mcl data phantom $(PHANTOM)
endif
	$(BIN)/s4mcl run study=quickstart "name=$(NAME)" "data.path=$(DATA)" "storage=$(STORAGE)" $(OVERRIDES)
	@echo "open $(STORAGE)/$(NAME)/report.html in a browser"

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
