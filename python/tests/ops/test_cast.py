"""Casts against NumPy's and pandas' astype."""

import itertools

import numpy as np
import pandas as pd
import pytest
from evaluate import arrays, as_numpy, as_pandas, check, columns, compute, dtype
from test_ufuncs import TYPES, values

from tharsis import _core


def cast(expr, to, *params):
    return compute(
        "cast", expr, params=[to if isinstance(to, _core.DType) else _core.DType(to), *params]
    )


def test_numbers_as_numpy():
    for source, target in itertools.product(TYPES, TYPES):
        x = values(source, 3)
        if source.startswith("float") and "int" in target:  # out of range is up to the machine
            info = np.iinfo(target)
            x = x[np.isfinite(x) & (x > info.min / 2) & (x < info.max / 2)]
        with np.errstate(all="ignore"):
            want = x.astype(target)
        got = cast(*arrays(x), target)
        np.testing.assert_array_equal(as_numpy(got), want, err_msg=f"{source} to {target}")
        assert dtype(got) == target


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_checked_casts_refuse_what_is_no_integer(bad):
    x = np.array([1.0, 2.5, bad])
    with pytest.raises(ValueError):
        pd.Series(x).astype("int64")
    with pytest.raises(ValueError, match="row 2"):
        as_numpy(cast(*arrays(x), "int64", True))
    np.testing.assert_array_equal(as_numpy(cast(*arrays(x[:2]), "int64", True)), [1, 2])


TEXTS = {
    "float64": [
        0.0,
        -0.0,
        1.0,
        1.5,
        0.1,
        1e15,
        1e16,
        1e22,
        1e-4,
        1e-5,
        5e-324,
        1.7976931348623157e308,
    ]
    + [np.inf, -np.inf, np.nan, 123456789.123456789, 2 / 3, 1e100],
    "float32": [0.1, 1e15, 1e16, 16777216.0, 3.4e38, 1e-45, 1e-4, 1e-5, 123456.7],
    "int64": [0, -1, 2**63 - 1, -(2**63)],
    "uint64": [0, 2**64 - 1],
    "int8": [-128, 127],
    "bool": [True, False],
}


@pytest.mark.parametrize("kind", TEXTS)
def test_numbers_as_text(kind):
    series = pd.Series(TEXTS[kind], dtype=kind)
    (expr,) = arrays(series.to_numpy())
    check(cast(expr, "str"), series.astype(str))


def test_random_doubles_as_text_and_back():
    bits = np.random.default_rng(1).integers(0, 2**63, 3000, dtype="int64")
    x = bits.view("float64")
    x = x[np.isfinite(x)]
    (expr,) = arrays(x)
    text = cast(expr, "str")
    assert as_pandas(text).tolist() == [repr(float(each)) for each in x]
    np.testing.assert_array_equal(as_numpy(cast(text, "float64")), x)


def test_text_as_numbers():
    for to, texts in {
        "int64": ["1", " 2 ", "+3", "-4", "1_000", "9223372036854775807"],
        "int8": ["127", "-128"],
        "uint64": ["18446744073709551615"],
        "float64": [
            "1e5",
            "inf",
            "-Infinity",
            " 2.5 ",
            "1_000.5",
            "nan",
            ".5",
            "5.",
            "1e400",
            "1e-400",
        ],
        "float32": ["0.1", "1e39"],
    }.items():
        series = pd.Series(texts)
        (expr,) = columns(series)
        check(cast(expr, to), series.astype(to))


@pytest.mark.parametrize(
    ("text", "to"),
    [("1.5", "int64"), ("x", "float64"), ("", "float64"), ("0x10", "int64"), ("1__0", "int64")]
    + [("--1", "float64"), ("1e5", "int64"), ("300", "int8"), ("-1", "uint8"), ("+ 1", "int64")],
)
def test_text_that_is_no_number(text, to):
    series = pd.Series(["1", text])
    with pytest.raises((ValueError, OverflowError)):
        series.astype(to)
    (expr,) = columns(series)
    with pytest.raises((ValueError, OverflowError), match="row 1"):
        as_numpy(cast(expr, to))


def test_missing_text_as_numbers():
    series = pd.Series(["1", None])
    (expr,) = columns(series)
    check(cast(expr, "float64"), series.astype("float64"))
    got = cast(expr, "Int64")
    assert dtype(got) == "Int64"
    assert as_pandas(got).isna().tolist() == [False, True]
    with pytest.raises(ValueError):
        as_numpy(cast(expr, "int64"))


