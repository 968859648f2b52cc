"""scikit-learn's own checks of an estimator, on arrays that are not ours."""

import warnings

import pytest
from sklearn.utils.estimator_checks import check_estimator
from tharsis.sklearn.cluster import KMeans
from tharsis.sklearn.decomposition import PCA
from tharsis.sklearn.preprocessing import StandardScaler

import tharsis as th

# k-means++ draws other rows where weights stand for repeated ones: scikit-learn's own KMeans is
# excused from these, too.
EXCUSED = {
    "check_sample_weight_equivalence_on_dense_data": "draws depend on the number of rows",
    "check_sample_weight_equivalence_on_sparse_data": "draws depend on the number of rows",
}


@pytest.mark.parametrize(
    "estimator", [StandardScaler(), PCA(), KMeans(n_clusters=3)], ids=lambda e: type(e).__name__
)
def test_scikit_learns_checks_pass(estimator):
    th.options.fallback = "ignore"  # of sparse matrices
    excused = EXCUSED if isinstance(estimator, KMeans) else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, expected_failed_checks=excused, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert failed == {}
    assert len(results) > 50
