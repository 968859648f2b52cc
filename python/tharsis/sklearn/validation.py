"""What estimators take: rows and columns of floats, weights; and what they give back."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import check_array, validate_data

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.numpy.creation import tensor_of
from tharsis.numpy.tensor import Tensor

__all__ = ["given_back", "matrix", "weights"]

_FLOATS = (np.float64, np.float32)


def matrix(estimator: Any, X: Any, *, reset: bool | None, finite: bool = False) -> Tensor:
    """``X`` as a tensor of float64 or float32, rows and columns.

    Sets or checks ``n_features_in_`` and ``feature_names_in_`` as scikit-learn does, unless
    ``reset`` is None. A length that depends on data is observed. ``finite``: NaN and infinity are
    errors where ``X`` is not ours, whose answer is computed at once; of what is lazy, only ``fit``
    looks at the values.
    """
    expr = getattr(X, "_expr", None)
    if expr is None:
        out = _plain_matrix(estimator, X, reset)
        return _finite(estimator, out, "X") if finite else out
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


def _finite(estimator: Any, x: Tensor, name: str) -> Tensor:
    """``x``, unless it holds a NaN or an infinity: a ValueError in scikit-learn's words."""
    if not np.isfinite(float(x.sum())):
        assert_all_finite(np.asarray(x), estimator_name=type(estimator).__name__, input_name=name)
    return x


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


def weights(estimator: Any, sample_weight: Any, x: Tensor) -> Tensor | None:
    """``sample_weight`` as a tensor of the type of ``x``, one per row; they are looked at."""
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
    if not bool((out != 0).any()):
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return _finite(estimator, out, "sample_weight")


def given_back(out: Tensor, X: Any, transformer: Any = None) -> Any:
    """Tensors for what was ours, NumPy arrays for what was not.

    A transformer that was told to answer pandas' frames (``set_output``) keeps the row labels.
    """
    expr = getattr(X, "_expr", None)
    if expr is None:
        return np.array(out)
    if transformer is not None and expr.kind == "frame":
        general = sklearn.get_config()["transform_output"]
        wanted = getattr(transformer, "_sklearn_output_config", {}).get("transform", general)
        if wanted == "pandas":
            import pandas

            return pandas.DataFrame(np.array(out), index=X.index.to_pandas())
    return out
