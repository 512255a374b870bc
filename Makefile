# Everything a newcomer needs: `make up` and `make test`. Both set up .venv by themselves.
PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed

.PHONY: up serve test bench lint types lock clean
.DELETE_ON_ERROR:

up: $(RUNTIME)
	$(BIN)/portcullis up --verify

serve: $(RUNTIME)
	$(BIN)/portcullis up

test: $(DEV) lint types
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy
	$(BIN)/mypy __main__.py
	$(BIN)/mypy policies/__main__.py

bench: $(DEV)
	$(BIN)/python -m benchmarks

$(RUNTIME): requirements/runtime.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Portcullis needs Python 3.11 or newer, found " + sys.version.split()[0] + ". Run: make PYTHON=python3.12 " + "up")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(DEV): requirements/dev.txt $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

lock: $(DEV)
	cd requirements && ../$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q runtime.in -o runtime.txt
	cd requirements && ../$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q dev.in -c runtime.txt -o dev.txt
	cd authorizer && ../$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q requirements.in -c ../requirements/runtime.txt -o requirements.txt

clean:
	rm -rf .venv .portcullis .mypy_cache .ruff_cache .pytest_cache .hypothesis
