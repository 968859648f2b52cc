"""Sorting the nine-column table of the group-by; all columns come along."""

from harness import engine
from harness.workload import Row, Workload

from .groupby import FILE, make_data

KEYS = {
    "by_float": ["v3"],
    "by_text": ["id3"],
    "by_three": ["id1", "id5", "v3"],
}


class Pandas(engine.Pandas):
    def load(self, folder):
        self.x = self.completed(self.pd.read_parquet(folder / FILE))

    def by_float(self):
        return self.x.sort_values("v3", ignore_index=True)

    def by_text(self):
        return self.x.sort_values("id3", ignore_index=True)

    def by_three(self):
        return self.x.sort_values(["id1", "id5", "v3"], ignore_index=True)


class Tharsis(engine.Tharsis, Pandas):
    pass


class Polars(engine.Polars):
    def load(self, folder):
        self.x = self.pl.read_parquet(folder / FILE)

    def by_float(self):
        return self.x.lazy().sort("v3")

    def by_text(self):
        return self.x.lazy().sort("id3")

    def by_three(self):
        return self.x.lazy().sort("id1", "id5", "v3")


class DuckDB(engine.DuckDB):
    def load(self, folder):
        self.db.sql(f"CREATE TABLE x AS SELECT * FROM read_parquet('{folder / FILE}')")

    def by_float(self):
        return "SELECT * FROM x ORDER BY v3"

    def by_text(self):
        return "SELECT * FROM x ORDER BY id3"

    def by_three(self):
        return "SELECT * FROM x ORDER BY id1, id5, v3"


WORKLOAD = Workload(
    name="sort",
    title="sort of nine columns",
    size=10_000_000,
    rows=[
        Row("by_float", "by a float", ordered_by=("v3",), must=1.0),
        Row("by_text", "by a text of 10⁵ values", ordered_by=("id3",), must=1.0),
        Row("by_three", "by text, integer and float", ordered_by=("id1", "id5", "v3"), must=1.0),
    ],
    engines={"pandas": Pandas, "polars": Polars, "duckdb": DuckDB, "tharsis": Tharsis},
    make_data=make_data,
)
