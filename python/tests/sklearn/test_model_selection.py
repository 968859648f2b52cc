"""Splits are scikit-learn's for the same seed, whatever is split."""

import numpy as np
import pandas
import pytest
import sklearn.model_selection
import tharsis.numpy as tnp
import tharsis.pandas as pd
from tharsis.sklearn.model_selection import train_test_split

RNG = np.random.default_rng(2)
N = 1000
ROWS = RNG.random((N, 3))
CLASSES = RNG.integers(0, 3, N)
TEXT = np.array(["b", "a", "c", "é"])[RNG.integers(0, 4, N)]
FRAME = pandas.DataFrame({"x": ROWS[:, 0], "t": TEXT}, index=RNG.permutation(N) * 3)

WAYS = {
    "default": {},
    "sizes": {"train_size": 100, "test_size": 20},
    "shares": {"train_size": 0.1, "test_size": 0.33},
    "stratified": {"stratify": CLASSES},
    "stratified by text": {"stratify": TEXT, "test_size": 0.5},
    "not shuffled": {"shuffle": False},
    "not shuffled, shares": {"shuffle": False, "train_size": 0.2, "test_size": 0.3},
}


def assert_same(got, want):
    if isinstance(want, pandas.DataFrame):
        plain = got if isinstance(got, pandas.DataFrame) else got.to_pandas()
        pandas.testing.assert_frame_equal(plain, want)
    elif isinstance(want, pandas.Series):
        pandas.testing.assert_series_equal(got.to_pandas(), want)
    else:
        assert np.asarray(got).dtype == np.asarray(want).dtype
        np.testing.assert_array_equal(np.asarray(got), np.asarray(want))


@pytest.mark.parametrize("seed", [0, 1, 42])
@pytest.mark.parametrize("way", WAYS)
def test_equals_sklearn(way, seed):
    theirs = WAYS[way]
    ours = {k: pd.Series(v) if k == "stratify" else v for k, v in theirs.items()}
    shuffled = theirs.get("shuffle", True)
    state = seed if shuffled else None
    plain = [ROWS, CLASSES.astype("int8"), FRAME, FRAME["t"]]
    want = sklearn.model_selection.train_test_split(*plain, random_state=state, **theirs)
    native = [tnp.array(plain[0]), tnp.array(plain[1]), *map(pd.from_pandas, plain[2:])]
    got = train_test_split(*native, random_state=state, **ours)
    assert [type(part) for part in got[::2]] == [type(array) for array in native]
    for ours_part, theirs_part in zip(got, want, strict=True):
        assert_same(ours_part, theirs_part)


def test_plain_arrays_keep_their_kind_beside_ours():
    labels = list(range(N))
    want = sklearn.model_selection.train_test_split(ROWS, FRAME, labels, random_state=7)
    got = train_test_split(ROWS, FRAME, labels, tnp.array(ROWS), random_state=7)
    assert [type(part) for part in got[:6]] == [type(part) for part in want]
    for ours_part, theirs_part in zip(got, want, strict=False):
        assert_same(ours_part, theirs_part)
    np.testing.assert_array_equal(np.asarray(got[6]), got[0])


def test_a_generator_is_consumed_as_by_sklearn():
    ours, theirs = np.random.RandomState(3), np.random.RandomState(3)
    for _ in range(3):
        got = train_test_split(tnp.array(CLASSES), random_state=ours)
        want = sklearn.model_selection.train_test_split(CLASSES, random_state=theirs)
        assert_same(got[0], want[0])
    assert ours.random_sample() == theirs.random_sample()


def test_what_is_lazy_is_split_as_if_it_were_computed():
    x = tnp.array(ROWS)
    kept = x[x[:, 0] > 0.5]
    got = train_test_split(kept * 2, random_state=0)
    plain = ROWS[ROWS[:, 0] > 0.5] * 2
    want = sklearn.model_selection.train_test_split(plain, random_state=0)
    assert_same(got[0], want[0])
    assert_same(got[1], want[1])


@pytest.mark.parametrize(
    "wrong",
    [
        {"test_size": 2.0},
        {"test_size": N + 1},
        {"test_size": 600, "train_size": 600},
        {"stratify": np.r_[0, np.ones(N - 1)]},
        {"stratify": np.array(["a"] + ["b"] * (N - 1))},
        {"stratify": CLASSES, "shuffle": False},
        {"shuffle": "yes"},
    ],
    ids=str,
)
def test_errors_are_sklearns(wrong):
    with pytest.raises(ValueError) as theirs:
        sklearn.model_selection.train_test_split(ROWS, **wrong)
    ours = {k: pd.Series(v) if k == "stratify" else v for k, v in wrong.items()}
    with pytest.raises(ValueError) as error:
        train_test_split(tnp.array(ROWS), **ours)
    assert str(error.value) == str(theirs.value)


def test_lengths_that_differ_and_numbers_are_errors():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        train_test_split(tnp.array(ROWS), CLASSES[:-1])
    with pytest.raises(ValueError, match="At least one array"):
        train_test_split()
    with pytest.raises(ValueError, match="has no rows"):
        train_test_split(tnp.array(1.0))
