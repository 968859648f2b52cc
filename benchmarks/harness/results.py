"""Are two results the same? Names, keys and texts exactly; sums and means within a tolerance.

A result of 10 million rows is kept as what decides that: the hashes of its rows over the exact
columns, in order of the hash, and the other columns in the same order. Two engines that group or
join agree when these are equal, whatever order they answer in.
"""

from pathlib import Path
from typing import Any

from .workload import Row

SAMPLE = 100_000  # elements kept of an array


def save(result: Any, row: Row, path: Path) -> int:
    """Writes what a comparison needs; answers the number of rows (or elements)."""
    import numpy as np
    import pandas as pd

    if isinstance(result, pd.Series):
        result = result.to_frame()
    if isinstance(result, pd.DataFrame):
        np.savez(path, **_of_frame(result, row))
        return len(result)
    parts = result if isinstance(result, tuple) else (result,)
    arrays = [np.asarray(part) for part in parts]
    kept: dict[str, Any] = {}
    for number, array in enumerate(arrays):
        step = max(1, array.size // SAMPLE)
        kept[f"shape {number}"] = np.array(array.shape, dtype=np.int64)
        kept[f"float {number}"] = array.reshape(-1)[::step].astype(np.float64)
    np.savez(path, **kept)
    return sum(array.size for array in arrays)


def _of_frame(frame: Any, row: Row) -> dict[str, Any]:
    import numpy as np

    if any(frame.index.names):
        frame = frame.reset_index()
    floats = [name for name in sorted(frame.columns) if name in row.floats]
    exact = [name for name in sorted(frame.columns) if name not in row.floats]
    keys = _row_hashes(frame[exact])
    columns = [frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in floats]
    order = np.lexsort([*columns, keys])
    kept = {f"float {name}": column[order] for name, column in zip(floats, columns, strict=True)}
    kept["exact " + ", ".join(exact)] = keys[order]
    if row.ordered_by:
        kept["exact order of rows"] = _row_hashes(frame[list(row.ordered_by)])
    return kept


def _row_hashes(frame: Any) -> Any:
    """One hash a row, the same for every engine's idea of an integer or a text."""
    import numpy as np
    import pandas as pd

    plain = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_bool_dtype(column.dtype) or column.isna().any():
            plain[name] = column.astype("str")
        elif pd.api.types.is_float_dtype(column.dtype):
            plain[name] = column.astype("float64")
        elif pd.api.types.is_numeric_dtype(column.dtype) or _is_decimal(column):
            plain[name] = column.astype("int64")
        elif pd.api.types.is_datetime64_any_dtype(column.dtype):
            plain[name] = column.astype("datetime64[ns]")
        else:
            plain[name] = column.astype("str")
    if not plain:
        return np.zeros(len(frame), dtype=np.uint64)
    # Columns of their own numbering: a group-by's result has labels that mean nothing here.
    table = pd.DataFrame({name: plain[name].reset_index(drop=True) for name in plain})
    return pd.util.hash_pandas_object(table, index=False).to_numpy()


def _is_decimal(column: Any) -> bool:
    """DuckDB's sums of integers."""
    from decimal import Decimal

    return len(column) > 0 and isinstance(column.iloc[0], Decimal)


def difference(expected: Path, got: Path, row: Row) -> str:
    """Empty when the results agree; else the first thing that differs."""
    import numpy as np

    with np.load(expected) as a, np.load(got) as b:
        if set(a.files) != set(b.files):
            return f"columns {sorted(b.files)} instead of {sorted(a.files)}"
        for name in sorted(a.files):
            x, y = a[name], b[name]
            if x.shape != y.shape:
                return f"{len(y)} instead of {len(x)} values of `{name}`"
            if not name.startswith("float "):
                if not np.array_equal(x, y):
                    return f"{(x != y).mean():.2%} of `{name}` differ"
            elif not np.allclose(x, y, rtol=row.tolerance, atol=1e-12, equal_nan=True):
                worst = np.nanmax(np.abs(x - y) / np.maximum(np.abs(x), 1e-300))
                return f"`{name}` differs by up to {worst:.1e}, relative"
    return ""
