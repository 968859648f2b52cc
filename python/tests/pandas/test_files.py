"""Files and other libraries, in and out."""

import numpy as np
import pandas
import pyarrow
import pytest
import tharsis.pandas as thpd


def test_pandas_and_back(frame):
    pandas.testing.assert_frame_equal(thpd.from_pandas(frame).to_pandas(), frame)


@pytest.mark.parametrize(
    "index",
    [["k"], ["s", "k"], None],
    ids=str,
)
def test_parquet_round_trip(tmp_path, frame, index):
    want = frame if index is None else frame.set_index(index)
    path = tmp_path / "f.parquet"
    thpd.from_pandas(want).to_parquet(path)
    pandas.testing.assert_frame_equal(pandas.read_parquet(path), want)
    pandas.testing.assert_frame_equal(thpd.read_parquet(path).to_pandas(), want)


def test_parquet_written_by_pandas(tmp_path, frame):
    path = tmp_path / "f.parquet"
    frame[frame["k"] > 2].to_parquet(path)
    pandas.testing.assert_frame_equal(
        thpd.read_parquet(path).to_pandas(), pandas.read_parquet(path)
    )


def test_csv(tmp_path, frame):
    path = tmp_path / "f.csv"
    frame[["k", "f", "s", "b", "t"]].to_csv(path, index=False)
    pandas.testing.assert_frame_equal(thpd.read_csv(path).to_pandas(), pandas.read_csv(path))


def test_ragged_csv(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1,2\n3\n4,5\n")
    with pytest.raises(OSError, match="Expected 2 columns"):
        thpd.read_csv(path)


def test_arrow_protocol(frame):
    table = pyarrow.table(thpd.from_pandas(frame[["k", "s"]]))
    assert table.column("k").to_pylist() == frame["k"].tolist()


def test_numbers_are_not_copied_on_the_way_out():
    values = np.arange(100_000.0)
    assert np.shares_memory(thpd.Series(values).to_numpy(), values)
