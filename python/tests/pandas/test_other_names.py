"""Names that no other table calls: flexible operators, aliases, properties, functions of text and time."""

import numpy as np
import pytest


def _categories(df):
    return df["s"].astype("category").cat


def _aggregates(g):
    return g["i"].aggregate("sum")


CASES = {
    "columns": lambda pd, df: list(df.columns),
    "dtypes": lambda pd, df: [str(kind) for kind in df.dtypes],
    "get": lambda pd, df: df.get("k"),
    "get nothing": lambda pd, df: df.get("nothing", 3),
    "items": lambda pd, df: dict(df.items())["s"],
    "keys": lambda pd, df: list(df.keys()),
    "shape": lambda pd, df: (df.shape, df["k"].shape, df[df["k"] > 3].shape),
    "size": lambda pd, df: (df.size, df["k"].size),
    "to_numpy": lambda pd, df: df[["k", "i"]].to_numpy(),
    "values": lambda pd, df: df[["k", "i"]].values,
    "values of a series": lambda pd, df: df["i"].values,
    "to_numpy of a series": lambda pd, df: df["i"].to_numpy(dtype="float64"),
    "tolist": lambda pd, df: df["s"].dropna().tolist(),
    "to_list": lambda pd, df: df["i"].to_list(),
    "item": lambda pd, df: df["i"].head(1).item(),
    "dtype": lambda pd, df: df["h"].dtype,
    "where of a frame": lambda pd, df: df[["f", "h"]].where(df["k"] > 3),
    "empty": lambda pd, df: (df.empty, df.head(0).empty),
    "index": lambda pd, df: list(df[df["k"] > 3].index),
    "set_axis": lambda pd, df: df["k"].set_axis(np.arange(len(df)) * 2),
    "set_axis of columns": lambda pd, df: df[["k", "f"]].set_axis(["a", "b"], axis=1),
    "isnull": lambda pd, df: df.isnull(),
    "notnull": lambda pd, df: df["s"].notnull(),
    "rename": lambda pd, df: df["k"].rename("other"),
    "to_frame": lambda pd, df: df["k"].to_frame("other"),
    "unique": lambda pd, df: df["k"].unique(),
    "unique text": lambda pd, df: list(df["s"].dropna().unique()),
    "median": lambda pd, df: df["i"].median(),
    "min": lambda pd, df: df["s"].dropna().min(),
    "var": lambda pd, df: df["h"].astype("float64").var(),
    "product": lambda pd, df: df["g"].product(),
    "aggregate": lambda pd, df: df["k"].aggregate(["sum", "max"]),
    "argmin": lambda pd, df: df["i"].argmin(),
    "cumprod": lambda pd, df: df[["g", "k"]].cumprod(),
    "series groupby": lambda pd, df: df["i"].groupby(df["k"]).sum(),
    "series groupby size": lambda pd, df: df["i"].groupby(df["k"]).size(),
    "groupby aggregate": lambda pd, df: df.groupby("k")[["i"]].aggregate("sum"),
    "series groupby aggregate": lambda pd, df: _aggregates(df.groupby("k")),
    "groupby any": lambda pd, df: df.groupby("k")["b"].any(),
    "groupby all": lambda pd, df: df.groupby("k")["b"].all(),
    "groupby cummin": lambda pd, df: df.groupby("k")["i"].cummin(),
    "groupby cumprod": lambda pd, df: df.groupby("g")["k"].cumprod(),
    "groupby pct_change": lambda pd, df: df.groupby("k")["i"].pct_change(),
    "ngroups": lambda pd, df: df.groupby("k").ngroups,
    "hasnans": lambda pd, df: (df["f"].hasnans, df["k"].hasnans),
    "is_unique": lambda pd, df: (df["i"].is_unique, df["k"].is_unique),
    "monotonic": lambda pd, df: (
        df["i"].is_monotonic_increasing,
        df["i"].sort_values().is_monotonic_increasing,
        df["i"].is_monotonic_decreasing,
    ),
    "equals": lambda pd, df: df.equals(df.copy()),
    "categories": lambda pd, df: list(df["s"].astype("category").cat.categories),
    "ordered": lambda pd, df: df["s"].astype("category").cat.ordered,
    "set_categories": lambda pd, df: _categories(df).set_categories(["beta", "x", "alpha"]),
    "add_categories": lambda pd, df: _categories(df).add_categories(["x"]),
    "remove_categories": lambda pd, df: _categories(df).remove_categories("beta"),
    "reorder_categories": lambda pd, df: _categories(df).reorder_categories(
        list(_categories(df).categories)[::-1], ordered=True
    ),
    "rename_categories": lambda pd, df: _categories(df).rename_categories({"beta": "b"}),
    "rename all categories": lambda pd, df: _categories(df).rename_categories(list("vwxyz")),
    "as_ordered": lambda pd, df: _categories(df).as_ordered(),
    "as_unordered": lambda pd, df: _categories(df).as_ordered().cat.as_unordered(),
    "remove_unused_categories": lambda pd, df: (
        df[df["s"] == "beta"]["s"].astype("category").cat.add_categories("x")
    ).cat.remove_unused_categories(),
    "total_seconds": lambda pd, df: df["d"].dt.total_seconds(),
    "strftime": lambda pd, df: df["t"].dt.strftime("%Y/%m/%d %H:%M"),
    "ceil": lambda pd, df: df["t"].dt.ceil("D"),
    "round": lambda pd, df: df["t"].dt.round("h"),
    "normalize": lambda pd, df: df["t"].dt.normalize(),
    "tz": lambda pd, df: df["t"].dt.tz,
    "seconds": lambda pd, df: df["d"].dropna().dt.seconds,
    "round of a frame": lambda pd, df: df.round(1),
    "pop": lambda pd, df: df.pop("k"),
}
for _name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]:
    for _word in [_name, f"r{_name}"]:
        CASES[_word] = lambda pd, df, name=_word: getattr(df["u"].astype("float64"), name)(2.0)
for _name in ["divide", "subtract", "multiply", "rdiv", "eq", "ne", "lt", "le", "gt", "ge"]:
    CASES[_name] = lambda pd, df, name=_name: getattr(df["f"], name)(2.0)
for _name in ["dayofweek", "dayofyear", "weekday", "quarter", "microsecond", "nanosecond"]:
    CASES[_name] = lambda pd, df, name=_name: getattr(df["t"].dropna().dt, name)
for _name in ["capitalize", "isalnum", "isalpha", "isdigit", "islower", "isspace", "isupper"]:
    CASES[_name] = lambda pd, df, name=_name: getattr(df["s"].dropna().str, name)()
for _name in ["lstrip", "rstrip"]:
    CASES[_name] = lambda pd, df, name=_name: getattr(df["s"].str, name)("aß")


def inserted(pd, df):
    df.insert(1, "x", df["k"] * 2)
    return df


CASES["insert"] = inserted


@pytest.mark.parametrize("name", CASES)
def test_equals_pandas(same, frame, name):
    same(CASES[name], frame)
