"""Files and other libraries, in and out."""

import csv
import functools
import os
import subprocess
import sys

import numpy as np
import pandas
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest
import tharsis.pandas as thpd

import tharsis as th


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
    array = np.arange(100_000.0)
    if (array.ctypes.data + array.nbytes) % 4096 > 4096 - 64:  # vectors would read behind its page
        array = array[:-16]
    values = pandas.Series(array)
    assert np.shares_memory(thpd.from_pandas(values).to_numpy(), values.to_numpy())


@functools.cache
def texts(rows, gaps):
    """Texts of 0 to 40 letters, around the 12 that stand inside a column's cell."""
    random = np.random.default_rng(3)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyzäöü"))
    lengths = random.integers(0, 41, rows)
    values = ["".join(random.choice(letters, n)) for n in lengths]
    return [None if gaps and n % 5 == 0 else v for n, v in zip(lengths, values, strict=True)]


@pytest.mark.parametrize(("gaps", "nullable"), [(False, False), (False, True), (True, True)])
@pytest.mark.parametrize("group_rows", [300, 20_000])
def test_plain_text_in_parquet(tmp_path, gaps, group_rows, nullable):
    values = texts(20_000, gaps)
    schema = pyarrow.schema(
        [
            pyarrow.field("t", pyarrow.string(), nullable=nullable),
            pyarrow.field("n", pyarrow.int64()),
            pyarrow.field("u", pyarrow.large_string()),
        ]
    )
    table = pyarrow.table([values, range(20_000), values[::-1]], schema=schema)
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        table, path, use_dictionary=False, row_group_size=group_rows, data_page_size=4096
    )
    for columns in (["t", "n", "u"], ["u"]):
        got = thpd.read_parquet(path, columns=columns).to_pandas()
        pandas.testing.assert_frame_equal(got, pandas.read_parquet(path, columns=columns))


def numbers(rows, gaps, dtype):
    random = np.random.default_rng(7)
    values = random.integers(0, 100, rows).astype(dtype)
    missing = random.random(rows) < 0.2
    return pyarrow.array(values, mask=missing if gaps else None)


FILTERS = {
    "few": lambda x: x["f"] > 95,
    "none": lambda x: x["f"] > 1000,
    "all": lambda x: x["i"] >= 0,
    "missing": lambda x: x["f"] != 50,
    "several": lambda x: (x["f"] > 20) & (x["i"] <= 60) & (x["s"] == 3) & (x["t"] < "t"),
    "text": lambda x: x["t"] == "",
}


@pytest.mark.parametrize("which", FILTERS)
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_rows_that_a_filter_drops_are_not_taken_from_plain_pages(tmp_path, which, gaps, version):
    rows = 20_000
    table = pyarrow.table(
        {
            "row": range(rows),
            "t": texts(rows, gaps),
            "f": numbers(rows, gaps, "f8"),
            "g": numbers(rows, gaps, "f4"),
            "i": numbers(rows, False, "i8"),
            "u": numbers(rows, False, "u4"),
            "s": [i % 7 for i in range(rows)],
            "w": texts(rows, gaps)[::-1],
        }
    )
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        table,
        path,
        use_dictionary=False,
        row_group_size=300,
        data_page_size=2048,
        write_batch_size=100,
        data_page_version=version,
    )
    want = pandas.read_parquet(path)
    want = want[FILTERS[which](want)]
    got = thpd.read_parquet(path)
    got = got[FILTERS[which](got)]
    # A group per row shows the rows and their order; nobody asks for their labels.
    for by, values in ((["row"], "tfgiusw"), (["t", "u"], "sfw")):
        first = {name: (name, "first") for name in values if name not in by}
        grouped = got.groupby(by, sort=False, as_index=False).agg(**first)
        assert "tests=[(" in grouped.th.explain()
        pandas.testing.assert_frame_equal(
            grouped.to_pandas(), want.groupby(by, sort=False, as_index=False).agg(**first)
        )


