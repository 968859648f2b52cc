"""Everything here runs in the engine, unless a test asks for the fallback."""

import pytest
from threadpoolctl import threadpool_limits

import tharsis as th


@pytest.fixture(autouse=True)
def no_fallback():
    th.options.fallback = "error"
    yield
    th.options.fallback = "warn"


@pytest.fixture(autouse=True, scope="session")
def quiet_threads():
    """The threads of scikit-learn spin while they wait, which is slow where cores are shared."""
    with threadpool_limits(1, user_api="openmp"):
        yield
