# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types messages lock bench clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Folkmoot needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.installed ## Makes the virtual environment and installs everything, locked with hashes

demo: setup ## Seeds the demo organisation and starts Folkmoot on 127.0.0.1:8000 (PORT=... overrides)
	@FOLKMOOT_DEMO=1 $(BIN)/python manage.py demo --port $(PORT)

test: setup ## Runs the whole test suite, on every stack whose services answer
	@$(BIN)/python tests/suites/fetch.py
	@$(BIN)/python tests/run.py $(ARGS)

check: lint types test ## Everything that must pass before a change lands

format: setup ## Formats the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup ## Code style, architecture's arrows, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

types: setup ## Static types
	$(BIN)/mypy

messages: setup ## Collects the translatable strings (needs gettext) and compiles the translations
	$(BIN)/python manage.py makemessages --all --no-obsolete --add-location file --ignore '.venv/*' --ignore 'build/*' --ignore 'tests/*' --ignore 'bench/*' --ignore 'var/*'
	for language in et sv nl de; do $(BIN)/pybabel compile -D django -d portal/locale -l $$language; done

lock: setup ## Renews requirements.lock from pyproject.toml
	$(BIN)/python -m uv pip compile pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 --no-annotate --no-header --quiet --output-file requirements.lock

bench: setup ## Measures the goals of docs/performance.md against baselines in the same run
	@$(BIN)/python -m bench $(ARGS)

clean: ## Removes the virtual environment and the demo's data
	rm -rf $(VENV) var
