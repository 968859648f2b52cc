"""Universal functions: one scalar function over arrays that broadcast."""

from __future__ import annotations

import math
from typing import Any

import numpy as _np

from tharsis import _core
from tharsis.errors import ShapeError, UnsupportedError
from tharsis.numpy import fallback
from tharsis.numpy.creation import asarray, expr_of, scalar_of

__all__ = ["NAMES", "check_cast", "computed", "put", "ufunc"]

_KEYWORDS = ("out", "where", "axes", "axis", "keepdims", "casting", "order", "dtype", "subok")
_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")

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


class ufunc(_core.tensor.UfuncBase):
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
        for name in kwargs:
            if name not in _KEYWORDS:
                raise TypeError(f"{self.__name__}() got an unexpected keyword argument '{name}'")
        given = dict(kwargs)
        dtype = kwargs.pop("dtype", None)
        out = kwargs.pop("out", None)
        casting = kwargs.pop("casting", "same_kind")
        try:
            if kwargs.pop("where", True) is not True or kwargs:
                raise UnsupportedError(f"the argument {next(iter(kwargs), 'where')}")
            exprs = [self._number(i, expr_of(arg), args) for i, arg in enumerate(args)]
            if not any(isinstance(expr, _core.Expr) for expr in exprs):
                exprs = [expr_of(_np.asarray(expr)) for expr in exprs]
            if dtype is not None:
                exprs = [_as(expr, dtype, casting, self.__name__) for expr in exprs]
            results = tuple(Tensor._of(computed(name, exprs)) for name in self._functions)
        except UnsupportedError as error:
            reason = str(error).split("\n")[0]
            places = given.pop("out", None)
            if places is None:
                return fallback.call_numpy(self.__name__, self._numpy, args, given, reason)
            return self._into_by_numpy(places, args, given, reason)
        if out is not None:
            places = out if isinstance(out, tuple) else (out,)
            pairs = list(zip(places, results, strict=True))
            for place, result in pairs:
                check_cast(self.__name__, "output", result.dtype, place.dtype, casting)
            results = tuple(put(place, result) for place, result in pairs)
        return results[0] if self.nout == 1 else results

    def _into_by_numpy(
        self, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any], reason: str
    ) -> Any:
        places = out if isinstance(out, tuple) else (out,)

        def run(*inputs: Any, **named: Any) -> list[Any]:
            copies = tuple(_np.array(place) for place in places)
            self._numpy(*inputs, out=copies, **named)
            return list(copies)

        found = fallback.call_numpy(self.__name__, run, args, kwargs, reason)
        results = tuple(put(place, asarray(new)) for place, new in zip(places, found, strict=True))
        return results[0] if self.nout == 1 else results

    def _number(self, i: int, expr: Any, args: tuple[Any, ...]) -> Any:
        """An integer beyond 64 bits where it is computed as a float or only compared."""
        if type(expr) is not int or -(1 << 63) <= expr < 1 << 64:
            return expr
        kinds = [
            type(arg)
            if isinstance(arg, (bool, int, float))
            else _np.result_type(arg)
            if not hasattr(arg, "dtype")
            else arg.dtype
            for arg in args
        ]
        if self.__name__ in _COMPARISONS and getattr(kinds[1 - i], "kind", "f") != "f":
            return math.copysign(math.inf, expr)
        kind = self._numpy.resolve_dtypes((*kinds, *(None,) * self.nout))[i]
        if kind.kind != "f":
            return expr
        return _np.float64(expr) if kind.itemsize == 8 else _np.float32(expr)

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


def computed(function: str, exprs: list[Any]) -> Any:
    """function(exprs…); a length that is not known yet is observed where shapes do not fit."""
    try:
        return _core.tensor.compute(function, *exprs)
    except ShapeError:
        open_ = [isinstance(e, _core.Expr) and None in e.shape for e in exprs]
        if not any(open_):
            raise
        known = [_core.tensor.settled(e) if o else e for e, o in zip(exprs, open_, strict=True)]
        return _core.tensor.compute(function, *known)


def check_cast(who: str, what: str, kind: Any, to: Any, casting: Any) -> None:
    """A TypeError where NumPy's casting rule does not allow it."""
    if not _np.can_cast(kind, to, casting):
        raise TypeError(
            f"Cannot cast ufunc '{who}' {what} from {kind!r} to {to!r} with casting rule "
            f"'{casting}'"
        )


def put(place: Any, result: Any) -> Any:
    """A result in the tensor, or the NumPy array, that was given for it."""
    if not isinstance(place, _np.ndarray):
        return place._assign(result)
    place[...] = result.__array__()
    return place


def _as(expr: Any, dtype: Any, casting: str, who: str) -> Any:
    kind = _np.dtype(dtype)
    if not isinstance(expr, _core.Expr):
        return scalar_of(expr, kind)
    check_cast(who, "input", _np.dtype(expr.dtype.name), kind, casting)
    return _core.tensor.cast(expr, kind)


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
