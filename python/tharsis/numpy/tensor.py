"""The array of `tharsis.numpy`: a lazy expression that becomes memory when somebody looks."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as _np

from tharsis import _core
from tharsis.execution import Explained
from tharsis.numpy import fallback

__all__ = ["Tensor"]

_tensor = _core.tensor
_NoValue = _np._NoValue
# Methods of NumPy's arrays that change the array.
_CHANGING = ("fill", "partition", "put", "resize", "setfield", "sort")


def _careful(name: str, *operands: Any) -> Any:
    """An operator with all that a universal function does: lists, open lengths, NumPy's types."""
    from tharsis.numpy.ufuncs import NAMES

    try:
        return NAMES[name](*operands)
    except TypeError:
        if name not in ("equal", "not_equal"):
            raise
        # What cannot be compared is not equal: NumPy's operators know, its functions do not.
        compare = operator.eq if name == "equal" else operator.ne
        return fallback.from_result(compare(*map(fallback.to_numpy, operands)))


def _in_place(name: str) -> Any:
    def run(self: Any, other: Any) -> Any:
        result = _careful(name, self, other)
        if not _np.can_cast(result.dtype, self.dtype, "same_kind"):
            raise _np.exceptions.DTypePromotionError(
                f"Cannot cast ufunc '{name}' output from {result.dtype!r} to {self.dtype!r} with "
                "casting rule 'same_kind'"
            )
        return self._assign(result)

    run.__name__ = name
    return run


