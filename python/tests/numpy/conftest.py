import pytest

import tharsis as th


@pytest.fixture(autouse=True)
def no_fallback(request):
    """Native names run without NumPy; a test that looks at fallbacks asks for them."""
    before = th.options.fallback
    th.options.fallback = "warn" if "fallback" in request.fixturenames else "error"
    yield
    th.options.fallback = before


@pytest.fixture
def fallback():
    """The test looks at fallbacks."""
