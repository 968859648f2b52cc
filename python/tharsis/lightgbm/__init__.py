"""LightGBM on frames and tensors of the engine, without a copy of ours in between.

Frames are handed over as Arrow columns, tensors as NumPy arrays, over the engine's own buffers.
Everything else is LightGBM's: parameters, attributes, saving and loading. LightGBM itself, and
scikit-learn with it, are imported when an estimator is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tharsis.lightgbm.estimators import LGBMClassifier, LGBMRegressor

__all__ = ["LGBMClassifier", "LGBMRegressor"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tharsis.lightgbm' has no attribute {name!r}")
    from tharsis.lightgbm import estimators

    return getattr(estimators, name)


def __dir__() -> list[str]:
    return sorted(__all__)
