"""Directions in which rows vary most."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn.decomposition
from sklearn.utils.validation import check_is_fitted

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.numpy.creation import tensor_of
from tharsis.numpy.tensor import Tensor
from tharsis.sklearn.fallback import native
from tharsis.sklearn.validation import given_back, matrix

__all__ = ["PCA"]


class PCA(sklearn.decomposition.PCA):
    """Rows in the few directions that explain most of their variance.

    Parameters
    ----------
    n_components : int, float in (0, 1), or None
        How many; or the share of the variance they shall explain; or all. "mle" goes to
        scikit-learn.
    whiten : bool
        Whether transformed columns have variance 1.
    svd_solver : {"auto", "covariance_eigh", "full"}
        "auto" chooses as scikit-learn: "covariance_eigh" for up to 1,000 columns and ten times as
        many rows; "full" for small matrices. Where it would choose "randomized", and for
        "randomized" and "arpack", scikit-learn runs.
    copy, tol, iterated_power, n_oversamples, power_iteration_normalizer, random_state
        Of scikit-learn's other solvers.

    Attributes
    ----------
    components_ : numpy.ndarray of shape (n_components_, n_features)
        The largest entry of each is positive.
    explained_variance_, explained_variance_ratio_, singular_values_ : of shape (n_components_,)
    mean_ : numpy.ndarray of shape (n_features,)
    n_components_, n_samples_ : int
    noise_variance_ : float
    n_features_in_, feature_names_in_

    Notes
    -----
    Source: ``sklearn.decomposition.PCA`` of scikit-learn 1.9. The covariance is taken of centered
    rows in float64, also for float32. With "covariance_eigh" rows may be beyond memory.

    Examples
    --------
    >>> import tharsis.numpy as np
    >>> from tharsis.sklearn.decomposition import PCA
    >>> x = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    >>> model = PCA(n_components=1).fit(x)
    >>> model.explained_variance_ratio_.round(6).tolist()
    [1.0]
    """

    _theirs = sklearn.decomposition.PCA
    components_: Any

    @native
    def fit(self, X: Any, y: Any = None) -> PCA:
        """Finds the directions; looks at the data.

        Parameters
        ----------
        X : Tensor, DataFrame or array-like of shape (n_samples, n_features)
            float32 stays float32, other numbers become float64.
        y : ignored

        Returns
        -------
        PCA
            Itself.

        Raises
        ------
        ValueError
            NaN or infinity, or more components than rows or columns.
        BudgetError
            "full" and a matrix that does not fit memory.
        """
        self._validate_params()
        if isinstance(self.n_components, str):
            raise UnsupportedError(f"n_components={self.n_components!r}")
        if self.svd_solver in ("randomized", "arpack"):
            raise UnsupportedError(f"svd_solver={self.svd_solver!r}")
        x = matrix(self, X, reset=True)
        most = min(x.shape)
        keep = most if self.n_components is None else self.n_components
        solver = self._solver(x.shape, keep)
        if not 0 <= keep <= most:
            raise ValueError(
                f"n_components={keep} must be between 0 and min(n_samples, n_features)={most} "
                f"with svd_solver={solver!r}"
            )
        found = _core.learn.pca(x._expr, solver == "covariance_eigh", float(keep))
        mean, components, variance, ratio, singular = (
            np.array(Tensor._of(part)) for part in found[:5]
        )
        self.mean_, self.components_ = mean, components
        self.explained_variance_, self.explained_variance_ratio_ = variance, ratio
        self.singular_values_ = singular
        self.noise_variance_, self.n_components_ = found[5:]
        self.n_samples_ = x.shape[0]
        self._fit_svd_solver = solver
        return self

    def _solver(self, shape: tuple[int, ...], keep: Any) -> str:
        """scikit-learn's choice."""
        if self.svd_solver != "auto":
            return self.svd_solver
        if shape[1] <= 1_000 and shape[0] >= 10 * shape[1]:
            return "covariance_eigh"
        if max(shape) > 500 and 1 <= keep < 0.8 * min(shape):
            raise UnsupportedError("svd_solver='auto' chooses 'randomized'")
        return "full"

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """`fit`, then `transform` of the same rows."""
        return self.fit(X).transform(X)

    @native
    def transform(self, X: Any) -> Any:
        """The rows in the directions of the components.

        Parameters
        ----------
        X : Tensor, DataFrame or array-like of shape (n_samples, n_features)

        Returns
        -------
        Tensor of shape (n_samples, n_components_), lazy
            float32 for float32, else float64. A NumPy array where ``X`` is no tensor and no frame
            of ours.

        Raises
        ------
        NotFittedError
        """
        check_is_fitted(self)
        x = matrix(self, X, reset=False, finite=True)
        turned = np.ascontiguousarray(self.components_.T, dtype=x.dtype)
        out: Any = Tensor._of(_core.learn.times(x._expr, tensor_of(turned)._expr))
        out = out - (self.mean_.astype(x.dtype) @ turned)
        if self.whiten:
            out = out / self._scale().astype(x.dtype)
        return given_back(out, X, self)

    def _scale(self) -> Any:
        scale = np.sqrt(self.explained_variance_)
        return np.maximum(scale, np.finfo(scale.dtype).eps)

    @native
    def inverse_transform(self, X: Any) -> Any:
        """Rows whose `transform` is ``X``; types as `transform`."""
        check_is_fitted(self)
        x = matrix(self, X, reset=None, finite=True)
        components = self.components_
        if self.whiten:
            components = np.sqrt(self.explained_variance_[:, np.newaxis]) * components
        turned = tensor_of(np.ascontiguousarray(components, dtype=x.dtype))
        out: Any = Tensor._of(_core.learn.times(x._expr, turned._expr))
        return given_back(out + self.mean_.astype(x.dtype), X)

    @native
    def score_samples(self, X: Any) -> Any:
        """The log-likelihood of each row, in scikit-learn."""
        raise UnsupportedError("the engine has no native form of it")
