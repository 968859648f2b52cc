"""Frames under and beside each other, and the functions of the module."""

import numpy as np
import pandas
import pytest
import tharsis.pandas as thpd

CASES = {
    "rows": lambda pd, df: pd.concat([df, df.head(3)]),
    "rows of other columns": lambda pd, df: pd.concat([df[["k", "s"]], df[["s", "u"]]]),
    "columns that all have": lambda pd, df: pd.concat([df[["k", "s"]], df[["s"]]], join="inner"),
    "new labels": lambda pd, df: pd.concat([df, df], ignore_index=True),
    "other types": lambda pd, df: pd.concat([df[["k"]], df[["k"]].astype("float64")]),
    "few bits and many": lambda pd, df: pd.concat([df["g"], df["g"].astype("int64")]),
    "series": lambda pd, df: pd.concat([df["k"], df["u"]]),
    "beside": lambda pd, df: pd.concat([df[["k"]], df[["s", "f"]]], axis=1),
    "beside, series": lambda pd, df: pd.concat([df["k"], df["f"] * 2], axis=1),
    "beside, other rows": lambda pd, df: pd.concat(
        [df.groupby("k")["f"].sum(), df[df["k"] > 3].groupby("k")["u"].max()], axis=1
    ),
    "isna": lambda pd, df: pd.isna(df["f"]),
    "notna": lambda pd, df: pd.notna(df[["f", "s"]]),
    "to_numeric": lambda pd, df: pd.to_numeric(df["k"]),
    "to_datetime of times": lambda pd, df: pd.to_datetime(df["t"]),
    "cut to codes": lambda pd, df: pd.cut(df["k"], [-1, 2, 5, 10], labels=False),
    "cut to names": lambda pd, df: pd.cut(df["k"], [0, 2, 5], labels=["low", "high"]),
    "index given": lambda pd, df: pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=["p", "q"]),
    "of arrays": lambda pd, df: pd.DataFrame({"a": np.arange(3), "b": np.array([1.5, 2, 3])}),
    "of series": lambda pd, df: pd.DataFrame({"a": df["k"], "b": df["s"], "c": df["f"] * 2}),
    "of series of other rows": lambda pd, df: pd.DataFrame(
        {"a": df.groupby("k")["f"].sum(), "b": df[df["k"] > 3].groupby("k")["i"].max()}
    ),
    "series of a dict": lambda pd, df: pd.Series({"a": 1, "b": 2}),
    "records": lambda pd, df: pd.DataFrame([{"a": 1, "b": 2.0}, {"a": 3, "b": 4.0}]),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_pandas(same, frame, name):
    same(CASES[name], frame)


def relabelled(pd, df):
    df = df[["k", "f"]]
    df.index = np.arange(len(df)) + 10
    df.columns = ["a", "b"]
    df = df.set_index(df["a"] * 2, append=True)
    return df


def test_labels_can_be_set(same, frame):
    same(relabelled, frame)
    same(lambda pd, df: df.set_index([df["k"] + 1, "g"]), frame)
    same(lambda pd, df: df.set_index(np.arange(len(df))), frame)


def test_names_of_pandas_are_here():
    for name in ["NA", "NaT", "Timestamp", "Timedelta", "Index", "RangeIndex", "date_range"]:
        assert getattr(thpd, name) is getattr(pandas, name) or callable(getattr(thpd, name))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        thpd.nonsense  # noqa: B018


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean", "string"])
def test_nullable_types_come_back(kind):
    values = {"Int64": [1, None], "Float64": [1.5, None], "boolean": [True, None]}.get(kind)
    series = pandas.Series(values or ["a", None], dtype=kind, name="x")
    got = thpd.from_pandas(series).to_pandas()
    want = series if kind != "string" else series.astype("str")
    pandas.testing.assert_series_equal(got, want)


@pytest.mark.parametrize("rows", [0, 1, 5, 60, 61, 500])
def test_display_equals_pandas(frame, rows):
    frame = frame[["k", "f", "s", "t"]].head(rows)
    ours = thpd.from_pandas(frame)
    assert repr(ours) == repr(frame)
    assert repr(ours["f"]) == repr(frame["f"])
    if rows < 60:
        assert ours._repr_html_().count("<tr") == frame._repr_html_().count("<tr")
