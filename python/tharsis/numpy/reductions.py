"""Reductions over any axes: lazy, the same bits however the work is cut."""

from __future__ import annotations

import operator
from typing import Any

import numpy as _np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.numpy import fallback
from tharsis.numpy.creation import _wrap, asarray, expr_of
from tharsis.numpy.ufuncs import check_cast, put

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "average",
    "count_nonzero",
    "max",
    "mean",
    "min",
    "nanargmax",
    "nanargmin",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
    "prod",
    "ptp",
    "std",
    "sum",
    "var",
]

_NoValue = _np._NoValue
_DOCUMENTATION = {
    "min": "The smallest element along axes; a NaN wins.",
    "max": "The largest element along axes; a NaN wins.",
    "nanmin": "The smallest element along axes that is not NaN.",
    "nanmax": "The largest element along axes that is not NaN.",
    "mean": "The mean along axes; float64 for integers and bools.",
    "std": "The square root of the variance along axes; the divisor is n - ddof.",
    "var": "The variance along axes; the divisor is n - ddof.",
    "nanmean": "The mean along axes of what is not NaN.",
    "nanstd": "The square root of the variance along axes of what is not NaN.",
    "nanvar": "The variance along axes of what is not NaN; the divisor is n - ddof.",
    "nansum": "The sum along axes; a NaN counts as 0.",
    "nanprod": "The product along axes; a NaN counts as 1.",
    "any": "Whether one element along axes is not 0.",
    "all": "Whether no element along axes is 0.",
    "argmin": "The position of the first smallest element; a NaN wins.",
    "argmax": "The position of the first largest element; a NaN wins.",
    "nanargmin": "The position of the first smallest element that is not NaN.",
    "nanargmax": "The position of the first largest element that is not NaN.",
}


def _axes(axis: Any) -> list[int] | None:
    if axis is None:
        return None
    if isinstance(axis, (tuple, list)):
        return [operator.index(a) for a in axis]
    return [operator.index(axis)]


def _stored_in(out: Any, name: str, result: Any) -> Any:
    if out is None:
        return result
    if out.shape != result.shape:
        raise ValueError(
            f"output parameter for reduction operation {name} has the wrong shape: {out.shape} "
            f"instead of {result.shape}"
        )
    check_cast(name, "output", result.dtype, out.dtype, "same_kind")
    return put(out, result)


def reduce(
    name: str, a: Any, axis: Any, keepdims: Any, dtype: Any, others: dict[str, Any], ddof: Any = 0
) -> Any:
    """One reduction; what it is not made for runs in NumPy."""
    given = {k: v for k, v in others.items() if v is not None and v is not _NoValue}
    keep = keepdims is not _NoValue and bool(keepdims)
    out = given.pop("out", None)
    if given.get("where") is True:
        given.pop("where")
    try:
        if given:
            raise UnsupportedError(f"the argument {next(iter(given))}")
        if not isinstance(ddof, (int, _np.integer)):
            raise UnsupportedError("a ddof that is no integer")
        expr = expr_of(a)
        if not isinstance(expr, _core.Expr):
            expr = expr_of(_np.asarray(expr))
        kind = None if dtype is None else _np.dtype(dtype)
        if kind is not None:
            if kind.kind != "f" and name.removeprefix("nan") in ("mean", "std", "var"):
                raise UnsupportedError(f"the type {kind}")
            expr = _core.tensor.cast(expr, kind)
        result = _wrap(_core.tensor.reduce(name, expr, _axes(axis), keep, int(ddof)))
        if kind is not None and result.dtype != kind:
            result = result.astype(kind)
    except UnsupportedError as error:
        named: dict[str, Any] = {"axis": axis, **given}
        if keepdims is not _NoValue:
            named["keepdims"] = keepdims
        if dtype is not None:
            named["dtype"] = dtype
        if ddof != 0:
            named["ddof"] = ddof
        reason = str(error).split("\n")[0]
        result = fallback.call_numpy(name, getattr(_np, name), (a,), named, reason)
    return _stored_in(out, name, result)


