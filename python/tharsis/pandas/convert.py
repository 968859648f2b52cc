"""Frames and series in from pandas, NumPy, Arrow and Python, and out again."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core
from tharsis.errors import UnsupportedError

__all__ = ["dtype_of", "from_arrow", "from_pandas", "to_pandas", "wrap"]


def wrap(expr: Any) -> Any:
    """The facade of a frame expression: a Series or a DataFrame."""
    from tharsis.pandas.frame import DataFrame
    from tharsis.pandas.series import Series

    return Series._of(expr) if expr.series else DataFrame._of(expr)


def dtype_of(dtype: Any) -> Any:
    """The NumPy or pandas dtype that shows an engine dtype."""
    if (dtype.is_number or dtype.is_bool) and not dtype.is_nullable:
        return np.dtype(dtype.name)
    if dtype.is_duration or (dtype.is_timestamp and not dtype.timezone):
        return np.dtype(dtype.name)
    import pandas

    if dtype.is_string:
        return pandas.StringDtype(na_value=np.nan)
    if dtype.is_category:
        return pandas.CategoricalDtype(pandas.Index(dtype.categories), dtype.ordered)
    if dtype.is_timestamp:
        return pandas.DatetimeTZDtype(dtype.unit, dtype.timezone)
    if dtype.is_bool:
        return pandas.BooleanDtype()
    return pandas.api.types.pandas_dtype(dtype.name)


class _Stream:
    """A frame as Arrow's PyCapsule protocol wants it."""

    def __init__(self, expr: Any, nan_is_null: bool = False) -> None:
        self._expr, self._nan_is_null = expr, nan_is_null

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        names = [str(i) for i in range(len(self._expr.labels))]
        return _core.arrow_stream(self._expr, names, self._nan_is_null)


def _column(expr: Any, field: int, dtype: Any, arrow: Any) -> Any:
    """One field of a stored frame as what pandas keeps in a column."""
    import pandas

    if (dtype.is_number or dtype.is_bool) and not dtype.is_nullable:
        return _with_gaps(_core.to_numpy(expr, field), dtype, field, arrow)
    chunks = arrow().column(field)
    if dtype.is_string:
        kind = pandas.StringDtype(na_value=np.nan)
        if kind.storage == "pyarrow":
            return kind.construct_array_type()._from_sequence(chunks, dtype=kind)
        return pandas.array(chunks.to_pandas(), dtype=kind)
    if dtype.is_nullable and (dtype.is_number or dtype.is_bool):
        return dtype_of(dtype).__from_arrow__(chunks)
    return chunks.to_pandas().array


def _with_gaps(values: Any, dtype: Any, field: int, arrow: Any) -> Any:
    if not dtype.is_bool:
        return values
    chunks = arrow().column(field)
    return values if chunks.null_count == 0 else chunks.to_pandas().array


def to_pandas(expr: Any) -> Any:
    """The stored rows as a pandas DataFrame or Series."""
    import pandas
    import pyarrow

    _core.run([expr])
    held: list[Any] = []

    def arrow() -> Any:
        if not held:
            held.append(pyarrow.table(_Stream(expr)))
        return held[0]

    levels, labels = expr.index_levels, expr.labels
    columns = [_column(expr, i, dtype, arrow) for i, dtype in enumerate(expr.dtypes)]
    rows = _core.frame.row_count(expr)
    if levels == 0:
        start, step = expr.range
        index: Any = pandas.RangeIndex(start, start + step * rows, step)
    elif levels == 1:
        index = pandas.Index(columns[0], name=labels[0])
    else:
        index = pandas.MultiIndex.from_arrays(columns[:levels], names=labels[:levels])
    if expr.series:
        return pandas.Series(columns[levels], index=index, name=labels[levels], copy=False)
    frame = pandas.DataFrame(dict(enumerate(columns[levels:])), index=index, copy=False)
    frame.columns = pandas.Index(labels[levels:], name=expr.columns_name)
    return frame


def _index_levels(index: Any) -> list[Any]:
    import pandas

    if (
        isinstance(index, pandas.RangeIndex)
        and index.start == 0
        and index.step == 1
        and index.name is None
    ):
        return []
    if isinstance(index, pandas.MultiIndex):
        return [
            index.get_level_values(i).to_series(index=range(len(index)))
            for i in range(index.nlevels)
        ]
    return [index.to_series(index=range(len(index)))]


def from_pandas(value: Any) -> Any:
    """A pandas DataFrame or Series as ours; numbers and times are not copied.

    What is written to the pandas object later is not seen: pandas then copies what it writes to,
    since ours holds a reference, as two pandas objects of one memory do.

    Raises
    ------
    UnsupportedError
        A column holds Python objects of no one type, intervals, periods or nested data.

    Examples
    --------
    >>> import pandas
    >>> import tharsis.pandas as pd
    >>> pd.from_pandas(pandas.Series([1, 2], name="n")).sum()
    np.int64(3)
    """
    import pandas
    import pyarrow

    series = isinstance(value, pandas.Series)
    frame = value.to_frame() if series else value.copy(deep=False)
    if isinstance(frame.columns, pandas.MultiIndex) and any(
        name is not None for name in frame.columns.names
    ):
        raise UnsupportedError("columns of several levels with names")
    levels = _index_levels(frame.index)
    columns = [*levels, *(frame.iloc[:, i] for i in range(frame.shape[1]))]
    names = [level.name for level in levels]
    labels = [*names, *(value.name,)] if series else [*names, *frame.columns]
    if not columns:
        raise UnsupportedError("a frame without columns")
    try:
        arrays = [_arrow_array(column) for column in columns]
        arrays = [a.combine_chunks() if isinstance(a, pyarrow.ChunkedArray) else a for a in arrays]
    except (
        pyarrow.ArrowInvalid,
        pyarrow.ArrowTypeError,
        pyarrow.ArrowNotImplementedError,
    ) as error:
        raise UnsupportedError(f"values that no column type holds: {error}") from None
    table = pyarrow.Table.from_arrays(arrays, names=[str(i) for i in range(len(arrays))])
    nullable = any(_is_nullable(column.dtype) for column in columns)
    flavour = "nullable" if nullable else "numpy"
    expr = _core.from_arrow(table, labels, len(levels), series, flavour, held=frame)
    return wrap(expr)


def _is_nullable(dtype: Any) -> bool:
    import pandas

    return isinstance(dtype, pandas.api.extensions.ExtensionDtype) and dtype.name in _NULLABLE


_NULLABLE = frozenset(
    [
        "Int8",
        "Int16",
        "Int32",
        "Int64",
        "UInt8",
        "UInt16",
        "UInt32",
        "UInt64",
        "Float32",
        "Float64",
        "boolean",
    ]
)


def _arrow_array(column: Any) -> Any:
    import pyarrow

    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return pyarrow.array(np.ascontiguousarray(column.to_numpy()))  # NaN stays a value
    return pyarrow.Array.from_pandas(column)


def from_arrow(source: Any) -> Any:
    """A frame of anything with ``__arrow_c_stream__``: a pyarrow, Polars or DuckDB table.

    Examples
    --------
    >>> import pyarrow
    >>> import tharsis.pandas as pd
    >>> pd.from_arrow(pyarrow.table({"a": [1, 2, 3]}))["a"].sum()
    np.int64(6)
    """
    return wrap(_core.from_arrow(source))
