"""A column with an index: pandas' Series on the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import dtype_of, from_pandas, to_pandas, wrap
from tharsis.pandas.fallback import missing_attribute, native
from tharsis.pandas.rows import Rows, _only_defaults, _unsupported, argument, expr_of

__all__ = ["Series", "is_plain"]

_frame = _core.frame


class Series(Rows):
    """One lazy column with row labels.

    Parameters
    ----------
    data : array-like, dict, scalar, pandas.Series or Series
    index : array-like, optional
    dtype : dtype, optional
    name : label, optional

    Examples
    --------
    >>> import tharsis.pandas as pd
    >>> (pd.Series([1, 2, 3]) * 2).tolist()
    [2, 4, 6]
    """

    __slots__ = ()

    def __init__(
        self, data: Any = None, index: Any = None, dtype: Any = None, name: Any = None
    ) -> None:
        expr = expr_of(data)
        if expr is not None and expr.kind == "frame" and index is None:
            self._expr = _frame.to_series(expr, name) if name is not None else expr
        elif is_plain(data, index):
            self._expr = _core.from_numpy([np.ascontiguousarray(data)], [name], 0, True)
        else:
            import pandas

            if expr is not None:
                data = np.asarray(data) if expr.kind == "tensor" else data.to_pandas()
            if expr_of(index) is not None:
                index = index.to_pandas()
            made = pandas.Series(data, index=index, dtype=dtype, name=name)
            self._expr = from_pandas(made)._expr
            return
        if dtype is not None:
            self._expr = _frame.astype(self._expr, dtype)

    def __getattr__(self, name: str) -> Any:
        return missing_attribute(self, name, "Series")

    # ---- what it is

    @property
    def name(self) -> Any:
        """The label of the column."""
        return self._expr.labels[-1]

    @name.setter
    def name(self, label: Any) -> None:
        self._expr = _frame.to_series(self._expr, label)

    @property
    def dtype(self) -> Any:
        """The NumPy or pandas dtype of the values."""
        return dtype_of(self._expr.dtypes[-1])

    @property
    def shape(self) -> tuple[int]:
        """The number of rows; an observation point where it is not known."""
        return (len(self),)

    @property
    def size(self) -> int:
        """The number of rows; an observation point where it is not known."""
        return len(self)

    ndim = 1

    @property
    def values(self) -> Any:
        """The values as an array; an observation point."""
        return self.to_numpy()

    # ---- observation

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Any:
        """The values as a NumPy array; numbers are not copied where they stand in one piece."""
        kind = self._expr.dtypes[-1]
        if (kind.is_number or kind.is_bool) and not kind.is_nullable and na_value is None:
            values = _core.to_numpy(self._expr, self._expr.index_levels)
            if dtype is not None:
                values = values.astype(dtype, copy=False)
            return values.copy() if copy else values
        named = {} if na_value is None else {"na_value": na_value}
        return self.to_pandas().to_numpy(dtype=dtype, copy=copy, **named)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.to_numpy(dtype=dtype, copy=bool(copy))

    def tolist(self) -> list[Any]:
        """The values as Python objects; an observation point."""
        return self.to_pandas().tolist()

    to_list = tolist

    def item(self) -> Any:
        """The one value."""
        if len(self) != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self.tolist()[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    # ---- selection

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Series) and key._expr.dtypes[-1].is_bool:
            return Series._of(_frame.filter(self._expr, key._expr))
        if isinstance(key, slice) and all(
            isinstance(p, (int, type(None))) for p in (key.start, key.stop)
        ):
            return Series._of(_frame.slice(self._expr, key.start, key.stop, key.step or 1))
        if isinstance(key, (np.ndarray, list)) and np.asarray(key).dtype == bool:
            return self[Series._of(argument(np.asarray(key), self))]
        return self.loc[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            raise UnsupportedError("assignment to a slice of rows; use a mask")
        self.loc[key] = value

    # ---- new values

    def astype(self, dtype: Any, copy: Any = None, errors: str = "raise") -> Any:
        """The values in another type; what does not fit is an error on the line that built it."""
        if dtype == "category":
            return Series._of(_frame.astype_category(self._expr))
        return self._astype(dtype)

    @native
    def fillna(self, value: Any = None, **other: Any) -> Any:
        """Missing values become ``value``, a constant or a series aligned by label."""
        _only_defaults("fillna", **other)
        if isinstance(value, dict):
            _unsupported("fillna", "values per label")
        return Series._of(_frame.apply("fillna", [self._expr, argument(value, self)]))

    @native
    def dropna(self, *, axis: Any = 0, how: Any = None, ignore_index: bool = False) -> Any:
        """The rows whose value is there."""
        kept = Series._of(_frame.filter(self._expr, self.notna()._expr))
        return kept.reset_index(drop=True) if ignore_index else kept

    @native
    def map(self, arg: Any, na_action: Any = None) -> Any:
        """Each value looked up in a dict; missing where it is not there."""
        if not isinstance(arg, dict) or na_action is not None:
            _unsupported("map", "a function (only a dict is looked up natively)")
        if not arg:
            _unsupported("map", "an empty dict")
        return self._unary("map_values", [*arg.keys(), *arg.values()])

    @native
    def between(self, left: Any, right: Any, inclusive: str = "both") -> Any:
        """Whether left <= value <= right."""
        low = self >= left if inclusive in ("both", "left") else self > left
        high = self <= right if inclusive in ("both", "right") else self < right
        return low & high

    @native
    def rename(self, index: Any = None, **other: Any) -> Any:
        """The same values under another name."""
        if callable(index) or isinstance(index, dict) or other:
            _unsupported("rename", "new row labels")
        return Series._of(_frame.to_series(self._expr, index))

    def to_frame(self, name: Any = None) -> Any:
        """A frame of this one column."""
        label = self.name if name is None else name
        return wrap(_frame.to_frame(self._expr, 0 if label is None else label))

    @native
    def sort_values(
        self,
        *,
        ascending: bool = True,
        na_position: str = "last",
        ignore_index: bool = False,
        **other: Any,
    ) -> Any:
        """The rows in the order of their values; stable."""
        _only_defaults(
            "sort_values", **{k: v for k, v in other.items() if k not in ("kind", "axis")}
        )
        frame = _frame.to_frame(self._expr, "_")
        ordered = _frame.sort_values(
            frame, ["_"], [ascending], na_position == "first", ignore_index
        )
        return Series._of(_frame.to_series(ordered, self.name))

    @native
    def unique(self) -> Any:
        """The distinct values in the order of their first appearance; an observation point."""
        grouped = _frame.group_by(self._expr, [self._expr], [], False, True, False, False)
        expr = _frame.index_frame(grouped)
        kind = expr.dtypes[-1]
        if (kind.is_number or kind.is_bool) and not kind.is_nullable:
            return Series._of(expr).to_numpy()
        return to_pandas(expr).array

    @native
    def value_counts(
        self,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        bins: Any = None,
        dropna: bool = True,
    ) -> Any:
        """How often each value occurs, most frequent first."""
        _only_defaults("value_counts", bins=bins)
        counts = _frame.group_by(
            self._expr, [self._expr], [(None, "size", "count", {})], False, True, dropna, True
        )
        made = Series._of(counts)
        if normalize:
            total = made.sum()
            made = Series._of(_frame.to_series((made / total)._expr, "proportion"))
        return made.sort_values(ascending=ascending) if sort else made

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
        from tharsis.pandas.groupby import SeriesGroupBy

        if not observed:
            _unsupported("groupby", "observed=False")
        frame = _frame.to_frame(self._expr, self.name if self.name is not None else 0)
        return SeriesGroupBy(
            wrap(frame), by, sort, as_index, dropna, frame.labels[-1], self.name, level
        )

    # ---- accessors

    @property
    def str(self) -> Any:
        """Functions of text."""
        from tharsis.pandas.accessors import Text

        return Text(self)

    @property
    def dt(self) -> Any:
        """Functions of times."""
        from tharsis.pandas.accessors import Times

        return Times(self)

    @property
    def cat(self) -> Any:
        """Functions of categories."""
        from tharsis.pandas.accessors import Categories

        return Categories(self)


def is_plain(data: Any, index: Any) -> bool:
    """Whether an array holds numbers that the engine takes as they are."""
    return (
        isinstance(data, np.ndarray)
        and data.ndim == 1
        and data.dtype.kind in "biuf"
        and data.dtype.itemsize <= 8
        and data.dtype != np.float16
        and data.dtype.isnative
        and index is None
    )
