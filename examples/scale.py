"""A million users, 64 columns: made, split, learned, and decided who gets a coupon.

    python examples/scale.py                      # Tharsis
    python examples/scale.py --engine numpy       # NumPy and scikit-learn, unchanged otherwise
    python examples/scale.py --users 100000 --threads 1

The users are drawn by a formula, so the best possible answer is known and printed beside ours.
`normal` of tharsis.numpy is a stream of its own: figures differ a little from NumPy's.
"""

import argparse
import contextlib
import importlib
import importlib.util
import os
import time
import tracemalloc
from dataclasses import dataclass, field

# Threads of LightGBM that wait for each other should sleep. On a shared machine (load 9, 2 cores)
# 50,000 users were learned in 8 s so, and not within 90 s with threads that spin.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy
from process_memory import peak_bytes

ENGINES = {
    "numpy": ("numpy", "sklearn.model_selection", "sklearn.metrics", "lightgbm"),
    "tharsis": (
        "tharsis.numpy",
        "tharsis.sklearn.model_selection",
        "tharsis.sklearn.metrics",
        "tharsis.lightgbm",
    ),
}
PARAMETERS = {
    "n_estimators": 200,
    "num_leaves": 63,
    "learning_rate": 0.1,
    "random_state": 0,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}
MARGIN, COST = 5.0, 1.0  # assumed: what a redeeming user is worth, what a letter costs
FIRST_IN_LINE = 5


@dataclass
class Watch:
    """Seconds by stage, in the order in which they were run."""

    seconds: dict = field(default_factory=dict)

    @contextlib.contextmanager
    def stage(self, name):
        begin = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begin


def generate(np, users, seed=0):
    """64 columns (float32), who redeems (0/1), and the probability with which it was drawn."""
    random = np.random.default_rng(seed)
    normals = random.normal(size=(users, 32)).astype("float32")
    amounts = np.abs(random.normal(size=(users, 16))).astype("float32")
    counts = (np.floor(2 * random.normal(size=(users, 16))) + 4).astype("float32")
    truth = 1 / (1 + np.exp(-log_odds(np, normals, amounts, counts)))
    redeemed = (random.random(users) < truth).astype("int8")
    return np.concatenate([normals, amounts, counts], axis=1), redeemed, truth


def log_odds(np, normals, amounts, counts):
    """What trees find well and less well; 23 of the 64 columns matter."""
    weights = (0.7, -0.55, 0.5, 0.4, -0.35, 0.3, 0.25, -0.2)
    linear = sum(weight * normals[:, column] for column, weight in enumerate(weights))
    product = 0.5 * normals[:, 8] * normals[:, 9]
    wave = 0.6 * np.sin(2 * normals[:, 10]) * np.sign(normals[:, 11])
    switch = 0.45 * np.where(normals[:, 12] > 0.5, normals[:, 13], -normals[:, 13])
    growth = 0.2 * np.log1p(amounts[:, 0]) * amounts[:, 1]
    rich_and_new = (normals[:, 14] > 0) & (amounts[:, 2] > 1)
    busy = (counts[:, 0] > 4) & (counts[:, 1] < 3) & (normals[:, 15] > 0)
    idle = (counts[:, 2] < 3) & (amounts[:, 3] < 0.5)
    thresholds = 0.8 * rich_and_new + 0.8 * busy - idle
    return linear + product + wave + switch + growth + thresholds - 2.7


def completed(arrays):
    """The arrays with every value computed, all in one run; NumPy never waits, Tharsis does."""
    if hasattr(arrays[0], "execute"):
        return importlib.import_module("tharsis").execute(*arrays)
    return arrays


def engine_bytes(engine):
    """What the engine has allocated so far; NumPy's buffers are seen by tracemalloc."""
    if engine == "numpy":
        return 0
    return importlib.import_module("tharsis").memory()["allocated_bytes"]


