"""Splits into rows to train and rows to test."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn.model_selection

from tharsis import _core
from tharsis.errors import ShapeError

__all__ = ["train_test_split"]


def train_test_split(
    *arrays: Any,
    test_size: Any = None,
    train_size: Any = None,
    random_state: Any = None,
    shuffle: Any = True,
    stratify: Any = None,
) -> list[Any]:
    """Rows to train and rows to test, the same of every array.

    Parameters
    ----------
    *arrays : DataFrame, Series, Tensor, or what scikit-learn takes
        Of one length.
    test_size, train_size : float in (0, 1) or int, optional
        A share or a number of rows; by default a quarter is for the test.
    random_state : int, numpy.random.RandomState or None
        The rows are those scikit-learn chooses for the same seed.
    shuffle : bool
        False: the first rows train, the next ones test; tensors and frames are views then.
    stratify : array-like, optional
        Labels whose shares both parts keep.

    Returns
    -------
    list
        Of each array the part to train and the part to test, of its own kind and type; frames and
        series keep their row labels. Rows of tensors and frames are taken by the engine, when
        somebody looks.

    Raises
    ------
    ValueError
        Lengths differ, a part would be empty, or a class of ``stratify`` has one row only.

    Notes
    -----
    Source: ``sklearn.model_selection.train_test_split`` of scikit-learn 1.9, which draws the
    positions (an int64 per row). What is lazy is computed, once, before it is split.

    Examples
    --------
    >>> import tharsis.numpy as np
    >>> from tharsis.sklearn.model_selection import train_test_split
    >>> train, test = train_test_split(np.arange(8) * 10, test_size=2, random_state=0)
    >>> train.tolist(), test.tolist()
    ([10, 70, 30, 0, 50, 40], [60, 20])
    """
    if not arrays:
        raise ValueError("At least one array required as input")
    ours = [_expr_of(array) for array in arrays]
    if any(expr is not None for expr in ours):
        _core.run([expr for expr in ours if expr is not None])
    lengths = [_rows(array) for array in arrays if array is not None]
    if len(set(lengths)) > 1:
        raise ValueError(f"Found input variables with inconsistent numbers of samples: {lengths}")
    plain = [array for array, expr in zip(arrays, ours, strict=True) if expr is None]
    sizes = {"test_size": test_size, "train_size": train_size}
    drawn = _draw(lengths[0] if lengths else 0, plain, stratify, random_state, shuffle, sizes)
    train, test = drawn[:2]
    rest = iter(drawn[2:])
    positions = [_core.tensor_from_numpy(part) for part in (train, test)] if shuffle else []
    out: list[Any] = []
    for array, expr in zip(arrays, ours, strict=True):
        if expr is None:
            out += [next(rest), next(rest)]
        elif shuffle:
            out += [_taken(array, where) for where in positions]
        else:
            out += _cut(array, len(train), len(test))
    return out


def _expr_of(array: Any) -> Any:
    expr = getattr(array, "_expr", None)
    if expr is not None and expr.kind == "tensor" and expr.ndim == 0:
        raise ShapeError("train_test_split: a number has no rows")
    return expr


def _rows(array: Any) -> int:
    if hasattr(array, "shape") and len(array.shape) > 0:
        return int(array.shape[0])
    if not hasattr(array, "__len__"):
        raise TypeError(f"Expected sequence or array-like, got {type(array)}")
    return len(array)


def _draw(
    rows: int, plain: list[Any], stratify: Any, random_state: Any, shuffle: Any, sizes: Any
) -> list[Any]:
    """scikit-learn's own draw: positions to train and to test, then the parts of plain arrays."""

    def draw(labels: Any) -> list[Any]:
        return sklearn.model_selection.train_test_split(
            np.arange(rows),
            *plain,
            random_state=random_state,
            shuffle=shuffle,
            stratify=labels,
            **sizes,
        )

    expr = getattr(stratify, "_expr", None)
    if expr is None:
        return draw(stratify)
    if expr.kind == "frame" and expr.series and expr.dtypes[-1].is_string:
        try:
            return draw(_numbered(expr))
        except ValueError:
            pass  # raised again below, in the words of the labels
    return draw(np.asarray(stratify))


def _numbered(series: Any) -> Any:
    """The number of each label among the sorted ones: numbers are quicker to stratify than text."""
    frame = _core.frame.to_frame(_core.frame.reset_index(series, True), "label")
    return _core.to_numpy(_core.frame.group_number(frame, ["label"], True, False), 0)


def _taken(array: Any, positions: Any) -> Any:
    expr = array._expr
    if expr.kind == "tensor":
        return array._wrap(_core.tensor.take_rows(expr, positions))
    rows = _core.tensor.from_arrays([positions], [None], True)
    return array._like(_core.frame.take(expr, rows))


def _cut(array: Any, train: int, test: int) -> list[Any]:
    if array._expr.kind == "tensor":
        return [array[:train], array[train : train + test]]
    return [array.iloc[:train], array.iloc[train : train + test]]
