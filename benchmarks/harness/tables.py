"""Making the inputs: random columns after db-benchmark, written as Parquet files of plain texts."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def texts(codes: Any, digits: int) -> pa.Array:
    """`id` and the number with leading zeros, for each code; plain, not a dictionary."""
    names = pa.array([f"id{code:0{digits}d}" for code in range(1, int(codes.max()) + 1)])
    return names.take(pa.array(codes - 1))


def write(table: dict[str, Any], file: Path) -> None:
    columns = {
        name: column if isinstance(column, pa.Array) else pa.array(column)
        for name, column in table.items()
    }
    pq.write_table(pa.table(columns), file, use_dictionary=False)


def grouping_table(rows: int, seed: int = 42) -> dict[str, Any]:
    """The nine columns of db-benchmark's group-by (K = 100, no missing values, unsorted)."""
    random = np.random.default_rng(seed)
    few, many = 100, max(1, rows // 100)

    def ids(values: int) -> Any:
        return random.integers(1, values, rows, endpoint=True)

    return {
        "id1": texts(ids(few), 3),
        "id2": texts(ids(few), 3),
        "id3": texts(ids(many), 10),
        "id4": ids(few),
        "id5": ids(few),
        "id6": ids(many),
        "v1": ids(5),
        "v2": ids(15),
        "v3": np.round(random.uniform(0, 100, rows), 6),
    }
