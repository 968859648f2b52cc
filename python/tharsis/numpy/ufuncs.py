"""Universal functions: one scalar function over arrays that broadcast."""

from __future__ import annotations

from typing import Any

import numpy as _np

from tharsis import _core
from tharsis.errors import ShapeError, UnsupportedError
from tharsis.numpy import fallback
from tharsis.numpy.creation import expr_of

__all__ = ["NAMES", "ufunc"]

_UNARY = """
absolute negative positive sign conjugate sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh
arccosh arctanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt square reciprocal deg2rad radians
rad2deg degrees fabs rint floor ceil trunc isnan isinf isfinite signbit spacing logical_not invert
bitwise_count
""".split()
_BINARY = """
add subtract multiply divide floor_divide remainder power float_power fmod maximum minimum fmax
fmin arctan2 hypot logaddexp logaddexp2 copysign nextafter heaviside ldexp gcd lcm equal not_equal
less less_equal greater greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or
bitwise_xor left_shift right_shift
""".split()
# Several results, each a function of its own; divmod is the two that everybody knows.
_SEVERAL = {
    "modf": ("modf_fraction", "modf_whole"),
    "frexp": ("frexp_mantissa", "frexp_exponent"),
    "divmod": ("floor_divide", "remainder"),
}
_ALIASES = {
    "abs": "absolute",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "bitwise_invert": "invert",
    "bitwise_left_shift": "left_shift",
    "bitwise_not": "invert",
    "bitwise_right_shift": "right_shift",
    "conj": "conjugate",
    "mod": "remainder",
    "pow": "power",
    "true_divide": "divide",
}
_REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "minimum": "min",
    "maximum": "max",
    "logical_and": "all",
    "logical_or": "any",
    "fmin": "nanmin",
    "fmax": "nanmax",
}


class ufunc(_core.tensor.UfuncBase):  # type: ignore[name-defined]
    """A function of numbers, applied to every element of arrays that broadcast; lazy."""

    __slots__ = ("__name__", "_functions", "_numpy", "nin", "nout")

    def __init__(self, name: str, functions: tuple[str, ...], nin: int) -> None:
        super().__init__(functions[0] if len(functions) == 1 else "", nin)
        self.__name__ = name
        self._functions = functions
        self._numpy = getattr(_np, name)
        self.nin = nin
        self.nout = len(functions)

    def __repr__(self) -> str:
        return f"<ufunc '{self.__name__}'>"

    def _with_care(self, *args: Any, **kwargs: Any) -> Any:
        """A call that is more than tensors and numbers."""
        from tharsis.numpy.tensor import Tensor

        if len(args) != self.nin:
            raise TypeError(
                f"{self.__name__}() takes {self.nin} positional arguments, {len(args)} were given"
            )
        dtype = kwargs.pop("dtype", None)
        out = kwargs.pop("out", None)
        kwargs.pop("casting", None)
        try:
            if kwargs.pop("where", True) is not True or kwargs:
                raise UnsupportedError(f"the argument {next(iter(kwargs), 'where')}")
            exprs = [expr_of(arg) for arg in args]
            if not any(isinstance(expr, _core.Expr) for expr in exprs):
                exprs = [expr_of(_np.asarray(expr)) for expr in exprs]
            if dtype is not None:
                exprs = [_as(expr, dtype) for expr in exprs]
            results = tuple(map(Tensor._of, self._compute(exprs)))
        except UnsupportedError as error:
            reason = str(error).split("\n")[0]
            return fallback.call_numpy(self.__name__, self._numpy, args, kwargs, reason)
        if out is not None:
            given = out if isinstance(out, tuple) else (out,)
            results = tuple(t._assign(r) for t, r in zip(given, results, strict=True))
        return results[0] if self.nout == 1 else results

    def _compute(self, exprs: list[Any]) -> list[Any]:
        try:
            return [_core.tensor.compute(function, *exprs) for function in self._functions]
        except ShapeError:
            # A length that is not known yet may fit once it is.
            open_ = [isinstance(e, _core.Expr) and None in e.shape for e in exprs]
            if not any(open_):
                raise
            known = [_core.tensor.settled(e) if o else e for e, o in zip(exprs, open_, strict=True)]
            return [_core.tensor.compute(function, *known) for function in self._functions]

    def reduce(
        self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        """The function between all elements along an axis."""
        from tharsis.numpy import reductions

        name = _REDUCTIONS.get(self.__name__)
        if name is None or out is not None:
            given = {"axis": axis, "dtype": dtype, "keepdims": keepdims}
            reason = "the engine has no native form of it"
            return fallback.call_numpy(
                f"{self.__name__}.reduce", self._numpy.reduce, (array,), given, reason
            )
        named = {} if dtype is None else {"dtype": dtype}
        return getattr(reductions, name)(array, axis=axis, keepdims=keepdims, **named)

    def outer(self, a: Any, b: Any) -> Any:
        """The function of all pairs."""
        from tharsis.numpy.creation import asarray

        x, y = asarray(a), asarray(b)
        return self(x[(...,) + (None,) * y.ndim], y)

    def __getattr__(self, name: str) -> Any:
        return fallback.wrapped(getattr(self._numpy, name), f"{self.__name__}.{name}")


def _as(expr: Any, dtype: Any) -> Any:
    if isinstance(expr, _core.Expr):
        return _core.tensor.cast(expr, _np.dtype(dtype))
    return _np.dtype(dtype).type(expr)


NAMES: dict[str, ufunc] = {}
for _name in _UNARY:
    NAMES[_name] = ufunc(_name, (_name,), 1)
for _name in _BINARY:
    NAMES[_name] = ufunc(_name, (_name,), 2)
for _name, _functions in _SEVERAL.items():
    NAMES[_name] = ufunc(_name, _functions, 2 if _name == "divmod" else 1)
for _name, _other in _ALIASES.items():
    NAMES[_name] = NAMES[_other]
globals().update(NAMES)
