# Two commands set everything up: `make chat` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := 26.3
# llama-cpp-python is compiled on first install: use every core for it.
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell getconf _NPROCESSORS_ONLN)
# GCC 12 drops half of what ggml's AMX code loads, and a quantised model then ends its process.
ifneq (,$(shell grep -m1 -o amx_int8 /proc/cpuinfo 2>/dev/null))
export CMAKE_ARGS ?= -DCMAKE_C_FLAGS=-mno-amx-int8 -DCMAKE_CXX_FLAGS=-mno-amx-int8
endif
# Compiled code is kept, also where the environment says otherwise: chatui starts child processes,
# and each would compile all that it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: chat test check fuzz fuzz-guided bench format clean

chat: $(VENV)/.runtime
	@$(BIN)/chatui collections show chatui-manual >/dev/null 2>&1 || \
		$(BIN)/chatui ingest docs/*.md --collection chatui-manual
	@$(BIN)/chatui

# One process more than there are processors, because tests wait for child processes; those of one
# file stay together, for what they share, and the files in order: the last are short ones.
TESTERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 4 ? n + 1 : 4)))
test: $(VENV)/.development
	$(BIN)/pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Every property on examples that the suite doesn't try; those that failed are kept in .hypothesis.
EXAMPLES   ?= 1000
PROPERTIES ?= tests
fuzz: $(VENV)/.development
	CHATUI_PROPERTIES=fuzz CHATUI_FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/pytest -m hypothesis \
		-n auto --maxprocesses 4 --timeout 3600 $(PROPERTIES)

# Those that need nothing but their input, each for so many seconds under a fuzzer that sees which
# lines an input reaches.
SECONDS_EACH ?= 60
fuzz-guided: $(VENV)/.development
	$(BIN)/pip install --quiet --constraint constraints.txt --group fuzz
	$(BIN)/python -m tests.fuzz.guided $(SECONDS_EACH)

# With EVAL=FOLDER (see benchmarks/extract_quality.py) the figures on question sets are taken too.
SCRIPTS := version first_frame first_token cold_search streaming token_speed typing_cost window_lag compare_streaming store_speed stats_speed long_use planning prompt_cache summaries notes recall reingest query_speed ingest_speed local_speed batched_decoding local_cancel local_states local_memory local_window schemas hostile_text ocr
bench: $(VENV)/.development
	$(BIN)/pip install --quiet --constraint constraints.txt --group bench
	@set -e; for script in $(SCRIPTS); do echo "== $$script"; $(BIN)/python benchmarks/$$script.py; done
	@set -e; if [ -n "$(EVAL)" ]; then \
		$(BIN)/python -m benchmarks.retrieval_quality "$(EVAL)"; \
		for script in embedding_precision followup_retrieval citation_matching extract_quality; do \
			echo "== $$script"; $(BIN)/python benchmarks/$$script.py "$(EVAL)"; done; fi

format: $(VENV)/.development
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/.pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet pip==$(PIP)
	touch $@

$(VENV)/.runtime: $(VENV)/.pip pyproject.toml constraints.txt
	$(BIN)/pip install --constraint constraints.txt --editable .
	touch $@

$(VENV)/.development: $(VENV)/.runtime
	$(BIN)/pip install --constraint constraints.txt --group dev
	$(BIN)/python -m tests.smollm2
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
