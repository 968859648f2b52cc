"""Joins after db-benchmark: a large table with 10, 10⁴ and 10⁷ rows at its right side.

Nine of ten keys are on both sides. The left table has three integer and three text keys and a
float; a right side has its key, a text and a float.
"""

from pathlib import Path

from harness import engine, tables
from harness.workload import Row, Workload

RIGHT = {"small": ("id1", 1_000_000), "medium": ("id2", 1_000), "big": ("id3", 1)}


def make_data(folder: Path, size: int) -> None:
    import numpy as np

    random = np.random.default_rng(43)
    left = {}
    for name, (key, share) in RIGHT.items():
        keys = max(10, size // share)
        # Numbers up to 0.9 keys are on both sides, the next tenth left only, the last right only.
        numbers = random.permutation(np.arange(1, int(keys * 1.1) + 1))
        both, one = numbers[: int(keys * 0.9)], keys - int(keys * 0.9)
        left_only = numbers[len(both) : len(both) + one]
        right_only = numbers[len(both) + one :][:one]
        left[key] = random.choice(np.concatenate([both, left_only]), size)
        right = random.permutation(np.concatenate([both, right_only]))
        table = {
            key: right,
            f"text_{name}": tables.texts(right, 1),
            f"v_{name}": np.round(random.uniform(0, 100, len(right)), 6),
        }
        tables.write(table, folder / f"{name}.parquet")
    left |= {f"id{i + 3}": tables.texts(left[f"id{i}"], 1) for i in (1, 2, 3)}
    left["v1"] = np.round(random.uniform(0, 100, size), 6)
    tables.write(left, folder / "left.parquet")


class Pandas(engine.Pandas):
    def load(self, folder):
        for name in ("left", *RIGHT):
            setattr(self, name, self.completed(self.pd.read_parquet(folder / f"{name}.parquet")))

    def small_inner(self):
        return self.left.merge(self.small, on="id1")

    def medium_inner(self):
        return self.left.merge(self.medium, on="id2")

    def medium_left(self):
        return self.left.merge(self.medium, on="id2", how="left")

    def big_inner(self):
        return self.left.merge(self.big, on="id3")


class Tharsis(engine.Tharsis, Pandas):
    pass


class Polars(engine.Polars):
    def load(self, folder):
        for name in ("left", *RIGHT):
            setattr(self, name, self.pl.read_parquet(folder / f"{name}.parquet"))

    def join(self, right, key, how):
        return self.left.lazy().join(right.lazy(), on=key, how=how)

    def small_inner(self):
        return self.join(self.small, "id1", "inner")

    def medium_inner(self):
        return self.join(self.medium, "id2", "inner")

    def medium_left(self):
        return self.join(self.medium, "id2", "left")

    def big_inner(self):
        return self.join(self.big, "id3", "inner")


class DuckDB(engine.DuckDB):
    def load(self, folder):
        for name in ("left", *RIGHT):
            file = folder / f"{name}.parquet"
            self.db.sql(f"CREATE TABLE {name}_side AS SELECT * FROM read_parquet('{file}')")

    def small_inner(self):
        return "SELECT * FROM left_side JOIN small_side USING (id1)"

    def medium_inner(self):
        return "SELECT * FROM left_side JOIN medium_side USING (id2)"

    def medium_left(self):
        return "SELECT * FROM left_side LEFT JOIN medium_side USING (id2)"

    def big_inner(self):
        return "SELECT * FROM left_side JOIN big_side USING (id3)"


WORKLOAD = Workload(
    name="join",
    title="join",
    size=10_000_000,
    rows=[
        Row("small_inner", "inner, 10 rows at the right"),
        Row("medium_inner", "inner, 10⁴ rows at the right"),
        Row("medium_left", "left, 10⁴ rows at the right", floats=("v_medium",)),
        Row("big_inner", "inner, 10⁷ rows at the right"),
    ],
    engines={"pandas": Pandas, "polars": Polars, "duckdb": DuckDB, "tharsis": Tharsis},
    make_data=make_data,
    must_geomean=1.0,
)
