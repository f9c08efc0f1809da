.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PROTOS := $(sort $(shell find protos -name '*.proto'))

.PHONY: help run up user kafka smoke test test-full check lint format protos lock

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One environment for everything, rebuilt when the lock changes. Python >= 3.11 is all it needs.
.venv/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Installing the locked packages into .venv (about 1.5 minutes the first time) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

run: .venv/.locked ## Set up all, train if there is no bundle, serve on loopback until Ctrl-C
	@$(BIN)/python -m trainer demo

up: ## The whole system in containers on loopback (needs Docker, three secrets and a user: see README)
	docker compose up --build --wait

user: ## Add a user of the containers' page: make user NAME=anna ROLE=analyst (or viewer)
	docker compose build gateway
	docker compose run --rm --no-deps --entrypoint python gateway \
		-m gateway.login add $(NAME) --role $(ROLE) --users /var/lib/creditrisk/users

kafka: .venv/.locked ## Serve a real Kafka broker on loopback until Ctrl-C (needs Java 17 and Maven)
	@$(BIN)/python -m tests.kafka.broker

smoke: .venv/.locked ## As run, but exit after the first scored applicants
	@$(BIN)/python -m trainer demo --exit

# A file's tests stay together: servers and bundles that they share are made once a process.
test: .venv/.locked ## The tests, under 10 minutes
	@$(BIN)/python -m pytest -m "not full" --numprocesses logical --maxprocesses 4 --dist loadfile

test-full: .venv/.locked ## The long runs
	@$(BIN)/python -m pytest -m full

check: .venv/.locked ## Lint, types, import contracts, protos
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code

lint: .venv/.locked ## Lint only
	$(BIN)/ruff check .

format: .venv/.locked ## Format code and protos
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/buf format --write

protos: .venv/.locked ## Regenerate creditrisk/api, and what the gateway describes itself by, from protos/
	$(BIN)/python -m grpc_tools.protoc --proto_path=protos --python_out=. --grpc_python_out=. \
		--plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
		--mypy_out=quiet:. --mypy_grpc_out=quiet:. \
		--descriptor_set_out=gateway/rest/api.binpb --include_source_info $(PROTOS)

lock: .venv/.locked ## Resolve requirements.lock anew
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--all-extras --custom-compile-command "make lock" --quiet --output-file requirements.lock pyproject.toml