def learn(engine, lightgbm, columns, redeemed, threads):
    """A fitted model, and the bytes allocated on the way into LightGBM: (engine, Python)."""
    model = lightgbm.LGBMClassifier(**PARAMETERS, n_jobs=threads)
    before = engine_bytes(engine)
    tracemalloc.start()
    model.fit(columns, redeemed)
    _, by_python = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return model, (engine_bytes(engine) - before, by_python)


def print_times(watch, handed_over, columns):
    total = sum(watch.seconds.values())
    inside = watch.seconds["learn (LightGBM)"] + watch.seconds["predict (LightGBM)"]
    by_engine, by_python = handed_over
    print("\nTime")
    for name, seconds in watch.seconds.items():
        print(f"  {name:22} {seconds:8.2f} s")
    print(f"  {'in all':22} {total:8.2f} s: {inside:.2f} inside LightGBM,", end=" ")
    print(f"{total - inside:.2f} outside")
    print(f"\nHanded over: {columns.nbytes / 1e6:,.0f} MB of columns. Allocated for it:", end=" ")
    print(f"{by_engine:,} bytes by the engine,")
    print(f"{by_python / 1e6:,.1f} MB at most by Python (labels and trees included).", end=" ")
    print(f"Peak memory {peak_bytes() / 1e6:,.0f} MB.")


def print_quality(metrics, redeemed, chances, truth):
    print(f"\n{len(redeemed):,} users held out, {redeemed.mean():.1%} redeem")
    print("                          AUC  avg. precision  in top 10 %  in top 20 %")
    for name, scores in (("LightGBM", chances), ("true probability", truth)):
        ranked = redeemed[numpy.argsort(-scores, kind="stable")]
        top = [ranked[: round(share * len(ranked))].sum() / ranked.sum() for share in (0.1, 0.2)]
        auc = metrics.roc_auc_score(redeemed, scores)
        precision = metrics.average_precision_score(redeemed, scores)
        print(f"  {name:20} {auc:.4f}  {precision:14.3f}  {top[0]:11.1%}  {top[1]:11.1%}")


def print_decision(users, redeemed, chances, truth):
    best = numpy.argsort(-chances, kind="stable")[:FIRST_IN_LINE]
    first = ", ".join(f"{users[row]} ({chances[row]:.0%})" for row in best)
    print(f"\nWho gets a coupon (margin {MARGIN:g}, cost {COST:g}, both assumed)")
    print(f"  first in line: users {first}")
    print("                         sent   redeem    profit")
    everyone = numpy.ones(len(redeemed), dtype=bool)
    for name, send in (
        ("LightGBM", MARGIN * chances > COST),
        ("true probability", MARGIN * truth > COST),
        ("everyone", everyone),
    ):
        sent, hits = send.sum(), redeemed[send].sum()
        print(f"  {name:18} {sent:8,} {hits:8,} {MARGIN * hits - COST * sent:9,.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=ENGINES, help="default: tharsis, if installed")
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of LightGBM")
    arguments = parser.parse_args()
    installed = importlib.util.find_spec("tharsis") is not None
    engine = arguments.engine or ("tharsis" if installed else "numpy")
    np, selection, metrics, lightgbm = (importlib.import_module(name) for name in ENGINES[engine])
    watch = Watch()

    print(f"{arguments.users:,} users x 64 columns on {engine}, {arguments.threads} threads")
    with watch.stage("generate"):
        made = completed([*generate(np, arguments.users), np.arange(arguments.users)])
    with watch.stage("split"):
        halves = selection.train_test_split(*made, test_size=0.2, random_state=0)
        columns, held_out, redeemed, observed, _, truth, _, users = completed(halves)
    with watch.stage("learn (LightGBM)"):
        model, handed_over = learn(engine, lightgbm, columns, redeemed, arguments.threads)
    with watch.stage("predict (LightGBM)"):
        chances = numpy.asarray(model.predict_proba(held_out))[:, 1]
    with watch.stage("judge and decide"):
        observed, truth, users = (numpy.asarray(a) for a in (observed, truth, users))
        print_quality(metrics, observed, chances, truth)
        print_decision(users, observed, chances, truth)
    print_times(watch, handed_over, columns)


if __name__ == "__main__":
    main()
