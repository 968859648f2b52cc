"""LightGBM trained from frames of the engine equals LightGBM trained from pandas."""

import lightgbm
import numpy as np
import pandas
import pytest
import tharsis.pandas as pd
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from tharsis.lightgbm import LGBMClassifier, LGBMRegressor

PARAMETERS = {
    "n_estimators": 20,
    "random_state": 0,
    "deterministic": True,
    "n_jobs": 1,
    "verbose": -1,
}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 2000
    frame = pandas.DataFrame(
        {
            "a": rng.normal(size=n),
            "b": rng.integers(0, 50, n).astype("int16"),
            "c": rng.random(n) < 0.5,
            "d": rng.normal(size=n).astype("float32"),
        }
    )
    frame.loc[::9, "a"] = np.nan
    score = frame["a"].fillna(0) + frame["b"] / 25 - 1 + frame["c"]
    frame["y"] = (score + rng.normal(size=n) > 0).astype("int8")
    return frame


INPUTS = ["a", "b", "c", "d"]


def test_the_same_model_as_from_pandas(table):
    ours = pd.from_pandas(table)
    got = LGBMClassifier(**PARAMETERS).fit(ours[INPUTS], ours["y"])
    want = lightgbm.LGBMClassifier(**PARAMETERS).fit(table[INPUTS], table["y"])
    np.testing.assert_array_equal(
        got.predict_proba(ours[INPUTS]), want.predict_proba(table[INPUTS])
    )
    assert got.feature_name_ == INPUTS


def test_regression(table):
    ours = pd.from_pandas(table)
    got = LGBMRegressor(**PARAMETERS).fit(ours[["b", "d"]], ours["a"].fillna(0))
    want = lightgbm.LGBMRegressor(**PARAMETERS).fit(table[["b", "d"]], table["a"].fillna(0))
    np.testing.assert_array_equal(got.predict(ours[["b", "d"]]), want.predict(table[["b", "d"]]))


def test_text_and_times_are_an_error_that_names_them():
    frame = pd.DataFrame(
        {"name": ["x", "y"], "day": pandas.to_datetime(["2024-01-01"] * 2), "n": [1, 2]}
    )
    with pytest.raises(TypeError, match="'name' .str., 'day' .datetime64"):
        LGBMClassifier().fit(frame, frame["n"])


def test_categories_are_categories(table):
    frame = table.assign(k=pandas.Categorical(np.array(["u", "v", "w"])[np.arange(len(table)) % 3]))
    ours = pd.from_pandas(frame)
    got = LGBMClassifier(**PARAMETERS).fit(ours[["a", "k"]], ours["y"])
    want = lightgbm.LGBMClassifier(**PARAMETERS).fit(frame[["a", "k"]], frame["y"])
    np.testing.assert_allclose(
        got.predict_proba(ours[["a", "k"]]), want.predict_proba(frame[["a", "k"]])
    )


def test_the_contract_of_scikit_learn(table, tmp_path):
    model = LGBMClassifier(**PARAMETERS)
    assert clone(model).get_params() == model.get_params()
    pipe = make_pipeline(FunctionTransformer(), model).fit(table[INPUTS], table["y"])
    assert pipe.predict(table[INPUTS]).shape == (len(table),)
    model.fit(table[INPUTS], table["y"]).booster_.save_model(tmp_path / "m.txt")
    again = lightgbm.Booster(model_file=tmp_path / "m.txt")
    np.testing.assert_allclose(
        again.predict(table[INPUTS]), model.predict_proba(table[INPUTS])[:, 1]
    )
