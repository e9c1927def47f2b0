# Two commands matter to a newcomer: `make report` and `make test`. Both set up what they need.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready

.PHONY: setup report test lint docs words studies corruption faults benchmark references sbom audit lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 \
	  && $(BIN)/uv pip sync --quiet --system-certs --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	touch $@

report: $(READY)
	$(BIN)/workbench demo .
	$(BIN)/workbench run --study . --quarter latest --as-of 2026-09-30

test: $(READY) lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests -n auto --dist worksteal
	$(BIN)/python -m pytest -o addopts= -o filterwarnings= -p no:cacheprovider --nbval --nbval-current-env tests/notebooks

lint: $(READY)
	$(BIN)/ruff check src tests reports/words
	$(BIN)/ruff format --check src tests reports/words
	$(BIN)/mypy

docs: $(READY)
	$(BIN)/python docs/make_site.py

# Brings the catalogues of other languages up to date with what the code says.
words: $(READY)
	$(BIN)/python reports/words/collect.py

# Long studies and benchmarks: not part of the tests; their results are tables under docs/.
studies: $(READY)
	$(BIN)/python benchmarks/small_networks.py --write docs/methods/small_networks.md
	$(BIN)/python benchmarks/direction_study.py --write docs/methods/direction_study.md
	$(BIN)/python benchmarks/drift_kinds_study.py --write docs/methods/drift_kinds_study.md
	$(BIN)/python benchmarks/early_warning.py --write docs/methods/early_warning_study.md
	$(BIN)/python benchmarks/driver_ties_study.py --write docs/methods/driver_ties_study.md
	$(BIN)/python benchmarks/dose_study.py --write docs/methods/dose_study.md
	$(BIN)/python benchmarks/reinforcement_study.py --write docs/methods/reinforcement_study.md
	$(BIN)/python benchmarks/follow_through_study.py --write docs/methods/follow_through_study.md
	$(BIN)/python benchmarks/ownership_study.py --write docs/methods/ownership_study.md
	$(BIN)/python benchmarks/dependence_study.py --write docs/methods/dependence_study.md
	$(BIN)/python benchmarks/links_study.py --write docs/methods/links_study.md
	$(BIN)/python benchmarks/power_study.py --write docs/methods/power_study.md
	$(BIN)/python benchmarks/disclosure_study.py --write docs/methods/disclosure_study.md

# What the tests sample from, in full.
corruption: $(READY)
	$(BIN)/python tests/corruption/all_kinds.py --jobs 2 --write docs/methods/corruption_suite.md
	$(BIN)/python tests/corruption/mutations.py --jobs 2 --count 200000

# Mounts small disks: for an administrator of a Linux machine.
faults: $(READY)
	$(BIN)/python tests/faults/all_faults.py --jobs 2 --write docs/methods/faults.md
	$(BIN)/python tests/faults/fleet.py --write docs/methods/fleet.md

benchmark: $(READY)
	$(BIN)/python benchmarks/mixed_models.py
	$(BIN)/python benchmarks/intake_speed.py
	$(BIN)/python benchmarks/reports_speed.py --study .

references: $(READY)
	$(BIN)/python tests/notebooks/make_references.py

sbom: $(READY)
	$(BIN)/python docs/make_sbom.py

# Asks a public list of advisories, and so needs the network.
audit: $(READY)
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip

lock:
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --override requirements.overrides \
	  --output-file requirements.lock --quiet

clean:
	rm -rf build dist .venv
