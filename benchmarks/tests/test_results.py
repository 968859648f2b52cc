import numpy as np
import pandas as pd
import pytest
from harness.results import difference, save
from harness.workload import Row

ROW = Row("q", "", floats=("mean",))
TABLE = pd.DataFrame({"key": ["b", "a", "c"], "n": [1, 2, 3], "mean": [0.1, 0.2, np.nan]})


@pytest.fixture
def compare(tmp_path):
    def compared(expected, got, row=ROW):
        save(expected, row, tmp_path / "a.npz")
        save(got, row, tmp_path / "b.npz")
        return difference(tmp_path / "a.npz", tmp_path / "b.npz", row)

    return compared


def test_the_order_of_rows_columns_and_the_form_of_types_do_not_matter(compare):
    other = TABLE.iloc[[2, 0, 1]][["mean", "n", "key"]].astype({"n": "int8", "key": "category"})
    assert compare(TABLE, other) == ""
    assert compare(TABLE, TABLE.set_index("key")) == ""


def test_a_last_digit_is_forgiven_in_a_float_column_only(compare):
    assert compare(TABLE, TABLE.assign(mean=TABLE["mean"] * (1 + 1e-12))) == ""
    assert "`float mean` differs" in compare(TABLE, TABLE.assign(mean=TABLE["mean"] * 1.001))
    exact = Row("q", "")
    assert "differ" in compare(TABLE, TABLE.assign(mean=TABLE["mean"] * (1 + 1e-12)), exact)


@pytest.mark.parametrize(
    "wrong",
    [
        TABLE.assign(n=[1, 2, 4]),
        TABLE.assign(key=["b", "a", "d"]),
        TABLE.assign(n=[2, 1, 3]),  # the right values at the wrong keys
        TABLE.assign(mean=[0.2, 0.1, np.nan]),
        TABLE.assign(mean=[0.1, 0.2, 0.3]),
        TABLE.iloc[:2],
        TABLE.rename(columns={"n": "m"}),
    ],
)
def test_a_wrong_cell_name_or_length_is_found(compare, wrong):
    assert compare(TABLE, wrong)


def test_the_order_of_rows_matters_where_the_row_says_so(compare):
    ordered = Row("q", "", floats=("mean",), ordered_by=("key",))
    assert compare(TABLE, TABLE.copy(), ordered) == ""
    assert "order of rows" in compare(TABLE, TABLE.iloc[[1, 0, 2]], ordered)


def test_arrays_keep_their_order_and_shape(compare):
    a = np.arange(6.0)
    assert compare(a, a.copy()) == ""
    assert compare(a, a[::-1])
    assert compare(a, a.reshape(2, 3))
    assert compare((1.0, 2.0), (1.0, 2.5))
