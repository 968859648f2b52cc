"""Single values out of the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core

__all__ = ["row_of", "scalar_of"]


def scalar_of(expr: Any) -> Any:
    """The one value of a one-row series, as pandas gives it: a NumPy scalar, a str, a Timestamp."""
    return _typed(_core.frame.values(expr)[0], expr.dtypes[-1])


def row_of(expr: Any) -> list[Any]:
    """The values of a one-row frame."""
    return [
        _typed(value, dtype)
        for value, dtype in zip(_core.frame.row(expr), expr.dtypes, strict=True)
    ]


def _typed(value: Any, dtype: Any) -> Any:
    if (dtype.is_number or dtype.is_bool) and not dtype.is_nullable and value is not None:
        return np.dtype(dtype.name).type(value)
    return value
