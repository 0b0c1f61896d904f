# Yiju. `make run` is all a new user needs; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run setup models test check format docs screenshots clean

VENV ?= .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3)
# A requirement, a wheel, or "torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu".
TORCH ?= torch==2.13.0
PORT ?= 7860
INDEX ?= var/index
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 22

run: setup  ## install what is missing, ingest samples/ once, serve the chat on 127.0.0.1:$(PORT)
	@test -e $(INDEX)/index.sqlite || $(BIN)/python -m ingest add samples --index $(INDEX)
	@YIJU_PORT=$(PORT) YIJU_INDEX=$(INDEX) exec $(BIN)/python app.py

setup: $(VENV)/.installed models  ## virtual environment, packages, the two models

$(VENV)/.installed: pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Yiju needs Python 3.11 or newer; '$(PYTHON)' is older. Say which: make setup PYTHON=python3.11"; exit 1; }
	@echo "Fetching about 0.6 GB of packages (2 GB unpacked) from pip's package index into $(CURDIR)/$(VENV)"
	@"$(PYTHON)" -m venv $(VENV)
	@$(PIP) install --quiet --upgrade "pip>=25"
	@$(PIP) install --quiet $(TORCH)
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[openai]'
	@touch $@

models: $(VENV)/.installed
	@$(BIN)/python -m rag setup

$(VENV)/.tests-installed: $(VENV)/.installed
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[openai,test]'
	@touch $@

test: setup $(VENV)/.tests-installed  ## everything: unit tests, real models, a real browser
	@command -v chromium >/dev/null || bash scripts/install_chromium.sh || echo "No Chromium: the tests of the page are skipped"
	@$(BIN)/python -m pytest

check: $(VENV)/.tests-installed  ## format, lint, types, generated docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python scripts/generate_docs.py --check

format: $(VENV)/.tests-installed  ## put code and generated docs in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python scripts/generate_docs.py

screenshots: setup $(VENV)/.tests-installed  ## make the READMEs' pictures anew
	@$(BIN)/python scripts/screenshots.py

clean:  ## remove the environment, models, index and caches
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