def test_text_as_truth():
    series = pd.Series(["a", None, ""])
    (expr,) = columns(series)
    check(cast(expr, "bool"), series.astype(bool))


def test_times_as_text():
    series = pd.Series(
        pd.to_datetime(["2020-01-01", "1969-12-31 23:59:59.000123", None], format="mixed")
    )
    (expr,) = columns(series)
    check(cast(expr, "str", False, 6), series.astype(str))
    zoned = series.dt.tz_localize("Europe/Rome")
    check(
        cast(compute("tz_localize", expr, params=["Europe/Rome"]), "str", False, 6),
        zoned.astype(str),
    )
    days = pd.Series(pd.to_datetime(["2020-01-01", "1600-02-29"]))
    (expr,) = columns(days)
    check(cast(expr, "str", False, -2), days.astype(str))
    steps = pd.Series(pd.to_timedelta(["1D", "-1h", "00:00:01.5", None]))
    (expr,) = columns(steps)
    check(cast(expr, "str", False, 6), steps.astype(str))


@pytest.mark.parametrize(
    "text",
    [
        "2017-02-01",
        "2017-02-01 12:34:56",
        "2017-02-01T12:34:56.789",
        "20170201",
        "2017/2/1",
        "2017-02",
    ]
    + ["2/1/2017", "2017", "1969-12-31 23:59:59.999999999", "2017-02-01 05:06", "  2017-02-01 "],
)
def test_text_as_times(text):
    (expr,) = columns(pd.Series([text, None]))
    want = pd.Series([pd.Timestamp(text.strip()).as_unit("ns"), pd.NaT], dtype="datetime64[ns]")
    check(cast(expr, "datetime64[ns]"), want)


@pytest.mark.parametrize("text", ["2017-13-01", "2017-02-30", "hello", "2017-02-01 25:00", "12"])
def test_text_that_is_no_time(text):
    (expr,) = columns(pd.Series(["2017-01-01", text]))
    with pytest.raises(ValueError, match="row 1"):
        as_pandas(cast(expr, "datetime64[ns]"))


def test_text_with_offsets():
    texts = pd.Series(["2020-06-01 12:00:00+02:00", "2020-06-01 12:00:00Z", "2020-06-01 12:00:00"])
    (expr,) = columns(texts)
    check(cast(expr, "datetime64[ns, Europe/Rome]"), texts.astype("datetime64[ns, Europe/Rome]"))


@pytest.mark.parametrize(
    "text", ["1 days", "-1 days +23:00:00", "2h", "1.5 s", "90min", "01:02:03.5"]
)
def test_text_as_durations(text):
    (expr,) = columns(pd.Series([text]))
    want = pd.Series([pd.Timedelta(text)]).astype("timedelta64[ns]")
    check(cast(expr, "timedelta64[ns]"), want)


def test_units_of_times():
    series = pd.Series([-1500, -1, 0, 1, 1500, 10**12]).astype("datetime64[ms]")
    (expr,) = columns(series)
    for unit in ("s", "ms", "us", "ns"):
        check(cast(expr, f"datetime64[{unit}]"), series.astype(f"datetime64[{unit}]"))
    far = pd.Series([10**15]).astype("datetime64[s]")
    (expr,) = columns(far)
    with pytest.raises(OverflowError):
        as_pandas(cast(expr, "datetime64[ns]"))


def test_times_as_integers():
    series = pd.Series(pd.to_datetime(["2020-01-01", None]))
    (expr,) = columns(series)
    check(cast(expr, "int64"), series.astype("int64"))
    check(cast(cast(expr, "int64"), "datetime64[us]"), series.astype("datetime64[us]"))
    with pytest.raises(TypeError):
        cast(expr, "float64")
    with pytest.raises(TypeError):
        cast(expr, "datetime64[us, UTC]")


def test_categories():
    series = pd.Series(["b", "a", None, "z"])
    (expr,) = columns(series)
    codes = cast(expr, _core.category_dtype(["a", "b"], False))
    assert as_pandas(compute("cat_codes", codes)).tolist() == [1, 0, -1, -1]
    assert dtype(compute("cat_codes", codes)) == "int8"
    assert as_pandas(cast(codes, "str")).fillna("-").tolist() == ["b", "a", "-", "-"]
    numbers = pd.Series([1, 2, 5])
    (expr,) = columns(numbers)
    codes = cast(expr, _core.category_dtype([5, 1], False))
    assert as_pandas(compute("cat_codes", codes)).tolist() == [1, -1, 0]
    np.testing.assert_array_equal(as_numpy(cast(codes, "float64")), [1, np.nan, 5])
