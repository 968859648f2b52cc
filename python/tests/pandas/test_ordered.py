"""What depends on the order of rows: running sums, neighbours, ranks, duplicates, positions."""

import numpy as np
import pandas
import pytest

NUMBERS = ["k", "g", "i", "u", "f", "h"]
CASES = {
    "cummax of times": lambda pd, df: df["t"].cummax(),
    "cumsum of durations": lambda pd, df: df["d"].cumsum(),
    "cumsum of bools": lambda pd, df: df["b"].cumsum(),
    "cumulative frame": lambda pd, df: df[["k", "f"]].cummin(),
    "shift": lambda pd, df: df["k"].shift(3),
    "shift back": lambda pd, df: df["f"].shift(-2),
    "shift text": lambda pd, df: df["s"].shift(1),
    "shift text with a fill": lambda pd, df: df["s"].shift(1, fill_value="a text that is long"),
    "shift times": lambda pd, df: df["t"].shift(1),
    "shift with a fill": lambda pd, df: df["k"].shift(2, fill_value=0),
    "shift a bool": lambda pd, df: df["b"].shift(1, fill_value=False),
    "shift beyond the end": lambda pd, df: df["k"].shift(1000),
    "shift a frame": lambda pd, df: df[["k", "f", "s"]].shift(1),
    "diff": lambda pd, df: df["i"].diff(),
    "diff of few bits": lambda pd, df: df["g"].diff(2),
    "diff of times": lambda pd, df: df["t"].diff(),
    "diff of a frame": lambda pd, df: df[["k", "f"]].diff(-1),
    "pct_change": lambda pd, df: df["u"].pct_change(),
    "rank": lambda pd, df: df["f"].rank(),
    "rank min": lambda pd, df: df["k"].rank(method="min"),
    "rank max down": lambda pd, df: df["k"].rank(method="max", ascending=False),
    "rank first": lambda pd, df: df["k"].rank(method="first"),
    "rank dense share": lambda pd, df: df["k"].rank(method="dense", pct=True),
    "rank of gaps first": lambda pd, df: df["f"].rank(na_option="top", method="first"),
    "rank of gaps last": lambda pd, df: df["f"].rank(na_option="bottom", pct=True),
    "rank of text": lambda pd, df: df["s"].rank(),
    "rank of times": lambda pd, df: df["t"].rank(),
    "rank of a frame": lambda pd, df: df[["k", "f"]].rank(),
    "duplicated": lambda pd, df: df[["k", "g"]].duplicated(),
    "duplicated last": lambda pd, df: df.duplicated(["s", "b"], keep="last"),
    "duplicated at all": lambda pd, df: df["s"].duplicated(keep=False),
    "drop_duplicates by some": lambda pd, df: df.drop_duplicates("k"),
    "drop_duplicates, last": lambda pd, df: df.drop_duplicates(["s", "k"], keep="last"),
    "drop_duplicates, none": lambda pd, df: df.drop_duplicates(["k", "g", "s"], keep=False),
    "drop_duplicates of a series": lambda pd, df: df["s"].drop_duplicates(keep="last"),
    "nlargest": lambda pd, df: df["f"].nlargest(7),
    "nsmallest with ties": lambda pd, df: df["k"].nsmallest(9),
    "nlargest, last of ties": lambda pd, df: df["k"].nlargest(9, keep="last"),
    "nlargest of a frame": lambda pd, df: df.nlargest(5, "i"),
    "nsmallest of a frame": lambda pd, df: df.nsmallest(6, ["k", "i"]),
    "take": lambda pd, df: df.take([3, 1, -1, 3]),
    "sample": lambda pd, df: df.sample(20, random_state=3),
    "a share": lambda pd, df: df["s"].sample(frac=0.1, random_state=3, ignore_index=True),
    "argsort": lambda pd, df: df["i"].argsort(),
    "iloc of a list": lambda pd, df: df.iloc[[5, 0, -2]],
    "iloc of nothing": lambda pd, df: df.iloc[[]],
    "iloc of a mask": lambda pd, df: df.iloc[(np.arange(500) % 7 == 0)],
    "iloc of a series": lambda pd, df: df["s"].iloc[[5, 0, -2]],
    "iloc of a filter": lambda pd, df: df[df["k"] > 3].iloc[[5, 0, -2], [1, 2]],
    "iat": lambda pd, df: df.iat[3, 2],
    "mode": lambda pd, df: df["s"].mode(),
    "modes": lambda pd, df: df["i"].mode(),
    "after a filter": lambda pd, df: df[df["k"] > 2]["f"].cumsum(),
    "shift after a sort": lambda pd, df: df.sort_values("i", kind="stable")["k"].shift(1),
    "idxmax": lambda pd, df: df["f"].idxmax(),
    "idxmin of a filter": lambda pd, df: df[df["k"] > 2]["i"].idxmin(),
    "idxmax of a frame": lambda pd, df: df[["k", "f"]].idxmax(),
    "argmax": lambda pd, df: df[df["k"] > 2]["i"].argmax(),
    "difference as a new column": lambda pd, df: df.assign(x=df["i"] - df["i"].shift(1)),
}


@pytest.mark.parametrize("function", ["cumsum", "cumprod", "cummax", "cummin"])
@pytest.mark.parametrize("column", NUMBERS)
def test_running(same, frame, function, column):
    if (column, function) == ("h", "cumsum"):
        frame = frame.assign(h=np.abs(frame["h"]))  # NumPy adds in float32, the engine in float64
    frame = frame.replace([np.inf, -np.inf], 1.0)
    same(lambda pd, df: getattr(df[column], function)(), frame)
    same(lambda pd, df: getattr(df[column], function)(), frame.head(0))


