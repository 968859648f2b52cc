"""How a call says that it leaves the engine; the same words at every door."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from tharsis.errors import FallbackWarning, UnsupportedError
from tharsis.options import options

__all__ = ["announce"]

_PACKAGE = os.path.dirname(__file__) + os.sep


def announce(what: str, library: str, reason: str, moved: int) -> None:
    """Warns, at the line of the user, that ``what`` runs in ``library``: ``moved`` are bytes.

    An UnsupportedError where ``th.options.fallback`` forbids it, silence where it ignores it.
    """
    if options.fallback == "error":
        raise UnsupportedError(f"{what}: {reason}; th.options.fallback forbids {library}")
    if options.fallback == "ignore":
        return
    level = 1
    frame: Any = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    message = f"{what} runs in {library}: {reason} ({moved:,} bytes moved)"
    warnings.warn(message, FallbackWarning, stacklevel=level)
