"""Arrays out of nothing, of Python objects and of files."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as _np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.numpy import fallback

__all__ = [
    "arange",
    "array",
    "asanyarray",
    "asarray",
    "ascontiguousarray",
    "copy",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "identity",
    "linspace",
    "load",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]

_tensor = _core.tensor


def _wrap(expr: Any) -> Any:
    from tharsis.numpy.tensor import Tensor

    return Tensor._of(expr)


def tensor_of(values: _np.ndarray) -> Any:
    """A tensor over the memory of a NumPy array, which must not change afterwards."""
    return _wrap(_core.tensor_from_numpy(_np.asarray(values, order="C")))


def shape_of(shape: Any) -> list[int]:
    """A shape as NumPy takes it: an integer or several."""
    several = isinstance(shape, Sequence) or hasattr(shape, "__iter__")
    lengths = [operator.index(length) for length in (shape if several else [shape])]
    if math.prod(lengths) >= 1 << 60:
        raise ValueError(f"an array of shape {tuple(lengths)} is too big")
    return lengths


def scalar_of(value: Any, kind: Any) -> Any:
    """A number as an element of an array of type ``kind`` would hold it; an error if none can."""
    place = _np.empty((), kind)
    place[()] = value
    return place[()]


def expr_of(value: Any) -> Any:
    """The expression of anything that can be an array, or a Python or NumPy number as it is."""
    from tharsis.numpy.tensor import Tensor

    if isinstance(value, Tensor):
        return value._expr
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, _np.generic):
        if not fallback.is_native(value.dtype):
            raise UnsupportedError(f"numbers of {value.dtype}")
        return value
    if hasattr(value, "_expr"):
        return array(value)._expr
    values = _np.asarray(fallback.to_numpy(value) if fallback.has_tensor(value) else value)
    if not fallback.is_native(values.dtype):
        raise UnsupportedError(f"arrays of {values.dtype}")
    # The work is done later, and must see the array as it is now.
    if values is value and values.flags.writeable:
        values = values.copy()
    return _core.tensor_from_numpy(_np.asarray(values, order="C"))


def array(object: Any, dtype: Any = None, *, copy: bool | None = True, ndmin: int = 0) -> Any:
    """An array of numbers: of nested lists, of a NumPy array, of a frame or a series.

    >>> import tharsis.numpy as np
    >>> np.array([[1, 2], [3, 4]]).sum(axis=0).tolist()
    [4, 6]
    """
    from tharsis.numpy.tensor import Tensor

    if hasattr(object, "_expr") and not isinstance(object, Tensor):
        try:
            object = _wrap(_core.tensor.to_array(object._expr, -1, None))
        except (UnsupportedError, TypeError):
            object = object.to_numpy()
    if isinstance(object, (list, tuple)) and fallback.has_tensor(object):
        object = fallback.to_numpy(object)
    if isinstance(object, Tensor):
        out = object if dtype is None else object.astype(dtype)
    else:
        values = _np.array(object, dtype=dtype, copy=copy, order="C")
        if not fallback.is_native(values.dtype):
            fallback.announce("array", f"the engine has no arrays of {values.dtype}", 0)
            return values
        out = tensor_of(values)
    if ndmin > out.ndim:
        out = out[(None,) * (ndmin - out.ndim)]
    return out


def asarray(a: Any, dtype: Any = None, **_: Any) -> Any:
    """As `array`, without a copy where that is possible."""
    return array(a, dtype, copy=None)


asanyarray = asarray


def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    """Every tensor is contiguous once it is stored; at least one axis."""
    return array(a, dtype, copy=None, ndmin=1)


def copy(a: Any) -> Any:
    """Tensors do not change, so the copy is the tensor."""
    return array(a)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """One value everywhere.

    >>> import tharsis.numpy as np
    >>> np.full((2, 2), 7).tolist()
    [[7, 7], [7, 7]]
    """
    from tharsis.numpy.tensor import Tensor

    if getattr(fill_value, "ndim", 0) > 0 or isinstance(fill_value, (list, tuple)):
        filled = asarray(fill_value, dtype)
        filled.shape  # noqa: B018 - a length that is not known yet is observed
        return filled._wrap(_tensor.broadcast_to(filled._expr, shape_of(shape)))
    kind = _np.dtype(_np.asarray(fill_value).dtype if dtype is None else dtype)
    if not fallback.is_native(kind):
        fallback.announce("full", f"the engine has no arrays of {kind}", 0)
        return _np.full(shape, fill_value, dtype)
    if isinstance(fill_value, Tensor):
        fill_value = fill_value.__array__()
    return _wrap(_tensor.full(shape_of(shape), scalar_of(fill_value, kind)))


def zeros(shape: Any, dtype: Any = float) -> Any:
    """Zeros; float64 by default."""
    return full(shape, 0, dtype)


def ones(shape: Any, dtype: Any = float) -> Any:
    """Ones; float64 by default."""
    return full(shape, 1, dtype)


empty = zeros


def _like(a: Any, dtype: Any, shape: Any) -> tuple[Any, Any]:
    a = asarray(a)
    return (a.shape if shape is None else shape), (a.dtype if dtype is None else dtype)


def full_like(a: Any, fill_value: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """One value, in the shape and type of ``a``."""
    shape, dtype = _like(a, dtype, shape)
    return full(shape, fill_value, dtype)


def zeros_like(a: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """Zeros, in the shape and type of ``a``."""
    return full_like(a, 0, dtype, shape=shape)


def ones_like(a: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """Ones, in the shape and type of ``a``."""
    return full_like(a, 1, dtype, shape=shape)


empty_like = zeros_like


def arange(start: Any = None, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """Evenly spaced numbers from ``start`` to before ``stop``.

    >>> import tharsis.numpy as np
    >>> np.arange(2, 9, 3).tolist()
    [2, 5, 8]
    """
    if stop is None:
        if start is None:
            raise TypeError("arange() requires stop to be specified.")
        start, stop = 0, start
    start = 0 if start is None else start
    if step == 0:
        raise ZeroDivisionError("division by zero")
    if dtype is None:
        # As NumPy: the types of the numbers themselves, and int64 at least.
        dtype = _np.result_type(*(_np.asarray(x).dtype for x in (start, stop, step)), int)
    kind = _np.dtype(dtype)
    if not fallback.is_native(kind) or kind.kind == "b":
        theirs: Any = _np.arange
        return fallback.from_result(theirs(start, stop, step, dtype))
    length = (stop - start) / step
    if not abs(length) < 1 << 60:
        raise ValueError("arange: Maximum allowed size exceeded")
    count = max(math.ceil(length), 0)
    first = scalar_of(start, kind)
    if count < 2:
        return _wrap(_tensor.arange(first, kind.type(1), count))
    with _np.errstate(all="ignore"):
        delta = kind.type(scalar_of(start + step, kind) - first)
    return _wrap(_tensor.arange(first, delta, count))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``num`` evenly spaced numbers from ``start`` to ``stop``.

    >>> import tharsis.numpy as np
    >>> np.linspace(0, 1, 5).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    num = operator.index(num)
    if isinstance(start, complex) or isinstance(stop, complex):
        raise UnsupportedError("linspace: complex numbers")
    if _np.ndim(start) > 0 or _np.ndim(stop) > 0:
        given = (start, stop, num, endpoint, retstep, dtype, axis)
        return fallback.call_numpy("linspace", _np.linspace, given, {}, "arrays as its ends")
    out = _wrap(_tensor.linspace(float(start), float(stop), num, endpoint))
    kind = _np.result_type(start, stop, float(num)) if dtype is None else _np.dtype(dtype)
    if kind != out.dtype:
        out = (_floor(out) if kind.kind in "iu" else out).astype(kind)
    if not retstep:
        return out
    parts = num - 1 if endpoint else num
    return out, _np.float64(stop - start) / parts if parts > 0 else _np.nan


def _floor(x: Any) -> Any:
    return x._wrap(_core.compute("floor", x._expr))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = float) -> Any:
    """Ones on a diagonal, zeros elsewhere."""
    return _wrap(_tensor.eye(N, N if M is None else M, k, _np.dtype(dtype)))


def identity(n: int, dtype: Any = float) -> Any:
    """A square `eye`."""
    return eye(n, dtype=dtype)


def load(file: Any, mmap_mode: Any = None, **kwargs: Any) -> Any:
    """The array of a ``.npy`` file; it is mapped, and read when and where it is needed."""
    path = str(file)
    if path.endswith(".npy") and not kwargs:
        try:
            return _wrap(_tensor.load_npy(path))
        except UnsupportedError:
            pass
    return fallback.call_numpy("load", _np.load, (file, mmap_mode), kwargs, "not a plain .npy file")
