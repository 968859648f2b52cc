"""Scalar functions of the engine on pandas and NumPy values, for tests that compare the two."""

import numpy as np
import pandas as pd
import pyarrow as pa

from tharsis import _core


class _Stream:
    def __init__(self, expr):
        self.expr = expr

    def __arrow_c_stream__(self, requested_schema=None):
        return _core.arrow_stream(self.expr, [str(label) for label in self.expr.labels])


def columns(*values):
    """Series of one row space."""
    frame = pa.table({str(i): pa.array(value, from_pandas=True) for i, value in enumerate(values)})
    expr = _core.from_arrow(frame)
    return [field(expr, i) for i in range(len(values))]


def arrays(*values):
    """Series over NumPy arrays, whose NaN stay as they are."""
    names = [str(i) for i in range(len(values))]
    expr = _core.from_numpy([np.ascontiguousarray(value) for value in values], names)
    return [field(expr, i) for i in range(len(values))]


def field(expr, i):
    """One column of a frame, as a series."""
    return _core.call("project", [expr], **{"from": [i], "labels": [str(i)], "series": True})


def compute(function, *args, params=()):
    return _core.compute(function, *args, params=list(params))


def dtype(expr):
    return str(expr.dtypes[-1])


def as_numpy(expr):
    return np.asarray(_core.to_numpy(expr))


def as_pandas(expr):
    """The values as pandas shows them, missing ones as pandas' own."""
    table = pa.table(_Stream(expr))
    return table.to_pandas().iloc[:, -1].rename(None)


def check(got, want, *, check_dtype=True):
    """The engine's series holds pandas' values."""
    pd.testing.assert_series_equal(
        as_pandas(got), want.reset_index(drop=True).rename(None), check_dtype=check_dtype
    )
