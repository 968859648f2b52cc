"""PCA against scikit-learn's: solvers, shares, signs, whitening, types, errors."""

import pickle

import numpy as np
import pandas
import pytest
import sklearn.decomposition
import tharsis.numpy as tnp
import tharsis.pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from tharsis.errors import FallbackWarning
from tharsis.sklearn.decomposition import PCA
from tharsis.sklearn.preprocessing import StandardScaler

import tharsis as th

LEARNED = [
    "components_",
    "explained_variance_",
    "explained_variance_ratio_",
    "singular_values_",
    "mean_",
    "noise_variance_",
]


def data(rows, columns, seed=0):
    """Columns that depend on each other, with variances far apart."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(0, 1, (columns, columns))
    return (rng.normal(0, 1, (rows, columns)) * np.arange(1, columns + 1)) @ mixed + 3


def assert_same(ours, theirs, near=1e-7):
    for name in LEARNED:
        got, want = getattr(ours, name), getattr(theirs, name)
        scale = np.max(np.abs(want), initial=1)
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=near * scale, err_msg=name)
        if name != "noise_variance_":
            assert got.dtype == want.dtype, name
    assert ours.n_components_ == theirs.n_components_
    assert ours.n_samples_ == theirs.n_samples_
    assert ours._fit_svd_solver == theirs._fit_svd_solver


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"n_components": 2},
        {"n_components": 0},
        {"n_components": 0.8},
        {"n_components": 2, "svd_solver": "full"},
        {"n_components": 2, "svd_solver": "covariance_eigh"},
        {"n_components": 3, "whiten": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("shape", [(1000, 5), (60, 20), (400, 100), (3000, 32)])
def test_equals_sklearn(shape, seed, settings):
    x = data(*shape, seed)
    theirs = sklearn.decomposition.PCA(**settings).fit(x)
    ours = PCA(**settings).fit(tnp.array(x))
    assert_same(ours, theirs)
    want = theirs.transform(x)
    got = ours.transform(tnp.array(x))
    scale = np.max(np.abs(want), initial=1)
    np.testing.assert_allclose(np.asarray(got), want, atol=1e-7 * scale)
    if settings.get("n_components") == 0:
        return  # neither turns nothing back
    back = ours.inverse_transform(got)
    np.testing.assert_allclose(np.asarray(back), theirs.inverse_transform(want), rtol=1e-5)


def test_wide_matrices_and_float32():
    wide = data(20, 50)
    settings = {"n_components": 10}
    theirs = sklearn.decomposition.PCA(**settings).fit(wide)
    assert_same(PCA(**settings).fit(tnp.array(wide)), theirs)
    narrow = data(2000, 6).astype("float32")
    ours = PCA(3).fit(tnp.array(narrow))
    theirs = sklearn.decomposition.PCA(3).fit(narrow)
    assert_same(ours, theirs, 1e-4)
    assert ours.transform(tnp.array(narrow)).dtype == np.float32


def test_a_large_mean_does_not_hurt():
    x = data(3000, 4) + 1e7
    ours = PCA().fit(tnp.array(x))
    exact = np.linalg.eigvalsh(np.cov(x, rowvar=False))[::-1]
    np.testing.assert_allclose(ours.explained_variance_, exact, rtol=1e-7)


@pytest.mark.parametrize(
    ("shape", "keep"),
    [((50, 4), None), ((39, 4), None), ((500, 60), 2), ((501, 60), 48), ((501, 60), 0.5)],
)
def test_auto_chooses_as_sklearn(shape, keep):
    x = data(*shape)
    ours = PCA(keep).fit(tnp.array(x))
    theirs = sklearn.decomposition.PCA(keep).fit(x)
    assert ours._fit_svd_solver == theirs._fit_svd_solver


def test_one_row_one_column_constant_column():
    x = np.column_stack([np.full(50, 2.0), np.arange(50.0)])
    assert_same(PCA().fit(tnp.array(x)), sklearn.decomposition.PCA().fit(x))
    one = np.arange(9.0).reshape(9, 1)
    assert_same(PCA().fit(tnp.array(one)), sklearn.decomposition.PCA().fit(one))
    with np.errstate(all="ignore"):
        ours = PCA(svd_solver="full").fit(tnp.array([[1.0, 2.0]]))
    assert np.isnan(ours.explained_variance_).all()


def test_frames_and_kinds():
    plain = pandas.DataFrame(data(200, 3), columns=list("abc"))
    ours = PCA(2).fit(pd.from_pandas(plain))
    theirs = sklearn.decomposition.PCA(2).fit(plain)
    assert_same(ours, theirs)
    assert ours.feature_names_in_.tolist() == ["a", "b", "c"]
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert type(ours.transform(pd.from_pandas(plain))) is tnp.ndarray
    assert type(ours.transform(plain)) is np.ndarray
    np.testing.assert_allclose(ours.get_covariance(), theirs.get_covariance())


def test_the_contract_of_estimators():
    x = tnp.array(data(300, 4))
    ours = PCA(2, whiten=True)
    assert clone(ours).get_params() == sklearn.decomposition.PCA(2, whiten=True).get_params()
    assert ours.fit(x) is ours
    again = pickle.loads(pickle.dumps(ours))
    np.testing.assert_array_equal(again.components_, ours.components_)
    np.testing.assert_array_equal(
        np.asarray(clone(ours).fit_transform(x)), np.asarray(ours.transform(x))
    )
    piped = make_pipeline(StandardScaler(), PCA(2)).fit(x)
    theirs = make_pipeline(
        sklearn.preprocessing.StandardScaler(), sklearn.decomposition.PCA(2)
    ).fit(np.asarray(x))
    np.testing.assert_allclose(
        np.asarray(piped.transform(x)), theirs.transform(np.asarray(x)), atol=1e-8
    )


def test_errors():
    x = tnp.array(data(60, 3))
    with pytest.raises(NotFittedError):
        PCA().transform(x)
    for solver in ("auto", "full", "covariance_eigh"):
        with pytest.raises(ValueError) as theirs:
            sklearn.decomposition.PCA(4, svd_solver=solver).fit(np.asarray(x))
        with pytest.raises(ValueError) as error:
            PCA(4, svd_solver=solver).fit(x)
        assert str(error.value) == str(theirs.value)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        PCA().fit(tnp.array([[1.0], [np.nan], [2.0]]))
    with pytest.raises(ValueError, match="'n_components' parameter"):
        PCA(-1).fit(x)
    with pytest.raises(ValueError, match="is expecting 3 features"):
        PCA().fit(x).transform(x[:, :2])


def test_what_falls_back_says_so():
    x = data(600, 60)
    for settings, reason in [
        ({"n_components": 3}, "svd_solver='auto' chooses 'randomized'"),
        ({"n_components": 3, "svd_solver": "arpack"}, "svd_solver='arpack'"),
        ({"n_components": "mle", "svd_solver": "full"}, "n_components='mle'"),
    ]:
        theirs = sklearn.decomposition.PCA(random_state=0, **settings).fit(x[:550])
        ours = PCA(random_state=0, **settings)
        with pytest.raises(NotImplementedError, match=reason):
            ours.fit(tnp.array(x[:550]))
        th.options.fallback = "warn"
        with pytest.warns(FallbackWarning, match=rf"PCA\.fit .* {reason}"):
            ours.fit(tnp.array(x[:550]))
        th.options.fallback = "error"
        np.testing.assert_array_equal(ours.components_, theirs.components_)
        got = ours.transform(tnp.array(x))
        np.testing.assert_allclose(np.asarray(got), theirs.transform(x), atol=1e-8)
    th.options.fallback = "warn"
    with pytest.warns(FallbackWarning, match=r"PCA\.score_samples"):
        assert ours.score(tnp.array(x)) == pytest.approx(theirs.score(x))
