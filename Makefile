# Everything a newcomer needs: `make up` and `make test`. Both set up .venv by themselves.
PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed

.PHONY: up serve test pytest bench lint types lock clean FORCE
.DELETE_ON_ERROR:

up: $(RUNTIME)
	$(BIN)/portcullis up --verify

serve: $(RUNTIME)
	$(BIN)/portcullis up

# Some tests wait for processes, and mypy needs one processor: they run side by side, the tests before mypy.
test: $(DEV) lint
	@$(MAKE) --no-print-directory -j2 types pytest

pytest: $(DEV)
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	nice $(BIN)/mypy

bench: $(DEV)
	$(BIN)/python -m benchmarks

# Checked by every make: `venv` adds bin/pip last, so a killed run leaves none; an upgrade of Python may remove the
# interpreter that .venv links to. Either way .venv is made again.
$(BIN)/pip: FORCE
	@test -e $@ && $(BIN)/python -c 'import pip' 2>/dev/null || rm -rf .venv
	@test -e $@ || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Portcullis needs Python 3.11 or newer, found " + sys.version.split()[0] + ". Run: make PYTHON=python3.12 " + "up")'
	@test -e $@ || $(PYTHON) -c 'import venv; from ensurepip import bootstrap' 2>/dev/null || $(PYTHON) -c 'import sys; sys.exit("$(PYTHON) cannot make .venv: its modules venv and ensurepip are missing. On Debian and Ubuntu, run: sudo apt install python%d.%d-venv, then run make again." % sys.version_info[:2])'
	@test -e $@ || $(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# A killed pip leaves a package without INSTALLER, one of the last files it writes, and the next pip takes that package
# for installed. Without its metadata, pip installs it again.
define install
	@for package in .venv/lib/python3*/site-packages/*.dist-info; do test -e $$package/INSTALLER || rm -rf $$package; done
	@echo "Installing $(1) into .venv. The first time takes one to three minutes."
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r $(1)
endef

# libmodsecurity has no wheel for some platforms, such as Alpine, which no marker can name.
$(RUNTIME): requirements/runtime.txt requirements/modsecurity.txt pyproject.toml $(BIN)/pip
	$(call install,requirements/runtime.txt)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/modsecurity.txt || echo "libmodsecurity is not installed: the laptop matches SQL injection and XSS with expressions alone."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements/dev.txt $(RUNTIME)
	$(call install,requirements/dev.txt)
	@touch $@

lock: $(DEV)
	cd requirements && ../$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q runtime.in -o runtime.txt
	cd requirements && ../$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q modsecurity.in -o modsecurity.txt
	cd requirements && ../$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q dev.in -c runtime.txt -o dev.txt
	cd authorizer && ../$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q requirements.in -c ../requirements/runtime.txt -o requirements.txt

clean:
	rm -rf .venv .portcullis .mypy_cache .ruff_cache .pytest_cache .hypothesis
