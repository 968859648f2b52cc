"""Arithmetic, comparison, alignment, missing values, text, times, categories."""

import numpy as np
import pandas
import pytest

CASES = {
    "add": lambda pd, df: df["f"] + df["i"],
    "divide": lambda pd, df: df["i"] / df["u"],
    "floor divide": lambda pd, df: df["i"] // 7,
    "modulo": lambda pd, df: df["i"] % 7,
    "power": lambda pd, df: df["f"] ** 2,
    "reflected": lambda pd, df: 1 - df["f"],
    "negative": lambda pd, df: -df["f"],
    "frame by a number": lambda pd, df: df[["k", "f"]] * 2,
    "frames": lambda pd, df: df[["k", "f"]] + df[["k", "f"]],
    "frame by a series": lambda pd, df: df[["k", "f"]].div(df["u"], axis=0),
    "series by a frame": lambda pd, df: df["u"].rename("x").to_frame().sub(df["i"], axis=0),
    "one column of a frame": lambda pd, df: (df[["k", "f", "u"]] + 1)["f"],
    "columns of a frame": lambda pd, df: (df[["k", "f", "u"]] * df[["k", "f", "u"]])[["u", "k"]],
    "frame less a mean": lambda pd, df: df[["k", "f"]] - df["f"].mean(),
    "frames of other rows": lambda pd, df: df[["k", "f"]].head(9) + df[["k", "f"]].tail(90),
    "less": lambda pd, df: df["f"] < 0,
    "equal text": lambda pd, df: df["s"] == "beta",
    "not equal text": lambda pd, df: df["s"] != "beta",
    "times": lambda pd, df: df["t"] > "2024-06-01",
    "time difference": lambda pd, df: df["t"] - df["t"].min() if False else df["t"] - df["t"],
    "time plus duration": lambda pd, df: df["t"] + df["d"],
    "and": lambda pd, df: (df["f"] > 0) & df["b"],
    "or": lambda pd, df: (df["f"] > 0) | df["b"],
    "xor": lambda pd, df: (df["f"] > 0) ^ df["b"],
    "isna": lambda pd, df: df["s"].isna(),
    "frame isna": lambda pd, df: df.isna(),
    "notna": lambda pd, df: df["t"].notna(),
    "fillna": lambda pd, df: df["f"].fillna(0),
    "fillna text": lambda pd, df: df["s"].fillna("none"),
    "fillna by a series": lambda pd, df: df["f"].fillna(df["i"]),
    "fillna by column": lambda pd, df: df[["f", "s", "k"]].fillna({"f": 0, "s": "-"}),
    "fillna of a frame": lambda pd, df: df[["f", "h", "k"]].fillna(0),
    "where of a frame": lambda pd, df: df[["f", "h"]].where(df["b"], 0.0),
    "where of a frame by a frame": lambda pd, df: df[["f", "h"]].where(df[["f", "h"]] > 0, -1.0),
    "where of a frame, missing": lambda pd, df: df[["f", "h"]].where(df[["f", "h"]] > 0),
    "where by a function": lambda pd, df: df[["f", "h"]].where(lambda x: x > 0, df["f"], axis=0),
    "where": lambda pd, df: df["f"].where(df["b"], 0.0),
    "where missing": lambda pd, df: df["f"].where(df["b"]),
    "mask of a frame": lambda pd, df: df[["f", "h"]].mask(df[["f", "h"]] > 0, -1.0),
    "mask by a function": lambda pd, df: df["f"].mask(lambda x: x > 0, 0.5),
    "mask by an array": lambda pd, df: df["f"].mask(np.arange(len(df)) % 2 == 0),
    "mask": lambda pd, df: df["f"].mask(df["b"], -1.0),
    "where of whole numbers": lambda pd, df: df["i"].where(df["b"], 0),
    "clip": lambda pd, df: df["f"].clip(-1, 1),
    "clip below": lambda pd, df: df["i"].clip(lower=7),
    "round": lambda pd, df: df["f"].round(1),
    "round of a frame": lambda pd, df: df[["f", "s", "h", "b"]].round(1),
    "abs": lambda pd, df: df["i"].abs(),
    "isin": lambda pd, df: df["k"].isin([1, 3]),
    "isin text": lambda pd, df: df["s"].isin(["beta", ""]),
    "between": lambda pd, df: df["k"].between(2, 4),
    "map": lambda pd, df: df["k"].map({0: 1.5, 1: 2.5}),
    "map text": lambda pd, df: df["s"].map({"alpha": 1, "beta": 2}),
    "astype": lambda pd, df: df["u"].astype("float32"),
    "astype int of bool": lambda pd, df: df["b"].astype(int),
    "astype dict": lambda pd, df: df[["k", "u"]].astype({"k": "int8"}),
    "astype of a frame": lambda pd, df: df[["k", "u", "i"]].astype("float32"),
    "astype category of a frame": lambda pd, df: df[["s", "k"]].astype("category"),
    "several columns at once": lambda pd, df: several_columns(df),
    "astype str": lambda pd, df: df["k"].astype(str),
    "category codes": lambda pd, df: df["s"].astype("category").cat.codes,
    "category": lambda pd, df: df["s"].astype("category"),
    "categorical": lambda pd, df: df.assign(
        c=pd.Categorical(df["s"], categories=["beta", "alpha"], ordered=True).codes
    ),
}


