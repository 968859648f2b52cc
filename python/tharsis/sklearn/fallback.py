"""What the engine does not do natively runs in scikit-learn, and says so."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np

from tharsis.errors import FallbackWarning, UnsupportedError
from tharsis.options import options

__all__ = ["run_in_sklearn"]


def _plain(value: Any) -> Any:
    if getattr(value, "_expr", None) is None:
        return value
    return value.to_pandas() if value._expr.kind == "frame" else np.asarray(value)


def run_in_sklearn(module: str, name: str, reason: str, *args: Any, **named: Any) -> Any:
    """``sklearn.<module>.<name>`` on plain arrays, with its warning."""
    reason = reason.split("\n")[0]
    if options.fallback == "error":
        raise UnsupportedError(f"{name}: {reason}; th.options.fallback forbids scikit-learn")
    given = [_plain(value) for value in args]
    moved = sum(int(getattr(value, "nbytes", 0)) for value in given)
    if options.fallback == "warn":
        warnings.warn(
            f"{name} runs in scikit-learn: {reason} ({moved:,} bytes moved)",
            FallbackWarning,
            stacklevel=3,
        )
    function = getattr(importlib.import_module(f"sklearn.{module}"), name)
    return function(*given, **{key: _plain(value) for key, value in named.items()})
