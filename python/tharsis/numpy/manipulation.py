"""Views and pieces: shapes, axes, joining and splitting. Views never run."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as _np

from tharsis import _core
from tharsis.errors import AxisError
from tharsis.numpy import fallback
from tharsis.numpy.creation import asarray, expr_of, shape_of
from tharsis.numpy.ufuncs import check_cast, computed

__all__ = [
    "around",
    "array_split",
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_to",
    "clip",
    "column_stack",
    "compress",
    "concat",
    "concatenate",
    "dstack",
    "expand_dims",
    "extract",
    "flip",
    "fliplr",
    "flipud",
    "hstack",
    "matrix_transpose",
    "moveaxis",
    "ndim",
    "permute_dims",
    "ravel",
    "reshape",
    "roll",
    "rollaxis",
    "round",
    "shape",
    "size",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "transpose",
    "vstack",
    "where",
]

_tensor = _core.tensor


def normalize_axis(axis: Any, ndim: int) -> int:
    """``axis`` counted from the front."""
    index = operator.index(axis)
    if not -ndim <= index < ndim:
        raise AxisError(f"axis {index} is out of bounds for array of dimension {ndim}")
    return index % ndim


def _axes(axis: Any, ndim: int) -> list[int]:
    axes = axis if isinstance(axis, Sequence) else (axis,)
    return [normalize_axis(a, ndim) for a in axes]


def shape(a: Any) -> tuple[int, ...]:
    """The lengths of the axes."""
    return asarray(a).shape


def ndim(a: Any) -> int:
    """How many axes."""
    return asarray(a).ndim


def size(a: Any, axis: Any = None) -> int:
    """How many elements, or how many along some axes."""
    a = asarray(a)
    return a.size if axis is None else math.prod(a.shape[i] for i in _axes(axis, a.ndim))


def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """The elements in C order under another shape; one length may be -1."""
    x = asarray(a)
    if order not in ("C", "A", "F", "K"):
        raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got '{order}')")
    if order == "F":
        flipped = reshape(transpose(x), list(reversed(shape_of(shape))))
        return transpose(flipped)
    x.shape  # noqa: B018 - a length that is not known yet is observed
    return x._wrap(_tensor.reshape(x._expr, shape_of(shape)))


def ravel(a: Any, order: str = "C") -> Any:
    """All elements along one axis."""
    return reshape(a, (-1,), order)


def transpose(a: Any, axes: Any = None) -> Any:
    """The axes in another order; reversed by default."""
    x = asarray(a)
    order = range(x.ndim)[::-1] if axes is None else axes
    return x._wrap(_tensor.transpose(x._expr, [operator.index(axis) for axis in order]))


permute_dims = transpose


def matrix_transpose(x: Any, /) -> Any:
    """The last two axes swapped."""
    return swapaxes(x, -1, -2)


def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Two axes swapped."""
    x = asarray(a)
    order = list(range(x.ndim))
    i, j = normalize_axis(axis1, x.ndim), normalize_axis(axis2, x.ndim)
    order[i], order[j] = order[j], order[i]
    return transpose(x, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Axes moved to new places; the others keep their order."""
    x = asarray(a)
    come, go = _axes(source, x.ndim), _axes(destination, x.ndim)
    if len(come) != len(go):
        raise ValueError(
            "`source` and `destination` arguments must have the same number of elements"
        )
    order = [axis for axis in range(x.ndim) if axis not in come]
    for to, axis in sorted(zip(go, come, strict=True)):
        order.insert(to, axis)
    return transpose(x, order)


def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """One axis rolled back until it stands before ``start``."""
    x = asarray(a)
    axis = normalize_axis(axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    return moveaxis(x, axis, start - 1 if axis < start else start)


def expand_dims(a: Any, axis: Any) -> Any:
    """New axes of length 1."""
    x = asarray(a)
    axes = axis if isinstance(axis, Sequence) else (axis,)
    places = _axes(axes, x.ndim + len(axes))
    if len(set(places)) != len(places):
        raise ValueError("repeated axis")
    return x[tuple(None if i in places else slice(None) for i in range(x.ndim + len(axes)))]


def squeeze(a: Any, axis: Any = None) -> Any:
    """Without axes of length 1."""
    x = asarray(a)
    if axis is None:
        gone = [i for i, length in enumerate(x.shape) if length == 1]
    else:
        gone = _axes(axis, x.ndim)
        if any(x.shape[i] != 1 for i in gone):
            raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return x[tuple(0 if i in gone else slice(None) for i in range(x.ndim))]


def atleast_1d(*arrays: Any) -> Any:
    """At least one axis."""
    out = tuple(x if x.ndim > 0 else x[None] for x in map(asarray, arrays))
    return out[0] if len(out) == 1 else out


def atleast_2d(*arrays: Any) -> Any:
    """At least two axes; vectors become rows."""
    out = tuple(x if x.ndim > 1 else x[(None,) * (2 - x.ndim)] for x in map(asarray, arrays))
    return out[0] if len(out) == 1 else out


def atleast_3d(*arrays: Any) -> Any:
    """At least three axes; the elements of vectors and matrices come last but one."""
    axes = {0: (None, None, None), 1: (None, slice(None), None), 2: (..., None)}
    out = tuple(x[axes.get(x.ndim, ...)] for x in map(asarray, arrays))
    return out[0] if len(out) == 1 else out


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """Stretched to a shape, without a copy."""
    x = asarray(array)
    x.shape  # noqa: B018 - a length that is not known yet is observed
    return x._wrap(_tensor.broadcast_to(x._expr, shape_of(shape)))


def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """All stretched to one shape."""
    arrays = [asarray(arg) for arg in args]
    common = _np.broadcast_shapes(*(x.shape for x in arrays))
    return tuple(broadcast_to(x, common) for x in arrays)


def concatenate(
    arrays: Any,
    /,
    axis: int | None = 0,
    out: Any = None,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Any:
    """Arrays one after the other along an axis; nothing is copied before it is needed.

    >>> import tharsis.numpy as np
    >>> np.concatenate([[1, 2], [3]]).tolist()
    [1, 2, 3]
    """
    parts = [asarray(a) for a in arrays]
    if dtype is not None:
        for part in parts:
            check_cast("concatenate", "input", part.dtype, _np.dtype(dtype), casting)
        parts = [part.astype(dtype) for part in parts]
    if not all(hasattr(part, "_expr") for part in parts):
        return _np.concatenate(fallback.to_numpy(list(arrays)), axis)
    if axis is None:
        parts, axis = [ravel(part) for part in parts], 0
    for part in parts:
        part.shape  # noqa: B018 - a length that is not known yet is observed
    if not parts:
        raise ValueError("need at least one array to concatenate")
    result = parts[0]._wrap(_tensor.concatenate([part._expr for part in parts], axis))
    return result if out is None else out._assign(result)


concat = concatenate


def stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None) -> Any:
    """Arrays of one shape along a new axis."""
    parts = [asarray(a, dtype) for a in arrays]
    if not parts:
        raise ValueError("need at least one array to stack")
    if len({part.shape for part in parts}) != 1:
        raise ValueError("all input arrays must have the same shape")
    return concatenate([expand_dims(part, axis) for part in parts], axis, out)


def vstack(tup: Any, *, dtype: Any = None) -> Any:
    """Arrays as rows, one below the other."""
    return concatenate([atleast_2d(asarray(a, dtype)) for a in tup], 0)


def hstack(tup: Any, *, dtype: Any = None) -> Any:
    """Arrays side by side."""
    parts = [atleast_1d(asarray(a, dtype)) for a in tup]
    return concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1)


def dstack(tup: Any) -> Any:
    """Arrays along the third axis."""
    parts = [atleast_2d(a) for a in tup]
    return concatenate([part if part.ndim > 2 else part[:, :, None] for part in parts], 2)


def column_stack(tup: Any) -> Any:
    """Vectors as columns."""
    parts = [asarray(a) for a in tup]
    return concatenate([part if part.ndim > 1 else part.reshape(-1, 1) for part in parts], 1)


def flip(m: Any, axis: Any = None) -> Any:
    """Elements in reverse order along axes."""
    x = asarray(m)
    turned = range(x.ndim) if axis is None else _axes(axis, x.ndim)
    return x[tuple(slice(None, None, -1) if i in turned else slice(None) for i in range(x.ndim))]


def flipud(m: Any) -> Any:
    """Rows in reverse order."""
    return flip(m, 0)


def fliplr(m: Any) -> Any:
    """Columns in reverse order."""
    return flip(m, 1)


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Elements moved along axes; what falls off one end comes in at the other."""
    x = asarray(a)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), x.shape)
    axes = axis if isinstance(axis, Sequence) else (axis,)
    shifts = shift if isinstance(shift, Sequence) else (shift,) * len(axes)
    several = max(len(shifts), len(axes)) if axes and shifts else 0
    if not {len(shifts), len(axes)} <= {1, several}:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences of one length")
    shifts = (*shifts,) * several if len(shifts) == 1 else shifts
    axes = (*axes,) * several if len(axes) == 1 else axes
    for by, axis in zip(shifts, axes, strict=True):
        along = normalize_axis(axis, x.ndim)
        length = x.shape[along]
        if length == 0 or by % length == 0:
            continue
        before = (slice(None),) * along
        cut = length - by % length
        x = concatenate([x[(*before, slice(cut, None))], x[(*before, slice(None, cut))]], along)
    return x


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Pieces along an axis, of nearly equal length or cut at positions."""
    x = asarray(ary)
    axis = normalize_axis(axis, x.ndim)
    length = x.shape[axis]
    if isinstance(indices_or_sections, (int, _np.integer)):
        n = int(indices_or_sections)
        if n <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, extra = divmod(length, n)
        ends = [each * (i + 1) + min(i + 1, extra) for i in range(n)]
        cuts = [0, *ends]
    else:
        cuts = [0, *(int(i) for i in indices_or_sections), length]
    before = (slice(None),) * axis
    return [x[(*before, slice(a, b))] for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """As `array_split`, but equal sections must be equal."""
    x = asarray(ary)
    if isinstance(indices_or_sections, (int, _np.integer)) and x.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(x, indices_or_sections, axis)


def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """Elements of ``x`` where a condition holds, else of ``y``.

    >>> import tharsis.numpy as np
    >>> a = np.arange(4)
    >>> np.where(a > 1, a, -1).tolist()
    [-1, -1, 2, 3]
    """
    if x is None and y is None:
        return fallback.call_numpy(
            "where", _np.where, (condition,), {}, "positions of true elements are not native"
        )
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    mask = asarray(condition)
    if mask.dtype != bool:
        mask = mask != 0
    parts = [expr_of(x), expr_of(y)]
    if not any(isinstance(part, _core.Expr) for part in parts):
        # Two bare numbers have the type that NumPy gives them.
        kind = _np.result_type(*parts)
        parts = [kind.type(part) for part in parts]
    return mask._wrap(computed("where", [mask._expr, *parts]))


def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
) -> Any:
    """No element below ``a_min`` or above ``a_max``."""
    if not (min is None and max is None) and not (a_min is None and a_max is None):
        raise ValueError(
            "Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is "
            "forbidden."
        )
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    from tharsis.numpy.ufuncs import NAMES

    x = asarray(a)
    limits = _np.iinfo(x.dtype) if x.dtype.kind in "iu" else None
    if low is not None and not (limits and type(low) is int and low < limits.min):
        x = NAMES["maximum"](x, low)
    if high is not None and not (limits and type(high) is int and high > limits.max):
        x = NAMES["minimum"](x, high)
    return x if out is None else out._assign(x)


def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """To the given number of decimals, halves to even."""
    x = asarray(a)
    if x.dtype.kind == "f":
        x = x._wrap(_core.compute("round", x._expr, params=[int(decimals)]))
    elif decimals < 0 or x.dtype.kind == "b":
        named = {"decimals": decimals}
        x = fallback.call_numpy("round", _np.round, (x,), named, "decimals of whole numbers")
    return x if out is None else out._assign(x)


around = round


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Of another type."""
    return asarray(x).astype(dtype)


def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Elements, or slices along an axis, where a condition holds."""
    x, mask = asarray(a), asarray(condition, bool)
    if axis is None:
        x, axis = ravel(x), 0
    axis = normalize_axis(axis, x.ndim)
    length = mask.shape[0]
    front = moveaxis(x, axis, 0)[:length]
    result = moveaxis(front[mask], 0, axis)
    return result if out is None else out._assign(result)


def extract(condition: Any, arr: Any) -> Any:
    """Elements where a condition holds."""
    return ravel(arr)[ravel(asarray(condition, bool))]
