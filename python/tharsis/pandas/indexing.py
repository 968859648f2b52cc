"""``iloc`` and ``loc``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import wrap
from tharsis.pandas.fallback import _announce, from_result
from tharsis.pandas.ordered import taken
from tharsis.pandas.rows import Rows

__all__ = ["ByLabel", "ByPosition", "One"]

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
        if _is_mask(np.asarray(rows)):
            return owner[np.asarray(rows)]
        return taken(owner, rows)


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
        if callable(key):
            key = key(owner)
        deep = owner._expr.index_levels > 1
        if deep and isinstance(key, tuple) and not _is_plain_pair(key):
            return _in_pandas(owner, "loc", key, "labels of several levels")
        if isinstance(key, tuple) and not owner._expr.series and len(key) == 2:
            rows, columns = key
            if callable(rows):
                rows = rows(owner)
            if not (isinstance(columns, slice) and columns == slice(None)):
                if isinstance(columns, slice):
                    return _in_pandas(owner, "loc", key, "slices of column labels")
                owner = owner[list(columns) if isinstance(columns, (list, np.ndarray)) else columns]
        else:
            rows = key
        if isinstance(rows, slice) and rows == slice(None):
            return owner
        if isinstance(rows, list) and rows and all(isinstance(r, (bool, np.bool_)) for r in rows):
            rows = np.asarray(rows)
        if isinstance(rows, (Rows, np.ndarray)) and _is_mask(rows):
            return owner[rows]
        try:
            return self._by_labels(owner, rows)
        except UnsupportedError as error:
            return _in_pandas(owner, "loc", rows, str(error).split("\n")[0])

    @staticmethod
    def _by_labels(owner: Any, rows: Any) -> Any:
        if isinstance(rows, slice):
            made = owner._like(_frame.rows_between(owner._expr, rows.start, rows.stop))
            return made if rows.step in (None, 1) else made.iloc[:: rows.step]
        if isinstance(rows, (list, np.ndarray, Rows)) or type(rows).__name__.endswith("Index"):
            labels = rows.to_pandas().tolist() if isinstance(rows, Rows) else list(rows)
            return owner._like(_frame.rows_of_labels(owner._expr, labels))
        if isinstance(rows, tuple):
            raise UnsupportedError("labels of several levels")
        found = owner._like(_frame.rows_of_labels(owner._expr, [rows])).to_pandas()
        return found.iloc[0] if len(found) == 1 else from_result(found)

    def __setitem__(self, key: Any, value: Any) -> None:
        owner = self._owner
        rows, column = (key, None) if owner._expr.series else _pair(key)
        if isinstance(rows, slice) and rows == slice(None) and column is not None:
            for label in column if isinstance(column, list) else [column]:
                owner[label] = value
            return
        mask = _mask_of(owner, rows)
        if owner._expr.series:
            owner._expr = owner.where(~mask, value)._expr
            return
        for label in column if isinstance(column, list) else [column]:
            if label not in owner:
                empty = "" if isinstance(value, str) else np.nan
                owner[label] = empty
                if isinstance(value, str):
                    owner[label] = owner[label].where(mask & ~mask, None)
            owner[label] = owner[label].where(~mask, value)


class One:
    """``at`` and ``iat``: one value."""

    def __init__(self, owner: Any, by_position: bool) -> None:
        self._owner, self._by_position = owner, by_position

    def __getitem__(self, key: Any) -> Any:
        found = self._owner.iloc[key] if self._by_position else self._owner.loc[key]
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        if self._by_position:
            raise UnsupportedError("iat: assignment by position; use a mask with loc")
        self._owner.loc[key] = value


def _pair(key: Any) -> tuple[Any, Any]:
    if not isinstance(key, tuple) or len(key) != 2:
        raise UnsupportedError("loc: assignment needs rows and a column")
    return key[0], key[1]


def _is_plain_pair(key: tuple[Any, ...]) -> bool:
    """Rows chosen without labels, and columns."""
    rows = key[0]
    return len(key) == 2 and ((isinstance(rows, slice) and rows == slice(None)) or _is_mask(rows))


def _mask_of(owner: Any, rows: Any) -> Any:
    if isinstance(rows, Rows) and _is_mask(rows):
        return rows
    if _is_mask(rows):
        from tharsis.pandas.rows import argument

        return wrap(argument(rows, owner))
    if isinstance(rows, slice) or isinstance(rows, tuple) or owner._expr.index_levels > 1:
        raise UnsupportedError("loc: assignment by slices and tuples of labels; use a mask")
    labels = list(rows) if isinstance(rows, (list, np.ndarray)) else [rows]
    _frame.rows_of_labels(owner._expr, labels)
    index = wrap(_frame.rebase(_frame.index_frame(owner._expr), owner._expr))
    return index.isin(labels)


def _is_mask(rows: Any) -> bool:
    if isinstance(rows, Rows):
        return bool(rows._expr.series and rows._expr.dtypes[-1].is_bool)
    return isinstance(rows, np.ndarray) and rows.dtype == bool
