"""`fit` and the predictions take frames and tensors; the rest is LightGBM's."""

from __future__ import annotations

import os
from typing import Any

# Threads that spin while they wait collapse where cores are shared; set before libgomp is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402

from tharsis import _core  # noqa: E402
from tharsis.errors import DTypeError, ShapeError  # noqa: E402

__all__ = ["LGBMClassifier", "LGBMRegressor"]


def _require_numbers(expr: Any) -> None:
    """LightGBM ends the process on text and times: they are an error here."""
    wrong = [
        f"'{label}' ({dtype})"
        for label, dtype in list(zip(expr.labels, expr.dtypes, strict=True))[expr.index_levels :]
        if not (dtype.is_number or dtype.is_bool or dtype.is_category)
    ]
    if wrong:
        raise DTypeError(
            "LightGBM takes numbers, bools and categories; "
            f"{', '.join(wrong)} must be encoded first, for example by astype('category')"
        )


def _rows(x: Any) -> Any:
    """What LightGBM takes: a table over a frame, an array over a tensor, the rest as it is."""
    expr = getattr(x, "_expr", None)
    if expr is None:
        return x
    if expr.kind == "tensor":
        values = np.asarray(x)
        if values.ndim != 2:
            raise ShapeError(
                f"LightGBM takes rows and columns, got an array of shape {values.shape}"
            )
        return values
    import pyarrow

    _require_numbers(expr)
    plain = _core.frame.reset_index(expr, True)
    for i, dtype in enumerate(plain.dtypes):
        if dtype.is_category:
            codes = _core.frame.unary("cat_codes", _core.frame.column_at(plain, i), [], [])
            plain = _core.frame.assign(plain, plain.labels[i], codes)
    return pyarrow.table(_Columns(plain))


class _Columns:
    """A frame as Arrow's PyCapsule protocol wants it; NaN stays, LightGBM takes it for missing."""

    def __init__(self, expr: Any) -> None:
        self._expr = expr

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return _core.arrow_stream(self._expr, [str(label) for label in self._expr.labels], False)


def _values(y: Any) -> Any:
    return y if getattr(y, "_expr", None) is None else np.asarray(y)


def _categories(x: Any) -> list[int]:
    expr = getattr(x, "_expr", None)
    if expr is None or expr.kind != "frame":
        return []
    kinds = expr.dtypes[expr.index_levels :]
    return [i for i, dtype in enumerate(kinds) if dtype.is_category]


class _HandOver:
    """`fit` and the predictions take our objects; the rest is LightGBM's."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> Any:
        """Trains; as LightGBM's ``fit``.

        Parameters
        ----------
        X : DataFrame, 2-d Tensor, or what LightGBM takes
            Numbers, bools and categories; NaN is a missing value.
        y, sample_weight : Series, 1-d Tensor, or array-like

        Raises
        ------
        DTypeError
            A column holds text or times.
        """
        categories = _categories(X)
        if categories and options.get("categorical_feature", "auto") == "auto":
            options["categorical_feature"] = categories
        for name in ("eval_set",):
            if options.get(name) is not None:
                pairs = options[name]
                pairs = [pairs] if isinstance(pairs, tuple) else pairs
                options[name] = [(_rows(a), _values(b)) for a, b in pairs]
        weight = _values(sample_weight)
        return super().fit(_rows(X), _values(y), sample_weight=weight, **options)  # type: ignore[misc]

    def predict(self, X: Any, **options: Any) -> Any:
        """The prediction of each row, as a NumPy array."""
        return super().predict(_rows(X), **options)  # type: ignore[misc]


class LGBMClassifier(_HandOver, lightgbm.LGBMClassifier):
    """`lightgbm.LGBMClassifier` on frames and tensors of the engine.

    Examples
    --------
    >>> import tharsis.pandas as pd
    >>> from tharsis.lightgbm import LGBMClassifier
    >>> df = pd.DataFrame({"x": [0.0, 1.0] * 50, "y": [0, 1] * 50})
    >>> model = LGBMClassifier(n_estimators=5, verbose=-1).fit(df[["x"]], df["y"])
    >>> model.predict(df[["x"]])[:4].tolist()
    [0, 1, 0, 1]
    """

    def predict_proba(self, X: Any, **options: Any) -> Any:
        """The probability of each class for each row, as a NumPy array of shape (rows, classes)."""
        return super().predict_proba(_rows(X), **options)


class LGBMRegressor(_HandOver, lightgbm.LGBMRegressor):
    """`lightgbm.LGBMRegressor` on frames and tensors of the engine."""
