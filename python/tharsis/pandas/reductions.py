"""Sums, means and their kin of a Series or of the columns of a DataFrame."""

from __future__ import annotations

from typing import Any

from tharsis import _core
from tharsis.pandas.fallback import native
from tharsis.pandas.rows import Rows, _only_defaults, _unsupported
from tharsis.pandas.scalar import scalar_of

__all__: list[str] = []

_frame = _core.frame
_NUMBERS = {"sum", "prod", "mean", "median", "std", "var", "sem", "skew", "kurt"}


def _reduced(owner: Any, function: str, numeric_only: bool, ddof: int, min_count: int) -> Any:
    expr = owner._expr
    if not expr.series and numeric_only:
        kept = [
            label
            for label, dtype in zip(
                expr.labels[expr.index_levels :], expr.dtypes[expr.index_levels :], strict=True
            )
            if dtype.is_number or dtype.is_bool
        ]
        expr = _frame.columns(expr, kept, function)
    row = _frame.reduce(expr, function, ddof, min_count)
    if owner._expr.series:
        return scalar_of(row)
    _core.run([row])
    values = [scalar_of(_frame.column_at(row, i)) for i in range(len(row.labels))]
    from tharsis.pandas.series import Series

    return Series(values, index=row.labels)


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
        _only_defaults(function, **other)
        if axis in (1, "columns") or not skipna:
            _unsupported(function, "axis=1 and skipna=False")
        return _reduced(self, function, numeric_only, ddof, min_count)

    method.__name__ = function
    method.__doc__ = (
        f"``{function}`` of the values that are there, of each column; an observation point."
    )
    return native(method)


for _name in (
    "sum",
    "mean",
    "min",
    "max",
    "std",
    "var",
    "median",
    "count",
    "nunique",
    "any",
    "all",
):
    setattr(Rows, _name, _method(_name))
