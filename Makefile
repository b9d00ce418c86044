# make run    sets up the app in .venv and starts it (without a display: compares the variants on the demo clip)
# make test   sets up everything, torch included, and runs the whole gate
# make check  the gate alone, in the environment that make test made
# make wheel  a wheel in dist/, with the models and assets inside
# make clean  removes what the others made

# PYTHON=...  another interpreter (3.11 to 3.13); PIP_ARGS=... more for pip, such as an index with torch's CPU builds
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP_ARGS ?=
PIP = $(BIN)/python -m pip --disable-pip-version-check install --prefer-binary $(PIP_ARGS)
LOCKS := packaging/constraints.txt packaging/constraints-dev.txt

.PHONY: run test check wheel system clean
.DELETE_ON_ERROR:

run: $(VENV)/app.stamp
	@fault=$$($(BIN)/python -c 'from fer_live.display import display_fault; print(display_fault())') || exit 1; \
	if [ -z "$$fault" ]; then \
		exec $(BIN)/fer-live; \
	else \
		echo "No window here ($$fault): comparing the variants on the demo clip instead."; \
		exec $(BIN)/fer-live bench --source assets/demo.mp4 --csv sessions; \
	fi

test: $(VENV)/test.stamp
	@$(MAKE) --no-print-directory check

check:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

wheel: $(VENV)/test.stamp
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

system:
	@if [ -z "$(PYTHON)" ]; then echo "fer_live needs Python 3.11, 3.12 or 3.13; none was found." >&2; exit 1; fi
	@packaging/system_libraries.sh $(PYTHON)

# Only an interpreter that is not there yet asks for the system's libraries; the stamps follow the pins.
$(BIN)/python: | system
	$(PYTHON) -m venv --clear $(VENV)

$(VENV)/app.stamp: pyproject.toml packaging/constraints.txt | system $(BIN)/python
	$(PIP) --editable . -c packaging/constraints.txt
	@touch $@

$(VENV)/test.stamp: pyproject.toml $(LOCKS) | system $(BIN)/python
	$(PIP) --editable '.[dev]' -c packaging/constraints-dev.txt
	@touch $@ $(VENV)/app.stamp

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
