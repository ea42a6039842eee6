# Academy in two commands: `make run` and `make test`. Both set up what they need.
#   make run PORT=8001          another port
#   make test TESTS=students    some of the tests
PYTHON ?= python3
PORT ?= 8000
TESTS ?=
PROGRAM ?=
NAME ?=
VENV := .venv/bin
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --annotation-style line \
	--custom-compile-command "make lock"
export PORT

.DEFAULT_GOAL := help
.PHONY: help run dev test test-all check format shell migrations messages css js bench fuzz kills screenshots lock \
	clean runtime development browser

help:  ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: runtime  ## Serve on http://127.0.0.1:8000, with demo data the first time
	@exec $(VENV)/python -m academy.run

dev: development  ## Serve with reload of code, templates, styles and scripts
	@exec $(VENV)/python scripts/develop.py

test: development browser  ## Check everything and run every test
	@exec $(VENV)/python scripts/test.py $(TESTS)

test-all: development browser  ## The same, asking each address as everybody instead of by turns
	@TEST_ALL=1 exec $(VENV)/python scripts/test.py $(TESTS)

check: development  ## The static checks alone
	@exec $(VENV)/python scripts/test.py --check

format: development  ## Put the code in order
	$(VENV)/ruff check --fix-only --quiet .
	$(VENV)/ruff format .
	$(VENV)/python tools/check_templates.py format
	@if [ -x node_modules/.bin/biome ]; then npm run --silent format; fi

shell: development  ## Open a shell, with PROGRAM=Swimming inside that program
	@exec $(VENV)/python manage.py shell $(if $(PROGRAM),--program "$(PROGRAM)")

migrations: development  ## Write a migration for what changed in the models (NAME=what_it_does), and run it
	@$(VENV)/python manage.py makemigrations $(if $(NAME),--name "$(NAME)") $$($(VENV)/python -m academy.rooms)
	@$(VENV)/ruff format --quiet */migrations
	@$(VENV)/python manage.py migrate --verbosity 0
	@exec $(VENV)/python manage.py write_catalogue

messages: development  ## Gather the texts to translate into locale/, and compile what is translated
	@$(VENV)/python scripts/translations.py update
	@exec $(VENV)/python scripts/translations.py compile

css: development node_modules/.package-lock.json  ## Build the style sheet from static/src/css (needs Node)
	@npm run --silent css

js: development node_modules/.package-lock.json  ## Build the scripts of the browser from static/src/js (needs Node)
	@npm run --silent js

bench: development browser  ## Measure at 1,000 programs and 1,000,000 students, and from key to paint
	@$(VENV)/python -m bench
	@exec $(VENV)/python -m bench.interactions

fuzz: development  ## Send senseless values to every address: FUZZ=20000 requests, others with another FUZZ_SEED
	@FUZZ=$${FUZZ:-20000} exec $(VENV)/python -m pytest academy/tests/test_fuzz.py

kills: development  ## Write under load while everything is killed, and compare with what was acknowledged
	@exec $(VENV)/python -m bench.kills

screenshots: development browser  ## Take a picture of every page, into .data/screenshots
	@exec $(VENV)/python scripts/screenshots.py

lock:  ## Pin what requirements*.in need, with hashes (needs uv); UPGRADE=--upgrade takes newer versions
	@$(LOCK) requirements.in --output-file requirements.txt $(UPGRADE)
	@$(LOCK) requirements-dev.in --output-file requirements-dev.txt $(UPGRADE)

clean:  ## Remove what tools made, but no data
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage htmlcov test-results

runtime:
	@$(PYTHON) scripts/environment.py requirements.txt

development:
	@$(PYTHON) scripts/environment.py requirements.txt requirements-dev.txt

browser: development
	@$(VENV)/python scripts/browser.py

node_modules/.package-lock.json: package-lock.json
	@command -v npm >/dev/null || { echo "This needs Node, which is not there. To run and to test Academy does not."; exit 1; }
	npm ci --no-audit --no-fund
