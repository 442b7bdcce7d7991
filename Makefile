# `make` prints the targets. The first one you use sets up .venv; later ones start at once.
# Works with GNU make 3.81 and newer, on Linux and macOS.

# Candidates; the first that is supported is used: make lab PYTHON=python3.12
PYTHON ?= python3.13 python3.12 python3.11 python3
# Further options for the program behind a target: make test ARGS="-k gram"
ARGS ?=
# Where the lessons will be found: make colab REPO=owner/name
REPO ?=

RUN := .venv/bin/python
READY := .venv/.installed
# Where it is set, as in many containers, each of the many processes of the tests would compile TensorFlow's code anew.
export PYTHONDONTWRITEBYTECODE :=
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

.DEFAULT_GOAL := help
.PHONY: help lab demo studio test test-avx2 test-wide test-browser test-colab lint notebooks colab bench claims pictures screenshots
.PHONY: clean

help:
	@echo "make lab           open the notebooks in JupyterLab"
	@echo "make demo          paint one picture: out/demo.png and out/demo_triptych.png"
	@echo "make studio        serve the Studio on this machine, and print its address"
	@echo "make test          run every test"
	@echo "make lint          check the style of the code"
	@echo "make notebooks     build the lessons from notebooks/source; one of them: ARGS=02_gram_matrices"
	@echo "make colab         write your repository into the lessons, for Google Colab: REPO=owner/name"
	@echo "make test-avx2     run the tests of what is computed as an older processor would"
	@echo "make test-wide     run the lessons with networks of the original width"
	@echo "make test-browser  try the Studio and the widgets in Chromium or Chrome, where there is one"
	@echo "make test-colab    run the lessons with the versions that Google Colab has"
	@echo "make bench         measure speed and memory on this machine"
	@echo "make claims        test every claim of the studies again: an hour, and it goes on where it was stopped"
	@echo "make pictures      draw the pictures in data/pictures again"
	@echo "make screenshots   take the pictures of the Studio and the widgets in docs/ again"
	@echo "make clean         remove .venv, .venv-colab and caches (what you painted stays)"
	@echo
	@echo "The first use installs everything into .venv; nothing outside this folder is changed."
	@echo "Options of the program behind a target: make test ARGS=\"-k gram\""
	@echo "Another Python (3.11, 3.12 or 3.13): make lab PYTHON=python3.12"

lab: $(READY)
	@cd notebooks && ../$(RUN) -m jupyterlab $(ARGS)

demo: $(READY)
	@mkdir -p out
	@$(RUN) -m nst_utils stylize harbor swirls -o out/demo.png --triptych out/demo_triptych.png $(ARGS)

studio: $(READY)
	@$(RUN) -m nst_utils studio $(ARGS)

# Two files at a time, each in one process: most tests wait for TensorFlow to start or to trace, on one core.
test: $(READY)
	@$(RUN) -m pytest --numprocesses 2 --dist loadscope $(ARGS)

# What is computed, as on a processor with AVX2 alone and one thread of BLAS: another order of sums, no bfloat16.
test-avx2: $(READY)
	@ONEDNN_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell OPENBLAS_NUM_THREADS=1 $(RUN) -m pytest tests/base/test_threads.py \
	  tests/losses tests/metrics tests/study/test_chance.py tests/engine/test_objective.py tests/engine/test_optimizers.py $(ARGS)

test-wide: $(READY)
	@$(RUN) -m pytest -m wide tests/networks/test_originals.py $(ARGS)

test-browser: $(READY)
	@$(RUN) -m pytest -m browser tests/browser $(ARGS)

test-colab: $(READY)
	@$(RUN) tools/colab.py -- $(ARGS)

lint: $(READY)
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

notebooks: $(READY)
	@$(RUN) tools/build_notebooks.py $(ARGS)

colab: $(READY)
	@$(RUN) tools/build_notebooks.py --colab "$(REPO)"

bench: $(READY)
	@$(RUN) tools/benchmark.py $(ARGS)

claims: $(READY)
	@$(RUN) tools/claims $(ARGS)

pictures: $(READY)
	@$(RUN) tools/draw_pictures.py $(ARGS)

screenshots: $(READY)
	@$(RUN) -m pytest -m browser tests/browser/screenshots.py $(ARGS)

clean:
	@rm -rf .venv .venv-colab build dist .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last, so an interrupted set-up goes on where it stopped. It holds the folder it was made for:
# after a move or a copy the installation is repaired first.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(READY): pyproject.toml constraints.txt
	@if $(RUN) -c '$(SUPPORTED)' 2>/dev/null && $(RUN) -m pip --version >/dev/null 2>&1; then exit 0; fi; \
	for candidate in $(PYTHON); do \
	  if "$$candidate" -c '$(SUPPORTED)' 2>/dev/null; then \
	    echo "Creating .venv with $$("$$candidate" --version)."; \
	    "$$candidate" -m venv --clear .venv && exit 0; \
	    echo "$$candidate cannot make a virtual environment (on Debian and Ubuntu: install python3-venv)." >&2; exit 1; \
	  fi; \
	done; \
	echo "No Python 3.11, 3.12 or 3.13 among: $(PYTHON)." >&2; \
	echo "Install one of them, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1
	@echo "Installing the packages into .venv: about 3 GB, 2 to 10 minutes, only this once ..."
	@$(RUN) -m pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt --editable '.[dev]' || { \
	  echo "The packages could not be installed; pip says why above. Is there a network, and room on the disk?" >&2; \
	  echo "What is installed so far is kept: the same make command goes on from there." >&2; exit 1; }
	@printf '%s' "$(CURDIR)" > $(READY)
	@echo "Installed."
