"""Ten million groups of a table four times larger than memory may be.

    python examples/beyond_memory.py
    python examples/beyond_memory.py --limit-mb 512 --groups 20000000

Under the limit fits neither the table, nor the table of groups, nor the result: the engine cuts
its state into parts, writes some to disk and brings them back. pandas would need over 1 GB.
"""

import argparse
import importlib
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from process_memory import peak_bytes

ROW_BYTES = 3 * 8
ROWS_PER_GROUP_OF_FILE = 1_000_000
STRIDE = 7_368_787  # prime: users follow each other without any order a table could profit from
OVERHEAD_BYTES_MAX = 256 * 2**20  # code, libraries and Python, beside the limit


def orders(first, last, users):
    """Rows first..last of the orders: user, items, and amount in whole cents, exact in float64."""
    import numpy as np

    row = np.arange(first, last)
    return {"user": row * STRIDE % users, "items": 1 + row % 7, "amount": row % 10_007 / 4}


def write_orders(path, rows, users):
    """The table as a Parquet file, some rows at a time."""
    import pyarrow
    import pyarrow.parquet

    writer = None
    for first in range(0, rows, ROWS_PER_GROUP_OF_FILE):
        last = min(first + ROWS_PER_GROUP_OF_FILE, rows)
        part = pyarrow.table(orders(first, last, users))
        writer = writer or pyarrow.parquet.ParquetWriter(
            path, part.schema, compression="none", use_dictionary=False
        )
        writer.write_table(part)
    writer.close()


def by_user(pd, path):
    """What each user ordered."""
    return (
        pd.read_parquet(path)
        .groupby("user", as_index=False)
        .agg(
            orders=("amount", "size"),
            items=("items", "sum"),
            spend=("amount", "sum"),
            largest=("amount", "max"),
        )
    )


def wrong(groups, rows, users):
    """What is wrong with the groups; nothing, if all is well. The sums are exact in float64."""
    expected = {"orders": 0, "items": 0, "spend": 0.0}
    for first in range(0, rows, ROWS_PER_GROUP_OF_FILE):
        part = orders(first, min(first + ROWS_PER_GROUP_OF_FILE, rows), users)
        expected["orders"] += len(part["user"])
        expected["items"] += int(part["items"].sum())
        expected["spend"] += float(part["amount"].sum())
    found = {"groups": len(groups), **{name: groups[name].sum() for name in expected}}
    expected = {"groups": min(rows, users), **expected}
    return [
        f"{name}: {found[name]:,} instead of {expected[name]:,}"
        for name in expected
        if found[name] != expected[name]
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit-mb", type=int, default=256)
    parser.add_argument("--groups", type=int, default=10_000_000)
    parser.add_argument("--folder", help="where the table is written; default: a temporary folder")
    arguments = parser.parse_args()
    limit = arguments.limit_mb * 1_000_000
    rows, users = 4 * limit // ROW_BYTES + 1, arguments.groups

    th = importlib.import_module("tharsis")
    pd = importlib.import_module("tharsis.pandas")
    th.options.memory_limit = f"{arguments.limit_mb}MB"
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "orders.parquet"
        # In a process of its own, so that its memory is not counted here.
        writer = multiprocessing.get_context("spawn").Process(
            target=write_orders, args=(path, rows, users)
        )
        writer.start()
        writer.join()
        if writer.exitcode != 0:
            return 1
        at_start = peak_bytes()
        begin = time.perf_counter()
        groups = by_user(pd, path).execute()
        seconds = time.perf_counter() - begin
        peak, spilled = peak_bytes(), th.memory()["spilled_bytes"]

    print("Who spends most?")
    print(groups.nlargest(5, "spend"))
    print(f"""
{rows:,} rows ({rows * ROW_BYTES / 1e6:,.0f} MB), {users:,} groups, limit {limit / 1e6:,.0f} MB
  time     {seconds:8.2f} s
  peak     {peak / 1e6:8,.0f} MB of the whole process ({at_start / 1e6:,.0f} MB before it began)
  spilled  {spilled / 1e6:8,.0f} MB""")
    faults = wrong(groups, rows, users)
    if peak > limit + OVERHEAD_BYTES_MAX:
        faults.append(
            f"peak: {peak:,} bytes, more than the limit and {OVERHEAD_BYTES_MAX:,} beside"
        )
    if spilled == 0:
        faults.append("spilled: nothing, so the limit was not kept or not reached")
    for fault in faults:
        print(f"WRONG  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
