"""Every measure against scikit-learn's, with ties, weights and frames."""

import numpy as np
import pytest
import sklearn.metrics
import tharsis.pandas as pd
from tharsis.sklearn import metrics

RNG = np.random.default_rng(1)
N = 5000
TRUTH = (RNG.random(N) < 0.2).astype("int8")
SCORE = np.round(RNG.random(N) + 0.3 * TRUTH, 2)  # many ties
CHANCE = np.clip(SCORE / 1.4, 0, 1)
WEIGHT = RNG.random(N)


CASES = [
    ("roc_auc_score", SCORE),
    ("average_precision_score", SCORE),
    ("log_loss", CHANCE),
    ("accuracy_score", (SCORE > 0.8).astype("int64")),
]


@pytest.mark.parametrize(("name", "guess"), CASES, ids=lambda v: v if isinstance(v, str) else "")
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("kind", [np.asarray, pd.Series], ids=["array", "series"])
def test_equals_sklearn(name, guess, weight, kind):
    want = getattr(sklearn.metrics, name)(TRUTH, guess, sample_weight=weight)
    got = getattr(metrics, name)(
        kind(TRUTH), kind(guess), sample_weight=None if weight is None else kind(weight)
    )
    assert got == pytest.approx(want, rel=1e-12)


def test_both_columns_of_probabilities():
    both = np.column_stack([1 - CHANCE, CHANCE])
    assert metrics.log_loss(TRUTH, both) == pytest.approx(sklearn.metrics.log_loss(TRUTH, both))


def test_lengths_that_differ_are_an_error():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        metrics.roc_auc_score(TRUTH, SCORE[:-1])
