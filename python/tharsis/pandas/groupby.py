"""Groups of rows: pandas' groupby in its three forms of ``agg``, and along the rows of each group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import wrap
from tharsis.pandas.fallback import run_in_pandas
from tharsis.pandas.ordered import difference
from tharsis.pandas.reductions import function_name, statistics
from tharsis.pandas.rows import Rows, argument, expr_of

__all__ = ["DataFrameGroupBy", "SeriesGroupBy"]

_frame = _core.frame
_NATIVE = frozenset(
    "sum prod mean count size min max std var sem median nunique first last any all".split()
)
_ALONG = ("cumsum", "cumprod", "cummax", "cummin")


def native(method: Any) -> Any:
    """A method that the engine runs; where it says ``UnsupportedError``, pandas does."""
    import functools

    @functools.wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except UnsupportedError as error:
            reason = str(error).split("\n")[0]
            return run_in_pandas(self, method.__name__, args, kwargs, reason)

    return run


class _Groups:
    """The frame, its keys and which columns are asked about."""

    _expr = None

    def __init__(
        self,
        frame: Any,
        by: Any,
        sort: bool,
        as_index: bool,
        dropna: bool,
        selected: Any,
        name: Any = None,
        level: Any = None,
    ) -> None:
        self._frame, self._by, self._level = frame, by, level
        self._sort, self._as_index, self._dropna = sort, as_index, dropna
        self._selected, self._name = selected, name
        self._keys = self._key_list()

    def _key_list(self) -> list[Any]:
        if self._level is not None:
            return self._levels()
        by = self._by if isinstance(self._by, list) else [self._by]
        keys = []
        for key in by:
            if callable(key) or isinstance(key, dict) or key is None or _is_grouper(key):
                raise UnsupportedError("groupby: functions, dicts and groupers as keys")
            expr = expr_of(key)
            if expr is None and (isinstance(key, np.ndarray) or hasattr(key, "to_numpy")):
                expr = argument(key, self._frame)
            keys.append(key if expr is None else expr)
        return keys

    def _levels(self) -> list[Any]:
        expr = self._frame._expr
        names = expr.labels[: expr.index_levels]
        index = _frame.index_frame(expr)
        keys = []
        for one in self._level if isinstance(self._level, list) else [self._level]:
            if isinstance(one, int) and one not in names:
                place = one
            elif one in names:
                place = names.index(one)
            else:
                raise KeyError(f"Level {one} not found")
            keys.append(index if len(names) < 2 else _frame.column_at(index, place))
        return keys

    def _each(self, function: str, numeric_only: bool = False, **options: Any) -> Any:
        raise NotImplementedError

    def _columns(self) -> list[Any]:
        taken = [key for key in self._keys if not hasattr(key, "labels")]
        return [label for label in self._frame._labels() if label not in taken]

    def _values(self, numeric_only: bool = False) -> list[Any]:
        """The labels of the columns that are asked about."""
        if self._selected is None:
            columns = self._columns()
        else:
            columns = self._selected if isinstance(self._selected, list) else [self._selected]
        if not numeric_only:
            return list(columns)
        expr = self._frame._expr
        kinds = dict(
            zip(expr.labels[expr.index_levels :], expr.dtypes[expr.index_levels :], strict=True)
        )
        return [c for c in columns if kinds[c].is_number or kinds[c].is_bool]

    def _run(self, aggregates: list[Any], series: bool) -> Any:
        made = wrap(
            _frame.group_by(
                self._frame._expr,
                self._keys,
                aggregates,
                self._sort,
                self._as_index,
                self._dropna,
                series and self._as_index,
            )
        )
        deep = bool(aggregates) and all(isinstance(a[2], tuple) for a in aggregates)
        if deep and not self._as_index:
            keys = len(made._labels()) - len(aggregates)
            made.columns = [(k, "") if i < keys else k for i, k in enumerate(made._labels())]
        return made

    def _pandas(self) -> Any:
        keys = self._by if isinstance(self._by, list) else [self._by]
        by = [key.to_pandas() if hasattr(key, "to_pandas") else key for key in keys]
        grouped = self._frame.to_pandas().groupby(
            None if self._level is not None else by if isinstance(self._by, list) else by[0],
            level=self._level,
            sort=self._sort,
            as_index=self._as_index,
            dropna=self._dropna,
        )
        return grouped if self._selected is None else grouped[self._selected]

    def to_pandas(self) -> Any:
        """The groupby object of pandas over the same rows; an observation point."""
        return self._pandas()

    # ---- about the groups

    @property
    def ngroups(self) -> int:
        """How many groups there are; an observation point."""
        grouped = _frame.group_by(
            self._frame._expr, self._keys, [], False, True, self._dropna, False
        )
        return int(_frame.row_count(grouped))

    def __len__(self) -> int:
        return self.ngroups

    def __iter__(self) -> Iterator[Any]:
        return iter(run_in_pandas(self, "__iter__", (), {}, "one frame per group"))

    @native
    def cumcount(self, ascending: bool = True) -> Any:
        """How many rows of its group stand before each row (behind it: ``ascending=False``)."""
        return wrap(
            _frame.running(
                self._frame._expr,
                "count",
                self._keys,
                backwards=not ascending,
                dropna=self._dropna,
            )
        )

    @native
    def ngroup(self, ascending: bool = True) -> Any:
        """The number of the group of each row."""
        made = _frame.group_number(self._frame._expr, self._keys, self._sort, self._dropna)
        made = wrap(made)
        return made if ascending else (self.ngroups - 1) - made

    # ---- rows of each group

    def _places(self, reverse: bool) -> Any:
        return self.cumcount(ascending=not reverse)

    def _rows(self, mask: Any) -> Any:
        kept = self._frame[mask]
        return kept if self._selected is None else kept[self._selected]

    @native
    def head(self, n: int = 5) -> Any:
        """The first ``n`` rows of each group, in the order of the rows."""
        if n < 0:
            raise UnsupportedError("head: a negative number")
        return self._rows(self._places(False) < n)

    @native
    def tail(self, n: int = 5) -> Any:
        """The last ``n`` rows of each group, in the order of the rows."""
        if n < 0:
            raise UnsupportedError("tail: a negative number")
        return self._rows(self._places(True) < n)

    @native
    def nth(self, n: Any, dropna: Any = None) -> Any:
        """The row number ``n`` of each group."""
        if not isinstance(n, int) or dropna is not None:
            raise UnsupportedError("nth: several positions and dropna")
        return self._rows(self._places(n < 0) == (n if n >= 0 else -n - 1))

    # ---- along the rows

    def _shaped(self, made: Any) -> Any:
        """A frame of the asked columns: for one, the series."""
        if isinstance(self, DataFrameGroupBy):
            return wrap(made)
        series = made if made.series else _frame.column_at(made, 0)
        return wrap(_frame.to_series(series, self._name))

    def _moved(self, periods: Any, fill: Any = None) -> Any:
        expr, columns = self._frame._expr, self._values()
        return _frame.shift(expr, int(periods), fill, self._keys, columns, self._dropna)

    @native
    def shift(
        self, periods: Any = 1, freq: Any = None, fill_value: Any = None, suffix: Any = None
    ) -> Any:
        """The value ``periods`` rows before in the same group."""
        if freq is not None or not isinstance(periods, (int, np.integer)):
            raise UnsupportedError("shift: freq and several periods")
        fill = None if fill_value is None or fill_value != fill_value else fill_value
        return self._shaped(self._moved(periods, fill))

    @native
    def diff(self, periods: int = 1) -> Any:
        """The value minus that of ``periods`` rows before in the same group."""
        made = difference(self._frame[self._values()], wrap(self._moved(periods)))
        return self._shaped(made._expr)

    @native
    def pct_change(self, periods: int = 1, fill_method: Any = None, freq: Any = None) -> Any:
        """The change since ``periods`` rows before in the same group."""
        if fill_method is not None or freq is not None:
            raise UnsupportedError("pct_change: fill_method and freq")
        made = self._frame[self._values()] / wrap(self._moved(periods)) - 1
        return self._shaped(made._expr)

    @native
    def rank(
        self,
        method: str = "average",
        ascending: bool = True,
        na_option: str = "keep",
        pct: bool = False,
    ) -> Any:
        """The rank of each value among those of its group."""
        made = _frame.rank(
            self._frame._expr,
            self._keys,
            self._values(),
            method,
            na_option,
            ascending,
            pct,
            self._dropna,
        )
        return self._shaped(made)

    @native
    def transform(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer of each group in every row of it; or a function along its rows."""
        name = function_name(func)
        if name in (*_ALONG, "shift", "diff", "rank", "cumcount", "ngroup", "pct_change"):
            return getattr(self, name)(*args, **kwargs)
        if args or kwargs or name not in _NATIVE:
            raise UnsupportedError(f"transform: the function {name!r}")
        columns = [None] if name == "size" else self._values()
        aggregates: list[Any] = [(column, name, column, {}) for column in columns]
        made = _frame.transform(self._frame._expr, self._keys, aggregates, self._dropna)
        return (
            self._shaped(made)
            if name != "size"
            else wrap(_frame.to_series(_frame.column_at(made, 0), self._name))
        )

    @native
    def quantile(
        self, q: Any = 0.5, interpolation: str = "linear", numeric_only: bool = False
    ) -> Any:
        """The value of each group below which a share ``q`` of its values lies."""
        if not np.isscalar(q):
            raise UnsupportedError("quantile: several shares")
        return self._each("quantile", numeric_only, quantile=q, interpolation=interpolation)


