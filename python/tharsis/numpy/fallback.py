"""What the engine does not do natively runs in NumPy, and says so."""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as _np

from tharsis import _fallback
from tharsis.options import options

__all__ = ["Namespace", "call_numpy", "from_result", "has_tensor", "to_numpy"]

_NATIVE_KINDS = "biuf"


def announce(what: str, reason: str, moved: int) -> None:
    """Warns that ``what`` runs in NumPy; an error where the options forbid that."""
    _fallback.announce(what, "NumPy", reason, moved)


def to_numpy(value: Any) -> Any:
    """``value`` with NumPy arrays in the place of tensors, also within lists, tuples and dicts."""
    from tharsis.numpy.tensor import Tensor

    if isinstance(value, Tensor):
        return value.__array__()
    if type(value) in (list, tuple):
        return type(value)(to_numpy(item) for item in value)
    if type(value) is dict:
        return {key: to_numpy(item) for key, item in value.items()}
    return value


def has_tensor(value: Any) -> bool:
    from tharsis.numpy.tensor import Tensor

    if isinstance(value, Tensor):
        return True
    if type(value) in (list, tuple):
        return any(has_tensor(item) for item in value)
    return type(value) is dict and any(has_tensor(item) for item in value.values())


def _bytes_of(value: Any) -> int:
    if isinstance(value, _np.ndarray):
        return value.nbytes
    if isinstance(value, (list, tuple)):
        return sum(_bytes_of(item) for item in value)
    return 0


def is_native(dtype: Any) -> bool:
    """Whether the engine holds arrays of this NumPy type."""
    return dtype.kind in _NATIVE_KINDS and dtype.itemsize <= 8 and dtype.name != "float16"


def from_result(value: Any) -> Any:
    """NumPy's answer as tensors, where the engine holds their type."""
    from tharsis.numpy.creation import tensor_of

    if type(value) is _np.ndarray and is_native(value.dtype):
        return tensor_of(value)
    if type(value) in (list, tuple):
        return type(value)(from_result(item) for item in value)
    return value


def call_numpy(what: str, function: Any, args: Any, kwargs: Any, reason: str) -> Any:
    """``function(*args, **kwargs)`` in NumPy, with its warning; the answer is ours again."""
    if options.fallback == "error":
        announce(what, reason, 0)
    given, named = to_numpy(list(args)), to_numpy(dict(kwargs))
    announce(what, reason, _bytes_of(given) + _bytes_of(list(named.values())))
    return from_result(function(*given, **named))


class Namespace:
    """The names of a module of NumPy that we have no form of: constants and types as they are,
    functions wrapped so that they take and give tensors."""

    def __init__(self, module: Any, name: str) -> None:
        self._module = module
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return wrapped(getattr(self._module, name), f"{self._name}.{name}")

    def __dir__(self) -> list[str]:
        return dir(self._module)


def wrapped(found: Any, what: str) -> Any:
    if isinstance(found, types.ModuleType):
        return Namespace(found, what)
    if isinstance(found, type) or not callable(found):
        return found

    @functools.wraps(found, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        if not has_tensor(list(args)) and not has_tensor(list(kwargs.values())):
            return from_result(found(*args, **kwargs))
        return call_numpy(what, found, args, kwargs, "the engine has no native form of it")

    return call
