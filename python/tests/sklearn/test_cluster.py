"""KMeans against scikit-learn's, step by step: seeds, centers, labels, empty clusters, errors."""

import pickle
import warnings

import numpy as np
import pandas
import pytest
import sklearn.cluster
import tharsis.numpy as tnp
import tharsis.pandas as pd
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from tharsis.errors import FallbackWarning
from tharsis.sklearn.cluster import KMeans
from tharsis.sklearn.preprocessing import StandardScaler

import tharsis as th


def data(rows, columns, groups, seed=0):
    rng = np.random.default_rng(seed)
    away = rng.integers(0, groups, rows)[:, None] * rng.random(columns) * 2
    return rng.normal(50, 1, (rows, columns)) + away


def assert_same(ours, theirs, rtol=1e-6):
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=rtol)
    np.testing.assert_array_equal(np.asarray(ours.labels_), theirs.labels_)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=rtol)
    assert ours.cluster_centers_.dtype == theirs.cluster_centers_.dtype
    assert np.asarray(ours.labels_).dtype == theirs.labels_.dtype


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("start", ["array", "k-means++", "random", "best of 3", "elkan"])
@pytest.mark.parametrize(("rows", "columns", "k"), [(500, 2, 3), (2500, 16, 8), (300, 5, 20)])
def test_equals_sklearn(rows, columns, k, start, seed, weighted):
    x = data(rows, columns, k, seed)
    weight = np.random.default_rng(seed).random(rows) if weighted else None
    settings = {
        "array": {"init": x[:k], "n_init": 1},
        "k-means++": {},
        "random": {"init": "random", "n_init": 2},
        "best of 3": {"n_init": 3},
        "elkan": {"algorithm": "elkan"},
    }[start]
    theirs = sklearn.cluster.KMeans(k, random_state=seed, **settings).fit(x, sample_weight=weight)
    ours = KMeans(k, random_state=seed, **settings).fit(tnp.array(x), sample_weight=weight)
    assert_same(ours, theirs)
    more = data(1000, columns, k, seed + 10)
    np.testing.assert_array_equal(np.asarray(ours.predict(tnp.array(more))), theirs.predict(more))
    np.testing.assert_allclose(np.asarray(ours.transform(tnp.array(more))), theirs.transform(more))
    by = None if weight is None else np.resize(weight, 1000)
    assert ours.score(tnp.array(more), sample_weight=by) == pytest.approx(
        theirs.score(more, sample_weight=by)
    )


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_types(dtype):
    x = (data(3000, 6, 4) * 100).astype(dtype)
    settings = {"init": x[:4].astype("float64"), "n_init": 1, "max_iter": 5}
    theirs = sklearn.cluster.KMeans(4, **settings).fit(x)
    ours = KMeans(4, **settings).fit(tnp.array(x))
    assert_same(ours, theirs, 1e-4 if dtype == "float32" else 1e-6)
    assert ours.transform(tnp.array(x)).dtype == theirs.transform(x).dtype


@pytest.mark.parametrize("max_iter", [1, 2, 300])
@pytest.mark.parametrize("tol", [0, 1e-4, 0.5])
def test_ends_where_sklearn_ends(max_iter, tol):
    x = data(2000, 3, 5)
    settings = {"init": x[:5], "n_init": 1, "max_iter": max_iter, "tol": tol}
    assert_same(
        KMeans(5, **settings).fit(tnp.array(x)), sklearn.cluster.KMeans(5, **settings).fit(x)
    )


@pytest.mark.parametrize("empty", [1, 3])
def test_empty_clusters_are_filled(empty):
    x = data(400, 2, 3)
    far = np.full((empty, 2), 1e4) * np.arange(1, empty + 1)[:, None]
    settings = {"init": np.vstack([x[:2], far]), "n_init": 1}
    k = 2 + empty
    assert_same(
        KMeans(k, **settings).fit(tnp.array(x)), sklearn.cluster.KMeans(k, **settings).fit(x)
    )


def test_one_row_one_column_one_cluster():
    for shape in [(1, 1), (1, 4), (10, 1)]:
        x = data(*shape, 1)
        assert_same(KMeans(1).fit(tnp.array(x)), sklearn.cluster.KMeans(1).fit(x))


def test_fewer_distinct_rows_than_clusters_warn():
    x = np.repeat([[0.0], [1.0]], 5, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\)"):
        KMeans(3, random_state=0).fit(tnp.array(x))


