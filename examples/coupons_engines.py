"""Build the same feature table on two engines, each in a fresh process, and compare.

`python coupons_engines.py ENGINE FOLDER OUT` is one such process: it writes the table to OUT (a
pickled pandas frame) and prints what it took as JSON.
"""

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from process_memory import peak_bytes

MODULES = {"pandas": "pandas", "tharsis": "tharsis.pandas"}
TOLERANCE = 1e-9  # relative; sums of float64 in another order differ in the last bits


@dataclass(frozen=True)
class Run:
    engine: str
    version: str
    seconds: float  # from the first read_parquet until every value of the table exists
    cpu_seconds: float  # of all cores together; hardly moved by what else the machine does
    peak_bytes: int  # of the whole process, interpreter and libraries included
    fallbacks: list[str]


def available(engine):
    try:
        importlib.import_module(MODULES[engine])
    except ModuleNotFoundError as error:
        if error.name in (engine, MODULES[engine]):
            return False
        raise
    return True


def completed(frame):
    """The frame with every value computed; pandas never waits, Tharsis does."""
    return frame.execute() if hasattr(frame, "execute") else frame


def as_pandas(frame):
    return frame.to_pandas() if hasattr(frame, "to_pandas") else frame


def build(engine, folder, out):
    """Run features() in this process, which should be a fresh one."""
    from coupons_features import features

    pd = importlib.import_module(MODULES[engine])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        begin, cpu_begin = time.perf_counter(), time.process_time()
        table = completed(features(pd, folder))
        seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu_begin
    peak = peak_bytes()
    fallbacks = [str(w.message) for w in caught if w.category.__name__ == "FallbackWarning"]
    version = importlib.import_module(engine).__version__
    as_pandas(table).to_pickle(out)
    return Run(engine, version, seconds, cpu_seconds, peak, fallbacks)


def run_fresh(engine, folder, out):
    done = subprocess.run(
        [sys.executable, __file__, engine, str(folder), str(out)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def largest_difference(actual, expected):
    """The largest relative difference of a value; anything else that differs raises."""
    from pandas.testing import assert_frame_equal

    assert_frame_equal(actual, expected, rtol=TOLERANCE, atol=0)
    numbers = expected.select_dtypes("float64")
    difference = (actual[numbers.columns] - numbers).abs()
    return float((difference / numbers.abs().where(numbers != 0, 1.0)).max().max())


def compare(engines, folder):
    """Print the time and memory of each engine; False if they disagree or one fell back."""
    import pandas

    print("\nThe same features() on each engine, each in a fresh process")
    print("  engine                seconds  CPU seconds    peak MB  fallbacks")
    with tempfile.TemporaryDirectory() as scratch:
        runs, tables = [], []
        for engine in engines:
            out = Path(scratch) / f"{engine}.pkl"
            run = run_fresh(engine, folder, out)
            runs.append(run)
            tables.append(pandas.read_pickle(out))
            print(
                f"  {run.engine + ' ' + run.version:20} {run.seconds:8.2f}  {run.cpu_seconds:11.2f}"
                f"  {run.peak_bytes / 1e6:9,.0f}  {len(run.fallbacks):9}"
            )
    for message in (m for run in runs for m in run.fallbacks):
        print(f"  fell back: {message}")
    if any(run.fallbacks for run in runs):
        return False
    return len(runs) < 2 or agree(runs, tables)


def agree(runs, tables):
    ours, theirs = runs
    print(
        f"{ours.engine} is {theirs.seconds / ours.seconds:.1f} times as fast as {theirs.engine} and"
        f" needs {ours.peak_bytes / theirs.peak_bytes:.0%} of its memory."
    )
    try:
        difference = largest_difference(*tables)
    except AssertionError as error:
        told = [line for line in str(error).splitlines() if line.strip() and line[0] != "["]
        print("The tables DIFFER:", "\n  ".join(told))  # without the columns in full
        return False
    rows, columns = tables[0].shape
    print(
        f"The tables agree: {rows:,} rows x {columns} columns in the same order,"
        f" {tables[0].isna().sum().sum():,} missing cells in the same\nplaces,"
        f" values to {TOLERANCE:g} (largest relative difference {difference:.1g})."
    )
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=MODULES)
    parser.add_argument("folder")
    parser.add_argument("out")
    arguments = parser.parse_args()
    print(json.dumps(asdict(build(arguments.engine, arguments.folder, arguments.out))))
