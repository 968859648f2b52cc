"""Columns, rows, labels: what is chosen and what it is called."""

import numpy as np
import pytest

CASES = {
    "column": lambda pd, df: df["f"],
    "columns": lambda pd, df: df[["s", "k", "f"]],
    "attribute": lambda pd, df: df.k + 1,
    "mask": lambda pd, df: df[df["k"] > 3],
    "mask of mask": lambda pd, df: (
        df[df["k"] > 1][df["f"] > 0]["i"] if False else df[(df["k"] > 1) & (df["f"] > 0)]["i"]
    ),
    "filter twice": lambda pd, df: (lambda x: x[x["f"] > 0])(df[df["k"] > 1]),
    "negated mask": lambda pd, df: df[~(df["k"] == 3)],
    "head": lambda pd, df: df.head(7),
    "head beyond the end": lambda pd, df: df.head(10_000),
    "negative head": lambda pd, df: df.head(-490),
    "tail": lambda pd, df: df.tail(3),
    "slice": lambda pd, df: df[10:20],
    "iloc slice": lambda pd, df: df.iloc[3:300:7],
    "iloc backwards": lambda pd, df: df.iloc[::-3],
    "iloc of a filter": lambda pd, df: df[df["k"] > 3].iloc[5:9],
    "iloc columns": lambda pd, df: df.iloc[:5, [0, 4]],
    "drop": lambda pd, df: df.drop(columns=["k", "t"]),
    "rename": lambda pd, df: df.rename(columns={"k": "key", "nothing": "x"}),
    "prefix": lambda pd, df: df[["k", "f"]].add_prefix("p "),
    "suffix": lambda pd, df: df[["k", "f"]].add_suffix(" s"),
    "set_index": lambda pd, df: df.set_index("k"),
    "set_index of two": lambda pd, df: df.set_index(["k", "s"]),
    "set and reset": lambda pd, df: df.set_index(["k", "s"]).reset_index(),
    "reset and drop": lambda pd, df: df[df["k"] > 3].reset_index(drop=True),
    "reset a filter": lambda pd, df: df[df["k"] > 3].reset_index(),
    "assign": lambda pd, df: df.assign(z=df["f"] * 2, k=0, w="x"),
    "sort": lambda pd, df: df.sort_values("f", kind="stable"),
    "sort by two": lambda pd, df: df.sort_values(
        ["s", "i"], ascending=[False, True], na_position="first"
    ),
    "sort ignoring labels": lambda pd, df: df.sort_values("i", kind="stable", ignore_index=True),
    "sort_index": lambda pd, df: df.sort_values("f").sort_index(),
    "sort a series": lambda pd, df: df["s"].sort_values(kind="stable"),
    "dropna": lambda pd, df: df.dropna(),
    "dropna of a subset": lambda pd, df: df.dropna(subset=["s"]),
    "dropna of a series": lambda pd, df: df["f"].dropna(),
    "loc with a mask": lambda pd, df: df.loc[df["k"] == 2, ["f", "s"]],
    "loc with a column": lambda pd, df: df.loc[:, "s"],
    "drop_duplicates": lambda pd, df: df[["k", "g"]].drop_duplicates(),
    "drop_duplicates with gaps": lambda pd, df: df[["s", "g"]].drop_duplicates(),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_pandas(same, frame, name):
    same(CASES[name], frame)


def setitem(pd, df):
    df["z"] = df["k"] + df["g"]
    df["k"] = df["f"]
    df["c"] = 7
    df["n"] = np.arange(len(df))
    z = df.pop("z")
    df["y"] = z * 2
    del df["u"]
    return df


def test_setitem_equals_pandas(same, frame):
    same(setitem, frame)


def test_assignment_aligns_by_label(same, frame):
    def f(pd, df):
        df["z"] = df[df["k"] > 3]["f"]
        return df

    same(f, frame)


def test_a_wrong_column_is_an_error_at_once(frame):
    import tharsis.pandas as pd

    df = pd.from_pandas(frame)
    with pytest.raises(KeyError, match="no column 'ff'"):
        df["ff"]
    with pytest.raises(KeyError):
        df[["k", "nothing"]]
    with pytest.raises(KeyError):
        df.sort_values("nothing")
    with pytest.raises(KeyError):
        df.groupby("nothing").sum()
