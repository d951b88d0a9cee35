# FinMatch: everything from set-up to checks. `make help` lists the targets.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install $(if $(CI),--quiet --progress-bar off)
PYTEST_ARGS ?=
OUT ?= out
SHARED_DATA ?= ../shared/data

# Only `make lock` needs it; pinned so that two people write the same lock files.
LOCKER := uv==0.13.9

# Linear algebra on one thread: the checks share a small machine, and sums keep their order.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

BASE := $(VENV)/.installed-base
DEV := $(VENV)/.installed-dev
PEERS := $(VENV)/.installed-peers
ENCODER := $(VENV)/.installed-encoder
ASSETS := $(VENV)/.installed-assets
DEV_ASSETS := $(VENV)/.installed-dev-assets

.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

.PHONY: help demo test setup setup-dev setup-all check lint types layers unit bench lock clean \
	screenshots \
	evaluate evaluate-crunchbase evaluate-itjuzi evaluate-ppp

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-20s  %s\n", $$1, $$2 }' Makefile

demo: $(BASE) $(ASSETS) ## Set up, build the demo world, train, print matches, and serve the pages
	$(BIN)/finmatch demo
	$(BIN)/finmatch serve --demo

test: setup-all ## Set up everything, then run lint, types, layers and tests
	@$(MAKE) --no-print-directory check

setup: $(BASE) $(ASSETS) ## Create .venv and install what running FinMatch needs
setup-dev: $(DEV) $(DEV_ASSETS) ## The same, and what checking it needs (no encoder, no peers)
setup-all: $(DEV) $(DEV_ASSETS) $(PEERS) $(ENCODER) ## The same, and the extras that the tests use

check: lint types layers unit ## Run all checks in the environment as it stands

lint: $(DEV) ## Check lint rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV) ## Check types
	$(BIN)/mypy

layers: $(DEV) ## Check that imports keep to the layers
	$(BIN)/lint-imports --no-logo

unit: $(DEV) ## Run the tests; PYTEST_ARGS are passed on
	$(ONE_THREAD) $(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(DEV) ## Run the benchmarks; each prints ratios measured in one run
	@set -e; for script in benchmarks/bench_*.py; do \
		echo "== $$script"; $(BIN)/python "$$script"; done

evaluate: evaluate-crunchbase evaluate-itjuzi evaluate-ppp ## Evaluate on the three real windows

evaluate-crunchbase: $(BASE) ## Evaluate on Crunchbase, first half of 2013
	$(BIN)/finmatch evaluate crunchbase --data $(SHARED_DATA)/crunchbase \
		--split-at 2013-01-01 --until 2013-06-30 --out $(OUT)/crunchbase

evaluate-itjuzi: $(BASE) ## Evaluate on IT桔子, second half of 2015
	$(BIN)/finmatch evaluate itjuzi --data $(SHARED_DATA)/itjuzi \
		--split-at 2015-07-01 --until 2015-12-31 --out $(OUT)/itjuzi

evaluate-ppp: $(BASE) ## Evaluate on PPP loans, May and June 2020
	$(BIN)/finmatch evaluate ppp --data $(SHARED_DATA)/ppp \
		--split-at 2020-05-01 --until 2020-06-30 --out $(OUT)/ppp

screenshots: $(DEV) $(DEV_ASSETS) ## Take the README's pictures of the pages, of a fresh demo world
	$(BIN)/python -m tests.browser.screenshots docs/screenshots

lock: $(BASE) ## Write the lock files anew; UPGRADE=--upgrade takes newer versions
	$(PIP) install --quiet '$(LOCKER)'
	./requirements/lock.sh $(BIN)/uv $(UPGRADE)

clean: ## Remove the environment, caches and output
	rm -rf $(VENV) $(OUT) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. A stamp file stands for each installed lock; a second `make` finds it newer and rests.

$(BIN)/python:
	@for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if command -v "$$candidate" >/dev/null 2>&1 && "$$candidate" -c \
			'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			echo "Creating $(VENV) with $$candidate"; \
			"$$candidate" -m venv $(VENV) && exit 0; \
			rm -rf $(VENV); \
			echo "$$candidate cannot create an environment; install its venv package" \
				"(Debian: apt-get install python3-venv)." >&2; exit 1; \
		fi; done; \
	echo "FinMatch needs Python 3.11 or newer; install it, or say PYTHON=/path/to/python." >&2; \
	exit 1

$(BASE): requirements/base.lock pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements/base.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements/dev.lock $(BASE)
	$(INSTALL) --require-hashes -r requirements/dev.lock
	@touch $@

# A peer has no ready-made wheel for some Python versions and then needs a C compiler. Without
# one its tests skip; where CI is set that is an error.
$(PEERS): requirements/peers.lock $(DEV)
	@if $(INSTALL) --require-hashes -r requirements/peers.lock; then touch $@; \
	elif [ -n "$(CI)" ]; then exit 1; \
	else echo "The extra [peers] is not installed (a C compiler may be missing);" \
		"its tests skip." >&2; fi

$(ENCODER): requirements/encoder.lock $(DEV)
	$(INSTALL) -r requirements/encoder.lock
	@touch $@

# What pages load comes from npm, pinned by requirements/web/package-lock.json. Where the system
# has no npm, Node comes as a wheel.
WEB_LOCK := requirements/web/package-lock.json requirements/web/install.py

$(VENV)/.installed-node: requirements/node.lock | $(BIN)/python
	@command -v npm >/dev/null 2>&1 || $(INSTALL) --require-hashes -r requirements/node.lock
	@touch $@

# Pages work without the assets, only less smoothly; the tests that look at them in a browser skip.
$(ASSETS): $(WEB_LOCK) $(VENV)/.installed-node $(BASE)
	@if $(BIN)/python requirements/web/install.py; then touch $@; \
	else echo "The pages' assets could not be fetched from npm; pages work without scripts." >&2; fi

$(DEV_ASSETS): $(WEB_LOCK) $(VENV)/.installed-node $(BASE)
	@if $(BIN)/python requirements/web/install.py --with-dev; then touch $@ $(ASSETS); \
	else echo "The pages' assets could not be fetched from npm; browser tests skip." >&2; fi
