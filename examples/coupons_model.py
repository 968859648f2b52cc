"""Train on campaigns that were over on the day of the decision; score those that began after it."""

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

DECISION_DAY = "2017-10-04"
FIRST_DAY, LAST_DAY = "2017-01-01", "2017-12-31"  # of the purchases on record

NOT_INPUTS = ("household_id", "campaign_id", "start_date", "end_date", "redeemed")

# Chosen on training campaigns only. No class weights, so that the output is a probability.
PARAMETERS = {
    "n_estimators": 150,
    "num_leaves": 7,
    "learning_rate": 0.03,
    "min_child_samples": 50,
    "colsample_bytree": 0.5,
    "subsample": 0.8,
    "subsample_freq": 1,
    "extra_trees": True,
    "random_state": 0,
    "n_jobs": 1,
    "deterministic": True,
    "verbose": -1,
}


def inputs(table):
    return [name for name in table.columns if name not in NOT_INPUTS]


def split_by_time(table):
    """Campaigns whose outcome was known on the day of the decision, and complete later ones.

    Left out are campaigns that began before the first purchase on record, those whose outcome is
    cut off by the last, and the one that was still running on the day.
    """
    known = (table["start_date"] >= FIRST_DAY) & (table["end_date"] < DECISION_DAY)
    later = (table["start_date"] >= DECISION_DAY) & (table["end_date"] <= LAST_DAY)
    return table[known], table[later]


def train(lightgbm, rows):
    """A classifier from `lightgbm` or a module that is like it, such as tharsis.lightgbm."""
    return lightgbm.LGBMClassifier(**PARAMETERS).fit(rows[inputs(rows)], rows["redeemed"])


def chances(model, rows):
    """The probability of redeeming a coupon if it is sent, by row."""
    return np.asarray(model.predict_proba(rows[inputs(rows)]))[:, 1]


def logistic_chances(known, later):
    """What a linear model makes of the same table; no input is negative."""
    model = make_pipeline(
        FunctionTransformer(np.log1p, feature_names_out="one-to-one"),
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        LogisticRegression(C=0.01, max_iter=1000),
    )
    return chances(model.fit(known[inputs(known)], known["redeemed"]), later)


def coupon_share(rows):
    """Rule: send to those who paid with coupons most often."""
    return rows["coupon_basket_share"].fillna(0).to_numpy()


def recency_frequency(rows):
    """Rule: send to those who came often and lately; a household never seen comes last."""
    often = rows["visits_91"].rank(pct=True)
    lately = rows["recency_days"].rank(pct=True, ascending=False)
    return (often + lately).fillna(0).to_numpy()


def chance(rows):
    """Rule: draw lots."""
    return np.random.default_rng(0).random(len(rows))
