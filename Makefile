# make run     opens the console on an enclave of its own, on this machine
# make test    runs the tests             (ARGS="tests/widgets -k cursor" chooses some)
# make lint    checks style, types, the walls between packages and the size limits
# make bench   measures, and writes benchmarks/results.md
# make docs    redraws the screenshots and the reference pages
#
# Each first installs what is missing: packaging/setup/prepare.

SHELL := /bin/bash
BIN := .venv/bin
SOURCES := ticrypt_tui tests tools benchmarks

.PHONY: run test lint bench docs lock
.NOTPARALLEL:

run:
	@packaging/setup/prepare run
	@packaging/setup/open_demo

test:
	@packaging/setup/prepare test
	$(BIN)/python -m tools.second_look $(ARGS)

lint:
	@packaging/setup/prepare test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/python -m tools.limits

bench:
	@packaging/setup/prepare test
	$(BIN)/python -m benchmarks $(ARGS)

docs:
	@packaging/setup/prepare test
	$(BIN)/python -m tools.documentation
	$(BIN)/python -m tools.screenshots

lock:
	@packaging/setup/lock $(ARGS)
