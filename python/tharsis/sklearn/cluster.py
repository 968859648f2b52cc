"""Groups of rows that are near each other."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import sklearn.cluster
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.numpy.creation import tensor_of
from tharsis.numpy.tensor import Tensor
from tharsis.sklearn.fallback import native
from tharsis.sklearn.validation import given_back, matrix, weights

__all__ = ["KMeans"]


class KMeans(sklearn.cluster.KMeans):
    """Rows around ``n_clusters`` centers, so that squared distances from them are small.

    Parameters
    ----------
    n_clusters : int
    init : {"k-means++", "random"} or array-like of shape (n_clusters, n_features)
        Where to start. A function goes to scikit-learn.
    n_init : "auto" or int
        How many times; the best is kept. "auto": 10 for "random", else 1.
    max_iter : int
    tol : float
        Ends when the squared ways of all centers in one iteration are not more than ``tol`` times
        the mean of the variances of the columns.
    verbose : int
        What is not 0 goes to scikit-learn.
    random_state : int, numpy.random.RandomState or None
        Draws are scikit-learn's for the same seed.
    copy_x : bool
        Kept for scikit-learn's sake: the engine never writes into what it was given.
    algorithm : {"lloyd", "elkan"}
        Both are computed as "lloyd": the answer is the same.

    Attributes
    ----------
    cluster_centers_ : numpy.ndarray of shape (n_clusters, n_features)
        float32 for float32, else float64; units of the columns.
    labels_ : Tensor of shape (n_samples,), int32
        A NumPy array where ``X`` was no tensor and no frame of ours.
    inertia_ : float
        The sum of the (weighted) squared distances of rows from their centers.
    n_iter_ : int
    n_features_in_, feature_names_in_

    Notes
    -----
    Source: ``sklearn.cluster.KMeans`` of scikit-learn 1.9, step by step: greedy k-means++, Lloyd's
    iterations, empty clusters filled with the rows farthest from their centers. Rows may be beyond
    memory: those of a frame, or of an array that is not computed yet. Labels (int32 per row) and,
    for k-means++, one distance per row stay in memory.

    Examples
    --------
    >>> import tharsis.numpy as np
    >>> from tharsis.sklearn.cluster import KMeans
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 8.0]])
    >>> model = KMeans(n_clusters=2, random_state=0).fit(x)
    >>> sorted(model.cluster_centers_.tolist())
    [[0.0, 0.5], [9.0, 8.5]]
    >>> model.inertia_
    1.0
    """

    _theirs = sklearn.cluster.KMeans
    cluster_centers_: Any
    labels_: Any

    @native
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> KMeans:
        """Finds the centers; looks at the data.

        Parameters
        ----------
        X : Tensor, DataFrame or array-like of shape (n_samples, n_features)
            float32 stays float32, other numbers become float64.
        y : ignored
        sample_weight : Series, Tensor or array-like of shape (n_samples,), optional

        Returns
        -------
        KMeans
            Itself.

        Raises
        ------
        ValueError
            Fewer rows than clusters, NaN or infinity, or an ``init`` of another shape.
        """
        self._validate_params()
        if callable(self.init):
            raise UnsupportedError("init that is a function")
        if self.verbose:
            raise UnsupportedError(f"verbose={self.verbose!r}")
        x = matrix(self, X, reset=True)
        if x.shape[0] < self.n_clusters:
            raise ValueError(f"n_samples={x.shape[0]} should be >= n_clusters={self.n_clusters}.")
        weight = weights(self, sample_weight, x)
        centers, labels, self.inertia_, self.n_iter_, used = _core.learn.kmeans(
            x._expr,
            None if weight is None else weight._expr,
            self._starts(x, weight),
            self.n_clusters,
            self.max_iter,
            self.tol,
        )
        if used < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({used}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=3,
            )
        self.cluster_centers_ = np.array(Tensor._of(centers))
        self.labels_ = given_back(Tensor._of(labels), X)
        self._n_features_out = self.n_clusters
        return self

    def _starts(self, x: Any, weight: Any) -> list[Any]:
        """What each run starts from: centers, positions of rows, or draws of k-means++."""
        state = check_random_state(self.random_state)
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                RuntimeWarning,
                stacklevel=4,
            )
        if not isinstance(self.init, str):
            centers = check_array(np.asarray(self.init), dtype=x.dtype, copy=True, order="C")
            self._validate_center_shape(x, centers)
            if self.n_init not in ("auto", 1):
                warnings.warn(
                    "Explicit initial center position passed: performing only one init in "
                    f"{type(self).__name__} instead of n_init={self.n_init}.",
                    RuntimeWarning,
                    stacklevel=4,
                )
            return [tensor_of(centers)._expr]
        if self.init == "k-means++":
            runs = 1 if self.n_init == "auto" else self.n_init
            draws = 1 + (self.n_clusters - 1) * _core.learn.kmeans_trials(self.n_clusters)
            return [tensor_of(state.random_sample(draws))._expr for _ in range(runs)]
        shares = np.ones(x.shape[0], x.dtype) if weight is None else np.asarray(weight)
        shares = shares / shares.sum()
        runs = 10 if self.n_init == "auto" else self.n_init
        rows = [
            state.choice(x.shape[0], size=self.n_clusters, replace=False, p=shares)
            for _ in range(runs)
        ]
        return [tensor_of(positions.astype(np.int64))._expr for positions in rows]

    def _centers(self, x: Tensor) -> Tensor:
        return tensor_of(np.ascontiguousarray(self.cluster_centers_, dtype=x.dtype))

    @native
    def predict(self, X: Any) -> Any:
        """The number of the nearest center of each row.

        Parameters
        ----------
        X : Tensor, DataFrame or array-like of shape (n_samples, n_features)

        Returns
        -------
        Tensor of shape (n_samples,), int32, lazy
            A NumPy array where ``X`` is no tensor and no frame of ours.

        Raises
        ------
        NotFittedError
        """
        check_is_fitted(self)
        x = matrix(self, X, reset=False, finite=True)
        found = _core.learn.nearest_center(x._expr, self._centers(x)._expr)
        return given_back(Tensor._of(found), X)

    @native
    def transform(self, X: Any) -> Any:
        """The distance of each row from each center.

        Returns
        -------
        Tensor of shape (n_samples, n_clusters), lazy
            Type as ``X``'s; units of the columns. A NumPy array where ``X`` is no tensor and no
            frame of ours.
        """
        check_is_fitted(self)
        x: Any = matrix(self, X, reset=False, finite=True)
        wide = x.astype(np.float64)
        centers = np.asarray(self.cluster_centers_, dtype=np.float64)
        product = _core.learn.times(wide._expr, tensor_of(np.ascontiguousarray(centers.T))._expr)
        squares = (wide * wide).sum(axis=1, keepdims=True) + (centers * centers).sum(axis=1)
        distances = ((squares - Tensor._of(product) * 2).clip(0.0) ** 0.5).astype(x.dtype)
        return given_back(distances, X, self)

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """`fit`, then `transform` of the same rows."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

    @native
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """The negative (weighted) sum of the squared distances of rows from their centers."""
        check_is_fitted(self)
        x = matrix(self, X, reset=False, finite=True)
        weight = weights(self, sample_weight, x)
        by = None if weight is None else weight._expr
        return -float(_core.learn.inertia(x._expr, self._centers(x)._expr, by))
