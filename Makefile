# Every line can also be typed by hand. A fresh machine needs Python 3.11+ (venv, pip), make and git; nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PORT ?= 8000

COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-annotate

# A file of tests stays with one worker: what it makes once is made once.
SHARED = --dist loadfile --no-loadscope-reorder

.PHONY: demo test check lint types scan sbom bench lock wheelhouse pictures clean

demo: $(VENV)/.ready
	$(BIN)/pia demo --dir demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

test: $(VENV)/.ready-test
	$(BIN)/python -m pytest -n auto $(SHARED)

check: $(VENV)/.ready-test lint types
	$(BIN)/python -m pytest -n auto $(SHARED)

lint: $(VENV)/.ready-test
	$(BIN)/ruff check pia tests wsgi.py
	$(BIN)/ruff format --check --quiet pia tests wsgi.py
	$(BIN)/lint-imports

types: $(VENV)/.ready-test
	$(BIN)/mypy

# Scanners stand in an environment of their own: their libraries are none of the program's. Landed revisions are not looked at: their text is never edited.
scan: $(VENV)-scan/.ready
	$(VENV)-scan/bin/bandit --quiet --severity-level medium --exclude ./pia/store/migrations/versions -r ./pia ./wsgi.py
	$(VENV)-scan/bin/semgrep scan --quiet --error --metrics=off --disable-version-check --config tests/scan/rules.yaml --exclude pia/store/migrations/versions pia templates wsgi.py
	$(PYTHON) -m tests.scan.advisories

sbom: $(VENV)/.ready $(VENV)-scan/.ready
	$(PYTHON) -m tests.scan.sbom dist/pia.cdx.json

bench: $(VENV)/.ready-test
	$(BIN)/python -m tests.bench.diff

$(VENV)/.ready: requirements.lock setup.cfg pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.ready-test: requirements-test.lock $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	touch $@

$(VENV)-scan/.ready: requirements-scan.lock
	test -x $(VENV)-scan/bin/python || $(PYTHON) -m venv $(VENV)-scan
	$(VENV)-scan/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-scan.lock
	touch $@

# dist/wheelhouse.tar: what is carried to a machine without a network (docs/導入手順書.md).
wheelhouse: $(VENV)/.ready
	packaging/wheelhouse $(BIN)/python dist/wheelhouse
	tar -C dist -cf dist/wheelhouse.tar wheelhouse

# The pictures of the README, of the demonstration as it is now (needs Chromium).
pictures: $(VENV)/.ready-test
	$(BIN)/python -m tests.pictures

lock:
	$(COMPILE) setup.cfg --extra build --extra pg -o requirements.lock
	$(COMPILE) setup.cfg --extra build --extra pg --extra test -o requirements-test.lock
	$(COMPILE) requirements-scan.in -o requirements-scan.lock

clean:
	rm -rf $(VENV) $(VENV)-scan demo build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache artifacts
