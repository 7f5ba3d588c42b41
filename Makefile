# Everything a developer or CI calls. Needs Python 3.11 or newer with venv, make and git; the rest is installed into .venv.

PYTHON ?= python3
SEEDS ?= 200
KILLS ?= 200
ARGS ?=
# Many tests wait for processes, so that two run for each core.
TESTERS ?= $(shell expr 2 \* $$(nproc))
# And they start hundreds of processes: each would compile syncd anew.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
INPUTS := pyproject.toml constraints.txt syncd/__init__.py

.DEFAULT_GOAL := help
.PHONY: help .venv demo test lint format docs bench bench-check sim windows planted kill test-systemd crash planner coverage clean

help: ## this list
	@sed -n 's/^\([a-z.-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

# Two stamps, so that a demo installs only what syncd needs to run.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "syncd needs Python 3.11 or newer; name one with: make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(INPUTS) | $(BIN)/python
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.development: $(INPUTS) | $(BIN)/python
	$(INSTALL) --editable '.[test,lint]'
	@touch $(VENV)/.runtime $@

.venv: $(VENV)/.development ## the virtual environment, with all that tests and lint need

# An environment of its own: with numpy beside it, which comes with matplotlib, sqlite-utils starts more slowly.
$(VENV)/.bench: $(INPUTS) | $(VENV)/.development
	$(PYTHON) -m venv $(VENV)/plots
	$(VENV)/plots/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt '.[bench]'
	@touch $@

demo: $(VENV)/.runtime ## an embedded Sta.sh and a live two-way mirror; ARGS=--once for one scripted exchange
	$(BIN)/syncd demo $(ARGS)

test: $(VENV)/.development ## the whole suite, with 2,000 seeds of the simulator; ARGS goes to pytest
	SIM_SEEDS=2000 $(BIN)/python -m pytest -n $(TESTERS) $(ARGS)

lint: $(VENV)/.development ## ruff, mypy and the law of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

format: $(VENV)/.development ## let ruff put imports and lines in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.development ## make docs/configuration.md, docs/commands.md and the manual page
	$(BIN)/python -m tests.paper

# A module that is not written yet is a failure and says so; it never passes for a run.
define need
@test -e tests/$(1) -o -e tests/$(1).py || { echo "make $@: tests/$(1) is not there yet" >&2; exit 1; }
endef

bench: $(VENV)/.bench ## measure, beside rclone, curl and others, and write docs/benchmarks.md; ARGS=--help
	$(call need,bench)
	$(BIN)/python -m tests.bench --plots $(VENV)/plots/bin/python $(ARGS)

bench-check: $(VENV)/.development ## count requests and steps, and fail where a bound is broken
	$(call need,bench)
	$(BIN)/python -m tests.bench --check $(ARGS)

sim: $(VENV)/.development ## the simulator over SEEDS seeds
	$(call need,sim)
	$(BIN)/python -m tests.sim --seeds $(SEEDS) $(ARGS)

windows: $(VENV)/.development ## short situations with every act at every seam of one cycle; ARGS=--help
	$(BIN)/python -m tests.sim.windows $(ARGS)

kill: $(VENV)/.development ## kill real processes KILLS times, over a network that fails
	$(call need,kill)
	$(BIN)/python -m tests.kill --kills $(KILLS) $(ARGS)

test-systemd: $(VENV)/.development ## the units under a real systemd in a container; needs root, systemd-nspawn and debootstrap
	$(BIN)/python -m pytest -n 0 -m systemd -rs tests/systemd $(ARGS)

crash: $(VENV)/.development ## kill at every crash point, and again at every one of each recovery; ARGS=--help
	$(BIN)/python -m tests.crash $(ARGS)

planner: $(VENV)/.development ## the planner on every pair of states of two items whose names collide
	$(BIN)/python -m tests.core.pairs $(ARGS)

# Without the enumerations, whose thousands of states would hide that an example is missing, and take minutes.
coverage: $(VENV)/.development ## fail where a branch of syncd/core is not taken by its tests
	$(BIN)/python -m pytest -q -n auto tests/core -m "not enumeration" --cov=syncd.core --cov-branch --cov-fail-under=100 \
	  --cov-report=term-missing:skip-covered $(ARGS)

planted: $(VENV)/.development ## plant mistakes, and say how many seeds the simulator needs to find each
	$(BIN)/python -m tests.sim.planted $(ARGS)

clean: ## remove what was made here, the virtual environment too
	rm -rf $(VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find syncd tests -name __pycache__ -type d -prune -exec rm -rf {} +
