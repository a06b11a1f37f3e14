# One word a task.  `make` alone tells them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run test check unit bench train format lock clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "需要 Python 3.11 或更新的版本，现在是 " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV) || { echo "建不了 .venv：请先装 python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.serving: $(VENV)/bin/python requirements.lock
	@echo "安装依赖……"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.developing: $(VENV)/.serving requirements-dev.lock
	@echo "安装测试用的依赖……"
	@$(PIP) -r requirements-dev.lock
	@touch $@

run: $(VENV)/.serving ## start the service on 127.0.0.1:8000 (PORT=9000 make run: elsewhere)
	@exec $(PY) app.py serve

train: $(VENV)/.serving ## train the classifier from the knowledge base and the utterances
	@$(PY) app.py train

test: $(VENV)/.developing ## everything: format, lint, types, imports, all tests
	@tests/install-system-packages
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory unit

check: $(VENV)/.developing ## format, lint, types, imports
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache

unit: $(VENV)/.developing ## the tests alone
	@$(PY) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

bench: $(VENV)/.developing ## measure; prints a table and writes build/bench.json
	@$(PY) -m tests.bench

format: $(VENV)/.developing ## put the code into shape
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

lock: ## write the lock files anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## remove what was made, but for data/
	rm -rf $(VENV) build