def test_frames_series_weights_and_kinds():
    plain = pandas.DataFrame(data(500, 3, 3), columns=list("abc"), index=range(500, 0, -1))
    weight = pandas.Series(np.linspace(0.1, 1, 500), index=plain.index)
    theirs = sklearn.cluster.KMeans(3, random_state=0).fit(plain, sample_weight=weight)
    frame = pd.from_pandas(plain)
    ours = KMeans(3, random_state=0).fit(frame, sample_weight=pd.from_pandas(weight))
    assert_same(ours, theirs)
    assert ours.feature_names_in_.tolist() == ["a", "b", "c"]
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert type(ours.labels_) is tnp.ndarray
    assert type(ours.predict(plain)) is np.ndarray
    assert type(KMeans(3, random_state=0).fit(plain).labels_) is np.ndarray
    kept = frame[frame["a"] > plain["a"].median()]  # its length is not known yet
    assert len(KMeans(2, random_state=0).fit(kept).labels_) == 250


def test_rows_beyond_memory(tmp_path):
    rows, k = 300_000, 5
    plain = pandas.DataFrame(data(rows, 16, k), columns=[f"c{i}" for i in range(16)])
    path = str(tmp_path / "rows.parquet")
    plain.to_parquet(path, row_group_size=10_000)
    settings = {"init": plain.to_numpy()[:k], "n_init": 1, "max_iter": 5}
    theirs = sklearn.cluster.KMeans(k, **settings).fit(plain)
    before, spilled = th.options.memory_limit, th._core.memory()["spilled_bytes"]
    try:
        th.options.memory_limit = th._core.memory()["used_bytes"] + 40_000_000
        ours = KMeans(k, **settings).fit(pd.read_parquet(path))
        labels = np.asarray(ours.predict(pd.read_parquet(path)))
        assert th._core.memory()["spilled_bytes"] > spilled
    finally:
        th.options.memory_limit = before
    assert_same(ours, theirs)
    np.testing.assert_array_equal(labels, theirs.labels_)


def test_the_contract_of_estimators():
    x = tnp.array(data(300, 3, 3))
    ours = KMeans(3, random_state=0)
    assert clone(ours).get_params() == sklearn.cluster.KMeans(3, random_state=0).get_params()
    assert ours.fit(x) is ours
    again = pickle.loads(pickle.dumps(ours))
    np.testing.assert_array_equal(np.asarray(again.predict(x)), np.asarray(ours.labels_))
    np.testing.assert_array_equal(np.asarray(clone(ours).fit_predict(x)), np.asarray(ours.labels_))
    np.testing.assert_array_equal(
        np.asarray(clone(ours).fit_transform(x)), np.asarray(ours.transform(x))
    )
    pipeline = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit(x)
    theirs = make_pipeline(
        sklearn.preprocessing.StandardScaler(), sklearn.cluster.KMeans(3, random_state=0)
    ).fit(np.asarray(x))
    np.testing.assert_array_equal(np.asarray(pipeline.predict(x)), theirs.predict(np.asarray(x)))


def test_errors():
    x = tnp.array(data(60, 3, 3))
    with pytest.raises(NotFittedError):
        KMeans().predict(x)
    with pytest.raises(ValueError, match="n_samples=60 should be >= n_clusters=61"):
        KMeans(61).fit(x)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        KMeans(2).fit(tnp.array([[1.0], [np.nan], [2.0]]))
    with pytest.raises(ValueError, match="Input X contains infinity"):
        KMeans(2).fit(tnp.array([[1.0], [np.inf], [2.0]]))
    with pytest.raises(ValueError, match="shape of the initial centers"):
        KMeans(3, init=np.zeros((2, 3))).fit(x)
    with pytest.raises(ValueError, match="'n_clusters' parameter"):
        KMeans(0).fit(x)
    with pytest.raises(ValueError, match="is expecting 3 features"):
        KMeans(3, random_state=0).fit(x).predict(x[:, :2])
    with pytest.raises(ValueError, match="sample_weight.shape"):
        KMeans(3).fit(x, sample_weight=[1.0])
    with pytest.warns(RuntimeWarning, match="performing only one init"):
        KMeans(3, init=np.asarray(x)[:3], n_init=4).fit(x)


def test_what_falls_back_says_so():
    x = data(100, 2, 2)
    theirs = sklearn.cluster.KMeans(2, init=lambda x, k, random_state: x[:k], n_init=1)
    ours = KMeans(2, init=theirs.init, n_init=1)
    with pytest.raises(NotImplementedError, match="init that is a function"):
        ours.fit(tnp.array(x))
    th.options.fallback = "warn"
    with pytest.warns(FallbackWarning, match=r"KMeans\.fit .* init that is a function"):
        ours.fit(tnp.array(x))
    assert_same(ours, theirs.fit(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(np.asarray(ours.predict(tnp.array(x))), theirs.predict(x))
