"""Everything here runs in the engine, unless a test asks for the fallback."""

import pytest

import tharsis as th


@pytest.fixture(autouse=True)
def no_fallback():
    th.options.fallback = "error"
    yield
    th.options.fallback = "warn"
