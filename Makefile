# One command per chore.  PYTHON is the one of the virtual environment if there is one: make test PYTHON=python3.12

PYTHON ?= $(firstword $(wildcard .venv/bin/python) python3)
PYTEST := $(PYTHON) -m pytest -q -n auto
# Tests that start the program again and again.
PROCESSES := tests/test_cli.py tests/test_commands.py tests/test_readme.py
KERNELS := $(wildcard tests/test_kernels_*.py)
COMPILED := $(KERNELS) $(wildcard tests/test_count.py tests/test_segment.py)
RESULTS := bench/.cache/results.jsonl

.DEFAULT_GOAL := help
.PHONY: help install kernels test test-fast exchange bounds interpreted lint format types check corpora docs wheel fuzz faults soak bench

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: ## make .venv and install minent there, as it is being edited, with the tools for it
	python3 -m venv .venv
	.venv/bin/python -m pip install -q -e '.[dev]'

kernels: ## compile the kernels anew after a change: until then numba compiles them when they run
	$(PYTHON) build_kernels.py

test: ## all tests
	$(PYTEST)

test-fast: ## tests within one process; those that failed last time first, stopping at the first failure
	$(PYTEST) -x --failed-first $(PROCESSES:%=--ignore=%)

exchange: ## tests with the programs that exports are for; one that is missing is a failure
	MINENT_EXCHANGE=required $(PYTEST) tests/test_exchange.py tests/test_docs.py tests/test_exchange_words.py

# numba's cache does not tell code with bounds checks from code without: it needs a place of its own.
bounds: ## tests of compiled code with every index checked
	@test -n "$(KERNELS)" || { echo "there are no tests/test_kernels_*.py" >&2; exit 1; }
	cache=$$(mktemp -d) && trap 'rm -rf "$$cache"' EXIT && \
	NUMBA_CACHE_DIR="$$cache" NUMBA_BOUNDSCHECK=1 $(PYTEST) $(COMPILED)

# Hashes overflow on purpose: compiled code says nothing about it, numpy does.
interpreted: ## tests of the kernels as plain Python
	@test -n "$(KERNELS)" || { echo "there are no tests/test_kernels_*.py" >&2; exit 1; }
	NUMBA_DISABLE_JIT=1 $(PYTEST) -W "ignore:overflow encountered:RuntimeWarning" $(KERNELS)

lint: ## rules and layout of the code
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: ## lay the code out, mend what can be mended by itself
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types: ## type annotations
	$(PYTHON) -m mypy

check: lint types test ## lint, types and test: what must pass before a commit

corpora: ## write the manifest of the sample texts anew
	$(PYTHON) corpora/manifest.py

fuzz: ## damaged files for everything that reads one: make fuzz RUNS=1000000
	$(PYTHON) tests/fuzzing.py --runs $(or $(RUNS),10000)

faults: ## kills, signals, full disks and the like at random moments: make faults RUNS=1000
	$(PYTHON) tests/faults.py --runs $(or $(RUNS),100)

soak: ## random commands, corpora and faults for an hour, or make soak MINUTES=5
	$(PYTHON) tests/soak.py --minutes $(or $(MINUTES),60)

# From the wheel alone: nothing of the sources is in sight.
wheel: ## build dist/: the sources, from these a wheel, and see that it works in a place of its own
	rm -rf dist
	$(PYTHON) -m hatchling build -t sdist
	$(PYTHON) -m pip wheel -q --no-deps -w dist dist/*.tar.gz
	place=$$(mktemp -d) && trap 'rm -rf "$$place"' EXIT && $(PYTHON) -m venv "$$place" && \
	"$$place/bin/pip" install -q dist/*.whl && "$$place/bin/minent" --version && \
	printf 'the rose of the name of the rose\n%.0s' 1 2 3 > "$$place/text" && cd "$$place" && \
	bin/minent build-lexicon text -o words.tsv && bin/minent segment -m words.tsv text && \
	bin/minent train-tokenizer text --vocab-size 270 -o tokens.json && \
	bin/minent encode -m tokens.json text | bin/minent decode -m tokens.json | cmp - text

docs: ## write docs/cli.md and docs/api.md anew
	$(PYTHON) docs/make.py

bench: ## measure and write bench/RESULTS.md; make bench CASES=startup; texts: see bench/README.md
	mkdir -p $(dir $(RESULTS))
	$(PYTHON) bench/run.py $(CASES) --out $(RESULTS)
	$(PYTHON) bench/compare.py $(RESULTS) --into bench/RESULTS.md
