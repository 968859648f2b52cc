"""What the engine does not do natively runs in scikit-learn, and says so."""

from __future__ import annotations

import functools
import importlib
from typing import Any

import numpy as np

from tharsis._fallback import announce
from tharsis.errors import UnsupportedError
from tharsis.options import options

__all__ = ["native", "run_in_sklearn"]


def _plain(value: Any) -> Any:
    if getattr(value, "_expr", None) is None:
        return value
    return value.to_pandas() if value._expr.kind == "frame" else np.asarray(value)


def _bytes(value: Any) -> int:
    usage = getattr(value, "memory_usage", None)
    return int(getattr(value, "nbytes", 0) if usage is None else np.sum(usage()))


def _announce(name: str, reason: str, given: list[Any]) -> list[Any]:
    """The arguments as scikit-learn takes them, after the warning (or error) about it."""
    forbidden = options.fallback == "error"  # then nothing is fetched
    plain = [] if forbidden else [_plain(value) for value in given]
    moved = sum(_bytes(value) for value in plain)
    announce(name, "scikit-learn", reason.split("\n")[0], moved)
    return plain


def run_in_sklearn(module: str, name: str, reason: str, *args: Any, **named: Any) -> Any:
    """``sklearn.<module>.<name>`` on plain arrays, with its warning."""
    given = _announce(name, reason, list(args))
    function = getattr(importlib.import_module(f"sklearn.{module}"), name)
    return function(*given, **{key: _plain(value) for key, value in named.items()})


def native(method: Any) -> Any:
    """A method of an estimator: what it calls unsupported, scikit-learn's own class does.

    The class names scikit-learn's as ``_theirs``.
    """

    @functools.wraps(method)
    def run(self: Any, *args: Any, **named: Any) -> Any:
        try:
            return method(self, *args, **named)
        except UnsupportedError as error:
            reason = str(error)
        what = f"{type(self).__name__}.{method.__name__}"
        plain = _announce(what, reason, [*args, *named.values()])
        rest = dict(zip(named, plain[len(args) :], strict=True))
        return getattr(self._theirs, method.__name__)(self, *plain[: len(args)], **rest)

    return run
