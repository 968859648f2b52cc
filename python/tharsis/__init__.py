"""NumPy, pandas and scikit-learn calls on a lazy, parallel C++ engine that spills to disk."""

from __future__ import annotations

from tharsis import _core, _place
from tharsis.errors import FallbackWarning, TharsisError
from tharsis.execution import execute, show_versions
from tharsis.options import options

del _place

__version__ = "0.1.0"
__all__ = [
    "FallbackWarning",
    "TharsisError",
    "execute",
    "memory",
    "metrics",
    "options",
    "show_versions",
]


def memory() -> dict[str, int]:
    """Bytes: the limit, what is used and was at most, what was ever spilled and allocated, what the
    process holds in memory now and held at most.

    >>> import tharsis as th
    >>> sorted(th.memory())[:2]
    ['allocated_bytes', 'limit_bytes']
    """
    return _core.memory()


def metrics() -> dict[str, object]:
    """What the last run did: rows read, bytes spilled and sent, the rules that fired.

    >>> import tharsis as th
    >>> "rows_read" in th.metrics()
    True
    """
    return _core.report()