def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = _NoValue,
    initial: Any = _NoValue,
    where: Any = _NoValue,
) -> Any:
    """The sum along axes.

    >>> import tharsis.numpy as np
    >>> np.sum([[1, 2], [3, 4]], axis=1).tolist()
    [3, 7]
    """
    return reduce("sum", a, axis, keepdims, dtype, {"out": out, "initial": initial, "where": where})


def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = _NoValue,
    initial: Any = _NoValue,
    where: Any = _NoValue,
) -> Any:
    """The product along axes."""
    return reduce(
        "prod", a, axis, keepdims, dtype, {"out": out, "initial": initial, "where": where}
    )


def _extreme(name: str) -> Any:
    def function(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = _NoValue,
        initial: Any = _NoValue,
        where: Any = _NoValue,
    ) -> Any:
        others = {"out": out, "initial": initial, "where": where}
        return reduce(name, a, axis, keepdims, None, others)

    function.__name__ = name
    function.__doc__ = _DOCUMENTATION[name]
    return function


min = amin = _extreme("min")
max = amax = _extreme("max")
nanmin = _extreme("nanmin")
nanmax = _extreme("nanmax")


def _moment(name: str) -> Any:
    def function(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = _NoValue,
        *,
        where: Any = _NoValue,
        mean: Any = _NoValue,
        correction: Any = _NoValue,
    ) -> Any:
        if correction is not _NoValue:
            if ddof != 0:
                raise ValueError("ddof and correction can't be provided simultaneously.")
            ddof = correction
        others = {"out": out, "where": where, "mean": mean}
        return reduce(name, a, axis, keepdims, dtype, others, ddof)

    function.__name__ = name
    function.__doc__ = _DOCUMENTATION[name]
    return function


std = _moment("std")
var = _moment("var")
nanstd = _moment("nanstd")
nanvar = _moment("nanvar")


def _plain(name: str) -> Any:
    def function(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = _NoValue,
        *,
        where: Any = _NoValue,
    ) -> Any:
        return reduce(name, a, axis, keepdims, dtype, {"out": out, "where": where})

    function.__name__ = name
    function.__doc__ = _DOCUMENTATION[name]
    return function


mean = _plain("mean")
nanmean = _plain("nanmean")
nansum = _plain("nansum")
nanprod = _plain("nanprod")


def _truth(name: str) -> Any:
    def function(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = _NoValue,
        *,
        where: Any = _NoValue,
    ) -> Any:
        return reduce(name, a, axis, keepdims, None, {"out": out, "where": where})

    function.__name__ = name
    function.__doc__ = _DOCUMENTATION[name]
    return function


any = _truth("any")
all = _truth("all")


def _position(name: str) -> Any:
    def function(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = _NoValue) -> Any:
        axis = axis if axis is None else operator.index(axis)
        return reduce(name, a, axis, keepdims, None, {"out": out})

    function.__name__ = name
    function.__doc__ = _DOCUMENTATION[name]
    return function


argmin = _position("argmin")
argmax = _position("argmax")
nanargmin = _position("nanargmin")
nanargmax = _position("nanargmax")


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """How many elements along axes are not 0."""
    return reduce("count_nonzero", a, axis, keepdims, None, {})


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NoValue) -> Any:
    """The distance between the largest and the smallest element."""
    result = max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)
    return _stored_in(out, "ptp", result)


def average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: Any = _NoValue,
) -> Any:
    """The mean, weighted."""
    x = asarray(a)
    if weights is None and not returned:
        return mean(x, axis, keepdims=keepdims)
    if weights is None or returned or asarray(weights).shape != x.shape:
        named = {"axis": axis, "weights": weights, "returned": returned}
        if keepdims is not _NoValue:
            named["keepdims"] = keepdims
        reason = "weights of another shape, or their sum is asked for"
        return fallback.call_numpy("average", _np.average, (a,), named, reason)
    w = asarray(weights)
    return sum(x * w, axis, keepdims=keepdims) / sum(w, axis, keepdims=keepdims)
