"""How good a prediction is: scikit-learn's measures, computed by the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.sklearn.fallback import run_in_sklearn

__all__ = ["accuracy_score", "average_precision_score", "log_loss", "roc_auc_score"]

_frame = _core.frame


def _series(values: Any) -> Any:
    """A series expression with range labels over array-like values."""
    from tharsis.pandas.series import Series

    expr = getattr(values, "_expr", None)
    if expr is not None and expr.kind == "frame":
        return _frame.reset_index(expr, True)
    return Series(np.ascontiguousarray(values))._expr


def _columns(who: str, *arrays: Any) -> list[Any]:
    """All arrays as series of one row space; None stays None."""
    out: list[Any] = []
    for array in arrays:
        if array is None:
            out.append(None)
            continue
        expr = _series(array)
        if out and _frame.row_count(expr) != _frame.row_count(out[0]):
            lengths = [int(_frame.row_count(e)) for e in (out[0], expr)]
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: {lengths}"
            )
        out.append(_frame.rebase(expr, out[0]) if out else expr)
    return out


def _binary(who: str, truth: Any) -> Any:
    """The truth as 0 and 1."""
    dtype = truth.dtypes[-1]
    if not (dtype.is_number or dtype.is_bool):
        raise UnsupportedError(f"{who}: labels of type {dtype}")
    low, high = (_frame.values(_frame.reduce(truth, f))[0] for f in ("min", "max"))
    if float(low) not in (0.0, -1.0) or float(high) != 1.0:
        raise UnsupportedError(f"{who}: labels other than 0 and 1")
    return _frame.binary("greater", truth, 0)


def _scores(who: str, values: Any) -> Any:
    array = values if getattr(values, "_expr", None) is not None else np.asarray(values)
    if getattr(array, "ndim", 1) != 1:
        raise UnsupportedError(f"{who}: scores of several classes")
    return array


def roc_auc_score(
    y_true: Any,
    y_score: Any,
    *,
    average: Any = "macro",
    sample_weight: Any = None,
    max_fpr: Any = None,
    multi_class: str = "raise",
    labels: Any = None,
) -> float:
    """The area under the ROC curve of a binary ranking.

    Parameters
    ----------
    y_true, y_score : array-like, Series or Tensor, one-dimensional
    sample_weight : array-like, optional

    Returns
    -------
    float
        In [0, 1]; NaN with a warning where there is one class only.

    Examples
    --------
    >>> from tharsis.sklearn.metrics import roc_auc_score
    >>> roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    try:
        if max_fpr is not None or labels is not None or multi_class != "raise":
            raise UnsupportedError("max_fpr, labels and several classes")
        truth, score, weight = _columns(
            "roc_auc_score", y_true, _scores("roc_auc_score", y_score), sample_weight
        )
        return float(_core.metrics.roc_auc(_binary("roc_auc_score", truth), score, weight))
    except UnsupportedError as error:
        return run_in_sklearn(
            "metrics",
            "roc_auc_score",
            str(error),
            y_true,
            y_score,
            average=average,
            sample_weight=sample_weight,
            max_fpr=max_fpr,
            multi_class=multi_class,
            labels=labels,
        )


def average_precision_score(
    y_true: Any,
    y_score: Any,
    *,
    average: Any = "macro",
    pos_label: Any = 1,
    sample_weight: Any = None,
) -> float:
    """The mean precision of a binary ranking over the recall that each score adds.

    Examples
    --------
    >>> from tharsis.sklearn.metrics import average_precision_score
    >>> round(average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    try:
        if pos_label != 1:
            raise UnsupportedError("pos_label other than 1")
        truth, score, weight = _columns(
            "average_precision_score",
            y_true,
            _scores("average_precision_score", y_score),
            sample_weight,
        )
        return float(
            _core.metrics.average_precision(
                _binary("average_precision_score", truth), score, weight
            )
        )
    except UnsupportedError as error:
        return run_in_sklearn(
            "metrics",
            "average_precision_score",
            str(error),
            y_true,
            y_score,
            average=average,
            pos_label=pos_label,
            sample_weight=sample_weight,
        )


def _mean(values: Any, weight: Any) -> float:
    if weight is None:
        return float(_frame.values(_frame.reduce(values, "mean"))[0])
    weighted = _frame.reduce(_frame.binary("multiply", values, weight), "sum")
    return float(_frame.values(weighted)[0]) / float(_frame.values(_frame.reduce(weight, "sum"))[0])


def log_loss(
    y_true: Any,
    y_pred: Any,
    *,
    normalize: bool = True,
    sample_weight: Any = None,
    labels: Any = None,
) -> float:
    """The mean negative log-likelihood of binary labels.

    Parameters
    ----------
    y_true : array-like of 0 and 1
    y_pred : array-like of shape (n,) or (n, 2)
        Probabilities of the positive class, or of both.

    Examples
    --------
    >>> from tharsis.sklearn.metrics import log_loss
    >>> round(log_loss([0, 1], [0.1, 0.9]), 4)
    0.1054
    """
    try:
        if not normalize or labels is not None:
            raise UnsupportedError("normalize=False and labels")
        chance = (
            np.asarray(y_pred, dtype="float64")
            if getattr(y_pred, "_expr", None) is None
            else y_pred
        )
        if getattr(chance, "ndim", 1) == 2:
            chance = np.asarray(chance)
            if chance.shape[1] != 2:
                raise UnsupportedError("several classes")
            chance = chance[:, 1]
        truth, chance, weight = _columns("log_loss", y_true, chance, sample_weight)
        eps = float(np.finfo("float64").eps)
        kept = _frame.unary("clip", chance, [], [eps, 1 - eps])
        hit = _frame.apply(
            "where", [_binary("log_loss", truth), kept, _frame.binary("subtract", 1.0, kept)]
        )
        return -_mean(_frame.unary("log", hit), weight)
    except UnsupportedError as error:
        return run_in_sklearn(
            "metrics",
            "log_loss",
            str(error),
            y_true,
            y_pred,
            normalize=normalize,
            sample_weight=sample_weight,
            labels=labels,
        )


def accuracy_score(
    y_true: Any, y_pred: Any, *, normalize: bool = True, sample_weight: Any = None
) -> float:
    """The share of rows whose prediction is right (their number with ``normalize=False``).

    Examples
    --------
    >>> from tharsis.sklearn.metrics import accuracy_score
    >>> accuracy_score([0, 1, 1], [0, 1, 0])
    0.6666666666666666
    """
    try:
        if np.ndim(y_true) > 1 if getattr(y_true, "_expr", None) is None else False:
            raise UnsupportedError("several labels per row")
        truth, guess, weight = _columns("accuracy_score", y_true, y_pred, sample_weight)
        hit = _frame.astype(_frame.binary("equal", truth, guess), "float64")
        if normalize:
            return _mean(hit, weight)
        counted = hit if weight is None else _frame.binary("multiply", hit, weight)
        return float(_frame.values(_frame.reduce(counted, "sum"))[0])
    except UnsupportedError as error:
        return run_in_sklearn(
            "metrics",
            "accuracy_score",
            str(error),
            y_true,
            y_pred,
            normalize=normalize,
            sample_weight=sample_weight,
        )
