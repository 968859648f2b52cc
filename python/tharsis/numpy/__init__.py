"""NumPy's functions on lazy arrays that run on all cores and may be larger than the memory.

>>> import tharsis.numpy as np
>>> x = np.arange(10.0)
>>> float(((x - x.mean()) / x.std()).sum())
0.0
"""

from __future__ import annotations

from typing import Any

import numpy as _np

from tharsis.numpy import fallback as _fallback
from tharsis.numpy import linalg, random
from tharsis.numpy.creation import (
    arange,
    array,
    asanyarray,
    asarray,
    ascontiguousarray,
    copy,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    identity,
    linspace,
    load,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from tharsis.numpy.linalg import dot, inner, matmul, outer, vdot
from tharsis.numpy.manipulation import *  # noqa: F403
from tharsis.numpy.manipulation import __all__ as _manipulation
from tharsis.numpy.reductions import *  # noqa: F403
from tharsis.numpy.reductions import __all__ as _reductions
from tharsis.numpy.tensor import Tensor
from tharsis.numpy.ufuncs import NAMES as _ufuncs
from tharsis.numpy.ufuncs import ufunc

ndarray = Tensor
globals().update(_ufuncs)
newaxis = None

__all__ = [  # noqa: PLE0604
    "Tensor",
    "arange",
    "array",
    "asanyarray",
    "asarray",
    "ascontiguousarray",
    "copy",
    "dot",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "identity",
    "inner",
    "linalg",
    "linspace",
    "load",
    "matmul",
    "ndarray",
    "newaxis",
    "ones",
    "ones_like",
    "outer",
    "random",
    "ufunc",
    "vdot",
    "zeros",
    "zeros_like",
    *_manipulation,
    *_reductions,
    *_ufuncs,
]


def __getattr__(name: str) -> Any:
    return _fallback.wrapped(getattr(_np, name), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *dir(_np)})
