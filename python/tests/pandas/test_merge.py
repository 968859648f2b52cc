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


@pytest.mark.parametrize("how", ["inner", "left", "right"])
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
    "empty left": lambda pd, a, b: a[a["n"] > 100].merge(b, on="k"),
}


@pytest.mark.parametrize("name", CASES)
def test_cases(same, pair, name):
    same(CASES[name], *pair)


def test_text_and_numbers_do_not_meet(pair):
    import tharsis.pandas as pd

    a, b = (pd.from_pandas(frame) for frame in pair)
    with pytest.raises(ValueError, match="int64 and str"):
        a.merge(b, left_on="k", right_on="s")
