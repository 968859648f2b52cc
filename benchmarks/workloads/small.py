"""What a call costs when there is nothing to compute: tiny arrays, tiny frames, imports."""

import subprocess
import sys
from typing import Any

from harness import engine
from harness.workload import Row, Workload

ROWS = 1_000


class Reference(engine.Pandas):
    """NumPy for arrays, pandas for frames."""

    def start(self, threads):
        super().start(threads)
        import numpy

        self.np: Any = numpy

    def load(self, folder):
        random = __import__("numpy").random.default_rng(46)
        self.a, self.b = (self.completed(self.np.asarray(random.random(10))) for _ in "ab")
        keys, values = random.integers(0, 10, ROWS), random.random(ROWS)
        self.x = self.completed(self.pd.DataFrame({"key": keys, "value": values}))

    def ten_elements(self):
        return self.a + self.b

    def thousand_rows(self):
        return self.x.groupby("key", as_index=False).agg(value=("value", "sum"))

    def fresh_import(self, module):
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        return ()

    def import_numpy(self):
        return self.fresh_import("numpy")

    def import_pandas(self):
        return self.fresh_import("numpy")

    def import_sklearn(self):
        return self.fresh_import("numpy")

    def import_lightgbm(self):
        return self.fresh_import("numpy")


class Tharsis(engine.Tharsis, Reference):
    def import_numpy(self):
        return self.fresh_import("tharsis.numpy")

    def import_pandas(self):
        return self.fresh_import("tharsis.pandas")

    def import_sklearn(self):
        return self.fresh_import("tharsis.sklearn")

    def import_lightgbm(self):
        return self.fresh_import("tharsis.lightgbm")


def imported(door: str) -> Row:
    text = f"import tharsis.{door}, next to import numpy"
    return Row(f"import_{door}", text, must_extra_s=0.150, repeat=7, reads_input=False)


WORKLOAD = Workload(
    name="small",
    title="small things",
    size=1,
    rows=[
        Row("ten_elements", "a + b of ten elements", must_extra_s=1e-6, loops=20_000),
        Row(
            "thousand_rows",
            "group-by of 1,000 rows",
            floats=("value",),
            must=1.0,
            loops=200,
        ),
        *map(imported, ["numpy", "pandas", "sklearn", "lightgbm"]),
    ],
    engines={"numpy or pandas": Reference, "tharsis": Tharsis},
)
