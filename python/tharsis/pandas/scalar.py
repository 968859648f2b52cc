"""Single values out of the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core

__all__ = ["scalar_of"]


def scalar_of(expr: Any) -> Any:
    """The one value of a one-row series, as pandas gives it: a NumPy scalar, a str, a Timestamp."""
    value = _core.frame.values(expr)[0]
    dtype = expr.dtypes[-1]
    if (dtype.is_number or dtype.is_bool) and not dtype.is_nullable and value is not None:
        return np.dtype(dtype.name).type(value)
    return value
