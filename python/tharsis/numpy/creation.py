"""Arrays out of nothing, of Python objects and of files."""

from __future__ import annotations

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
    if isinstance(shape, Sequence) or hasattr(shape, "__iter__"):
        return [operator.index(length) for length in shape]
    return [operator.index(shape)]


def expr_of(value: Any) -> Any:
    """The expression of anything that can be an array, or a Python or NumPy number as it is."""
    from tharsis.numpy.tensor import Tensor

    if isinstance(value, Tensor):
        return value._expr
    if isinstance(value, (bool, int, float, _np.generic)):
        return value
    if hasattr(value, "_expr"):
        return array(value)._expr
    values = _np.asarray(fallback.to_numpy(value) if fallback.has_tensor(value) else value)
    if not fallback.is_native(values.dtype):
        raise UnsupportedError(f"arrays of {values.dtype}")
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
    if getattr(fill_value, "ndim", 0) > 0 or isinstance(fill_value, (list, tuple)):
        filled = asarray(fill_value, dtype)
        return filled._wrap(_tensor.broadcast_to(filled._expr, shape_of(shape)))
    kind = _np.dtype(_np.asarray(fill_value).dtype if dtype is None else dtype)
    if not fallback.is_native(kind):
        fallback.announce("full", f"the engine has no arrays of {kind}", 0)
        return _np.full(shape, fill_value, dtype)
    value = _np.asarray(fill_value).astype(kind)[()]
    return _wrap(_tensor.full(shape_of(shape), value))


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


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """Evenly spaced numbers from ``start`` to before ``stop``.

    >>> import tharsis.numpy as np
    >>> np.arange(2, 9, 3).tolist()
    [2, 5, 8]
    """
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ZeroDivisionError("division by zero")
    kind = _np.dtype(_np.result_type(start, stop, step) if dtype is None else dtype)
    if not fallback.is_native(kind) or kind.kind == "b":
        theirs: Any = _np.arange
        return fallback.from_result(theirs(start, stop, step, dtype))
    count = max(int(_np.ceil((stop - start) / step)), 0)
    first = _np.asarray(start).astype(kind)[()]
    with _np.errstate(all="ignore"):
        delta = _np.asarray(start + step).astype(kind)[()] - first
    return _wrap(_tensor.arange(first, kind.type(delta), count))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
) -> Any:
    """``num`` evenly spaced numbers from ``start`` to ``stop``.

    >>> import tharsis.numpy as np
    >>> np.linspace(0, 1, 5).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    num = operator.index(num)
    if isinstance(start, complex) or isinstance(stop, complex):
        raise UnsupportedError("linspace: complex numbers")
    out = _wrap(_tensor.linspace(float(start), float(stop), num, endpoint))
    if dtype is not None:
        kind = _np.dtype(dtype)
        out = (_floor(out) if kind.kind in "iu" else out).astype(kind)
    if not retstep:
        return out
    parts = num - 1 if endpoint else num
    return out, (stop - start) / parts if parts > 0 else _np.nan


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
