"""Every test here runs a function with pandas and with tharsis.pandas and compares the answers."""

import numpy as np
import pandas
import pytest
import tharsis.pandas as thpd

import tharsis as th


@pytest.fixture(autouse=True)
def no_fallback():
    """Native names answer natively: a fallback is an error."""
    th.options.fallback = "error"
    yield
    th.options.fallback = "warn"


def observed(value):
    return value.to_pandas() if hasattr(value, "_expr") else value


def _tolerance(want):
    """Sums of float32 differ in the last bits: pandas adds in float32, the engine in float64."""
    kinds = want.dtypes if isinstance(want, pandas.DataFrame) else [want.dtype]
    return 1e-5 if any(kind == np.float32 for kind in kinds) else 1e-12


def assert_same(got, want, **options):
    got, want = observed(got), observed(want)
    if isinstance(want, pandas.DataFrame):
        pandas.testing.assert_frame_equal(got, want, rtol=_tolerance(want), **options)
    elif isinstance(want, pandas.Series):
        pandas.testing.assert_series_equal(got, want, rtol=_tolerance(want), **options)
    elif isinstance(want, np.ndarray):
        np.testing.assert_array_equal(got, want)
    elif isinstance(want, float) and want != want:
        assert got != got
    else:
        assert got == pytest.approx(want, rel=1e-12) if isinstance(want, float) else got == want


@pytest.fixture
def same():
    """``same(f, *frames)``: f(pandas, *frames) and f(tharsis.pandas, *ours) agree."""

    def check(function, *frames, **options):
        want = function(pandas, *[frame.copy() for frame in frames])
        got = function(thpd, *[thpd.from_pandas(frame) for frame in frames])
        assert_same(got, want, **options)

    return check


@pytest.fixture
def frame():
    """Ten columns with what bites: gaps, NaN, inf, -0.0, long text, times, repeated keys."""
    n = 500
    rng = np.random.default_rng(7)
    floats = rng.normal(size=n)
    floats[rng.random(n) < 0.1] = np.nan
    floats[:4] = [np.inf, -np.inf, 0.0, -0.0]
    words = np.array(["alpha", "beta", "a word that is longer than twelve", "", "Ünïcode ß"])
    text = pandas.Series(words[rng.integers(0, len(words), n)], dtype="str")
    text[rng.random(n) < 0.1] = None
    times = pandas.Series(
        pandas.Timestamp("2023-12-30 22:15:07.123456")
        + pandas.to_timedelta(rng.integers(0, 10**9, n), unit="s")
    )
    times[rng.random(n) < 0.1] = pandas.NaT
    return pandas.DataFrame(
        {
            "k": rng.integers(0, 7, n),
            "g": rng.integers(-3, 3, n).astype("int8"),
            "i": rng.integers(-(10**12), 10**12, n),
            "u": rng.integers(0, 255, n).astype("uint8"),
            "f": floats,
            "h": rng.normal(size=n).astype("float32"),
            "b": rng.random(n) < 0.5,
            "s": text,
            "t": times,
            "d": times - pandas.Timestamp("2024-01-01"),
        }
    )
