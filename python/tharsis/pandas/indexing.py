"""``iloc`` and ``loc``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import wrap
from tharsis.pandas.fallback import _announce, from_result
from tharsis.pandas.rows import Rows

__all__ = ["ByLabel", "ByPosition"]

_frame = _core.frame


def _in_pandas(owner: Any, accessor: str, key: Any, reason: str) -> Any:
    from tharsis.pandas.fallback import _bytes_of, _to_pandas

    itself = owner.to_pandas()
    _announce(f"{type(owner).__name__}.{accessor}", reason, _bytes_of(itself))
    plain = tuple(_to_pandas(k) for k in key) if isinstance(key, tuple) else _to_pandas(key)
    return from_result(getattr(itself, accessor)[plain])


class ByPosition:
    """Rows (and columns) by position; an integer gives one row."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getitem__(self, key: Any) -> Any:
        owner = self._owner
        rows, columns = (
            key if isinstance(key, tuple) and not owner._expr.series else (key, slice(None))
        )
        if not (isinstance(columns, slice) and columns == slice(None)):
            labels = list(range(len(owner._labels())))
            chosen = labels[columns] if isinstance(columns, slice) else columns
            if isinstance(chosen, (int, np.integer)):
                return type(self)(
                    wrap(_frame.column_at(owner._expr, int(range(len(labels))[chosen])))
                )[rows]
            names = owner._labels()
            owner = wrap(_frame.columns(owner._expr, [names[i] for i in chosen], "iloc"))
        if isinstance(rows, slice):
            return owner._like(_frame.slice(owner._expr, rows.start, rows.stop, rows.step or 1))
        if isinstance(rows, (int, np.integer)):
            return _one_row(owner, int(rows))
        return _in_pandas(owner, "iloc", rows, "positions that are not a slice")


def _one_row(owner: Any, position: int) -> Any:
    length = len(owner)
    if not -length <= position < length:
        raise IndexError("single positional indexer is out-of-bounds")
    at = position % length
    row = owner._like(_frame.slice(owner._expr, at, at + 1)).to_pandas()
    return row.iloc[0]


class ByLabel:
    """Rows (and columns) by label, slice of labels or mask."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getitem__(self, key: Any) -> Any:
        owner = self._owner
        if isinstance(key, tuple) and not owner._expr.series and len(key) == 2:
            rows, columns = key
            if not (isinstance(columns, slice) and columns == slice(None)):
                if isinstance(columns, slice):
                    return _in_pandas(owner, "loc", key, "slices of column labels")
                owner = owner[list(columns) if isinstance(columns, (list, np.ndarray)) else columns]
        else:
            rows = key
        if isinstance(rows, slice) and rows == slice(None):
            return owner
        if isinstance(rows, (Rows, np.ndarray)) and _is_mask(rows):
            return owner[rows]
        try:
            return self._by_labels(owner, rows)
        except UnsupportedError as error:
            return _in_pandas(owner, "loc", rows, str(error).split("\n")[0])

    @staticmethod
    def _by_labels(owner: Any, rows: Any) -> Any:
        raise UnsupportedError("row labels")

    def __setitem__(self, key: Any, value: Any) -> None:
        owner = self._owner
        if not isinstance(key, tuple) or owner._expr.series:
            raise UnsupportedError("loc: assignment needs a mask and a column")
        rows, column = key
        if isinstance(rows, slice) and rows == slice(None):
            owner[column] = value
            return
        if not _is_mask(rows):
            raise UnsupportedError("loc: assignment by row labels; use a mask")
        mask = rows if isinstance(rows, Rows) else rows
        owner[column] = owner[column].where(~mask, value)


def _is_mask(rows: Any) -> bool:
    if isinstance(rows, Rows):
        return bool(rows._expr.series and rows._expr.dtypes[-1].is_bool)
    return isinstance(rows, np.ndarray) and rows.dtype == bool
