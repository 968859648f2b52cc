"""From a file to a result: a filtered group-by over Parquet, and a CSV file read whole."""

from harness import engine, tables
from harness.workload import Row, Workload

from .groupby import BY

PARQUET, CSV = "grouping.parquet", "grouping.csv"


def make_data(folder, size):
    import pyarrow as pa
    import pyarrow.csv

    table = tables.grouping_table(size)
    tables.write(table, folder / PARQUET)
    pyarrow.csv.write_csv(pa.table(table), folder / CSV)


class Pandas(engine.Pandas):
    def load(self, folder):
        self.parquet, self.csv = folder / PARQUET, folder / CSV

    def filtered(self):
        x = self.pd.read_parquet(self.parquet, columns=["id1", "id4", "v1", "v3"])
        x = x[x["v3"] > 90.0]
        return x.groupby(["id1", "id4"], **BY).agg(v1=("v1", "sum"), v3=("v3", "mean"))

    def read_csv(self):
        return self.pd.read_csv(self.csv, engine="pyarrow")


class Tharsis(engine.Tharsis, Pandas):
    def filtered(self):
        """Nothing but the file's name: which columns to read follows from the rest."""
        x = self.pd.read_parquet(self.parquet)
        x = x[x["v3"] > 90.0]
        return x.groupby(["id1", "id4"], **BY).agg(v1=("v1", "sum"), v3=("v3", "mean"))

    def read_csv(self):
        return self.pd.read_csv(self.csv)


class Polars(engine.Polars):
    def load(self, folder):
        self.parquet, self.csv = folder / PARQUET, folder / CSV

    def filtered(self):
        col = self.pl.col
        x = self.pl.scan_parquet(self.parquet).filter(col("v3") > 90.0)
        return x.group_by("id1", "id4").agg(col("v1").sum(), col("v3").mean())

    def read_csv(self):
        return self.pl.scan_csv(self.csv)


class DuckDB(engine.DuckDB):
    def load(self, folder):
        self.parquet, self.csv = folder / PARQUET, folder / CSV

    def filtered(self):
        return f"""SELECT id1, id4, sum(v1) AS v1, avg(v3) AS v3
                   FROM read_parquet('{self.parquet}') WHERE v3 > 90.0 GROUP BY id1, id4"""

    def read_csv(self):
        return f"SELECT * FROM read_csv('{self.csv}')"


class PyArrow(engine.PyArrow):
    def load(self, folder):
        self.parquet, self.csv = folder / PARQUET, folder / CSV

    def filtered(self):
        import pyarrow.dataset as ds

        x = ds.dataset(self.parquet).to_table(
            columns=["id1", "id4", "v1", "v3"], filter=ds.field("v3") > 90.0
        )
        x = x.group_by(["id1", "id4"]).aggregate([("v1", "sum"), ("v3", "mean")])
        return x.rename_columns({"v1_sum": "v1", "v3_mean": "v3"})

    def read_csv(self):
        import pyarrow.csv

        return pyarrow.csv.read_csv(self.csv)


WORKLOAD = Workload(
    name="files",
    title="files",
    size=10_000_000,
    rows=[
        Row(
            "filtered",
            "Parquet → v3 > 90 → sum, mean by id1, id4",
            floats=("v3",),
            must=0.9,
        ),
        # The call itself reads the file, before there is anything to run.
        Row("read_csv", "CSV of nine columns, all of it", must=0.9, reads_input=False),
    ],
    engines={
        "pandas": Pandas,
        "polars": Polars,
        "duckdb": DuckDB,
        "pyarrow": PyArrow,
        "tharsis": Tharsis,
    },
    make_data=make_data,
)
