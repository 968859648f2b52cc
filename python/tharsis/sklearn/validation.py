"""What estimators take: rows and columns of floats, weights; and what they give back."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.numpy.creation import tensor_of
from tharsis.numpy.tensor import Tensor

__all__ = ["given_back", "matrix", "weights"]

_FLOATS = (np.float64, np.float32)


def matrix(estimator: Any, X: Any, *, reset: bool | None) -> Tensor:
    """``X`` as a tensor of float64 or float32, rows and columns.

    Sets or checks ``n_features_in_`` and ``feature_names_in_`` as scikit-learn does, unless
    ``reset`` is None. Whether all values are finite is for the computation to find out. A length
    that depends on data is observed.
    """
    expr = getattr(X, "_expr", None)
    if expr is None:
        return _plain_matrix(estimator, X, reset)
    out = _of_frame(expr) if expr.kind == "frame" else X
    name = type(estimator).__name__
    axes = 1 if expr.kind == "frame" and expr.series else out.ndim
    if axes != 2:
        raise ValueError(
            f"Expected 2D array, got {axes}D array instead: {expr!r}.\nReshape your data either "
            "using array.reshape(-1, 1) if your data has a single feature or "
            "array.reshape(1, -1) if it contains a single sample."
        )
    shape = out.shape
    for axis, what in enumerate(("sample", "feature")):
        if shape[axis] < 1:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={shape}) while a minimum of 1 is required "
                f"by {name}."
            )
    if reset is not None:
        validate_data(estimator, _stand_in(expr, shape[1]), reset=reset, skip_check_array=True)
    return out if out.dtype in _FLOATS else out.astype(np.float64)


def _plain_matrix(estimator: Any, X: Any, reset: bool | None) -> Tensor:
    if hasattr(X, "tocsr"):
        raise UnsupportedError("sparse matrices")
    taken: dict[str, Any] = {"dtype": list(_FLOATS), "order": "C", "ensure_all_finite": False}
    if reset is None:
        return tensor_of(check_array(X, estimator=estimator, input_name="X", **taken))
    return tensor_of(validate_data(estimator, X, reset=reset, **taken))


def _of_frame(expr: Any) -> Tensor:
    kinds = expr.dtypes[expr.index_levels :]
    if not all(kind.is_number or kind.is_bool for kind in kinds):
        wrong = next(kind for kind in kinds if not (kind.is_number or kind.is_bool))
        raise UnsupportedError(f"columns of type {wrong}")
    if None in expr.shape:
        expr = _core.tensor.settled(expr)
    single = all(kind.name in ("float32", "Float32") for kind in kinds)
    dtype = np.dtype(np.float32 if single else np.float64)
    return Tensor._of(_core.tensor.to_array(expr, 2, dtype))


def _stand_in(expr: Any, columns: int) -> Any:
    """Something with the names and the number of the columns, and no rows."""
    if expr.kind == "tensor":
        return np.empty((0, columns))
    import pandas

    return pandas.DataFrame(columns=pandas.Index(expr.labels[expr.index_levels :], dtype=object))


def weights(sample_weight: Any, x: Tensor) -> Tensor | None:
    """``sample_weight`` as a tensor of the type of ``x``, one per row."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, (int, float)):
        sample_weight = np.full(x.shape[0], sample_weight)
    expr = getattr(sample_weight, "_expr", None)
    if expr is None:
        out = tensor_of(np.asarray(sample_weight, dtype=x.dtype))
    elif expr.kind == "frame":
        out = Tensor._of(_core.tensor.to_array(expr, -1, x.dtype))
    else:
        out = sample_weight.astype(x.dtype)
    if out.ndim != 1:
        raise ValueError("Sample weights must be 1D array or scalar")
    if out.shape[0] != x.shape[0]:
        raise ValueError(f"sample_weight.shape == {out.shape}, expected {(x.shape[0],)}!")
    return out


def given_back(out: Tensor, X: Any) -> Any:
    """Tensors for what was ours, NumPy arrays for what was not."""
    return out if getattr(X, "_expr", None) is not None else np.array(out)
