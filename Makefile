# Academy in two commands: `make run` and `make test`. Both set up what they need.
#   make run PORT=8001          another port
#   make test TESTS=students    some of the tests
PYTHON ?= python3
PORT ?= 8000
TESTS ?=
VENV := .venv/bin
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --annotation-style line \
	--custom-compile-command "make lock"
export PORT

.DEFAULT_GOAL := help
.PHONY: help run test check format bench fuzz kills screenshots clean runtime dev browser

help:  ## What can be made
	@sed -n 's/^\([a-z]*\):.*##\(.*\)/  make \1 \2/p' $(MAKEFILE_LIST)

run: runtime  ## Serve on http://127.0.0.1:8000, with demo data the first time
	@exec $(VENV)/python -m academy.run

test: dev browser  ## Check everything and run every test
	@exec $(VENV)/python scripts/test.py $(TESTS)

check: dev  ## The static checks alone
	@exec $(VENV)/python scripts/test.py --check

format: dev  ## Put the code in order
	$(VENV)/ruff check --fix-only --quiet .
	$(VENV)/ruff format .

bench: dev browser  ## Measure at 1,000 programs and 1,000,000 students, and from key to paint
	@$(VENV)/python -m bench
	@exec $(VENV)/python -m bench.interactions

fuzz: dev  ## Send senseless values to every address: FUZZ=20000 requests, others with another FUZZ_SEED
	@FUZZ=$${FUZZ:-20000} exec $(VENV)/python -m pytest academy/tests/test_fuzz.py

kills: dev  ## Write under load while everything is killed, and compare with what was acknowledged
	@exec $(VENV)/python -m bench.kills

screenshots: dev browser  ## Take a picture of every page, into .data/screenshots
	@exec $(VENV)/python scripts/screenshots.py

lock:  ## Pin what requirements*.in need, with hashes (needs uv); UPGRADE=--upgrade takes newer versions
	@$(LOCK) requirements.in --output-file requirements.txt $(UPGRADE)
	@$(LOCK) requirements-dev.in --output-file requirements-dev.txt $(UPGRADE)

clean:  ## Remove what tools made, but no data
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage htmlcov test-results

runtime:
	@$(PYTHON) scripts/environment.py requirements.txt

dev:
	@$(PYTHON) scripts/environment.py requirements.txt requirements-dev.txt

browser: dev
	@$(VENV)/python scripts/browser.py
