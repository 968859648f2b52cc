"""The synthetic jobs: users drawn with a known answer, orders with known sums."""

import subprocess
import sys

import beyond_memory
import numpy as np
import pandas
import scale
from sklearn.metrics import roc_auc_score


def test_users_are_drawn_as_described():
    columns, redeemed, truth = scale.generate(np, 100_000)
    assert columns.shape == (100_000, 64)
    assert columns.dtype == "float32"
    assert columns.flags.c_contiguous
    assert (columns[:, 32:48] >= 0).all()
    assert (columns[:, 48:] == np.floor(columns[:, 48:])).all()
    assert abs(redeemed.mean() - truth.mean()) < 0.005
    assert 0.12 < redeemed.mean() < 0.15
    assert 0.82 < roc_auc_score(redeemed, truth) < 0.84


def test_exactly_the_named_columns_matter():
    random = np.random.default_rng(2)
    columns, _, _ = scale.generate(np, 2_000)
    families = slice(0, 32), slice(32, 48), slice(48, 64)
    before = scale.log_odds(np, *(columns[:, family] for family in families))
    matters = []
    for column in range(64):
        shuffled = columns.copy()
        shuffled[:, column] = random.permutation(shuffled[:, column])
        after = scale.log_odds(np, *(shuffled[:, family] for family in families))
        matters.append(bool((after != before).any()))
    assert sum(matters) == 23


def test_scale_says_who_gets_a_coupon_and_where_the_time_goes():
    done = subprocess.run(
        [sys.executable, scale.__file__, "--engine=numpy", "--users=4000", "--threads=1"],
        capture_output=True,
        text=True,
        check=True,
    )
    for words in ("800 users held out", "Who gets a coupon", "inside LightGBM", "0 bytes by the"):
        assert words in done.stdout


def test_orders_and_their_check_agree_with_pandas(tmp_path):
    path, rows, users = tmp_path / "orders.parquet", 2_300_000, 500_000
    beyond_memory.write_orders(path, rows, users)
    groups = beyond_memory.by_user(pandas, path)
    assert len(groups) == users
    assert set(groups["orders"]) == {4, 5}
    assert beyond_memory.wrong(groups, rows, users) == []
    lost = groups.iloc[1:]
    assert [fault.split(":")[0] for fault in beyond_memory.wrong(lost, rows, users)] == [
        "groups",
        "orders",
        "items",
        "spend",
    ]
