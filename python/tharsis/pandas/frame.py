"""Columns of one length with an index: pandas' DataFrame on the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tharsis import _core
from tharsis.pandas.convert import dtype_of, from_pandas, wrap
from tharsis.pandas.fallback import missing_attribute, native
from tharsis.pandas.rows import Rows, _only_defaults, _unsupported, argument, expr_of
from tharsis.pandas.series import Series, is_plain

__all__ = ["DataFrame"]

_frame = _core.frame


class DataFrame(Rows):
    """Lazy columns with row labels.

    Parameters
    ----------
    data : dict, array-like, pandas.DataFrame or DataFrame
    index, columns : array-like, optional
    dtype : dtype, optional

    Examples
    --------
    >>> import tharsis.pandas as pd
    >>> df = pd.DataFrame({"k": ["a", "b", "a"], "v": [1, 2, 3]})
    >>> df.groupby("k")["v"].sum().tolist()
    [4, 2]
    """

    __slots__ = ()

    def __init__(
        self, data: Any = None, index: Any = None, columns: Any = None, dtype: Any = None
    ) -> None:
        expr = expr_of(data)
        if (
            expr is not None
            and expr.kind == "frame"
            and index is None
            and columns is None
            and dtype is None
        ):
            self._expr = _frame.to_frame(expr, data.name) if expr.series else expr
            return
        if index is None and columns is None and dtype is None and isinstance(data, dict):
            made_natively = _of_columns(data)
            if made_natively is not None:
                self._expr = made_natively
                return
        import pandas

        made = pandas.DataFrame(
            _observed(data), index=_observed(index), columns=columns, dtype=dtype
        )
        self._expr = from_pandas(made)._expr

    def __getattr__(self, name: str) -> Any:
        if name in DataFrame.__slots__ or name.startswith("_"):
            raise AttributeError(name)
        if name in self:
            return self[name]
        return missing_attribute(self, name, "DataFrame")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(label for label in self._labels() if isinstance(label, str))]

    def _labels(self) -> list[Any]:
        return self._expr.labels[self._expr.index_levels :]

    # ---- what it is

    @property
    def columns(self) -> Any:
        """The labels of the columns."""
        import pandas

        return pandas.Index(self._labels(), name=self._expr.columns_name)

    @columns.setter
    def columns(self, labels: Any) -> None:
        self._expr = _frame.relabel(self._expr, list(labels))

    @property
    def dtypes(self) -> Any:
        """The dtype of each column, as a pandas Series."""
        import pandas

        kinds = [dtype_of(dtype) for dtype in self._expr.dtypes[self._expr.index_levels :]]
        return pandas.Series(kinds, index=self._labels(), dtype=object)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns; an observation point where the rows are not known."""
        return len(self), len(self._labels())

    @property
    def size(self) -> int:
        """Rows times columns."""
        return len(self) * len(self._labels())

    ndim = 2

    def _repr_html_(self) -> str:
        from tharsis.pandas.display import html_of

        return html_of(self)

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Any:
        """All columns as one array; an observation point."""
        named = {} if na_value is None else {"na_value": na_value}
        return self.to_pandas().to_numpy(dtype=dtype, copy=copy, **named)

    @property
    def values(self) -> Any:
        """All columns as one array; an observation point."""
        return self.to_numpy()

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.to_numpy(dtype=dtype)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._labels())

    def __contains__(self, label: Any) -> bool:
        return bool(_frame.has_column(self._expr, label))

    def keys(self) -> Any:
        """The labels of the columns."""
        return self.columns

    def items(self) -> Iterator[tuple[Any, Any]]:
        """Pairs of label and column."""
        for i, label in enumerate(self._labels()):
            yield label, Series._of(_frame.column_at(self._expr, i))

    # ---- selection

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Series):
            return DataFrame._of(_frame.filter(self._expr, key._expr))
        if isinstance(key, slice):
            return DataFrame._of(_frame.slice(self._expr, key.start, key.stop, key.step or 1))
        if isinstance(key, np.ndarray) and key.dtype == bool:
            return self[Series._of(argument(key, self))]
        if isinstance(key, (list, np.ndarray)) or type(key).__name__ == "Index":
            labels = list(key)
            if labels and all(isinstance(label, (bool, np.bool_)) for label in labels):
                return self[Series._of(argument(np.asarray(labels), self))]
            return DataFrame._of(_frame.columns(self._expr, labels, "columns"))
        if callable(key):
            return self[key(self)]
        if not isinstance(key, tuple) and key not in self:
            deep = [label for label in self._labels() if _begins(label, key)]
            if deep:
                made = _frame.columns(self._expr, deep, "columns")
                return DataFrame._of(_frame.relabel(made, [_rest(label) for label in deep]))
        return Series._of(_frame.column(self._expr, key, "column"))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, list):
            columns = (
                [column for _, column in value.items()]
                if isinstance(value, DataFrame)
                else [value] * len(key)
            )
            self._expr = self._with(dict(zip(key, columns, strict=True)))
            return
        self._expr = _frame.assign(self._expr, key, argument(value, self))

    def _with(self, columns: dict[Any, Any]) -> Any:
        """The expression with these columns added or replaced."""
        values = {label: argument(value, self) for label, value in columns.items()}
        return _frame.assign_columns(self._expr, values)

    def __delitem__(self, key: Any) -> None:
        self._expr = _frame.drop_columns(self._expr, [key], False)

    def pop(self, item: Any) -> Any:
        """Takes a column out and returns it."""
        column = self[item]
        del self[item]
        return column

    def get(self, key: Any, default: Any = None) -> Any:
        """The column, or ``default`` if there is none."""
        return self[key] if key in self else default

    @native
    def drop(
        self,
        labels: Any = None,
        *,
        axis: Any = 0,
        index: Any = None,
        columns: Any = None,
        level: Any = None,
        errors: str = "raise",
    ) -> Any:
        """All columns but these."""
        if labels is not None and axis in (1, "columns"):
            columns = labels
        elif labels is not None or index is not None or level is not None:
            _unsupported("drop", "row labels")
        made = _frame.drop_columns(self._expr, _as_list(columns), errors == "ignore")
        return DataFrame._of(made)

    @native
    def rename(
        self,
        mapper: Any = None,
        *,
        index: Any = None,
        columns: Any = None,
        axis: Any = None,
        errors: str = "ignore",
        **other: Any,
    ) -> Any:
        """New names for columns."""
        if mapper is not None and axis in (1, "columns"):
            columns = mapper
        elif mapper is not None or index is not None:
            _unsupported("rename", "row labels")
        if callable(columns):
            columns = {label: columns(label) for label in self._labels()}
        return DataFrame._of(_frame.rename(self._expr, dict(columns), errors == "raise"))

    def add_prefix(self, prefix: str, axis: Any = None) -> Any:
        """``prefix`` before each column label."""
        return DataFrame._of(
            _frame.relabel(self._expr, [f"{prefix}{label}" for label in self._labels()])
        )

    def add_suffix(self, suffix: str, axis: Any = None) -> Any:
        """``suffix`` behind each column label."""
        return DataFrame._of(
            _frame.relabel(self._expr, [f"{label}{suffix}" for label in self._labels()])
        )

    @native
    def set_index(
        self,
        keys: Any,
        *,
        drop: bool = True,
        append: bool = False,
        verify_integrity: bool = False,
    ) -> Any:
        """Columns become the row labels."""
        _only_defaults("set_index", verify_integrity=verify_integrity)
        made = _set_index(
            self._expr, self, keys if isinstance(keys, list) else [keys], drop, append
        )
        return DataFrame._of(made)

    # ---- new values

    def assign(self, **kwargs: Any) -> Any:
        """A frame with these columns added or replaced; functions get the frame so far."""
        made = self.copy()
        for label, value in kwargs.items():
            made[label] = value(made) if callable(value) else value
        return made

    def insert(self, loc: int, column: Any, value: Any, allow_duplicates: bool = False) -> None:
        """Puts a new column at a position."""
        if column in self and not allow_duplicates:
            raise ValueError(f"cannot insert {column}, already exists")
        labels = self._labels()
        made = self.assign(**{column: value}) if isinstance(column, str) else self.copy()
        if not isinstance(column, str):
            made[column] = value
        self._expr = _frame.columns(made._expr, [*labels[:loc], column, *labels[loc:]], "insert")

    def astype(self, dtype: Any, copy: Any = None, errors: str = "raise") -> Any:
        """Columns in other types: one for all, or a dict by column."""
        if isinstance(dtype, dict):
            columns = {label: self[label].astype(kind) for label, kind in dtype.items()}
        elif dtype == "category":
            columns = {label: column.astype(dtype) for label, column in self.items()}
        else:
            return self._astype(dtype)
        return DataFrame._of(self._with(columns))

    @native
    def fillna(self, value: Any = None, **other: Any) -> Any:
        """Missing values become ``value``: a constant, or a dict by column."""
        _only_defaults("fillna", **other)
        if isinstance(value, Rows):
            _unsupported("fillna", "values from a frame")
        if isinstance(value, dict):
            known = {label: fill for label, fill in value.items() if label in self}
            made = self._with({label: self[label].fillna(fill) for label, fill in known.items()})
        else:
            made = _frame.apply("fillna", [self._expr, argument(value, self)])
        return DataFrame._of(made)

    @native
    def dropna(
        self,
        *,
        axis: Any = 0,
        how: Any = None,
        thresh: Any = None,
        subset: Any = None,
        ignore_index: bool = False,
    ) -> Any:
        """The rows in which nothing (or not everything, ``how="all"``) is missing."""
        if axis not in (0, "index") or thresh is not None:
            _unsupported("dropna", "columns and thresh")
        asked = self if subset is None else self[_as_list(subset)]
        kept = self
        if asked._labels():
            both = "logical_or" if how == "all" else "logical_and"
            kept = self[Series._of(_frame.fold(both, asked.notna()._expr))]
        return kept.reset_index(drop=True) if ignore_index else kept

    @native
    def sort_values(
        self,
        by: Any,
        *,
        axis: Any = 0,
        ascending: Any = True,
        kind: Any = None,
        na_position: str = "last",
        ignore_index: bool = False,
        key: Any = None,
    ) -> Any:
        """Rows in the order of columns; stable."""
        if axis not in (0, "index") or key is not None:
            _unsupported("sort_values", "axis=1 and key")
        labels = _as_list(by)
        flags = (
            list(ascending) if isinstance(ascending, (list, tuple)) else [ascending] * len(labels)
        )
        if len(flags) != len(labels):
            raise ValueError(f"Length of ascending ({len(flags)}) != length of by ({len(labels)})")
        made = _frame.sort_values(
            self._expr, labels, [bool(f) for f in flags], na_position == "first", ignore_index
        )
        return DataFrame._of(made)

    @native
    def drop_duplicates(
        self,
        subset: Any = None,
        *,
        keep: Any = "first",
        ignore_index: bool = False,
    ) -> Any:
        """One row per combination of values: the first, the last, or none that occurs twice."""
        labels = _as_list(subset)
        if keep == "first" and (not labels or labels == self._labels()):
            kept = DataFrame._of(_frame.distinct_rows(self._expr))
        else:
            kept = self[~self.duplicated(labels, keep)]
        return kept.reset_index(drop=True) if ignore_index else kept

    @native
    def duplicated(self, subset: Any = None, keep: Any = "first") -> Any:
        """Whether an equal row stands before (``keep="first"``), behind (``"last"``) or anywhere."""
        return Series._of(_frame.duplicated(self._expr, _as_list(subset), keep or "none"))

    @native
    def value_counts(
        self,
        subset: Any = None,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        dropna: bool = True,
    ) -> Any:
        """How often each combination of values occurs, most frequent first."""
        labels = self._labels() if subset is None else _as_list(subset)
        if len(labels) == 1 and (subset is None or not _is_label(subset)):
            _unsupported("value_counts", "an index of several levels of which there is one")
        counts = Series._of(
            _frame.group_by(
                self._expr, labels, [(None, "size", "count", {})], True, True, dropna, True
            )
        )
        if sort:
            counts = counts.sort_values(ascending=ascending)
        if normalize:
            total = counts.sum()
            counts = Series._of(_frame.to_series((counts / total)._expr, "proportion"))
        return counts

    # ---- several frames

    def merge(
        self,
        right: Any,
        how: str = "inner",
        on: Any = None,
        left_on: Any = None,
        right_on: Any = None,
        left_index: bool = False,
        right_index: bool = False,
        sort: bool = False,
        suffixes: Any = ("_x", "_y"),
        copy: Any = None,
        indicator: bool = False,
        validate: Any = None,
    ) -> Any:
        """Pairs of rows with equal keys, as `tharsis.pandas.merge`."""
        from tharsis.pandas.joins import merge

        return merge(
            self,
            right,
            how,
            on,
            left_on,
            right_on,
            left_index,
            right_index,
            sort,
            suffixes,
            indicator=indicator,
            validate=validate,
        )

    def join(
        self,
        other: Any,
        on: Any = None,
        how: str = "left",
        lsuffix: str = "",
        rsuffix: str = "",
        sort: bool = False,
        validate: Any = None,
    ) -> Any:
        """Columns of ``other`` beside ours, by the row labels."""
        from tharsis.pandas.joins import join

        return join(self, other, on, how, lsuffix, rsuffix, sort, validate)

    # ---- groups

    @native
    def groupby(
        self,
        by: Any = None,
        *,
        level: Any = None,
        as_index: bool = True,
        sort: bool = True,
        group_keys: bool = True,
        observed: bool = True,
        dropna: bool = True,
    ) -> Any:
        """Groups of rows with equal keys."""
        from tharsis.pandas.groupby import DataFrameGroupBy

        if not observed:
            _unsupported("groupby", "observed=False")
        return DataFrameGroupBy(self, by, sort, as_index, dropna, None, level=level)

    @native
    def pivot_table(
        self,
        values: Any = None,
        index: Any = None,
        columns: Any = None,
        aggfunc: Any = "mean",
        fill_value: Any = None,
        margins: bool = False,
        dropna: bool = True,
        **other: Any,
    ) -> Any:
        """One row per ``index``, one column per value of ``columns``: looks at the data."""
        _only_defaults(
            "pivot_table",
            margins=margins,
            **{k: v for k, v in other.items() if k not in ("observed", "sort")},
        )
        if not _is_label(values) or not _is_label(columns) or not isinstance(aggfunc, str):
            _unsupported("pivot_table", "several values, columns or functions")
        return DataFrame._of(
            _frame.pivot_table(self._expr, _as_list(index), columns, values, aggfunc, fill_value)
        )

    # ---- out

    def to_parquet(
        self, path: Any, *, compression: str = "snappy", index: Any = None, **other: Any
    ) -> None:
        """Writes all rows to one Parquet file; an observation point."""
        from tharsis.pandas.io import to_parquet

        to_parquet(self, path, compression, index, **other)


