"""What depends on the order of rows: running sums, neighbours, ranks, rows by position."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core
from tharsis.pandas.convert import wrap
from tharsis.pandas.fallback import native
from tharsis.pandas.rows import _only_defaults, _unsupported

__all__ = ["difference", "installed", "taken"]

_frame = _core.frame
_SMALL = ("int8", "int16")


def _running(function: str) -> Any:
    def method(self: Any, axis: Any = 0, skipna: bool = True, **other: Any) -> Any:
        _only_defaults(function, **other)
        if axis in (1, "columns") or not skipna:
            _unsupported(function, "axis=1 and skipna=False")
        return self._like(_frame.running(self._expr, function.removeprefix("cum")))

    method.__name__ = function
    method.__doc__ = f"``{function}`` down the rows; missing values stay missing and are skipped."
    return native(method)


@native
def shift(
    self: Any,
    periods: Any = 1,
    freq: Any = None,
    axis: Any = 0,
    fill_value: Any = None,
    suffix: Any = None,
) -> Any:
    """The value ``periods`` rows before; rows without one get ``fill_value`` or nothing."""
    if freq is not None or axis in (1, "columns") or not isinstance(periods, (int, np.integer)):
        _unsupported("shift", "freq, axis=1 and several periods")
    if any(d.is_bool for d in self._expr.dtypes[self._expr.index_levels :]) and fill_value is None:
        _unsupported("shift", "bools without fill_value")
    fill = None if fill_value is None or fill_value != fill_value else fill_value
    return self._like(_frame.shift(self._expr, int(periods), fill))


def difference(rows: Any, before: Any) -> Any:
    """Value minus value, in the type that pandas gives it."""
    made = rows - before
    levels = rows._expr.index_levels
    kinds = zip(rows._expr.labels[levels:], rows._expr.dtypes[levels:], strict=True)
    small = [label for label, kind in kinds if kind.name in _SMALL]
    if rows._expr.series:
        return made.astype("float32") if small else made
    return made.astype(dict.fromkeys(small, "float32"))


@native
def diff(self: Any, periods: int = 1, axis: Any = 0) -> Any:
    """The value minus that of ``periods`` rows before."""
    if axis in (1, "columns"):
        _unsupported("diff", "axis=1")
    kinds = self._expr.dtypes[self._expr.index_levels :]
    if any(kind.is_bool or kind.is_string for kind in kinds):
        _unsupported("diff", "of bools and text")
    return difference(self, self.shift(periods))


@native
def pct_change(
    self: Any, periods: int = 1, fill_method: Any = None, freq: Any = None, **other: Any
) -> Any:
    """The change since ``periods`` rows before as a share of that value."""
    _only_defaults("pct_change", fill_method=fill_method, freq=freq, **other)
    return self / self.shift(periods) - 1


@native
def rank(
    self: Any,
    axis: Any = 0,
    method: str = "average",
    numeric_only: bool = False,
    na_option: str = "keep",
    ascending: bool = True,
    pct: bool = False,
) -> Any:
    """The rank of each value in its column, from 1 on."""
    if axis in (1, "columns"):
        _unsupported("rank", "axis=1")
    columns = None
    if numeric_only and not self._expr.series:
        kinds = zip(self._labels(), self._expr.dtypes[self._expr.index_levels :], strict=True)
        columns = [label for label, kind in kinds if kind.is_number or kind.is_bool]
    return self._like(_frame.rank(self._expr, [], columns, method, na_option, ascending, pct))


# ---- rows by position


def taken(owner: Any, positions: Any) -> Any:
    """The rows at these positions, in that order."""
    from tharsis.pandas.series import Series

    where = np.asarray(positions)
    if where.size and where.dtype.kind not in "iu":
        raise IndexError(f".iloc requires numeric indexers, got {positions!r}")
    return owner._like(_frame.take(owner._expr, Series(where.astype(np.int64))._expr))


@native
def take(self: Any, indices: Any, axis: Any = 0, **other: Any) -> Any:
    """The rows at these positions, in that order."""
    if axis not in (0, "index"):
        _unsupported("take", "axis=1")
    return taken(self, indices)


@native
def sample(
    self: Any,
    n: Any = None,
    frac: Any = None,
    replace: bool = False,
    weights: Any = None,
    random_state: Any = None,
    axis: Any = None,
    ignore_index: bool = False,
) -> Any:
    """Rows by chance: those that pandas draws for the same ``random_state``."""
    if axis in (1, "columns") or weights is not None:
        _unsupported("sample", "weights and axis=1")
    if n is not None and frac is not None:
        raise ValueError("Please enter a value for `frac` OR `n`, not both")
    length = len(self)
    size = round(frac * length) if frac is not None else (1 if n is None else n)
    generator = random_state
    if random_state is None:
        generator = np.random
    elif not hasattr(random_state, "choice"):
        generator = np.random.RandomState(random_state)
    made = taken(self, generator.choice(length, size=size, replace=replace))
    return made.reset_index(drop=True) if ignore_index else made


def _largest(self: Any, n: int, columns: Any, keep: str, ascending: bool, word: str) -> Any:
    if keep not in ("first", "last"):
        _unsupported(word, f"keep={keep!r}")
    rows = self if keep == "first" else self._like(_frame.slice(self._expr, None, None, -1))
    if self._expr.series:
        return rows.sort_values(ascending=ascending).head(max(n, 0))
    return rows.sort_values(columns, ascending=ascending).head(max(n, 0))


@native
def nlargest(self: Any, n: int = 5, columns: Any = None, keep: str = "first") -> Any:
    """The ``n`` rows of the largest values, largest first."""
    if self._expr.series and columns is not None:
        keep = columns
    return _largest(self, n, columns, keep, False, "nlargest")


@native
def nsmallest(self: Any, n: int = 5, columns: Any = None, keep: str = "first") -> Any:
    """The ``n`` rows of the smallest values, smallest first."""
    if self._expr.series and columns is not None:
        keep = columns
    return _largest(self, n, columns, keep, True, "nsmallest")


# ---- whole objects


def equals(self: Any, other: Any) -> bool:
    """Whether both have the same rows, labels and types; missing equals missing."""
    if type(other) is not type(self):
        return False
    a, b = self._expr, other._expr
    levels = a.index_levels
    if b.index_levels != levels or a.labels[levels:] != b.labels[levels:] and not a.series:
        return False
    if a.dtypes != b.dtypes or len(self) != len(other):
        return False
    if levels == 0 and a.range != b.range and len(self):
        return False
    a, b = (_frame.reset_index(one, True) if levels == 0 else one for one in (a, b))
    fields = [(_field(a, i), _field(b, i)) for i in range(len(a.labels))]
    for x, y in fields:
        x, y = wrap(x), wrap(_frame.rebase(y, x))
        if not ((x == y) | (x.isna() & y.isna())).all():
            return False
    return True


def _field(expr: Any, field: int) -> Any:
    """Any field of a frame, an index level too, as a series with range labels."""
    levels = expr.index_levels
    if field < levels:
        index = _frame.index_frame(expr)
        return index if levels == 1 else _frame.reset_index(_frame.column_at(index, field), True)
    return _frame.reset_index(_frame.column_at(expr, field - levels), True)


def installed(kind: Any, series: Any) -> None:
    """Gives frames and series these methods."""
    for name in ("cumsum", "cumprod", "cummax", "cummin"):
        setattr(kind, name, _running(name))
    for method in (shift, diff, pct_change, rank, take, sample, nlargest, nsmallest, equals):
        setattr(kind, method.__name__, method)
    for name, method in _SERIES.items():
        setattr(series, name, method)


# ---- series


@native
def argsort(self: Any, axis: Any = 0, kind: Any = None, **other: Any) -> Any:
    """The positions of the rows in the order of their values, missing ones last."""
    frame = _frame.to_frame(self._expr, "_")
    frame = _frame.assign(frame, "position", _frame.positions(frame))
    ordered = _frame.sort_values(frame, ["_"], [True], False, False)
    positions = _frame.column(ordered, "position", "argsort")
    made = _frame.rebase(_frame.reset_index(positions, True), self._expr)
    both = _frame.assign(_frame.to_frame(self._expr, "_"), "position", made)
    return wrap(_frame.to_series(_frame.column(both, "position", "argsort"), self.name))


@native
def duplicated(self: Any, keep: Any = "first") -> Any:
    """Whether the value stands in a row before (``"first"``), behind (``"last"``) or anywhere."""
    return wrap(_frame.duplicated(self._expr, [], keep or "none"))


@native
def drop_duplicates(self: Any, *, keep: Any = "first", ignore_index: bool = False) -> Any:
    """One row per value: the first, the last, or none that occurs twice."""
    kept = self[~self.duplicated(keep)]
    return kept.reset_index(drop=True) if ignore_index else kept


_SERIES: dict[str, Any] = {
    "argsort": argsort,
    "duplicated": duplicated,
    "drop_duplicates": drop_duplicates,
    "is_monotonic_increasing": property(
        lambda self: _frame.monotonic(self._expr)[0],
        doc="Whether no value is below the one before.",
    ),
    "is_monotonic_decreasing": property(
        lambda self: _frame.monotonic(self._expr)[1],
        doc="Whether no value is above the one before.",
    ),
    "is_unique": property(
        lambda self: self.nunique(dropna=False) == len(self), doc="Whether no value repeats."
    ),
    "hasnans": property(lambda self: bool(self.isna().any()), doc="Whether a value is missing."),
}
