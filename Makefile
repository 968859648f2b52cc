# The doors of the house. Each installs what it lacks and is quick when nothing has changed.
.PHONY: help build demo test test-cpp test-python test-docs test-all test-asan test-tsan bench lint \
        format test-install clean

python := .venv/bin/python
export jobs ?= $(shell nproc)
results := build/results
# A second clone of the same sources finds what the first one compiled.
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1
export PYTHONPATH := $(CURDIR)/python

help:
	@echo 'make demo      who should get a coupon: table, picture, time next to pandas'
	@echo 'make build     the engine and its Python module'
	@echo 'make test      C++, Python and every documentation example'
	@echo 'make test-all  the same, with the whole matrix of splits, workers, stores and spills'
	@echo 'make lint      format, types, include order, names, compile times, clang-tidy'
	@echo 'make format    put the sources into the form that lint asks for'
	@echo 'make bench     the table of docs/performance.md, next to the newest peers'
	@echo 'make clean     forget what was built (downloads stay)'

build:
	@tools/setup runtime build
	@tools/build release module

demo: build
	@tools/setup demo
	$(python) examples/coupons.py --picture build/coupons.png
	$(python) examples/scale.py
	$(python) examples/beyond_memory.py

test: test-cpp test-python test-docs

test-cpp:
	@tools/setup runtime build test
	@tools/build release all
	@tools/run_ctest release

test-python: build
	@tools/setup test demo
	$(python) -m pytest --junit-xml=$(results)/python.xml

test-docs: build
	@tools/setup test demo
	$(python) tools/doc_examples.py --junit-xml=$(results)/docs.xml

# The tests themselves ask for it: what else runs is the same.
test-all: export THARSIS_TEST_MATRIX := all
test-all: test

test-asan:
	@tools/setup runtime build test
	@tools/build asan all
	@tools/run_ctest asan

test-tsan:
	@tools/setup runtime build test
	@tools/build tsan all
	@tools/run_ctest tsan

# `pip install .` as on a machine that has Debian's g++ only, into an environment of its own. Without the
# precompiled headers every source must include what it uses.
test-install:
	@tools/setup test
	@tools/setup --venv .venvs/installed runtime build
	CXX=g++ .venvs/installed/bin/python -m pip install --quiet --no-build-isolation --no-deps \
	  -Ccmake.define.THARSIS_WARNINGS_ARE_ERRORS=ON -Ccmake.define.CMAKE_DISABLE_PRECOMPILE_HEADERS=ON .
	.venvs/installed/bin/python -m pip check
	cd build && PYTHONPATH= ../.venvs/installed/bin/python -c \
	  'import tharsis; print("installed:", tharsis.__version__, tharsis.__file__)'

lint:
	@tools/setup runtime build lint
	PYTHONPATH=tools $(python) -m lint

format:
	@tools/setup lint
	PYTHONPATH=tools $(python) -m lint --fix

bench: build
	@tools/setup demo bench
	@tools/setup --venv .venvs/peers runtime peers
	$(python) benchmarks/run.py --write docs/performance.md

clean:
	rm -rf build python/tharsis/_core*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis
