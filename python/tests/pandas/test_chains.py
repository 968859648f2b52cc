"""Chains of operators over frames of every ugly kind, against pandas; and without each rule."""

import numpy as np
import pandas
import pytest
import tharsis.pandas as thpd
from conftest import assert_same
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tharsis as th

LONG = "a text that is longer than twelve bytes"
FLOATS = st.sampled_from([np.nan, -0.0, 0.0, 1.5, -2.25, 1e300, 7.0])
TEXTS = st.sampled_from(["", "x", "yy", LONG, LONG + "!", None])


@st.composite
def frames(draw):
    """Empty, one row, all equal, skewed, or anything."""
    n = draw(st.sampled_from([0, 1, 2, 17]))
    kind = draw(st.sampled_from(["any", "equal", "skew"]))
    keys = st.integers(-3, 3)
    if kind == "equal":
        keys = st.just(2)
    elif kind == "skew":
        keys = st.sampled_from([1] * 20 + [5])
    column = lambda values: draw(st.lists(values, min_size=n, max_size=n))  # noqa: E731
    return pandas.DataFrame(
        {
            "k": np.array(column(keys), dtype="int64"),
            "f": np.array(column(FLOATS), dtype="float64"),
            "s": pandas.Series(column(TEXTS), dtype="str"),
            "b": np.array(column(st.booleans()), dtype=bool),
        }
    )


STEPS = {
    "filter": lambda pd, df: df[df["k"] > 0],
    "filter by float": lambda pd, df: df[df["f"] < 1.0],
    "filter by text": lambda pd, df: df[df["s"] != "x"],
    "new column": lambda pd, df: df.assign(f=df["f"] * 0.5 + df["k"]),
    "gaps filled": lambda pd, df: df.assign(f=df["f"].fillna(0.0)),
    "dropna": lambda pd, df: df.dropna(),
    "sorted": lambda pd, df: df.sort_values(["k", "s"]),
    "sorted down": lambda pd, df: df.sort_values("f", ascending=False, kind="stable"),
    "distinct": lambda pd, df: df.drop_duplicates(["k", "s"]),
    "distinct, last": lambda pd, df: df.drop_duplicates("s", keep="last"),
    "head": lambda pd, df: df.head(5),
    "tail": lambda pd, df: df.tail(5),
    "reversed": lambda pd, df: df.iloc[::-1],
    "shifted": lambda pd, df: df.assign(f=df["f"].shift(1)),
    "counted": lambda pd, df: df.assign(k=df.groupby("s", dropna=False).cumcount()),
    "of the group": lambda pd, df: df.assign(k=df.groupby("k")["b"].transform("count")),
    "ranked": lambda pd, df: df.assign(f=df["f"].rank()),
    "new labels": lambda pd, df: df.reset_index(drop=True),
    "two under each other": lambda pd, df: pd.concat([df, df], ignore_index=True),
    "joined with its groups": lambda pd, df: df.merge(
        df.groupby("k", as_index=False).agg(n=("b", "size")), on="k", how="left"
    ).drop(columns="n"),
}
ENDS = {
    "rows": lambda pd, df: df,
    "by key": lambda pd, df: df.groupby("k").agg(n=("f", "count"), least=("f", "min")),
    "by text": lambda pd, df: df.groupby("s", dropna=False)["k"].sum(),
    "by two": lambda pd, df: df.groupby(["k", "s"])["b"].sum(),
    "how often": lambda pd, df: df["s"].value_counts().sort_index(),
    "lengths": lambda pd, df: df["s"].str.len(),
}


def run(pd, frame, steps, end):
    for step in steps:
        frame = STEPS[step](pd, frame)
    return ENDS[end](pd, frame)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    frame=frames(),
    steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=4),
    end=st.sampled_from(sorted(ENDS)),
)
def test_chains_equal_pandas(frame, steps, end):
    want = run(pandas, frame, steps, end)
    got = run(thpd, thpd.from_pandas(frame), steps, end)
    assert_same(got, want)


RULES = ["common", "fold_constants", "prune_columns", "order", "push_filters", "limit"]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_less_changes_no_answer(frame, rule):
    steps = [
        ["filter", "sorted", "head"],
        ["new column", "filter by float", "distinct"],
        ["joined with its groups", "filter"],
        ["joined with its groups", "of the group"],
        ["two under each other", "gaps filled", "sorted down", "tail"],
        ["distinct", "tail"],
    ]
    frame = frame[["k", "f", "s", "b"]].replace([np.inf, -np.inf], 1.0)
    before = th.options.rules_off
    th.options.rules_off = [rule]
    try:
        for chain in steps:
            for end in ENDS:
                want = run(pandas, frame, chain, end)
                assert_same(run(thpd, thpd.from_pandas(frame), chain, end), want)
    finally:
        th.options.rules_off = before
