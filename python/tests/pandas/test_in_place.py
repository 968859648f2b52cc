"""Methods that change the frame or series they belong to."""

import warnings

import numpy as np
import pandas
import pytest
import tharsis.pandas as thpd

import tharsis as th

FRAMES = {
    "drop": lambda df: df.drop(columns="a", inplace=True),
    "rename": lambda df: df.rename(columns={"a": "x"}, inplace=True),
    "set_index": lambda df: df.set_index("a", inplace=True),
    "reset_index": lambda df: df.reset_index(inplace=True),
    "dropna": lambda df: df.dropna(inplace=True),
    "fillna": lambda df: df.fillna(0.5, inplace=True),
    "sort_values": lambda df: df.sort_values("b", inplace=True),
    "sort_index": lambda df: df.sort_index(inplace=True),
    "drop_duplicates": lambda df: df.drop_duplicates(inplace=True),
    "where": lambda df: df.where(df > 1, inplace=True),
    "mask": lambda df: df.mask(df > 1, inplace=True),
    "clip": lambda df: df.clip(0, 1, inplace=True),
    "replace": lambda df: df.replace(1.0, 9.0, inplace=True),
    "query": lambda df: df.query("a > 1", inplace=True),
    "eval": lambda df: df.eval("c = a + b", inplace=True),
    "update": lambda df: df.update(type(df)({"a": [9.0, 9.0]}, index=[3, 5])),
    "isetitem": lambda df: df.isetitem(0, [1, 2, 3, 4]),
    "not": lambda df: df.dropna(inplace=False),
}
SERIES = {
    "fillna": lambda s: s.fillna(0.5, inplace=True),
    "dropna": lambda s: s.dropna(inplace=True),
    "sort_values": lambda s: s.sort_values(inplace=True),
    "reset_index": lambda s: s.reset_index(drop=True, inplace=True),
    "rename": lambda s: s.rename("x", inplace=True),
    "where": lambda s: s.where(s > 1, inplace=True),
    "clip": lambda s: s.clip(0, 1, inplace=True),
    "drop_duplicates": lambda s: s.drop_duplicates(inplace=True),
    "update": lambda s: s.update(type(s)([9.0], index=[3])),
}


def frame(pd):
    return pd.DataFrame(
        {"a": [2.0, np.nan, 1.0, 1.0], "b": [3.0, 2.0, 1.0, 1.0]}, index=[7, 5, 3, 3]
    )


@pytest.fixture(autouse=True)
def some_run_in_pandas():
    before, th.options.fallback = th.options.fallback, "ignore"
    yield
    th.options.fallback = before


def changed(make, case):
    """Both objects after the call."""
    ours, theirs = make(thpd), make(pandas)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # inplace is on its way out of pandas
        answers = case(ours), case(theirs)
    itself = [answer is one for answer, one in zip(answers, (ours, theirs), strict=True)]
    assert itself[0] == itself[1]
    assert (answers[0] is None) == (answers[1] is None)
    return ours.to_pandas(), theirs


@pytest.mark.parametrize("name", FRAMES)
def test_frames(name):
    def make(pd):
        made = frame(pd)
        return made.drop_duplicates() if name == "update" else made

    got, want = changed(make, FRAMES[name])
    pandas.testing.assert_frame_equal(got, want)


@pytest.mark.parametrize("name", SERIES)
def test_series(name):
    def make(pd):
        made = frame(pd)
        return (made.drop_duplicates() if name == "update" else made)["a"].copy()

    got, want = changed(make, SERIES[name])
    pandas.testing.assert_series_equal(got, want)


def test_what_changes_another_kind_is_an_error():
    series = frame(thpd)["a"]
    with pytest.raises(TypeError, match="reset_index: the answer is no Series"):
        series.reset_index(inplace=True)
    assert isinstance(series, thpd.Series)


def test_a_native_method_in_place_asks_nothing_of_pandas():
    df = frame(thpd)
    th.options.fallback = "error"
    df.fillna(0, inplace=True)
    df.sort_values("b", inplace=True)
    assert df["a"].tolist() == [1.0, 1.0, 0.0, 2.0]