def _set_index(expr: Any, frame: Any, keys: list[Any], drop: bool, append: bool) -> Any:
    if all(_is_label(key) for key in keys):
        return _frame.set_index(expr, keys, drop, append)
    levels, names = [], []
    for key in keys:
        if _is_label(key):
            level, name = _frame.column(expr, key, "set_index"), key
        else:
            level, name = argument(key, frame), getattr(key, "name", None)
            level = _frame.aligned_with(expr, _frame.rebase(level, expr))
        levels.append(level)
        names.append(name)
    made = _frame.with_index(expr, levels, names, append)
    return _frame.drop_columns(made, [k for k in keys if _is_label(k)], False) if drop else made


def _of_columns(data: dict[Any, Any]) -> Any:
    """A frame of arrays of numbers, or of our series aligned by their labels; None for others."""
    columns = list(data.values())
    if columns and all(isinstance(column, Series) for column in columns):
        expr = _frame.to_frame(columns[0]._expr, 0)
        for i, column in enumerate(columns[1:]):
            expr = _frame.side_by_side(expr, _frame.to_frame(column._expr, i + 1))
        return _frame.relabel(expr, list(data))
    if columns and all(is_plain(column, None) for column in columns):
        if len({len(column) for column in columns}) > 1:
            raise ValueError("All arrays must be of the same length")
        arrays = [np.ascontiguousarray(column) for column in columns]
        return _core.from_numpy(arrays, list(data), 0, False)
    return None


def _is_label(value: Any) -> bool:
    return isinstance(value, (str, int, float, tuple, np.generic)) or value is None


def _begins(label: Any, key: Any) -> bool:
    return isinstance(label, tuple) and len(label) > 1 and label[0] == key


def _rest(label: Any) -> Any:
    return label[1] if len(label) == 2 else label[1:]


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return (
        list(value)
        if isinstance(value, (list, np.ndarray)) or type(value).__name__ == "Index"
        else [value]
    )


def _observed(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _observed(value) for key, value in data.items()}
    if expr_of(data) is None:
        return data
    return data.to_pandas() if data._expr.kind == "frame" else np.asarray(data)


_ = wrap
