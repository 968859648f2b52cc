"""NumPy, pandas and scikit-learn calls on a lazy, parallel C++ engine that spills to disk."""

from __future__ import annotations

import os as _os

from tharsis import _core

_core.set_package(_os.path.dirname(__file__) + _os.sep)

__version__ = "0.1.0"
