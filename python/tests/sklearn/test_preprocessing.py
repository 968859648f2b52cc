"""StandardScaler against scikit-learn's: moments, types, missing values, weights and errors."""

import pickle
import warnings

import numpy as np
import pandas
import pytest
import scipy.sparse
import sklearn.preprocessing
import tharsis.numpy as tnp
import tharsis.pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from tharsis.errors import FallbackWarning
from tharsis.sklearn.preprocessing import StandardScaler

import tharsis as th

LEARNED = ["mean_", "var_", "scale_", "n_samples_seen_"]


def data(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(100, 20, shape).astype(dtype)
    x[:, 0] = 7  # constant
    if x.dtype.kind == "f" and shape[0] > 3:
        x[2, -1] = np.nan
    return x


def assert_learned(ours, theirs, rtol):
    for name in LEARNED:
        got, want = getattr(ours, name), getattr(theirs, name)
        assert (got is None) == (want is None), name
        if want is not None:
            assert np.asarray(got).dtype == np.asarray(want).dtype, name
            assert np.shape(got) == np.shape(want), name
            np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "bool"])
@pytest.mark.parametrize("shape", [(1000, 3), (50, 40), (1, 4), (7, 1)])
def test_equals_sklearn(shape, dtype, weighted):
    x = data(shape, dtype)
    weight = np.random.default_rng(1).random(shape[0]) if weighted else None
    theirs = sklearn.preprocessing.StandardScaler().fit(x, sample_weight=weight)
    ours = StandardScaler().fit(tnp.array(x), sample_weight=weight)
    narrow = dtype == "float32"
    assert_learned(ours, theirs, 1e-5 if narrow else 1e-11)
    want = theirs.transform(x)
    got = ours.transform(tnp.array(x))
    assert got.dtype == want.dtype
    near = {"rtol": 1e-4, "atol": 1e-5} if narrow else {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(np.asarray(got), want, **near)
    back = ours.inverse_transform(got)
    np.testing.assert_allclose(np.asarray(back), theirs.inverse_transform(want), rtol=1e-5)


@pytest.mark.parametrize("with_mean", [False, True])
@pytest.mark.parametrize("with_std", [False, True])
def test_what_is_switched_off_is_not_learned(with_mean, with_std):
    x = data((200, 4), "float64")
    parts = {"with_mean": with_mean, "with_std": with_std}
    theirs = sklearn.preprocessing.StandardScaler(**parts)
    ours = StandardScaler(**parts)
    for start in (0, 120):
        theirs.partial_fit(x[start : start + 120])
        ours.partial_fit(tnp.array(x[start : start + 120]))
        assert_learned(ours, theirs, 1e-11)
    np.testing.assert_allclose(np.asarray(ours.transform(tnp.array(x))), theirs.transform(x))


def test_a_large_mean_does_not_hurt():
    x = np.random.default_rng(3).normal(1e9, 1.0, (5000, 2))
    ours = StandardScaler().fit(tnp.array(x))
    np.testing.assert_allclose(ours.var_, x.var(axis=0), rtol=1e-8)


def test_frames_have_names():
    frame = pandas.DataFrame(
        data((50, 2), "float64", 4), columns=["u", "v"], index=range(50, 0, -1)
    )
    ours = StandardScaler().fit(pd.from_pandas(frame))
    theirs = sklearn.preprocessing.StandardScaler().fit(frame)
    assert ours.feature_names_in_.tolist() == ["u", "v"]
    assert ours.n_features_in_ == 2
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    with pytest.raises(ValueError, match="feature names should match"):
        ours.transform(pd.from_pandas(frame[["v", "u"]]))
    assert type(ours.transform(pd.from_pandas(frame))) is tnp.ndarray
    assert type(ours.transform(frame)) is np.ndarray
    ours.set_output(transform="pandas")
    theirs.set_output(transform="pandas")
    pandas.testing.assert_frame_equal(
        ours.transform(pd.from_pandas(frame)), theirs.transform(frame)
    )


def test_the_contract_of_estimators():
    x = tnp.array(data((60, 3), "float64"))
    ours = StandardScaler(with_std=False)
    assert ours.get_params() == {"copy": True, "with_mean": True, "with_std": False}
    fresh = clone(ours.set_params(with_std=True))
    assert fresh.fit(x) is fresh
    again = pickle.loads(pickle.dumps(fresh))
    np.testing.assert_array_equal(again.mean_, fresh.mean_)
    twice = make_pipeline(StandardScaler(), StandardScaler()).fit(x)
    np.testing.assert_allclose(
        np.asarray(twice.transform(x)), np.asarray(fresh.transform(x)), atol=1e-12
    )
    assert isinstance(fresh, sklearn.preprocessing.StandardScaler)


def test_errors():
    x = tnp.array(data((60, 3), "float64"))
    with pytest.raises(NotFittedError):
        StandardScaler().transform(x)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        StandardScaler().fit(x[:, 0])
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        StandardScaler().fit(pd.Series([1.0, 2.0]))
    with pytest.raises(ValueError, match="Input X contains infinity"):
        StandardScaler().fit(tnp.array([[1.0], [np.inf]]))
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        StandardScaler().fit(x[:0])
    with pytest.raises(ValueError, match="is expecting 3 features"):
        StandardScaler().fit(x).transform(x[:, :2])
    with pytest.raises(ValueError, match="'with_mean' parameter"):
        StandardScaler(with_mean=3).fit(x)
    with pytest.raises(ValueError, match="at least one non-zero number"):
        StandardScaler().fit(x, sample_weight=np.zeros(60))
    with pytest.raises(ValueError, match="sample_weight contains NaN"):
        StandardScaler().fit(x, sample_weight=np.full(60, np.nan))
    with pytest.raises(ValueError, match="sample_weight.shape"):
        StandardScaler().fit(x, sample_weight=[1.0, 2.0])


def test_text_and_sparse_matrices_fall_back_aloud():
    with pytest.raises(NotImplementedError, match="forbids scikit-learn"):
        StandardScaler().fit(pd.DataFrame({"a": ["1", "3"]}))
    th.options.fallback = "warn"
    with pytest.warns(FallbackWarning, match=r"StandardScaler\.partial_fit .* columns of type str"):
        assert StandardScaler().fit(pd.DataFrame({"a": ["1", "3"]})).mean_ == [2.0]
    with pytest.warns(FallbackWarning, match="sparse matrices"):
        StandardScaler(with_mean=False).fit(scipy.sparse.csr_matrix(np.eye(3)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        StandardScaler().fit(tnp.array(np.eye(3)))
