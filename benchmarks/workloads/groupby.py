"""Group-by after db-benchmark: nine columns, keys of a hundred values up to one group per row."""

from pathlib import Path

from harness import engine, tables
from harness.workload import Row, Workload

ALL_IDS = ["id1", "id2", "id3", "id4", "id5", "id6"]
FILE = "grouping.parquet"
BY = {"as_index": False, "sort": False}  # the peers do not sort the groups either


def make_data(folder: Path, size: int) -> None:
    tables.write(tables.grouping_table(size), folder / FILE)


class Pandas(engine.Pandas):
    def load(self, folder):
        self.x = self.completed(self.pd.read_parquet(folder / FILE))

    def q1(self):
        return self.x.groupby("id1", **BY).agg(v1=("v1", "sum"))

    def q2(self):
        return self.x.groupby(["id1", "id2"], **BY).agg(v1=("v1", "sum"))

    def q3(self):
        return self.x.groupby("id3", **BY).agg(v1=("v1", "sum"), v3=("v3", "mean"))

    def q4(self):
        means = {name: (name, "mean") for name in ("v1", "v2", "v3")}
        return self.x.groupby("id4", **BY).agg(**means)

    def q5(self):
        sums = {name: (name, "sum") for name in ("v1", "v2", "v3")}
        return self.x.groupby("id6", **BY).agg(**sums)

    def q6(self):
        both = {"median": ("v3", "median"), "std": ("v3", "std")}
        return self.x.groupby(["id4", "id5"], **BY).agg(**both)

    def q7(self):
        return self.x.groupby("id3", **BY).agg(v1=("v1", "max"), v2=("v2", "min"))

    def q10(self):
        return self.x.groupby(ALL_IDS, **BY).agg(v3=("v3", "sum"), count=("v1", "size"))


class Tharsis(engine.Tharsis, Pandas):
    pass


class Polars(engine.Polars):
    def load(self, folder):
        self.x = self.pl.read_parquet(folder / FILE)

    def group(self, keys, *aggregates):
        return self.x.lazy().group_by(keys).agg(*aggregates)

    def q1(self):
        return self.group("id1", self.pl.col("v1").sum())

    def q2(self):
        return self.group(["id1", "id2"], self.pl.col("v1").sum())

    def q3(self):
        return self.group("id3", self.pl.col("v1").sum(), self.pl.col("v3").mean())

    def q4(self):
        return self.group("id4", self.pl.col("v1", "v2", "v3").mean())

    def q5(self):
        return self.group("id6", self.pl.col("v1", "v2", "v3").sum())

    def q6(self):
        v3 = self.pl.col("v3")
        return self.group(["id4", "id5"], v3.median().alias("median"), v3.std().alias("std"))

    def q7(self):
        return self.group("id3", self.pl.col("v1").max(), self.pl.col("v2").min())

    def q10(self):
        return self.group(ALL_IDS, self.pl.col("v3").sum(), self.pl.len().alias("count"))


class DuckDB(engine.DuckDB):
    def load(self, folder):
        self.db.sql(f"CREATE TABLE x AS SELECT * FROM read_parquet('{folder / FILE}')")

    def q1(self):
        return "SELECT id1, sum(v1) AS v1 FROM x GROUP BY id1"

    def q2(self):
        return "SELECT id1, id2, sum(v1) AS v1 FROM x GROUP BY id1, id2"

    def q3(self):
        return "SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM x GROUP BY id3"

    def q4(self):
        return "SELECT id4, avg(v1) AS v1, avg(v2) AS v2, avg(v3) AS v3 FROM x GROUP BY id4"

    def q5(self):
        return "SELECT id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3 FROM x GROUP BY id6"

    def q6(self):
        return """SELECT id4, id5, median(v3) AS median, stddev(v3) AS std
                  FROM x GROUP BY id4, id5"""

    def q7(self):
        return "SELECT id3, max(v1) AS v1, min(v2) AS v2 FROM x GROUP BY id3"

    def q10(self):
        keys = ", ".join(ALL_IDS)
        return f"SELECT {keys}, sum(v3) AS v3, count(*) AS count FROM x GROUP BY {keys}"


WORKLOAD = Workload(
    name="groupby",
    title="group-by",
    size=10_000_000,
    rows=[
        Row("q1", "sum v1 by id1", must=0.9),
        Row("q2", "sum v1 by id1, id2", must=0.9),
        Row("q3", "sum v1, mean v3 by id3", floats=("v3",), must=0.9),
        Row("q4", "means of v1, v2, v3 by id4", floats=("v1", "v2", "v3"), must=0.9),
        Row("q5", "sums of v1, v2, v3 by id6", floats=("v3",), must=0.9),
        Row("q6", "median, std of v3 by id4, id5", floats=("median", "std"), must=0.9),
        Row("q7", "max v1, min v2 by id3", must=0.9),
        Row("q10", "sum v3, count by all six ids", floats=("v3",), must=2.0),
    ],
    engines={"pandas": Pandas, "polars": Polars, "duckdb": DuckDB, "tharsis": Tharsis},
    make_data=make_data,
    must_geomean=1.2,
)