def _is_grouper(key: Any) -> bool:
    return type(key).__name__ in ("Grouper", "TimeGrouper")


def _tall(columns: list[Any], functions: list[Any]) -> list[Any]:
    return [(c, function_name(f), (c, function_name(f)), {}) for c in columns for f in functions]


class DataFrameGroupBy(_Groups):
    """Groups of a frame; made by `DataFrame.groupby`."""

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._frame:
            return self[name]
        return _missing(self, name)

    def __getitem__(self, key: Any) -> Any:
        _frame.columns(self._frame._expr, key if isinstance(key, list) else [key], "groupby")
        kind = DataFrameGroupBy if isinstance(key, list) else SeriesGroupBy
        made = kind.__new__(kind)
        made.__dict__.update(self.__dict__)
        made._selected = made._name = key
        return made

    @native
    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """One row per group: ``new=("column", "function")``, a dict by column, a name or a list."""
        if args or (func is not None and named):
            raise UnsupportedError("agg: arguments of the functions")
        if func is None:
            aggregates: list[Any] = [
                (column, function_name(function), label, {})
                for label, (column, function) in named.items()
            ]
            return self._run(aggregates, False)
        if isinstance(func, list):
            return self._run(_tall(self._values(), func), False)
        if not isinstance(func, dict):
            name = function_name(func)
            return getattr(self, name)()
        for column in func:
            if column not in self._frame:
                raise KeyError(f"Label(s) [{column!r}] do not exist")
        if any(isinstance(f, list) for f in func.values()):
            each = [(c, f if isinstance(f, list) else [f]) for c, f in func.items()]
            return self._run([spec for c, fs in each for spec in _tall([c], fs)], False)
        return self._run([(c, function_name(f), c, {}) for c, f in func.items()], False)

    aggregate = agg

    def size(self) -> Any:
        """Rows per group."""
        return self._run([(None, "size", None if self._as_index else "size", {})], True)

    @native
    def describe(self, percentiles: Any = None, include: Any = None, exclude: Any = None) -> Any:
        """Count, mean, deviation, extremes and quantiles of numbers, per group, in one pass."""
        if include is not None or exclude is not None:
            raise UnsupportedError("describe: include and exclude")
        columns = self._values(numeric_only=True)
        if columns != self._values():
            raise UnsupportedError("describe: columns that are not numbers")
        parts = statistics(percentiles)
        made = self._run([(c, f, (c, name), o) for c in columns for name, f, o in parts], False)
        keys = 0 if self._as_index else len(self._keys)
        return made.astype(dict.fromkeys(made._labels()[keys:], "float64"))

    def _each(self, function: str, numeric_only: bool = False, **options: Any) -> Any:
        columns = self._values(numeric_only)
        return self._run([(column, function, column, options) for column in columns], False)


