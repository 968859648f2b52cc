# The doors of the house. Each installs what it lacks and is quick when nothing has changed.
.PHONY: help build test test-cpp test-asan test-tsan check-gcc clean

python := .venv/bin/python
export jobs ?= $(shell nproc)
results := build/results
# A second clone of the same sources finds what the first one compiled.
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1
export PYTHONPATH := $(CURDIR)/python

help:
	@echo 'make build     the engine and its Python module'
	@echo 'make test      C++, Python and every documentation example'
	@echo 'make clean     forget what was built (downloads stay)'

build:
	@tools/setup runtime build
	@tools/build release module

test: test-cpp

test-cpp:
	@tools/setup runtime build test
	@tools/build release all
	@tools/run_ctest release

test-asan:
	@tools/setup runtime build test
	@tools/build asan all
	@tools/run_ctest asan

test-tsan:
	@tools/setup runtime build test
	@tools/build tsan all
	@tools/run_ctest tsan

check-gcc:
	@tools/setup runtime build test
	@tools/build gcc all

clean:
	rm -rf build python/tharsis/_core*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis
