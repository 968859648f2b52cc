"""One answer per column: quantiles, describe, agg in all forms, along the columns."""

import numpy as np
import pytest

CASES = {
    "prod": lambda pd, df: df["g"].prod(),
    "sem": lambda pd, df: df["u"].sem(),
    "quantile": lambda pd, df: df["f"].quantile(0.3),
    "quantiles": lambda pd, df: df["i"].quantile([0.1, 0.5, 1.0]),
    "quantile lower": lambda pd, df: df["i"].quantile(0.3, interpolation="lower"),
    "quantile nearest": lambda pd, df: df["i"].quantile(0.3, interpolation="nearest"),
    "quantile of a frame": lambda pd, df: df[["k", "i"]].quantile(0.5),
    "quantiles of a frame": lambda pd, df: df[["k", "i"]].quantile([0.25, 0.75]),
    "describe": lambda pd, df: df["u"].describe(),
    "describe a frame": lambda pd, df: df[["k", "u", "i", "s", "b"]].describe(),
    "describe percentiles": lambda pd, df: df[["k", "u"]].describe(percentiles=[0.1, 0.999]),
    "agg of names": lambda pd, df: df["u"].agg(["sum", "mean", "max"]),
    "agg of a frame": lambda pd, df: df[["k", "u"]].agg(["sum", "min"]),
    "agg by column": lambda pd, df: df.agg({"k": "sum", "u": "mean"}),
    "agg of lists by column": lambda pd, df: df.agg({"k": ["sum", "min"], "u": ["mean", "sum"]}),
    "agg of functions": lambda pd, df: df["k"].agg({"least": min, "most": "max"}),
    "agg of NumPy": lambda pd, df: df["u"].agg("std"),
    "sum of columns": lambda pd, df: df[["k", "u", "f"]].sum(axis=1),
    "sum of bools": lambda pd, df: pd.concat([df["b"], df["f"] > 0, df["k"]], axis=1).sum(axis=1),
    "mean of bools": lambda pd, df: df.assign(c=df["f"] > 0)[["b", "c"]].mean(axis=1),
    "min of columns": lambda pd, df: df[["f", "h"]].min(axis=1),
    "sum of the numbers": lambda pd, df: df[["s", "k", "f", "b"]].sum(axis=1, numeric_only=True),
    "mean of columns": lambda pd, df: df[["k", "u", "h"]].mean(axis=1),
    "count of columns": lambda pd, df: df.count(axis=1),
    "max of columns": lambda pd, df: df[["k", "i"]].max(axis=1),
    "any": lambda pd, df: df[["b", "k"]].any(),
    "all": lambda pd, df: df[["b", "k"]].all(),
    "any of columns": lambda pd, df: df[["b", "k"]].any(axis=1),
    "sums": lambda pd, df: df[["k", "u", "i"]].sum(),
    "means": lambda pd, df: df.mean(numeric_only=True),
    "nunique": lambda pd, df: df.nunique(),
    "nunique with gaps": lambda pd, df: df.nunique(dropna=False),
    "nunique of a series": lambda pd, df: df["s"].nunique(dropna=False),
    "min_count": lambda pd, df: df["f"].head(3).sum(min_count=10),
    "value_counts": lambda pd, df: df[["k", "g"]].value_counts().sort_index(),
    "shares": lambda pd, df: df.value_counts("s", normalize=True).sort_index(),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_pandas(same, frame, name):
    same(CASES[name], frame.replace([np.inf, -np.inf], 1.0))


def test_describe_text(frame):
    import tharsis.pandas as pd

    got = pd.from_pandas(frame)["s"].describe()
    want = frame["s"].describe()
    assert got["count"] == want["count"] and got["unique"] == want["unique"]
    assert got["freq"] == want["freq"] and got["top"] == want["top"]


def test_what_is_asked_together_is_one_pass(frame):
    import tharsis.pandas as pd

    from tharsis import _core

    df = pd.from_pandas(frame)
    df[["k", "u"]].describe()
    assert _core.report()["rounds"] <= 2


GROUPS = {
    "prod": lambda g: g["i"].prod(),
    "sem": lambda g: g["f"].sem(),
    "quantile": lambda g: g["f"].quantile(0.3),
    "quantile of all": lambda g: g.quantile(0.9),
    "ddof": lambda g: g["f"].std(ddof=0),
    "min_count": lambda g: g["f"].sum(min_count=60),
    "dict of lists": lambda g: g.agg({"i": ["sum", "min"], "f": ["count"]}),
    "list": lambda g: g.agg(["sum", "max"]),
    "functions": lambda g: g["f"].agg([min, "max"]),
    "describe": lambda g: g["f"].describe(),
    "describe all": lambda g: g[["f", "i"]].describe(),
    "size": lambda g: g.size(),
    "one level of columns": lambda g: g.agg(["sum", "max"])["f"],
}


@pytest.mark.parametrize("name", GROUPS)
def test_groups(same, frame, name):
    frame = frame[["k", "i", "f"]].replace([np.inf, -np.inf], 1.0)
    same(lambda pd, df: GROUPS[name](df.groupby("k")), frame)


def test_groups_in_columns(same, frame):
    frame = frame[["k", "g", "i", "f"]]
    same(lambda pd, df: df.groupby(["k", "g"], as_index=False).size(), frame)
    same(lambda pd, df: df.groupby("k", as_index=False).agg({"i": ["sum", "min"]}), frame)
    same(lambda pd, df: df.groupby("k", as_index=False)["i"].sum(), frame)


def test_groups_by_levels(same, frame):
    frame = frame.set_index(["k", "g"])[["i", "f"]]
    same(lambda pd, df: df.groupby(level="k").sum(), frame)
    same(lambda pd, df: df.groupby(level=[0, 1])["i"].max(), frame)
    same(lambda pd, df: df["i"].groupby(level=1).count(), frame)
    same(lambda pd, df: df.reset_index(drop=True).groupby(level=0).sum().head(), frame)


def test_groups_by_arrays(same, frame):
    keys = np.arange(len(frame)) % 3
    same(lambda pd, df: df.groupby(keys)["i"].sum(), frame)


def test_groups_of_categories(same, frame):
    frame = frame.assign(c=frame["s"].astype("category"))
    same(lambda pd, df: df.groupby("c", observed=True)["i"].sum(), frame)
    same(lambda pd, df: df[df["k"] > 3].groupby("c", observed=True)["i"].count(), frame)
