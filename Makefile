.DEFAULT_GOAL := help
.PHONY: help setup footage demo test test-long lint bench clean

BIN := .venv/bin
# Qt tests get a virtual screen where there is one; read after setup, which installs it.
SCREEN = $(if $(shell command -v xvfb-run),xvfb-run -a,env QT_QPA_PLATFORM=offscreen)

help:  ## say what there is to make
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup:  ## system libraries and .venv; every other target does this first
	@.ci/setup.sh

footage: setup
	@$(BIN)/python .ci/footage.py

demo: footage  ## score and render a small edit of real footage into build/demo/
	@$(BIN)/python .ci/demo.py

# What measures time, or plays through the one JACK server, runs by itself; all else on two cores side by side.
ALONE := tests/player tests/engine tests/plugins tests/timeline/test_hostile_resources.py tests/contracts/test_benchmarks.py
ALONE_LONG := $(ALONE) tests/end_to_end/test_daemon.py tests/end_to_end/test_daemon_parts.py tests/end_to_end/test_scale.py tests/timeline/test_kdenlive_real.py tests/export/test_ardour.py tests/vision/test_memory.py tests/vision/test_cache.py tests/training
# Minutes of real time in which little is computed: they run beside the tests that compute, which give way to them.
WAITING := tests/player/test_ardour.py tests/player/test_ardour_grid.py tests/player/test_ardour_orders.py tests/player/test_lead_ardour.py tests/player/test_soak_live.py
BESIDE := -n 2 --dist loadfile --ignore=tests/ui
# Two processes whose two threads each wait for one another on two cores take many times as long.
ONE_THREAD := env OMP_NUM_THREADS=1

test: lint footage  ## lint, types, import rules and every test that takes seconds
	$(ONE_THREAD) $(BIN)/pytest -m "not long" $(BESIDE) $(ALONE:%=--ignore=%)
	$(BIN)/pytest -m "not long" $(ALONE)
	$(SCREEN) $(BIN)/pytest -m "not long" -p pytestqt.plugin tests/ui

test-long: footage  ## the tests that take minutes
	@$(BIN)/pytest -m long $(WAITING) >build/waiting.log 2>&1 & waiting=$$!; \
	nice -n 5 $(ONE_THREAD) $(BIN)/pytest -m long $(BESIDE:loadfile=load) $(ALONE_LONG:%=--ignore=%); computing=$$?; \
	wait $$waiting; waited=$$?; cat build/waiting.log; exit $$((computing | waited))
	$(BIN)/pytest -m long $(ALONE_LONG) $(WAITING:%=--ignore=%)

lint: setup  ## ruff, mypy --strict and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

bench: setup  ## measure everything and write docs/benchmarks.md
	$(BIN)/python -m benchmarks --write docs/benchmarks.md

clean:  ## remove what was built; .venv stays
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
