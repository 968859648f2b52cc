"""Each rule of the optimizer switched off: the same answers; and each fires somewhere."""

import numpy as np
import pandas
import pytest
import tharsis.numpy as tnp
import tharsis.pandas as pd

import tharsis as th
from tharsis import _core


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rng = np.random.default_rng(3)
    n = 5000
    table = pandas.DataFrame(
        {
            "k": rng.integers(0, 40, n),
            "g": rng.integers(0, 3, n).astype("int8"),
            "v": rng.normal(size=n).round(3),
            "w": np.where(rng.random(n) < 0.1, np.nan, rng.random(n)),
            "s": pandas.Series(rng.integers(0, 99, n)).map(lambda i: f"text number {i}"),
            "b": rng.random(n) < 0.5,
            "t": pandas.Timestamp("2024-02-27") + pandas.to_timedelta(np.arange(n), unit="h"),
        }
    )
    names = pandas.DataFrame({"k": np.arange(0, 50, 2), "name": [f"n{i}" for i in range(25)]})
    path = tmp_path_factory.mktemp("rules") / "table.parquet"
    table.to_parquet(path, row_group_size=700)
    x = tnp.asarray(rng.normal(size=(300, 7))).execute()
    return {
        "df": pd.from_pandas(table).execute(),
        "file": lambda: pd.read_parquet(path),
        "names": pd.from_pandas(names).execute(),
        "x": x,
    }


QUERIES = {
    "a filter": lambda d: d["df"][d["df"]["v"] > 0.5],
    "a filter of a file": lambda d: (lambda f: f[f["v"] > 1.5][["k", "w"]])(d["file"]()),
    "two filters": lambda d: (lambda f: f[f["b"]])(d["df"][d["df"]["k"] < 9]),
    "a filter of a computed column": lambda d: (lambda f: f[f["u"] < 0])(
        d["df"].assign(u=d["df"]["v"] * 2 - d["df"]["w"])
    ),
    "a filter above a computation": lambda d: (lambda f: f[f["k"] == 7])(
        d["df"].assign(u=d["df"]["v"] * 2)
    ),
    "one column of many": lambda d: d["df"].assign(u=d["df"]["k"] + 1)["u"],
    "columns of a file": lambda d: d["file"]()[["s", "b"]],
    "sums of groups": lambda d: d["df"].groupby("k")["v"].sum(),
    "several aggregates": lambda d: (
        d["df"]
        .groupby(["k", "g"])
        .agg(a=("v", "mean"), b=("w", "count"), c=("s", "nunique"), d=("v", "median"))
    ),
    "groups of a filter": lambda d: d["df"][d["df"]["w"] < 0.3].groupby("s")["v"].max(),
    "groups filtered by key": lambda d: (lambda f: f[f["k"] < 5])(
        d["df"].groupby("k", as_index=False)["v"].sum()
    ),
    "the total of sorted rows": lambda d: d["df"].sort_values("v")["v"].sum(),
    "the sum of sums": lambda d: d["df"].groupby("k")["v"].sum().sum(),
    "the first of sorted rows": lambda d: d["df"].sort_values("v").groupby("k")["s"].first(),
    "a sort": lambda d: d["df"].sort_values(["k", "v"], ascending=[False, True]),
    "a filter above a sort": lambda d: (lambda f: f[f["b"]])(d["df"].sort_values("v")),
    "the head of a file": lambda d: d["file"]().head(4),
    "the head of a filter": lambda d: d["df"][d["df"]["g"] == 1].head(6),
    "the head of a sort": lambda d: d["df"].sort_values("w", ascending=False).head(10),
    "the tail": lambda d: d["df"].tail(3),
    "a slice with steps": lambda d: d["df"].iloc[5:900:7],
    "the largest": lambda d: d["df"].nlargest(5, "v"),
    "a merge": lambda d: d["df"].merge(d["names"], on="k"),
    "a filter above a merge": lambda d: (lambda f: f[(f["v"] > 0) & (f["name"] != "n3")])(
        d["df"].merge(d["names"], on="k", how="left")
    ),
    "groups of a merge": lambda d: d["df"].merge(d["names"], on="k").groupby("name")["w"].mean(),
    "a frame with its groups": lambda d: d["df"].merge(
        d["df"].groupby("k", as_index=False).agg(mean=("v", "mean")), on="k"
    )[["v", "mean"]],
    "two tables of groups": lambda d: (
        d["df"].groupby("k")[["v"]].sum().join(d["df"].groupby("k")["w"].max())
    ),
    "no duplicates": lambda d: d["df"].drop_duplicates(["k", "g"])[["k", "g", "v"]],
    "how often": lambda d: d["df"]["s"].value_counts(),
    "rows under each other": lambda d: pd.concat([d["df"].head(9), d["df"].tail(9)]),
    "text and times": lambda d: d["df"].assign(u=d["df"]["s"].str.upper(), m=d["df"]["t"].dt.month)[
        ["u", "m"]
    ],
    "running sums": lambda d: d["df"]["v"].cumsum(),
    "shifted": lambda d: d["df"][["v", "k"]].shift(2),
    "one expression built twice": lambda d: (d["df"]["v"] * 3 + 1) * (d["df"]["v"] * 3 + 1),
    "means of sorted rows": lambda d: d["df"].sort_values("v").groupby("k")["v"].mean(),
    "constants": lambda d: d["df"].assign(c=2)["c"] * 3 + d["df"]["k"],
    "an array twice": lambda d: tnp.sin(d["x"] + 1) * tnp.sin(d["x"] + 1),
    "standard scores": lambda d: (d["x"] - d["x"].mean(0)) / d["x"].std(0),
    "views": lambda d: (d["x"][::2].T + 1)[3, 5:].sum(),
    "a mask": lambda d: d["x"][d["x"] > 0.25].sum(),
    "a product": lambda d: d["x"].T @ d["x"],
    "under each other": lambda d: tnp.concatenate([d["x"], d["x"] * 2]).mean(1),
}
RULES = _core.rules()


def observed(value):
    if isinstance(value, tnp.Tensor):
        return np.asarray(value)
    return value.to_pandas() if hasattr(value, "to_pandas") else value


def assert_same(got, want):
    if isinstance(want, pandas.DataFrame):
        pandas.testing.assert_frame_equal(got, want, rtol=1e-12)
    elif isinstance(want, pandas.Series):
        pandas.testing.assert_series_equal(got, want, rtol=1e-12)
    else:
        np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.fixture
def rules_off():
    """``rules_off(names)`` switches rules off until the test ends; nothing is shared meanwhile."""
    th.options.keep_results = False

    def switch(names):
        th.options.rules_off = names

    yield switch
    th.options.rules_off = []
    th.options.keep_results = True


fired = set()


@pytest.mark.parametrize("name", QUERIES)
def test_the_answer_does_not_depend_on_a_rule(name, data, rules_off):
    want = observed(QUERIES[name](data))
    fired.update(th.metrics()["rules_fired"])
    for off in [[rule] for rule in RULES] + [RULES]:
        rules_off(off)
        assert_same(observed(QUERIES[name](data)), want)
        assert not set(off) & set(th.metrics()["rules_fired"])


def test_every_rule_fired_somewhere():
    assert set(RULES) <= fired, f"of {len(QUERIES)} queries none needs {set(RULES) - fired}"
