"""What a user writes to an array or a pandas object later is not seen by a frame made of it."""

import numpy as np
import pandas
import pytest
import tharsis.pandas as pd


def written(make, write):
    """What pandas and we answer for an object made of `data` that is written to afterwards."""
    answers = []
    for library in (pandas, pd):
        data = make()
        made = write(library, data)
        answers.append(made if library is pandas else made.to_pandas())
    return answers


def test_an_array_of_a_series():
    def write(library, data):
        made = library.Series(data)
        data[0] = 99
        return made

    want, got = written(lambda: np.arange(5.0), write)
    pandas.testing.assert_series_equal(got, want)


@pytest.mark.parametrize("size", [5, 4096])  # the larger ends where a page does
def test_arrays_of_a_frame(size):
    def write(library, data):
        made = library.DataFrame({"a": data, "b": data})
        data[:] = 99
        return made

    want, got = written(lambda: np.arange(size), write)
    pandas.testing.assert_frame_equal(got, want)


def test_a_matrix():
    def write(library, data):
        made = library.DataFrame(data)
        data[0, 0] = 99
        return made

    want, got = written(lambda: np.ones((4, 3)), write)
    want.columns = got.columns  # labels are compared elsewhere
    pandas.testing.assert_frame_equal(got, want)


def test_an_array_that_became_a_column():
    def write(library, data):
        made = library.DataFrame({"k": [1, 2, 3]})
        made["v"] = data
        made["w"] = made["v"] + data
        data[:] = 99
        return made

    want, got = written(lambda: np.arange(3.0), write)
    pandas.testing.assert_frame_equal(got, want)


COLUMNS = {
    "floats": ([0.5, 1.5, np.nan], "float64", -1.0),
    "integers": ([1, 2, 3], "int64", -1),
    "nullable": ([1, None, 3], "Int64", -1),
    "times": (["2024-01-01", "2024-01-02", None], "datetime64[ns]", pandas.Timestamp("2000-01-01")),
    "text": (["a", "b", None], "str", "z"),
    "categories": (["a", "b", "a"], "category", "b"),
}


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("series", [False, True])
def test_a_pandas_object(kind, series):
    values, dtype, other = COLUMNS[kind]
    theirs = pandas.DataFrame({"a": pandas.Series(values, dtype=dtype)})
    theirs = theirs["a"] if series else theirs
    before = theirs.copy(deep=True)
    ours = pd.from_pandas(theirs)
    if series:
        theirs.iloc[0] = other
    else:
        theirs.loc[0, "a"] = other
    assert not theirs.equals(before)
    check = pandas.testing.assert_series_equal if series else pandas.testing.assert_frame_equal
    check(ours.to_pandas(), before)


def test_the_pandas_object_is_let_go():
    import gc
    import weakref

    theirs = pandas.DataFrame({"a": np.arange(1000.0)})
    block = weakref.ref(theirs._mgr.blocks[0])
    ours = pd.from_pandas(theirs)
    del theirs
    total = ours["a"].sum()
    assert total == 499500.0
    del ours, total
    pd.Series(np.arange(2.0))  # what was let go is dropped with the next array that comes in
    gc.collect()
    assert block() is None