class SeriesGroupBy(_Groups):
    """Groups of one column; made by ``groupby(...)["column"]``."""

    def __getattr__(self, name: str) -> Any:
        return _missing(self, name)

    @native
    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """One value per group by a name; one column per name of a list or keyword."""
        if args or (func is not None and named):
            raise UnsupportedError("agg: arguments of the functions")
        if func is None:
            return self._run(
                [(self._selected, function_name(f), label, {}) for label, f in named.items()],
                False,
            )
        if isinstance(func, list):
            names = [function_name(f) for f in func]
            return self._run([(self._selected, f, f, {}) for f in names], False)
        return getattr(self, function_name(func))()

    aggregate = agg

    def size(self) -> Any:
        """Rows per group."""
        return self._run([(None, "size", self._name if self._as_index else "size", {})], True)

    @native
    def describe(self, percentiles: Any = None, include: Any = None, exclude: Any = None) -> Any:
        """Count, mean, deviation, extremes and quantiles of numbers, per group, in one pass."""
        if self._values(numeric_only=True) != self._values():
            raise UnsupportedError("describe: values that are not numbers")
        parts = statistics(percentiles)
        made = self._run([(self._selected, f, name, o) for name, f, o in parts], False)
        return made.astype({name: "float64" for name, _, _ in parts})

    def _each(self, function: str, numeric_only: bool = False, **options: Any) -> Any:
        return self._run([(self._selected, function, self._name, options)], True)


