"""What can go wrong, each also the class that NumPy and pandas users already catch.

Every error of the engine is a `TharsisError`. Its message is a sentence that names the operation,
what is wrong, the values and what would be right; when the failure shows only while data is read,
the message ends with the line of your program that built the expression.
"""

from __future__ import annotations

__all__ = [
    "AxisError",
    "BudgetError",
    "CancelledError",
    "ColumnNotFoundError",
    "DTypeError",
    "FallbackWarning",
    "InternalError",
    "InvalidArgumentError",
    "NumericOverflowError",
    "OutOfRangeError",
    "ShapeError",
    "StorageError",
    "TharsisError",
    "UnsupportedError",
]


class TharsisError(Exception):
    """Any error of the engine."""


class InternalError(TharsisError, RuntimeError):
    """A mistake of ours; please report it."""


class InvalidArgumentError(TharsisError, ValueError):
    """A value that no meaning can be given to."""


class AxisError(TharsisError, ValueError, IndexError):
    """An axis out of range or named twice."""


class ShapeError(TharsisError, ValueError):
    """Lengths that do not fit each other."""


class DTypeError(TharsisError, TypeError):
    """An operation that the type does not have."""


class ColumnNotFoundError(TharsisError, KeyError):
    """A label that no column has."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument: a sentence is easier to read.
        return str(self.args[0]) if self.args else ""


class OutOfRangeError(TharsisError, IndexError):
    """A position or label out of range."""


class UnsupportedError(TharsisError, NotImplementedError):
    """Valid, but not something the engine does natively."""


class NumericOverflowError(TharsisError, OverflowError):
    """A value that its type cannot hold."""


class StorageError(TharsisError, OSError):
    """A file that is missing, unreadable or damaged, or a full disk."""


class BudgetError(TharsisError, MemoryError):
    """The memory limit does not suffice; the message names the five largest holders."""


class CancelledError(TharsisError):
    """The computation was stopped."""


class FallbackWarning(UserWarning):
    """A call ran in the reference library: it says which, why, and how many bytes moved."""
