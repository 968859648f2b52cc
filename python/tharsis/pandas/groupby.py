"""Groups of rows: pandas' groupby in its three forms of ``agg``."""

from __future__ import annotations

from typing import Any

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import wrap
from tharsis.pandas.fallback import missing_attribute, run_in_pandas
from tharsis.pandas.rows import expr_of

__all__ = ["DataFrameGroupBy", "SeriesGroupBy"]

_frame = _core.frame
_NATIVE = (
    "sum",
    "mean",
    "count",
    "size",
    "min",
    "max",
    "std",
    "var",
    "median",
    "nunique",
    "first",
    "last",
    "any",
    "all",
)


class _Groups:
    """The frame, its keys and which columns are asked about."""

    def __init__(
        self,
        frame: Any,
        by: Any,
        sort: bool,
        as_index: bool,
        dropna: bool,
        selected: Any,
        name: Any = None,
    ) -> None:
        self._frame, self._by = frame, by
        self._sort, self._as_index, self._dropna = sort, as_index, dropna
        self._selected, self._name = selected, name
        self._keys = self._key_list()

    def _key_list(self) -> list[Any]:
        by = self._by if isinstance(self._by, list) else [self._by]
        keys = []
        for key in by:
            if callable(key) or isinstance(key, dict) or key is None:
                raise UnsupportedError("groupby: functions and dicts as keys")
            expr = expr_of(key)
            keys.append(key if expr is None else expr)
        return keys

    def _columns(self) -> list[Any]:
        taken = [key for key in self._keys if not hasattr(key, "labels")]
        return [label for label in self._frame._labels() if label not in taken]

    def _run(self, aggregates: list[Any], series: bool) -> Any:
        expr = _frame.group_by(
            self._frame._expr,
            self._keys,
            aggregates,
            self._sort,
            self._as_index,
            self._dropna,
            series and self._as_index,
        )
        return wrap(expr)

    def _pandas(self) -> Any:
        by = [
            key.to_pandas() if hasattr(key, "to_pandas") else key
            for key in (self._by if isinstance(self._by, list) else [self._by])
        ]
        grouped = self._frame.to_pandas().groupby(
            by if isinstance(self._by, list) else by[0],
            sort=self._sort,
            as_index=self._as_index,
            dropna=self._dropna,
        )
        return grouped if self._selected is None else grouped[self._selected]

    def to_pandas(self) -> Any:
        """The groupby object of pandas over the same rows; an observation point."""
        return self._pandas()

    _expr = None


def _named(function: Any) -> str:
    if isinstance(function, str):
        return function
    name = getattr(function, "__name__", "")
    raise UnsupportedError(f"agg: the function {name or function!r}")


class DataFrameGroupBy(_Groups):
    """Groups of a frame; made by `DataFrame.groupby`."""

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._frame._labels():
            return self[name]
        return _missing(self, name)

    def __getitem__(self, key: Any) -> Any:
        known = self._frame._labels()
        for label in key if isinstance(key, list) else [key]:
            if label not in known:
                _frame.column(self._frame._expr, label, "groupby")
        kind = DataFrameGroupBy if isinstance(key, list) else SeriesGroupBy
        return kind(self._frame, self._by, self._sort, self._as_index, self._dropna, key, name=key)

    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """One row per group: ``new=("column", "function")``, a dict by column, a name or a list."""
        if func is None:
            aggregates: list[Any] = [
                (column, _named(function), label, {}) for label, (column, function) in named.items()
            ]
            return self._run(aggregates, False)
        if isinstance(func, str):
            return getattr(self, func)()
        if isinstance(func, dict) and all(isinstance(f, str) for f in func.values()):
            return self._run(
                [(column, function, column, {}) for column, function in func.items()], False
            )
        return run_in_pandas(
            self, "agg", (func, *args), named, "agg: lists give columns of two levels"
        )

    aggregate = agg

    def size(self) -> Any:
        """Rows per group."""
        made = self._run([(None, "size", None if self._as_index else "size", {})], True)
        return made

    def _each(self, function: str, numeric_only: bool = False, **options: Any) -> Any:
        columns = self._selected if self._selected is not None else self._columns()
        if numeric_only:
            expr = self._frame._expr
            kinds = dict(
                zip(expr.labels[expr.index_levels :], expr.dtypes[expr.index_levels :], strict=True)
            )
            columns = [c for c in columns if kinds[c].is_number or kinds[c].is_bool]
        return self._run([(column, function, column, options) for column in columns], False)


class SeriesGroupBy(_Groups):
    """Groups of one column; made by ``groupby(...)["column"]``."""

    def __getattr__(self, name: str) -> Any:
        return _missing(self, name)

    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """One value per group by a name; one column per name of a list or keyword."""
        if func is None:
            return self._run(
                [(self._selected, _named(f), label, {}) for label, f in named.items()], False
            )
        if isinstance(func, str):
            return getattr(self, func)()
        if isinstance(func, list) and all(isinstance(f, str) for f in func):
            return self._run([(self._selected, f, f, {}) for f in func], False)
        return run_in_pandas(self, "agg", (func, *args), named, "agg: a function of Python")

    aggregate = agg

    def size(self) -> Any:
        """Rows per group."""
        return self._run([(None, "size", self._name, {})], True)

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
        self: Any, numeric_only: bool = False, ddof: int = 1, min_count: int = 0, **other: Any
    ) -> Any:
        try:
            if any(value for key, value in other.items() if key != "engine"):
                raise UnsupportedError(f"{function}: arguments {sorted(other)}")
            return self._each(function, numeric_only, ddof=ddof, min_count=min_count)
        except UnsupportedError as error:
            given = {"numeric_only": numeric_only, **other}
            return run_in_pandas(self, function, (), given, str(error).split("\n")[0])

    method.__name__ = function
    method.__doc__ = f"``{function}`` of the values of each group that are there."
    return method


for _name in _NATIVE:
    if _name != "size":
        setattr(DataFrameGroupBy, _name, _method(_name))
        setattr(SeriesGroupBy, _name, _method(_name))
_ = missing_attribute