def _missing(owner: Any, name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    kind = "DataFrameGroupBy" if isinstance(owner, DataFrameGroupBy) else "SeriesGroupBy"
    import pandas

    if not hasattr(getattr(pandas.api.typing, kind), name):
        raise AttributeError(f"'{kind}' object has no attribute '{name}'")

    def call(*args: Any, **kwargs: Any) -> Any:
        return run_in_pandas(owner, name, args, kwargs, "the engine has no native form of it")

    return call


def _method(function: str) -> Any:
    def method(
        self: Any,
        numeric_only: bool = False,
        ddof: int = 1,
        min_count: int = 0,
        dropna: bool = True,
        **other: Any,
    ) -> Any:
        given = {k: v for k, v in other.items() if k not in ("engine", "engine_kwargs")}
        if given.pop("skipna", True) is not True or given or not dropna or min_count < 0:
            raise UnsupportedError(f"{function}: arguments {sorted(other)}")
        return self._each(function, numeric_only, ddof=ddof, min_count=max(min_count, 0))

    method.__name__ = function
    method.__doc__ = f"``{function}`` of the values of each group that are there."
    return native(method)


def _along_method(function: str) -> Any:
    def method(self: Any, numeric_only: bool = False, **other: Any) -> Any:
        if any(other.values()):
            raise UnsupportedError(f"{function}: arguments {sorted(other)}")
        return self._shaped(
            _frame.running(
                self._frame._expr,
                function.removeprefix("cum"),
                self._keys,
                self._values(numeric_only),
                dropna=self._dropna,
            )
        )

    method.__name__ = function
    method.__doc__ = f"``{function}`` along the rows of each group."
    return native(method)


for _name in _NATIVE - {"size"}:
    setattr(_Groups, _name, _method(_name))
for _name in _ALONG:
    setattr(_Groups, _name, _along_method(_name))
_ = Rows
