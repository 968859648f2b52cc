"""pandas' functions of the module: missing values, times and numbers out of text, intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import wrap
from tharsis.pandas.fallback import module_function
from tharsis.pandas.rows import Rows
from tharsis.pandas.series import Series

__all__ = ["cut", "isna", "isnull", "notna", "notnull", "to_datetime", "to_numeric", "unique"]

_frame = _core.frame


def _in_pandas(name: str, *args: Any, **kwargs: Any) -> Any:
    import pandas

    return module_function(name, getattr(pandas, name))(*args, **kwargs)


def isna(obj: Any) -> Any:
    """True where a value is missing; of a frame or a series it is lazy.

    Examples
    --------
    >>> import tharsis.pandas as pd
    >>> pd.isna(pd.Series([1.0, None])).tolist()
    [False, True]
    """
    return obj.isna() if isinstance(obj, Rows) else _in_pandas("isna", obj)


def notna(obj: Any) -> Any:
    """True where a value is there; of a frame or a series it is lazy."""
    return obj.notna() if isinstance(obj, Rows) else _in_pandas("notna", obj)


isnull, notnull = isna, notna


def unique(values: Any) -> Any:
    """The distinct values in the order of their first appearance; an observation point."""
    return values.unique() if isinstance(values, Series) else _in_pandas("unique", values)


def to_numeric(arg: Any, errors: str = "raise", downcast: Any = None, **other: Any) -> Any:
    """Numbers as they are; text goes to pandas, since its type depends on every value."""
    if isinstance(arg, Series) and downcast is None and not other:
        kind = arg._expr.dtypes[-1]
        if kind.is_number or kind.is_bool:
            return arg.copy()
    return _in_pandas("to_numeric", arg, errors=errors, downcast=downcast, **other)


def to_datetime(arg: Any, **options: Any) -> Any:
    """Times of a series: those it holds, or ISO 8601 text, read when somebody looks.

    Text in another format, and other arguments, go to pandas.
    """
    if isinstance(arg, Series) and not options:
        kind = arg._expr.dtypes[-1]
        if kind.is_timestamp:
            return arg.copy()
        if kind.is_string:
            try:
                return _parsed(arg)
            except (UnsupportedError, ValueError):
                pass
    return _in_pandas("to_datetime", arg, **options)


def _parsed(arg: Any) -> Any:
    made = arg.astype("datetime64[us]")
    return made.execute()


def cut(
    x: Any,
    bins: Any,
    right: bool = True,
    labels: Any = None,
    retbins: bool = False,
    precision: int = 3,
    include_lowest: bool = False,
    duplicates: str = "raise",
    ordered: bool = True,
) -> Any:
    """The interval of each value, by ascending edges; natively with labels of your own or none.

    Examples
    --------
    >>> import tharsis.pandas as pd
    >>> pd.cut(pd.Series([1, 5, 9]), [0, 4, 10], labels=["low", "high"]).tolist()
    ['low', 'high', 'high']
    """
    ours = isinstance(x, Series) and not np.isscalar(bins) and not retbins
    named = labels is False or isinstance(labels, list)
    if not ours or not named or duplicates != "raise" or any(b != b for b in bins):
        given = {"right": right, "labels": labels, "retbins": retbins, "precision": precision}
        more = {"include_lowest": include_lowest, "duplicates": duplicates, "ordered": ordered}
        return _in_pandas("cut", x, bins, **given, **more)
    edges = [float(edge) for edge in bins]
    if any(a >= b for a, b in zip(edges, edges[1:], strict=False)):
        raise ValueError("bins must increase monotonically.")
    if labels is not False and len(labels) != len(edges) - 1:
        raise ValueError("Bin labels must be one fewer than the number of bin edges")
    codes = wrap(_frame.unary("cut", x._expr, [right, include_lowest, *edges]))
    if labels is False:
        codes = codes.astype("int64")
        return codes.where(codes >= 0) if (codes < 0).any() else codes
    kind = _core.category_dtype(list(labels), ordered)
    return Series._of(_frame.astype(codes.map(dict(enumerate(labels)))._expr, kind))
