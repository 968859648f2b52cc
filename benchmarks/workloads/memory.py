"""q10 of the group-by, from the file, with 256 MB: what a limit costs.

The limited run is also in a control group of the limit and 256 MiB more, for the interpreter, the
libraries and the system's cache of the files: the kernel ends it if it takes more.
"""

from harness import engine
from harness.workload import Row, Workload

from .groupby import ALL_IDS, FILE, make_data

LIMIT_BYTES = 256 * 10**6
AROUND_BYTES = 256 * 2**20


class Unlimited(engine.Tharsis):
    def load(self, folder):
        self.file = folder / FILE

    def q10(self):
        groups = self.pd.read_parquet(self.file).groupby(ALL_IDS, as_index=False, sort=False)
        return groups.agg(v3=("v3", "sum"), count=("v1", "size"))

    def frame(self, result):
        """The result does not fit; its sums by the first key do."""
        groups = result.groupby("id1", as_index=False)
        sums = groups.agg(v3=("v3", "sum"), count=("count", "sum"), groups=("v3", "size"))
        return super().frame(sums)


class Limited(Unlimited):
    memory_max = LIMIT_BYTES + AROUND_BYTES

    def start(self, threads):
        super().start(threads)
        self.th.options.memory_limit = LIMIT_BYTES


WORKLOAD = Workload(
    name="memory",
    title="a group-by under 256 MB",
    size=10_000_000,
    rows=[Row("q10", "q10 from Parquet, 10⁷ groups", floats=("v3",), must=0.25)],
    engines={"without limit": Unlimited, "tharsis": Limited},
    make_data=make_data,
)
