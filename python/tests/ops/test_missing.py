"""Missing values, choices and membership against pandas."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from evaluate import arrays, as_numpy, as_pandas, check, columns, compute, dtype, field

from tharsis import _core

NUMBERS = pd.Series([1.0, np.nan, -0.0, np.inf, 5.5])
WORDS = pd.Series(["x", None, "", "a word of more than twelve bytes", "x"])
TIMES = pd.Series(pd.to_datetime(["2020-01-01", None, "1969-12-31", "2021-01-01", "2020-01-01"]))
TRUTH = pd.Series([True, False, True, False, True])


@pytest.mark.parametrize(
    "series", [NUMBERS, WORDS, TIMES, TRUTH], ids=["float", "str", "time", "bool"]
)
def test_isna(series):
    (expr,) = columns(series)
    check(compute("isna", expr), series.isna())
    check(compute("notna", expr), series.notna())


def test_dictionaries_answer_by_their_words():
    coded = pa.table({"0": pa.array(WORDS).dictionary_encode()})
    expr = field(_core.from_arrow(coded), 0)
    check(compute("isna", expr), WORDS.isna())
    if dtype(expr) == "category":
        return
    check(compute("equal", expr, "x"), WORDS == "x")
    check(compute("isin", expr, params=["x", ""]), WORDS.isin(["x", ""]))


def test_fillna():
    numbers, words, times = columns(NUMBERS, WORDS, TIMES)
    check(compute("fillna", numbers, 7), NUMBERS.fillna(7))
    check(compute("fillna", words, "none"), WORDS.fillna("none"))
    check(compute("fillna", times, "2022-02-02"), TIMES.fillna(pd.Timestamp("2022-02-02")))
    check(
        compute("fillna", times, pd.Timestamp("2022-02-02")),
        TIMES.fillna(pd.Timestamp("2022-02-02")),
    )
    other = pd.Series([9.0, 8.0, 7.0, 6.0, 5.0])
    a, b = columns(NUMBERS, other)
    check(compute("fillna", a, b), NUMBERS.fillna(other))


def test_where_and_mask():
    condition, numbers, words, times = columns(TRUTH, NUMBERS, WORDS, TIMES)
    check(compute("where", condition, numbers, 0), NUMBERS.where(TRUTH, 0))
    check(compute("mask", condition, numbers, 0), NUMBERS.mask(TRUTH, 0))
    check(compute("where", condition, numbers, None), NUMBERS.where(TRUTH))
    check(compute("where", condition, words, None), WORDS.where(TRUTH))
    check(compute("where", condition, words, "no"), WORDS.where(TRUTH, "no"))
    check(compute("where", condition, times, None), TIMES.where(TRUTH))
    whole = pd.Series([1, 2, 3, 4, 5])
    condition, expr = columns(TRUTH, whole)
    check(compute("where", condition, expr, None), whole.where(TRUTH))
    check(compute("where", condition, expr, 1.5), whole.where(TRUTH, 1.5))


def test_where_of_arrays_has_numpys_type():
    condition = np.array([True, False, True])
    for kind in ("int8", "uint16", "float32", "bool"):
        x = np.array([1, 0, 1], dtype=kind)
        for other in (0, 1.5, True, np.float32(2), np.int64(3)):
            want = np.where(condition, x, other)
            c, e = arrays(condition, x)
            got = compute("where", c, e, other)
            assert dtype(got) == str(want.dtype), (kind, other)
            np.testing.assert_array_equal(as_numpy(got), want)
    (c,) = arrays(condition)
    for a, b in ((1, 0), (1.5, 0), (True, False), (1, True)):
        want = np.where(condition, a, b)
        got = compute("where", c, a, b)
        assert dtype(got) == str(want.dtype)
        np.testing.assert_array_equal(as_numpy(got), want)


def test_clip():
    (numbers,) = columns(NUMBERS)
    check(compute("clip", numbers, 0, 2), NUMBERS.clip(0, 2))
    check(compute("clip", numbers, None, 2), NUMBERS.clip(upper=2))
    check(compute("clip", numbers, 1, None), NUMBERS.clip(lower=1))
    whole = pd.Series([1, 2, 3])
    bound = pd.Series([np.nan, 5, 1])
    a, b = columns(whole, bound)
    check(compute("clip", a, 1.5, 2), whole.clip(1.5, 2))
    check(compute("clip", a, 2, None), whole.clip(2))
    check(compute("clip", a, b, None), whole.clip(lower=bound))


def test_isin():
    numbers, words, times = columns(NUMBERS, WORDS, TIMES)
    check(compute("isin", numbers, params=[1, 0, 5.5]), NUMBERS.isin([1, 0, 5.5]))
    check(compute("isin", numbers, params=[np.nan]), NUMBERS.isin([np.nan]))
    check(
        compute("isin", words, params=["x", "a word of more than twelve bytes"]),
        WORDS.isin(["x", WORDS[3]]),
    )
    check(compute("isin", words, params=["y", None]), WORDS.isin(["y", None]))
    check(
        compute("isin", times, params=[pd.Timestamp("2020-01-01")]),
        TIMES.isin([pd.Timestamp("2020-01-01")]),
    )
    whole = pd.Series(np.arange(-5, 1000))
    (expr,) = columns(whole)
    wanted = list(range(0, 2000, 7))
    check(compute("isin", expr, params=wanted), whole.isin(wanted))
    check(compute("isin", expr, params=[]), whole.isin([]))
    check(compute("isin", expr, params=[1.5, 2.0]), whole.isin([1.5, 2.0]))


def test_map_values():
    mapping = {"x": 1.5, "": 2.5}
    (words,) = columns(WORDS)
    got = compute("map_values", words, params=[*mapping.keys(), *mapping.values()])
    check(got, WORDS.map(mapping))
    mapping = {"x": 1}
    got = compute("map_values", words, params=[*mapping.keys(), *mapping.values()])
    check(got, WORDS.map(mapping))
    check(compute("fillna", got, 0.5), WORDS.map(mapping).fillna(0.5))
    whole = pd.Series([1, 2, 1])
    (expr,) = columns(whole)
    mapping = {1: "one", 2: "a word of more than twelve bytes"}
    check(
        compute("map_values", expr, params=[*mapping.keys(), *mapping.values()]), whole.map(mapping)
    )
    mapping = {1: 10, 2: 20}
    check(
        compute("map_values", expr, params=[*mapping.keys(), *mapping.values()]), whole.map(mapping)
    )


@pytest.mark.parametrize("inclusive", ["both", "neither", "left", "right"])
def test_between(inclusive):
    numbers, words, times = columns(NUMBERS, WORDS, TIMES)
    check(
        compute("between", numbers, 0, 5.5, params=[inclusive]), NUMBERS.between(0, 5.5, inclusive)
    )
    check(compute("between", words, "", "x", params=[inclusive]), WORDS.between("", "x", inclusive))
    got = compute("between", times, "2020-01-01", "2020-12-31", params=[inclusive])
    check(got, TIMES.between("2020-01-01", "2020-12-31", inclusive))


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("lowest", [True, False])
def test_cut(right, lowest):
    x = pd.Series([0, 0.5, 1, 1.5, 2, 3, 3.5, -1, np.nan])
    edges = [0, 1, 2, 3]
    (expr,) = columns(x)
    want = pd.cut(x, edges, right=right, include_lowest=lowest).cat.codes
    got = compute("cut", expr, params=[right, lowest, *map(float, edges)])
    check(got, want)


def test_codes():
    words = pd.Categorical(WORDS, categories=["", "x"]).codes
    (expr,) = columns(WORDS)
    assert as_pandas(compute("codes", expr, params=["", "x"])).tolist() == words.tolist()


def test_three_valued_logic():
    values = [True, False, None]
    table = pa.table({"a": [x for x in values for _ in values], "b": values * 3})
    frame = _core.from_arrow(table, flavour="nullable")
    x, y = (field(frame, i) for i in range(2))
    a, b = (table[name].to_pandas().astype("boolean") for name in "ab")
    for function, args, want in (
        ("bitwise_and", (x, y), a & b),
        ("bitwise_or", (x, y), a | b),
        ("bitwise_xor", (x, y), a ^ b),
        ("invert", (x,), ~a),
    ):
        got = compute(function, *args)
        assert dtype(got) == "boolean"
        assert as_pandas(got).astype("boolean").tolist() == want.tolist()
