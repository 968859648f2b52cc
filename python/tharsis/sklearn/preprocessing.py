"""Columns brought to a common scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn.preprocessing
from sklearn.utils.validation import check_is_fitted

from tharsis import _core
from tharsis.sklearn.fallback import native
from tharsis.sklearn.validation import given_back, matrix, weights

__all__ = ["StandardScaler"]


class StandardScaler(sklearn.preprocessing.StandardScaler):
    """Each column minus its mean, divided by its standard deviation.

    Parameters
    ----------
    copy : bool
        Kept for scikit-learn's sake: the engine never writes into what it was given.
    with_mean, with_std : bool
        Whether to centre and whether to scale.

    Attributes
    ----------
    mean_, var_, scale_ : numpy.ndarray of shape (n_features,), float64, or None
        ``scale_`` is 1 where a column is constant. Units of ``mean_`` and ``scale_``: those of the
        column.
    n_samples_seen_ : number, or numpy.ndarray of shape (n_features,) where values are missing
    n_features_in_, feature_names_in_

    Notes
    -----
    Source: ``sklearn.preprocessing.StandardScaler`` of scikit-learn 1.9. NaN is left out of the
    moments and stays. Sparse matrices and columns of text go to scikit-learn with a
    FallbackWarning.

    Examples
    --------
    >>> import tharsis.numpy as np
    >>> from tharsis.sklearn.preprocessing import StandardScaler
    >>> x = np.array([[0.0, 5.0], [2.0, 5.0]])
    >>> StandardScaler().fit_transform(x).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """

    _theirs = sklearn.preprocessing.StandardScaler
    mean_: Any
    var_: Any
    scale_: Any
    n_samples_seen_: Any

    @native
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> StandardScaler:
        """Adds rows to what is known of the columns.

        Parameters
        ----------
        X : Tensor, DataFrame or array-like of shape (n_samples, n_features)
            float32 stays float32, other numbers become float64.
        y : ignored
        sample_weight : Series, Tensor or array-like of shape (n_samples,), optional

        Returns
        -------
        StandardScaler
            Itself.

        Raises
        ------
        ValueError
            ``X`` has no two axes, no rows, an infinity, or other columns than before.
        """
        self._validate_params()
        first = not hasattr(self, "n_samples_seen_")
        x = matrix(self, X, reset=first)
        weight = weights(self, sample_weight, x)
        columns = x.shape[1]
        before = [[0.0] * columns] * 3 if first else self._seen(columns)
        count, mean, variance = (
            np.asarray(part)
            for part in _core.learn.column_moments(
                x._expr, None if weight is None else weight._expr, *before
            )
        )
        self.n_samples_seen_ = count[0] if count.min() == count.max() else count
        known = self.with_mean or self.with_std
        if not known and weight is None:
            self.n_samples_seen_ = self.n_samples_seen_.astype(np.int64)
        self.mean_ = mean if known else None
        self.var_ = variance if self.with_std else None
        self.scale_ = None
        if self.with_std:
            # Constant as far as the rounding of a variance of two passes can tell.
            eps = np.finfo(np.float64).eps
            constant = variance <= count * eps * variance + (count * mean * eps) ** 2
            self.scale_ = np.where(constant, 1.0, np.sqrt(variance))
        return self

    def _seen(self, columns: int) -> list[Any]:
        parts = (self.n_samples_seen_, self.mean_, self.var_)
        filled = [np.broadcast_to(0.0 if part is None else part, columns) for part in parts]
        return [part.astype(float).tolist() for part in filled]

    @native
    def transform(self, X: Any, copy: Any = None) -> Any:
        """The columns on the common scale.

        Parameters
        ----------
        X : Tensor, DataFrame or array-like of shape (n_samples, n_features)

        Returns
        -------
        Tensor of shape (n_samples, n_features), lazy
            float32 for float32, else float64; a NumPy array where ``X`` is no tensor and no frame
            of ours.

        Raises
        ------
        NotFittedError
        ValueError
            Other columns than in ``fit``.
        """
        check_is_fitted(self)
        out: Any = matrix(self, X, reset=False)
        if self.with_mean:
            out = out - self.mean_.astype(out.dtype)
        if self.with_std:
            out = out / self.scale_.astype(out.dtype)
        return given_back(out, X, self)

    @native
    def inverse_transform(self, X: Any, copy: Any = None) -> Any:
        """The columns on their own scale again; shapes and types as `transform`."""
        check_is_fitted(self)
        out: Any = matrix(self, X, reset=None)
        if self.with_std:
            out = out * self.scale_.astype(out.dtype)
        if self.with_mean:
            out = out + self.mean_.astype(out.dtype)
        return given_back(out, X, self)