def several_columns(df):
    df = df[["k", "f", "u"]].copy()
    df[["k", "new"]] = df[["u", "k"]]
    df[["f", "v"]] = 0
    return df


def part_of_time(part):
    return lambda pd, df: getattr(df["t"].dropna().dt, part)


for _part in ["year", "month", "day", "hour", "minute", "second", "day_of_week", "day_of_year"]:
    CASES[f"dt.{_part}"] = part_of_time(_part)
CASES |= {
    "dt.days": lambda pd, df: df["d"].dropna().dt.days,
    "dt of gaps": lambda pd, df: df["t"].dt.hour,
    "dt.floor": lambda pd, df: df["t"].dt.floor("h"),
    "zones": lambda pd, df: (
        df["t"].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    ),
    "zone": lambda pd, df: df["t"].dt.tz_localize("UTC").dt.tz_convert("America/New_York"),
    "lower": lambda pd, df: df["s"].str.lower(),
    "upper": lambda pd, df: df["s"].str.upper(),
    "title": lambda pd, df: df["s"].str.title(),
    "len": lambda pd, df: df["s"].dropna().str.len(),
    "len of gaps": lambda pd, df: df["s"].str.len(),
    "contains": lambda pd, df: df["s"].str.contains("a"),
    "contains a pattern": lambda pd, df: df["s"].str.contains("^a.*a$"),
    "contains without case": lambda pd, df: df["s"].str.contains("A", case=False),
    "startswith": lambda pd, df: df["s"].str.startswith("al"),
    "endswith": lambda pd, df: df["s"].str.endswith("a"),
    "match": lambda pd, df: df["s"].str.match("a.p"),
    "replace": lambda pd, df: df["s"].str.replace("a", "#"),
    "replace a pattern": lambda pd, df: df["s"].str.replace("[ae]", "#", regex=True),
    "str.slice": lambda pd, df: df["s"].str[1:3],
    "str.slice from the end": lambda pd, df: df["s"].str[-3:],
    "get": lambda pd, df: df["s"].str.get(1),
    "strip": lambda pd, df: df["s"].str.strip("a"),
    "cat": lambda pd, df: df["s"].str.cat(df["s"], sep="-"),
    "add text": lambda pd, df: df["s"] + "!",
}


@pytest.mark.parametrize("name", CASES)
def test_equals_pandas(same, frame, name):
    same(CASES[name], frame)


def test_different_labels_are_aligned(same):
    a = pandas.Series([1.0, 2.0, 3.0], index=["a", "b", "c"], name="x")
    b = pandas.Series([10.0, 20.0, 30.0], index=["c", "b", "d"], name="y")
    same(lambda pd, a, b: a + b, a, b)


def test_a_cast_that_overflows_names_the_line():
    import tharsis.pandas as pd

    lazy = pd.Series(np.array([1.0, np.nan])).astype("int64")
    with pytest.raises(ValueError, match="test_elementwise.py") as error:
        lazy.execute()
    assert "astype" in str(error.value)
