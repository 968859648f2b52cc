"""Sums, means and their kin of a Series or of the columns of a DataFrame.

What is asked together (`describe`, `agg` of a list) is one pass over the rows.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tharsis import _core
from tharsis.pandas.convert import from_pandas, to_pandas, wrap
from tharsis.pandas.fallback import native
from tharsis.pandas.rows import Rows, _only_defaults, _unsupported
from tharsis.pandas.scalar import row_of

__all__ = ["function_name", "percent"]

_frame = _core.frame
_KNOWN = frozenset(
    "sum prod mean min max std var sem median count nunique any all size first last".split()
)
_CALLABLES = {
    builtins.sum: "sum",
    builtins.min: "min",
    builtins.max: "max",
    builtins.any: "any",
    builtins.all: "all",
    len: "size",
}


def function_name(function: Any) -> str:
    """The aggregate that a name or a well-known function means; pandas runs all others."""
    if isinstance(function, str):
        return function
    known = _CALLABLES.get(function) if callable(function) else None
    if known is None and getattr(function, "__module__", "") == "numpy":
        known = getattr(function, "__name__", "")
        known = {"amin": "min", "amax": "max"}.get(known, known)
    if known in _KNOWN:
        return str(known)
    _unsupported("agg", f"the function {getattr(function, '__name__', function)!r}")
    raise AssertionError


def percent(q: float) -> str:
    """How `describe` calls a quantile: 0.25 is "25%"."""
    return f"{q * 100:.10g}%"


def _fields(owner: Any, numeric_only: bool = False) -> list[tuple[int, Any]]:
    """Position and label of the data columns."""
    expr = owner._expr
    levels = expr.index_levels
    pairs = enumerate(zip(expr.labels[levels:], expr.dtypes[levels:], strict=True))
    return [
        (i, label)
        for i, (label, dtype) in pairs
        if not numeric_only or dtype.is_number or dtype.is_bool
    ]


def _row(owner: Any, wanted: list[tuple[int, str, dict[str, Any]]]) -> list[Any]:
    """The answers of (column position, function, options), all in one pass."""
    if not wanted:
        return []
    specs = [
        (None, function, i, {**options, "position": position})
        for i, (position, function, options) in enumerate(wanted)
    ]
    return row_of(_frame.reduce_many(owner._expr, specs))


def _series(values: list[Any], labels: Any, name: Any = None, dtype: Any = None) -> Any:
    """Answers by label; values of several types come as a pandas Series of Python objects."""
    import pandas

    if not values:
        dtype = dtype or np.float64
    kinds = {isinstance(v, (bool, np.bool_)) for v in values}
    if len(kinds) > 1 or any(isinstance(v, str) for v in values):
        dtype = dtype or object
    if dtype is None and all(isinstance(v, np.generic) and v.dtype.kind in "biuf" for v in values):
        dtype = np.result_type(*[v.dtype for v in values])
    made = pandas.Series(values, index=_index(labels), name=name, dtype=dtype)
    return made if made.dtype == object else from_pandas(made)


def _index(labels: Any) -> Any:
    import pandas

    labels = list(labels)
    if labels and all(isinstance(label, str) for label in labels):
        return pandas.Index(labels, dtype="str")
    return pandas.Index(labels)


def _reduced(owner: Any, function: str, numeric_only: bool, options: dict[str, Any]) -> Any:
    fields = _fields(owner, numeric_only and not owner._expr.series)
    values = _row(owner, [(i, function, options) for i, _ in fields])
    if owner._expr.series:
        return values[0]
    return _series(values, [label for _, label in fields])


def _method(function: str) -> Any:
    def method(
        self: Any,
        axis: Any = None,
        skipna: bool = True,
        numeric_only: bool = False,
        ddof: int = 1,
        min_count: int = 0,
        **other: Any,
    ) -> Any:
        _only_defaults(function, **{k: v for k, v in other.items() if k != "bool_only"})
        if not skipna and function not in ("any", "all"):
            _unsupported(function, "skipna=False")
        if axis in (1, "columns") and not self._expr.series:
            return _along_columns(self, function, numeric_only)
        return _reduced(self, function, numeric_only, {"ddof": ddof, "min_count": min_count})

    method.__name__ = function
    method.__doc__ = (
        f"``{function}`` of the values that are there, of each column; an observation point."
    )
    return native(method)


def _along_columns(owner: Any, function: str, numeric_only: bool) -> Any:
    """One value per row, lazily: an elementwise function of all columns."""
    if function not in ("sum", "mean", "count", "min", "max", "any", "all"):
        _unsupported(function, "axis=1")
    frame = owner[[label for _, label in _fields(owner, True)]] if numeric_only else owner
    dtypes = frame._expr.dtypes[frame._expr.index_levels :]
    if not dtypes:
        _unsupported(function, "axis=1 of no columns")
    if function == "count":
        return _folded("add", frame.notna().astype("int64"))
    if not all(dtype.is_number or dtype.is_bool for dtype in dtypes):
        _unsupported(function, "axis=1 of columns that are not numbers")
    if function in ("any", "all"):
        truth = frame.fillna(function == "all") != 0
        return _folded("logical_or" if function == "any" else "logical_and", truth)
    if function in ("min", "max"):
        return _folded(f"f{function}", frame)
    bools = [label for label, dtype in zip(frame, dtypes, strict=True) if dtype.is_bool]
    made = _folded("add", frame.astype(dict.fromkeys(bools, "int64")).fillna(0))
    return made / _folded("add", frame.notna().astype("int64")) if function == "mean" else made


def _folded(function: str, frame: Any) -> Any:
    return wrap(_frame.fold(function, frame._expr))


@native
def quantile(
    self: Any,
    q: Any = 0.5,
    axis: Any = 0,
    numeric_only: bool = False,
    interpolation: str = "linear",
    method: str = "single",
) -> Any:
    """The value below which a share ``q`` of the values lies; an observation point."""
    if axis not in (0, "index") or method != "single":
        _unsupported("quantile", "axis=1 and method")
    single = bool(np.isscalar(q))
    shares = [float(one) for one in ([q] if single else q)]
    fields = _fields(self, numeric_only)
    wanted = [
        (i, "quantile", {"quantile": share, "interpolation": interpolation})
        for i, _ in fields
        for share in shares
    ]
    values = _row(self, wanted)
    if self._expr.series:
        return values[0] if single else _series(values, shares, self.name)
    labels = [label for _, label in fields]
    if single:
        return _series(values, labels, shares[0])
    return _table(values, labels, shares)


def _table(values: list[Any], labels: list[Any], rows: list[Any]) -> Any:
    """A frame of answers that stand column by column."""
    import pandas

    n = len(rows)
    columns = {i: values[i * n : (i + 1) * n] for i in range(len(labels))}
    made = pandas.DataFrame(columns, index=_index(rows))
    made.columns = pandas.Index(labels)
    return from_pandas(made)


# ---- describe and agg


def statistics(percentiles: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """The rows of `describe` of numbers: name, function, options."""
    shares = [0.25, 0.5, 0.75] if percentiles is None else sorted(float(p) for p in percentiles)
    return [
        ("count", "count", {}),
        ("mean", "mean", {}),
        ("std", "std", {}),
        ("min", "min", {}),
        *((percent(q), "quantile", {"quantile": q}) for q in shares),
        ("max", "max", {}),
    ]


@native
def describe(self: Any, percentiles: Any = None, include: Any = None, exclude: Any = None) -> Any:
    """Count, mean, deviation, extremes and quantiles of numbers, in one pass.

    Of text, bools and categories: count, distinct values, the most frequent one and how often; these
    come as pandas objects.
    """
    dtypes = self._expr.dtypes[self._expr.index_levels :]
    if include is not None or exclude is not None or any(_is_time(d) for d in dtypes):
        _unsupported("describe", "include, exclude and times")
    numbers = [(i, label) for i, label in _fields(self) if dtypes[i].is_number]
    if not numbers:
        return _describe_others(self)
    parts = statistics(percentiles)
    values = _row(self, [(i, f, options) for i, _ in numbers for _, f, options in parts])
    values = [np.float64(value) for value in values]
    rows = [name for name, _, _ in parts]
    if self._expr.series:
        return _series(values, rows, self.name)
    return _table(values, [label for _, label in numbers], rows)


def _is_time(dtype: Any) -> bool:
    return bool(dtype.is_timestamp or dtype.is_duration)


def _describe_others(owner: Any) -> Any:
    import pandas

    columns = [owner] if owner._expr.series else [column for _, column in owner.items()]
    made = []
    for column in columns:
        counts = column.value_counts().head(1).to_pandas()
        top, frequency = (counts.index[0], counts.iloc[0]) if len(counts) else (np.nan, np.nan)
        values = [column.count(), column.nunique(), top, frequency]
        names = ["count", "unique", "top", "freq"]
        made.append(pandas.Series(values, index=names, name=column.name, dtype=object))
    return made[0] if owner._expr.series else pandas.concat(made, axis=1)


@native
def agg(self: Any, func: Any = None, axis: Any = 0, *args: Any, **kwargs: Any) -> Any:
    """One answer per function: a name, a list of names, or a dict; all in one pass."""
    if args or kwargs or axis not in (0, "index"):
        _unsupported("agg", "arguments of the functions and axis=1")
    if isinstance(func, dict):
        return _agg_dict(self, func)
    if not isinstance(func, list):
        return getattr(self, _elementary(func))()
    names = [_elementary(f) for f in func]
    fields = _fields(self)
    values = _row(self, [(i, name, {}) for i, _ in fields for name in names])
    if self._expr.series:
        return _series(values, names, self.name)
    return _table(values, [label for _, label in fields], names)


def _elementary(function: Any) -> str:
    name = function_name(function)
    if name not in _KNOWN or name in ("size", "first", "last"):
        _unsupported("agg", f"the function {name!r}")
    return name


def _agg_dict(owner: Any, functions: dict[Any, Any]) -> Any:
    if owner._expr.series:
        names = [_elementary(f) for f in functions.values()]
        return _series(_row(owner, [(0, name, {}) for name in names]), functions, owner.name)
    places = {label: i for i, label in _fields(owner)}
    for label in functions:
        if label not in places:
            raise KeyError(f"Label(s) [{label!r}] do not exist")
    if not any(isinstance(f, list) for f in functions.values()):
        wanted: list[Any] = [(places[label], _elementary(f), {}) for label, f in functions.items()]
        return _series(_row(owner, wanted), functions)
    import pandas

    lists = {c: [_elementary(f) for f in _listed(fs)] for c, fs in functions.items()}
    values = iter(_row(owner, [(places[c], f, {}) for c, fs in lists.items() for f in fs]))
    rows = list(dict.fromkeys(f for fs in lists.values() for f in fs))
    columns = {
        c: pandas.Series([next(values) for _ in fs], index=fs).reindex(rows)
        for c, fs in lists.items()
    }
    return from_pandas(pandas.DataFrame(columns, index=_index(rows)))


def _listed(functions: Any) -> list[Any]:
    return functions if isinstance(functions, list) else [functions]


# ---- values and places


@native
def mode(self: Any, axis: Any = 0, numeric_only: bool = False, dropna: bool = True) -> Any:
    """The most frequent values, in order."""
    if not self._expr.series or axis not in (0, "index"):
        _unsupported("mode", "of a frame")
    counts = _frame.group_by(
        self._expr, [self._expr], [(None, "size", "count", {})], True, True, dropna, True
    )
    counts = wrap(counts)
    most = counts[counts == counts.max()]
    found = _frame.reset_index(_frame.index_frame(most._expr), True)
    return wrap(_frame.to_series(found, self.name))


def _place(function: str, word: str) -> Any:
    def method(self: Any, axis: Any = 0, skipna: bool = True, numeric_only: bool = False) -> Any:
        if axis not in (0, "index") or not skipna:
            _unsupported(word, "axis=1 and skipna=False")
        if not self._expr.series:
            fields = _fields(self, numeric_only)
            columns = [wrap(_frame.column_at(self._expr, i)) for i, _ in fields]
            return _series([getattr(c, word)() for c in columns], [label for _, label in fields])
        best = _row(self, [(0, function, {})])[0]
        found = _frame.slice(_frame.filter(self._expr, (self == best)._expr), None, 1)
        row = to_pandas(found)
        if len(row) == 0:
            raise ValueError("Encountered all NA values" if len(self) else f"attempt to get {word}")
        return row.index[0]

    method.__name__ = word
    method.__doc__ = f"The label of the first {function} value; an observation point."
    return native(method)


def _argument(function: str, word: str) -> Any:
    def method(self: Any, axis: Any = None, skipna: bool = True) -> Any:
        plain = wrap(_frame.reset_index(self._expr, True))
        return int(getattr(plain, f"idx{function}")(skipna=skipna))

    method.__name__ = word
    method.__doc__ = f"The position of the first {function} value; an observation point."
    return native(method)


def install() -> None:
    """Gives frames and series these methods."""
    for name in ("sum", "prod", "mean", "min", "max", "std", "var", "sem", "median", "count"):
        setattr(Rows, name, _method(name))
    for name in ("any", "all"):
        setattr(Rows, name, _method(name))
    for name, method in {
        "product": Rows.prod,  # type: ignore[attr-defined]
        "quantile": quantile,
        "describe": describe,
        "agg": agg,
        "aggregate": agg,
        "mode": mode,
        "idxmin": _place("min", "idxmin"),
        "idxmax": _place("max", "idxmax"),
    }.items():
        setattr(Rows, name, method)


def install_series(series: Any) -> None:
    """Gives series what frames do not have."""
    series.argmin = _argument("min", "argmin")
    series.argmax = _argument("max", "argmax")


@native
def nunique(self: Any, axis: Any = 0, dropna: bool = True) -> Any:
    """How many different values; a missing one counts where ``dropna`` is false."""
    if isinstance(axis, bool):  # Series.nunique(dropna)
        axis, dropna = 0, axis
    if axis not in (0, "index"):
        _unsupported("nunique", "axis=1")
    fields = _fields(self)
    wanted: list[Any] = [(i, "nunique", {}) for i, _ in fields]
    if not dropna:
        wanted += [(i, function, {}) for i, _ in fields for function in ("size", "count")]
    values = _row(self, wanted)
    counts = values[: len(fields)]
    if not dropna:
        gaps = values[len(fields) :]
        counts = [n + (gaps[2 * i] > gaps[2 * i + 1]) for i, n in enumerate(counts)]
    if self._expr.series:
        return int(counts[0])
    return _series(counts, [label for _, label in fields])


install()
Rows.nunique = nunique  # type: ignore[attr-defined]
