"""Files in and out."""

from __future__ import annotations

import json
import os
from typing import Any

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import wrap

__all__ = ["read_csv", "read_parquet", "to_parquet"]


def read_parquet(path: Any, engine: str = "auto", columns: Any = None, **other: Any) -> Any:
    """Rows of a Parquet file, a folder of files, or a pattern; only footers are read at once.

    Parameters
    ----------
    path : str or path
    columns : list of str, optional
        Columns to read; others are never touched. Columns that nobody looks at are not read either.

    Returns
    -------
    DataFrame
        Whole numbers with gaps are float64, as in pandas.

    Raises
    ------
    StorageError
        No such file, or no Parquet file.
    """
    if any(value is not None for value in other.values()):
        raise UnsupportedError(f"read_parquet: arguments {sorted(other)}")
    name = os.fspath(path)
    note = _core.parquet_note(name)
    index: list[str] = []
    if note:
        index = [
            level for level in json.loads(note).get("index_columns", []) if isinstance(level, str)
        ]
    expr = _core.read_parquet(
        name, None if columns is None else [c for c in columns if c not in index], index
    )
    if index:
        hidden = [None if level.startswith("__index_level_") else level for level in index]
        expr = _core.frame.rename_index(expr, hidden)
    return wrap(expr)


_CSV_DEFAULTS: dict[str, Any] = {
    "sep": None,
    "delimiter": None,
    "header": "infer",
    "names": None,
    "usecols": None,
    "dtype": None,
    "parse_dates": None,
    "na_values": None,
    "skiprows": None,
    "index_col": None,
    "engine": None,
    "low_memory": True,
}


def read_csv(path: Any, sep: Any = None, **options: Any) -> Any:
    """Rows of a CSV file, types found as pandas finds them; reads the file at once, on all cores.

    Parameters
    ----------
    path : str or path
    sep, delimiter : str
        One character; a comma by default.
    header : 0 or None
    names, usecols : list of str
    dtype : dict of dtype by column
    parse_dates : list of str
    na_values : list of str
        Further texts that stand for a missing value.
    skiprows : int

    Raises
    ------
    StorageError
        No such file, or a row with too many or too few fields; the message tells the row.
    """
    given = {**_CSV_DEFAULTS, **options}
    given["sep"] = sep or given["delimiter"]
    if set(given) - set(_CSV_DEFAULTS) or not _simple(given):
        return _read_csv_in_pandas(path, sep, options)
    expr = _core.read_csv(
        os.fspath(path),
        given["sep"] or ",",
        given["header"] is not None
        and not (given["names"] is not None and given["header"] == "infer"),
        list(given["names"] or ()),
        list(given["usecols"] or ()),
        given["dtype"] or {},
        list(given["parse_dates"] or ()),
        [],
        int(given["skiprows"] or 0),
    )
    if given["index_col"] is not None:
        key = given["index_col"]
        labels = [
            expr.labels[k] if isinstance(k, int) else k
            for k in (key if isinstance(key, list) else [key])
        ]
        expr = _core.frame.set_index(expr, labels, True, False)
    return wrap(expr)


def _simple(given: dict[str, Any]) -> bool:
    names = [given["usecols"], given["parse_dates"], given["names"]]
    lists = all(
        v is None or (isinstance(v, list) and all(isinstance(n, str) for n in v)) for v in names
    )
    typed = given["dtype"] is None or isinstance(given["dtype"], dict)
    rows = given["skiprows"] is None or isinstance(given["skiprows"], int)
    single = given["sep"] is None or len(given["sep"]) == 1
    return (
        lists
        and typed
        and rows
        and single
        and given["na_values"] is None
        and given["header"] in ("infer", 0, None)
        and (given["header"] is not None or given["names"] is not None)
    )


def _read_csv_in_pandas(path: Any, sep: Any, options: dict[str, Any]) -> Any:
    import pandas

    from tharsis.pandas.convert import from_pandas
    from tharsis.pandas.fallback import _announce

    _announce("read_csv", f"arguments {sorted(options)}", os.path.getsize(path))
    return from_pandas(pandas.read_csv(path, **({"sep": sep} if sep else {}), **options))


def to_parquet(frame: Any, path: Any, compression: Any, index: Any, **other: Any) -> None:
    """Writes ``frame`` to one file, with a note about its index that pandas understands."""
    if any(value is not None for value in other.values()):
        raise UnsupportedError(f"to_parquet: arguments {sorted(other)}")
    expr = frame._expr
    if index is False:
        expr = _core.frame.reset_index(expr, True)
    elif index is True and expr.index_levels == 0:
        expr = _core.frame.rename_index(expr, [None])
    levels = expr.index_levels
    names = [
        f"__index_level_{i}__" if label is None and i < levels else label
        for i, label in enumerate(expr.labels)
    ]
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"parquet must have string column names, got {name!r}")
    _core.write_parquet(expr, os.fspath(path), names, compression or "none", _note(expr, names))


def _note(expr: Any, names: list[str]) -> str:
    """The note under the key "pandas": pandas' developer guide, "Storing pandas objects"."""
    levels = expr.index_levels
    start, step = expr.range
    rows = _core.frame.row_count(expr)
    index: list[Any] = list(names[:levels])
    if levels == 0:
        index = [
            {
                "kind": "range",
                "name": None,
                "start": start,
                "stop": start + step * rows,
                "step": step,
            }
        ]
    columns = [
        {
            "name": label if label is None else str(label),
            "field_name": name,
            "pandas_type": "unicode" if dtype.is_string else dtype.name,
            "numpy_type": "str" if dtype.is_string else dtype.name,
            "metadata": None,
        }
        for label, name, dtype in zip(expr.labels, names, expr.dtypes, strict=True)
    ]
    return json.dumps(
        {
            "index_columns": index,
            "column_indexes": [],
            "columns": columns,
            "creator": {"library": "tharsis"},
        }
    )