def _reduction(name: str) -> Any:
    def run(self: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not args and not kwargs and (axis is None or type(axis) is int):
            axes = None if axis is None else (axis,)
            return _tensor.wrap(_tensor.reduce(name, self._expr, axes))
        from tharsis.numpy import reductions

        return getattr(reductions, name)(self, axis, *args, **kwargs)

    run.__name__ = name
    run.__doc__ = f"See `tharsis.numpy.{name}`."
    return run


def _method(name: str) -> Any:
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        import tharsis.numpy

        return getattr(tharsis.numpy, name)(self, *args, **kwargs)

    run.__name__ = name
    run.__doc__ = f"See `tharsis.numpy.{name}`."
    return run


class Tensor(_tensor.Base):  # type: ignore[name-defined]
    """An array of numbers or bools; also `tharsis.numpy.ndarray`.

    It is lazy: operations build an expression, and the work is done when somebody looks: ``repr``,
    iteration, ``float()``, ``tolist()``, ``numpy.asarray``, ``execute()``, or a shape that depends
    on data. Names, arguments and answers are those of `numpy.ndarray`.

    Examples
    --------
    >>> import tharsis.numpy as np
    >>> x = np.arange(6.0).reshape(2, 3)
    >>> (x - x.mean(axis=0)).tolist()
    [[-1.5, -1.5, -1.5], [1.5, 1.5, 1.5]]
    """

    _expr: Any
    __hash__ = None  # type: ignore[assignment]
    __array_priority__ = 100.0

    def __init__(self, object: Any, dtype: Any = None) -> None:
        from tharsis.numpy.creation import array

        super().__init__(array(object, dtype)._expr)

    _of = _wrap = staticmethod(_tensor.wrap)

    # ---- what it is

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths; a length that depends on data is computed now."""
        shape = self._expr.shape
        if None in shape:
            self._expr = _tensor.settled(self._expr)
            shape = self._expr.shape
        return shape

    @property
    def ndim(self) -> int:
        """How many axes."""
        return self._expr.ndim

    @property
    def size(self) -> int:
        """How many elements."""
        n = 1
        for length in self.shape:
            n *= length
        return n

    @property
    def dtype(self) -> Any:
        """The type of the elements, as NumPy's."""
        return _np.dtype(self._expr.dtype.name)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    @property
    def T(self) -> Tensor:
        """The axes reversed."""
        return self.transpose()

    @property
    def mT(self) -> Tensor:
        """The last two axes swapped."""
        return self.swapaxes(-1, -2)

    @property
    def real(self) -> Tensor:
        """The numbers are real."""
        return self

    @property
    def imag(self) -> Any:
        """Zeros."""
        from tharsis.numpy.creation import zeros_like

        return zeros_like(self)

    @property
    def device(self) -> str:
        """Where the elements are."""
        return "cpu"

    @property
    def th(self) -> Explained:
        """What is ours: ``explain``, ``stored``."""
        return Explained(self)

    # ---- looking

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> _np.ndarray:
        values = _core.to_numpy(self._expr)
        if dtype is not None and _np.dtype(dtype) != values.dtype:
            if copy is False:
                raise ValueError("Unable to avoid copy while creating an array as requested.")
            return values.astype(dtype)
        return values.copy() if copy else values

    def to_numpy(self) -> _np.ndarray:
        """The elements, read-only and without a copy."""
        return self.__array__()

    fetch = to_numpy

    def item(self, *args: Any) -> Any:
        """One element as a Python number."""
        return self.__array__().item(*args)

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self.__array__().tolist()

    def tobytes(self, order: Any = "C") -> bytes:
        """The elements as bytes."""
        return self.__array__().tobytes(order)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        if self.ndim == 1:
            return iter(self.__array__())
        self.execute()
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    def __repr__(self) -> str:
        values = self.__array__()
        return repr(values[()] if self.ndim == 0 else values)

    def __str__(self) -> str:
        return str(self.__array__())

    def __format__(self, spec: str) -> str:
        return format(self.__array__()[()] if self.ndim == 0 else self.__array__(), spec)

    def __bool__(self) -> bool:
        return bool(self.__array__())

    def __float__(self) -> float:
        return float(self.__array__())

    def __int__(self) -> int:
        return int(self.__array__())

    def __complex__(self) -> complex:
        return complex(self.__array__())

    def __index__(self) -> int:
        return operator.index(self.__array__()[()])

    # ---- indexing

    def __getitem__(self, key: Any) -> Any:
        from tharsis.numpy.indexing import get_item

        return get_item(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        from tharsis.numpy.indexing import set_item

        set_item(self, key, value)

    def _assign(self, result: Any) -> Tensor:
        """Takes the elements of ``result``: an array that others see as this one is changed."""
        values = result if isinstance(result, Tensor) else Tensor(result)
        if values.dtype != self.dtype:
            values = values.astype(self.dtype)
        if values.shape != self.shape:
            values = Tensor._of(_tensor.broadcast_to(values._expr, list(self.shape)))
        self._expr = values._expr
        return self

    # ---- shapes and types

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", **_: Any) -> Any:
        """Of another type."""
        kind = _np.dtype(dtype)
        if not _np.can_cast(self.dtype, kind, casting):
            raise TypeError(
                f"Cannot cast array data from {self.dtype!r} to {kind!r} according to the rule "
                f"{casting!r}"
            )
        if kind == self.dtype:
            return self
        if not fallback.is_native(kind):
            reason = f"the engine has no arrays of {kind}"
            return fallback.call_numpy("astype", _np.ndarray.astype, (self, kind), {}, reason)
        return Tensor._of(_tensor.cast(self._expr, kind))

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Tensor:
        """The elements in C order under another shape."""
        from tharsis.numpy import manipulation

        lengths = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return manipulation.reshape(self, lengths, order)

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order; reversed by default."""
        from tharsis.numpy import manipulation

        given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return manipulation.transpose(self, given or None)

    def flatten(self, order: str = "C") -> Tensor:
        """All elements along one axis."""
        return self.ravel(order)

    def copy(self, order: str = "C") -> Tensor:
        """An array of its own."""
        return Tensor._of(self._expr)

    __copy__ = copy

    def __deepcopy__(self, memo: Any) -> Tensor:
        return self.copy()

    def __reduce__(self) -> Any:
        from tharsis.numpy.creation import array

        return array, (self.__array__().copy(),)

    def dot(self, b: Any, out: Any = None) -> Any:
        """See `tharsis.numpy.dot`."""
        from tharsis.numpy import linalg

        return linalg.dot(self, b, out)

    def __matmul__(self, other: Any) -> Any:
        from tharsis.numpy import linalg

        return linalg.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        from tharsis.numpy import linalg

        return linalg.matmul(other, self)

    def __divmod__(self, other: Any) -> Any:
        return _careful("divmod", self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return _careful("divmod", other, self)

    def __pos__(self) -> Any:
        return _careful("positive", self)

    def compress(self, condition: Any, axis: Any = None, out: Any = None) -> Any:
        """See `tharsis.numpy.compress`."""
        from tharsis.numpy import manipulation

        return manipulation.compress(condition, self, axis, out)

    def conj(self) -> Any:
        """The numbers are real."""
        return _careful("conjugate", self)

    conjugate = conj

    # ---- NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from tharsis.numpy.ufuncs import NAMES

        if ufunc is _np.matmul and method == "__call__":
            from tharsis.numpy import linalg

            return linalg.matmul(*inputs, **kwargs)
        ours = NAMES.get(ufunc.__name__)
        if ours is not None and method in ("__call__", "reduce", "outer"):
            return getattr(ours, method)(*inputs, **kwargs)
        reason = "the engine has no native form of it"
        what = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        return fallback.call_numpy(what, getattr(ufunc, method), inputs, kwargs, reason)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        import tharsis.numpy as ours

        module = func.__module__.removeprefix("numpy").lstrip(".")
        found: Any = ours
        for part in module.split(".") if module else []:
            found = getattr(found, part, None)
        native = vars(found).get(func.__name__) if hasattr(found, "__dict__") else None
        if native is not None and native is not func:
            return native(*args, **kwargs)
        reason = "the engine has no native form of it"
        return fallback.call_numpy(func.__name__, func, args, kwargs, reason)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        import tharsis.numpy as ours

        return ours

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.__array__().copy().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(_np.ndarray, name):
            raise AttributeError(f"'Tensor' object has no attribute '{name}'")
        reason = "the engine has no native form of it"
        if not callable(getattr(_np.ndarray, name)):
            return fallback.call_numpy(name, lambda x: getattr(x, name), (self,), {}, reason)

        def call(*args: Any, **kwargs: Any) -> Any:
            def run(x: Any, *rest: Any, **named: Any) -> Any:
                values = x.copy()
                result = getattr(values, name)(*rest, **named)
                return (result, values) if name in _CHANGING else result

            result = fallback.call_numpy(name, run, (self, *args), kwargs, reason)
            if name not in _CHANGING:
                return result
            self._expr = result[1]._expr
            return result[0]

        call.__name__ = name
        return call


for _symbol, _name in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "left_shift",
    "rshift": "right_shift",
    "pow": "power",
}.items():
    setattr(Tensor, f"__i{_symbol}__", _in_place(_name))
for _name in "sum prod min max mean var std any all argmin argmax".split():
    setattr(Tensor, _name, _reduction(_name))
for _name in "ravel squeeze swapaxes clip round".split():
    setattr(Tensor, _name, _method(_name))
_tensor.set_facade(Tensor, _careful)
