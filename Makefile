# Everything runs from a virtual environment in .venv, which the first target that needs it makes.
# Another Python: make test PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Where it is set, each of the hundreds of processes that the tests start compiles the program again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run install test newest lint format bench soak mutants fuzz gpu wheel matrix screenshots catalogs clean
.DEFAULT_GOAL := help

help:
	@echo "make run          open the window on a first example"
	@echo "make test         lint, types, import rules, then every test"
	@echo "make newest       the same with the newest version of everything, in .venv-newest"
	@echo "make lint         only lint, types and import rules"
	@echo "make format       let ruff format and fix"
	@echo "make bench        measure tracing, drawing and start-up; prints figures, judges nothing"
	@echo "make soak         1,000 runs in one window: memory, descriptors, threads and time"
	@echo "make mutants      which small changes of the code that decides no test notices (takes hours)"
	@echo "make fuzz         damage 20,000 trace documents at random and show what is still read (an hour)"
	@echo "make gpu          what a GPU of NVIDIA's must show, as a table; at most six minutes"
	@echo "make wheel        build the wheel and the sdist into dist, and try the wheel in an empty environment"
	@echo "make matrix       the tests with each Python found and the oldest and newest torch"
	@echo "make screenshots  pictures of the real window, under Xvfb: the README's, the guide's, each example's and panel's"
	@echo "make catalogs     bring the translations up to date with the texts, and compile them"
	@echo "make clean        remove .venv and every cache"

run: $(INSTALLED)
	@$(BIN)/python -m tests.tools.prepare_system window
	$(BIN)/python -m app $(FILE)

install: $(INSTALLED)

# The Python is looked at before anything is made with it: pip's own message for one that is too
# old names neither the version that is needed nor how to choose another.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "$(PYTHON) was not found. Tapescope needs Python 3.11 to 3.14; install one, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { \
	    echo "Tapescope needs Python 3.11 to 3.14 and $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    apt-get -qq update && apt-get -qq install -y --no-install-recommends python3-venv </dev/null; } || { \
	    echo "$(PYTHON) cannot make virtual environments. Debian, Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# With the versions that are known to work together; torch comes in the range of pyproject.toml.
$(INSTALLED): pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check $(CONSTRAINTS:%=-c %) -e '.[dev]'
	@touch $@

# Each worker keeps one tracing process for all its tests; a module's tests stay with one worker.
test: lint
	@$(BIN)/python -m tests.tools.prepare_system tests
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder

newest:
	$(MAKE) test VENV=.venv-newest CONSTRAINTS=

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(INSTALLED)
	$(BIN)/python -m tests.benchmarks

soak: $(INSTALLED)
	@$(BIN)/python -m tests.tools.prepare_system tests
	TAPESCOPE_RUNS=1000 $(BIN)/python -m pytest -q -n 0 -s tests/end_to_end/test_long_session.py

# A part alone: make mutants MUTANTS='graphviz_render.layered.crossings.*'
mutants: $(INSTALLED)
	$(BIN)/mutmut run $(MUTANTS)
	@$(BIN)/mutmut results | grep -v ': not checked$$' || echo '    none survived'

# What went wrong again: make fuzz FUZZ='1 SEED'
FUZZ ?= 20000
fuzz: $(INSTALLED)
	$(BIN)/python -m tests.tools.fuzz_documents $(FUZZ)

# A part of the tests: make matrix TESTS=tests/tracer
matrix: $(INSTALLED)
	$(BIN)/python -m tests.tools.matrix $(TESTS)

wheel: $(INSTALLED)
	@$(BIN)/python -m tests.tools.prepare_system window
	$(BIN)/python -m tests.tools.wheel

gpu: $(INSTALLED)
	$(BIN)/python -m tests.tools.gpu

screenshots: $(INSTALLED)
	@$(BIN)/python -m tests.tools.prepare_system tests
	$(BIN)/python -m tests.tools.screenshots
	$(BIN)/python -m tests.tools.screenshots screenshots
	$(BIN)/python -m tests.tools.panel_pictures screenshots/panels
	LANGUAGE=en $(BIN)/python -m tests.tools.guide_pictures
	LANGUAGE=zh_CN $(BIN)/python -m tests.tools.guide_pictures

# A new language: make catalogs LANGUAGES=de
catalogs: $(INSTALLED)
	$(BIN)/python -m tests.tools.catalogs $(LANGUAGES)

clean:
	rm -rf .venv .venv-newest .matrix dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis mutants
