"""The engine's own door: Arrow, NumPy and Parquet in and out, errors with near names."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tharsis import _core


class Stream:
    def __init__(self, expr):
        self.expr = expr

    def __arrow_c_stream__(self, requested_schema=None):
        return _core.arrow_stream(self.expr, [str(label) for label in self.expr.labels])


def table_of(expr):
    return pa.table(Stream(expr))


FRAME = pd.DataFrame(
    {
        "number": np.arange(1000),
        "gaps": np.where(np.arange(1000) % 7 == 0, np.nan, np.arange(1000.0)),
        "text": [
            None if i % 5 == 0 else f"text {i % 50} that is long" if i % 2 else f"t{i}"
            for i in range(1000)
        ],
        "time": pd.date_range("2024-01-01", periods=1000, freq="h"),
        "truth": np.arange(1000) % 3 == 0,
    }
)


def test_arrow_round_trip():
    expr = _core.from_arrow(pa.Table.from_pandas(FRAME))
    pd.testing.assert_frame_equal(table_of(expr).to_pandas(), FRAME)


@pytest.mark.parametrize("row_group_size", [1000, 64])
def test_parquet_is_read_as_pandas_reads_it(tmp_path, row_group_size):
    path = tmp_path / "f.parquet"
    FRAME.to_parquet(path, row_group_size=row_group_size)
    expr = _core.read_parquet(str(path), ["text", "number", "time"])
    pd.testing.assert_frame_equal(table_of(expr).to_pandas(), FRAME[["text", "number", "time"]])


def test_whole_numbers_with_gaps_become_float64(tmp_path):
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"a": pa.array([1, None, 3])}), path)
    expr = _core.read_parquet(str(path))
    assert [str(dtype) for dtype in expr.dtypes] == ["float64"]
    np.testing.assert_array_equal(_core.to_numpy(expr), [1.0, np.nan, 3.0])


def test_a_wrong_column_names_the_near_one(tmp_path):
    path = tmp_path / "f.parquet"
    FRAME.to_parquet(path)
    with pytest.raises(KeyError, match="did you mean 'number'"):
        _core.read_parquet(str(path), ["numbr"])


def test_a_cut_off_file_is_a_storage_error(tmp_path):
    path = tmp_path / "f.parquet"
    FRAME.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(OSError, match="cannot be read as Parquet"):
        _core.read_parquet(str(path))


def test_tensors_share_memory_and_columns_are_copies():
    values = np.arange(100_000.0)
    if (
        values.ctypes.data + values.nbytes
    ) % 4096 > 4096 - 64:  # vectors would read behind its page
        values = values[:-16]
    assert np.shares_memory(_core.to_numpy(_core.tensor_from_numpy(values)), values)
    column = _core.to_numpy(_core.from_numpy([values], ["a"]))
    assert not np.shares_memory(column, values)
    np.testing.assert_array_equal(column, values)


def test_sizes_with_units():
    before = _core.get_option("memory_limit")
    _core.set_option("memory_limit", "512MB")
    assert _core.get_option("memory_limit") == 512_000_000
    _core.set_option("memory_limit", before)