CLUSTERS = {
    "the end": lambda x: x["n"] >= 180_000,
    "the middle": lambda x: (x["n"] > 70_000) & (x["n"] < 70_100),
    "both ends": lambda x: (x["n"] < 10) | (x["n"] > 199_990),
}


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip", "lz4", "brotli"])
def test_pages_of_which_a_filter_wants_nothing_are_left(tmp_path, compression, version, gaps):
    """A page holds more rows than a batch: it may be asked for when some of it was skipped."""
    rows = 200_000
    columns = {"n": np.arange(rows), "t": texts(1_000, gaps) * (rows // 1_000)}
    columns |= {"f": numbers(rows, gaps, "f8"), "u": numbers(rows, False, "u4")}
    path = tmp_path / "f.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table(columns),
        path,
        use_dictionary=False,
        compression=compression,
        data_page_version=version,
    )
    want, got = pandas.read_parquet(path), thpd.read_parquet(path)
    pandas.testing.assert_frame_equal(got.to_pandas(), want)
    for filtered in CLUSTERS.values():
        first = {"t": ("t", "first"), "f": ("f", "first"), "u": ("u", "first")}
        grouped = got[filtered(got)].groupby("n", as_index=False).agg(**first)
        pandas.testing.assert_frame_equal(
            grouped.to_pandas(), want[filtered(want)].groupby("n", as_index=False).agg(**first)
        )


def test_labels_of_filtered_rows_are_those_of_the_file(tmp_path):
    path = tmp_path / "f.parquet"
    table = pyarrow.table({"n": range(20_000), "m": [i % 10 for i in range(20_000)]})
    pyarrow.parquet.write_table(table, path, use_dictionary=False, row_group_size=1_000)
    want, got = pandas.read_parquet(path), thpd.read_parquet(path)
    pandas.testing.assert_frame_equal(got[got["m"] == 3].to_pandas(), want[want["m"] == 3])
    got["p"] = got["n"].cumsum()
    want["p"] = want["n"].cumsum()
    pandas.testing.assert_frame_equal(got[got["m"] == 3].to_pandas(), want[want["m"] == 3])
    # One row space, with and without the rows.
    assert got[got["m"] == 3]["n"].sum() + got["n"].sum() == (
        want[want["m"] == 3]["n"].sum() + want["n"].sum()
    )


@pytest.mark.parametrize("work", ["read", "filter"])
def test_broken_parquet_is_an_error_or_a_value_and_never_a_crash(tmp_path, work):
    def read(path):
        frame = thpd.read_parquet(path)
        if work == "filter":
            frame = frame[frame["n"] >= 0].groupby("t", as_index=False).agg(n=("n", "sum"))
        frame.to_pandas()

    path = tmp_path / "f.parquet"
    table = pyarrow.table({"t": texts(3_000, True), "n": range(3_000)})
    pyarrow.parquet.write_table(
        table, path, use_dictionary=False, data_page_size=4096, row_group_size=100
    )
    whole = path.read_bytes()
    random = np.random.default_rng(5)
    failed = 0
    for i in range(60):
        broken = bytearray(whole)
        at = random.integers(4, len(whole) - 3_000)
        broken[at : at + 16] = random.bytes(16)
        path = tmp_path / f"{i}.parquet"
        path.write_bytes(broken)
        try:
            read(path)
        except (OSError, UnicodeDecodeError):
            failed += 1
    assert failed > 10
    for size in (0, 3, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(OSError, match=path.name):
            read(path)


def test_csv_with_line_breaks_in_values(tmp_path):
    path = tmp_path / "f.csv"
    frame = pandas.DataFrame(
        {"t": ["one\ntwo", 'say "yes"', "a,b", ""] * 50_000, "n": range(200_000)}
    )
    frame.to_csv(path, index=False)
    pandas.testing.assert_frame_equal(thpd.read_csv(path).to_pandas(), pandas.read_csv(path))


def test_csv_times_are_text_unless_asked_for(tmp_path):
    path = tmp_path / "f.csv"
    frame = pandas.DataFrame({"t": [None] * 60_000 + ["2024-01-31"] * 60_000, "n": range(120_000)})
    frame.to_csv(path, index=False)
    pandas.testing.assert_frame_equal(thpd.read_csv(path).to_pandas(), pandas.read_csv(path))
    got = thpd.read_csv(path, parse_dates=["t"]).to_pandas()
    pandas.testing.assert_frame_equal(got, pandas.read_csv(path, parse_dates=["t"]))


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC, csv.QUOTE_ALL])
def test_csv_of_many_blocks(tmp_path, quoting):
    rows = 200_000
    random = np.random.default_rng(9)
    frame = pandas.DataFrame(
        {
            "i": random.integers(-(10**12), 10**12, rows),
            "gaps": np.where(random.random(rows) < 0.01, np.nan, random.integers(0, 99, rows)),
            "f": np.round(random.normal(0, 1000, rows), 6),
            "g": random.random(rows) * 1e-7,
            "t": np.array(["a", "twelve bytes", "more than twelve bytes", "a,b", "NA"])[
                random.integers(0, 5, rows)
            ],
            "b": random.random(rows) < 0.5,
        }
    )
    path = tmp_path / "f.csv"
    frame.to_csv(path, index=False, quoting=quoting)
    want = pandas.read_csv(path)
    pandas.testing.assert_frame_equal(thpd.read_csv(path).to_pandas(), want)
    columns = ["t", "gaps"]
    got = thpd.read_csv(path, usecols=columns)
    pandas.testing.assert_frame_equal(got[columns].to_pandas(), want[columns])


