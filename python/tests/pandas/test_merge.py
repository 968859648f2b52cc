"""Joins: order, gaps, repeated and missing keys, suffixes, types."""

import numpy as np
import pandas
import pytest


@pytest.fixture
def pair():
    rng = np.random.default_rng(3)
    left = pandas.DataFrame(
        {
            "k": rng.integers(0, 40, 300),
            "s": pandas.Series(
                np.array(["x", "yy", "a long text, longer than twelve"])[rng.integers(0, 3, 300)],
                dtype="str",
            ),
            "v": rng.normal(size=300),
            "n": rng.integers(0, 9, 300),
        }
    )
    right = pandas.DataFrame(
        {
            "k": rng.integers(10, 60, 80),
            "s": pandas.Series(np.array(["x", "yy", "z"])[rng.integers(0, 3, 80)], dtype="str"),
            "v": rng.normal(size=80),
            "w": rng.integers(0, 9, 80).astype("int8"),
            "t": pandas.date_range("2024-01-01", periods=80, freq="h"),
        }
    )
    left.loc[::17, "s"] = None
    right.loc[::13, "s"] = None
    return left, right


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
@pytest.mark.parametrize("on", ["k", "s", ["k", "s"]], ids=str)
def test_on(same, pair, how, on):
    same(lambda pd, a, b: a.merge(b, on=on, how=how), *pair)


CASES = {
    "different names": lambda pd, a, b: a.merge(
        b.rename(columns={"k": "kk"}), left_on="k", right_on="kk"
    ),
    "suffixes": lambda pd, a, b: a.merge(b, on="k", suffixes=("", "_right")),
    "common columns": lambda pd, a, b: a[["k", "v"]].merge(b[["k", "w"]]),
    "after a filter": lambda pd, a, b: a[a["v"] > 0].merge(b[b["w"] > 3], on="k"),
    "filter after": lambda pd, a, b: (lambda m: m[m["v_x"] > m["v_y"]])(a.merge(b, on="k")),
    "then grouped": lambda pd, a, b: a.merge(b, on="k").groupby("s_x")["w"].sum(),
    "no partner": lambda pd, a, b: a.merge(b.assign(k=-1), on="k", how="left"),
    "every row a partner": lambda pd, a, b: a.merge(
        b.drop_duplicates("k") if False else a[["k"]].drop_duplicates().assign(one=1),
        on="k",
        how="left",
    ),
    "join": lambda pd, a, b: a.groupby("k")[["v"]].sum().join(b.groupby("k")[["w"]].max()),
    "join of two levels": lambda pd, a, b: (
        a.groupby(["k", "s"])[["v"]].sum().join(b.groupby(["k", "s"])[["w"]].max())
    ),
    "join inner": lambda pd, a, b: (
        a.groupby("k")[["v"]].sum().join(b.groupby("k")[["w"]].max(), how="inner")
    ),
    "join on a column": lambda pd, a, b: a.join(b.groupby("k")[["w"]].max(), on="k"),
    "empty right": lambda pd, a, b: a.merge(b[b["w"] > 100], on="k", how="left"),
    "outer, keys of their own": lambda pd, a, b: a.merge(
        b.rename(columns={"k": "kk"}), left_on="k", right_on="kk", how="outer"
    ),
    "outer, every row a partner": lambda pd, a, b: a.merge(
        a[["k"]].drop_duplicates().assign(one=1), on="k", how="outer"
    ),
    "right, every row a partner": lambda pd, a, b: (
        a[["k"]].drop_duplicates().assign(one=1).merge(a, on="k", how="right")
    ),
    "join outer": lambda pd, a, b: (
        a.groupby("k")[["v"]].sum().join(b.groupby("k")[["w"]].max(), how="outer")
    ),
    "join right": lambda pd, a, b: (
        a.groupby("k")[["v"]].sum().join(b.groupby("k")[["w"]].max(), how="right")
    ),
    "cross": lambda pd, a, b: a.head(7).merge(b.head(5), how="cross"),
    "sorted": lambda pd, a, b: a.merge(b, on=["s", "k"], sort=True),
    "sorted left": lambda pd, a, b: a.merge(b, on="s", how="left", sort=True),
    "validated": lambda pd, a, b: a.merge(
        b[["k", "w"]].drop_duplicates("k"), on="k", validate="m:1"
    ),
    "empty left": lambda pd, a, b: a[a["n"] > 100].merge(b, on="k"),
}


@pytest.mark.parametrize("name", CASES)
def test_cases(same, pair, name):
    same(CASES[name], *pair)


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
@pytest.mark.parametrize("kinds", [("int64", "float64"), ("float64", "int64"), ("int8", "int64")])
@pytest.mark.filterwarnings("ignore:You are merging on int and float")
def test_keys_of_two_types(same, pair, how, kinds):
    a, b = pair[0].astype({"k": kinds[0]}), pair[1].astype({"k": kinds[1]})
    same(lambda pd, a, b: a.merge(b, on="k", how=how), a, b)
    inside = b[b["k"].isin(a["k"])]
    same(lambda pd, a, b: a.merge(b, on="k", how=how), a, inside)
    same(
        lambda pd, a, b: a.merge(b.rename(columns={"k": "q"}), left_on="k", right_on="q", how=how),
        a,
        b,
    )


def test_whole_numbers_stay_exact_in_an_outer_join(same):
    big = 2**60
    a = pandas.DataFrame({"k": [big + 1, big + 3], "x": [1, 2]})
    b = pandas.DataFrame({"k": [big + 3, big + 5], "y": [1, 2]})
    same(lambda pd, a, b: a.merge(b, on="k", how="outer"), a, b)


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
def test_the_indicator_tells_the_sides(same, pair, how):
    same(lambda pd, a, b: a.merge(b, on="k", how=how, indicator=True), *pair)
    same(lambda pd, a, b: a.merge(b, on="k", how=how, indicator="from"), *pair)


def test_keys_that_repeat_are_refused(pair):
    import tharsis.pandas as pd

    a, b = (pd.from_pandas(frame) for frame in pair)
    with pytest.raises(pandas.errors.MergeError, match="not unique in right dataset"):
        a.merge(b, on="k", validate="m:1")
    with pytest.raises(ValueError, match="not a valid argument"):
        a.merge(b, on="k", validate="one")


def test_text_and_numbers_do_not_meet(pair):
    import tharsis.pandas as pd

    a, b = (pd.from_pandas(frame) for frame in pair)
    with pytest.raises(ValueError, match="int64 and str"):
        a.merge(b, left_on="k", right_on="s")