@pytest.mark.parametrize("name", CASES)
def test_equals_pandas(same, frame, name):
    same(CASES[name], frame)


ALONG = {
    "cumsum": lambda g: g["i"].cumsum(),
    "cumsum of all": lambda g: g.cumsum(),
    "cummax": lambda g: g[["f", "u"]].cummax(),
    "cumcount": lambda g: g.cumcount(),
    "cumcount from the end": lambda g: g.cumcount(ascending=False),
    "ngroup": lambda g: g.ngroup(),
    "ngroup from the end": lambda g: g.ngroup(ascending=False),
    "shift": lambda g: g.shift(2),
    "shift a column": lambda g: g["u"].shift(-1),
    "diff": lambda g: g["f"].diff(),
    "rank": lambda g: g["f"].rank(),
    "rank of all": lambda g: g.rank(method="min", pct=True),
    "transform sum": lambda g: g["f"].transform("sum"),
    "transform count": lambda g: g.transform("count"),
    "transform size": lambda g: g["i"].transform("size"),
    "transform first": lambda g: g["i"].transform("first"),
    "transform cumsum": lambda g: g["i"].transform("cumsum"),
    "head": lambda g: g.head(2),
    "tail": lambda g: g.tail(1),
    "nth": lambda g: g.nth(1),
    "nth from the end": lambda g: g["f"].nth(-1),
}


@pytest.mark.parametrize("key", ["k", "s", ["s", "g"]], ids=str)
@pytest.mark.parametrize("name", ALONG)
def test_along_groups(same, frame, key, name):
    keys = key if isinstance(key, list) else [key]
    frame = frame[[*keys, "i", "f", "u"]].replace([np.inf, -np.inf], 1.0)
    if name == "cumsum of all":  # pandas keeps uint8 where all sums happen to fit
        frame = frame.drop(columns="u")
    same(lambda pd, df: ALONG[name](df.groupby(key)), frame)
    same(lambda pd, df: ALONG[name](df.groupby(key, dropna=False)), frame)


LABELS = {
    "a label": lambda pd, df: df.loc[7],
    "labels": lambda pd, df: df.loc[[3, 1, 400]],
    "a slice": lambda pd, df: df.loc[3:8],
    "an open slice": lambda pd, df: df.loc[490:],
    "labels and columns": lambda pd, df: df.loc[[3, 5], ["s", "f"]],
    "a cell": lambda pd, df: df.loc[3, "i"],
    "at": lambda pd, df: df.at[3, "i"],
    "of a filter": lambda pd, df: df[df["k"] > 3].loc[100:200],
    "of text": lambda pd, df: df.dropna(subset=["s"]).set_index("s").loc[["beta", "alpha"]],
    "of text, repeated": lambda pd, df: df.dropna(subset=["s"]).set_index("s").loc["beta"],
    "between texts": lambda pd, df: (
        df.dropna(subset=["s"]).groupby("s")["i"].sum().loc["alpha":"beta"]
    ),
    "between bounds that are no labels": lambda pd, df: (
        df.set_index("i").sort_index().loc[-(10**11) : 10**11]
    ),
    "falling": lambda pd, df: df.set_index("i").sort_index(ascending=False).loc[10**11 : -(10**11)],
    "a series": lambda pd, df: df.groupby("k")["i"].sum().loc[3],
    "of times": lambda pd, df: (
        df.dropna(subset=["t"])
        .set_index("t")
        .sort_index()["k"]
        .loc[pandas.Timestamp("2024-06-01") : pandas.Timestamp("2030-01-01")]
    ),
    "not in order": lambda pd, df: df.sort_values("i", kind="stable").loc[3:8],
    "a mask that is a list": lambda pd, df: df.loc[[True, False] * 250],
    "a function": lambda pd, df: df.loc[lambda x: x["k"] > 3, "s"],
}


@pytest.mark.parametrize("name", LABELS)
def test_labels(same, frame, name):
    same(LABELS[name], frame)


def test_a_label_that_no_row_has_is_a_key_error(frame):
    import tharsis.pandas as pd

    df = pd.from_pandas(frame)
    for key in [1000, [3, 1000], "x"]:
        with pytest.raises(KeyError, match="no row has the label"):
            df.loc[key]
    with pytest.raises(KeyError):
        df.sort_values("i", kind="stable").loc[1000:]
    with pytest.raises(IndexError, match="out of range"):
        df.iloc[[3, 1000]].execute()


def assignments(pd, df):
    df.loc[df["k"] == 3, "f"] = 1.5
    df.loc[df["k"] == 3, "new"] = 2.0
    df.loc[[1, 2], "i"] = 0
    df.loc[:, "c"] = 4
    s = df["f"].copy()
    s[s > 1] = 0.0
    df["s2"] = s
    return df


def test_assignment_to_some_rows(same, frame):
    same(assignments, frame)


@pytest.mark.parametrize("column", ["k", "i", "s", "t"])
def test_order_is_found(frame, column):
    import tharsis.pandas as pd

    for rows in (frame[column], frame[column].sort_values(), frame[column].head(1)):
        ours = pd.from_pandas(rows.to_frame())[column]
        assert ours.is_monotonic_increasing == rows.is_monotonic_increasing
        assert ours.is_monotonic_decreasing == rows.is_monotonic_decreasing
        assert ours.is_unique == rows.is_unique


def test_equals(frame):
    import tharsis.pandas as pd

    a, b = pd.from_pandas(frame), pd.from_pandas(frame.copy())
    assert a.equals(b)
    assert not a.equals(b.assign(k=b["k"] + 1))
    assert not a.equals(b.head(3))
    assert not a["k"].equals(b["k"].astype("int32"))
    assert a["f"].equals(b["f"])