def test_a_csv_file_larger_than_memory_is_a_budget_error(tmp_path):
    path = tmp_path / "f.csv"
    rows = 10_000_000
    path.write_text("n\n" + "12345\n" * rows)
    before = th.options.memory_limit
    th.options.memory_limit = th.memory()["used_bytes"] + (4 << 20)
    try:
        with pytest.raises(MemoryError, match="read_csv"):
            thpd.read_csv(path)
    finally:
        th.options.memory_limit = before
    assert thpd.read_csv(path)["n"].sum() == 12345 * rows


# The time is that of the processor, so that a busy machine does not count: two cores that work for
# 200 ms take 0.4 s.
INTERRUPTED = """
import os, signal, sys, threading, time
import tharsis.pandas as pd

signal.signal(signal.SIGINT, signal.default_int_handler)
path, at = sys.argv[1], float(sys.argv[2])
read = pd.read_csv if path.endswith("csv") else lambda path: pd.read_parquet(path).execute()
begin = time.perf_counter()
read(path)
seconds = time.perf_counter() - begin
sent = []

def interrupt():
    time.sleep(at * seconds)
    sent.append(time.process_time())
    os.kill(os.getpid(), signal.SIGINT)

thread = threading.Thread(target=interrupt)
try:
    thread.start()
    while True:
        read(path)
except KeyboardInterrupt:
    took = time.process_time() - sent[0]
thread.join()
print("in time" if took < 0.4 else took, len(read(path)))
"""


@pytest.fixture(scope="module")
def large_files(tmp_path_factory):
    """Files that take some time to read; Arrow reads the second and the third."""
    folder = tmp_path_factory.mktemp("large")
    rows = 1_500_000
    random = np.random.default_rng(1)
    words = pyarrow.array([f"word {i}" for i in range(30_000)])
    table = pyarrow.table(
        {
            "t": words.take(pyarrow.array(random.integers(0, 30_000, rows))),
            "k": random.integers(0, 10**9, rows),
            "v": random.random(rows),
        }
    )
    pyarrow.csv.write_csv(table, folder / "plain.csv")
    text = (folder / "plain.csv").read_bytes()
    header = text.index(b"\n") + 1
    (folder / "odd.csv").write_bytes(text[:header] + b'a "word",1,0.5\n' + text[header:])
    pyarrow.parquet.write_table(table, folder / "coded.parquet", row_group_size=2 * rows)
    return folder


@pytest.mark.parametrize("at", [0.1, 0.5])
@pytest.mark.parametrize("name", ["plain.csv", "odd.csv", "coded.parquet"])
def test_ctrl_c_stops_reading_soon(large_files, name, at):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, large_files / name, str(at)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=120,
    )
    rows = 1_500_001 if name == "odd.csv" else 1_500_000
    assert (done.stdout, done.stderr, done.returncode) == (f"in time {rows}\n", "", 0)
