"""Arithmetic over 5·10⁷ doubles, and π by throwing 10⁸ points."""

from pathlib import Path

from harness import engine
from harness.workload import Row, Workload

NAMES = ("a", "b", "c")
COLUMNS = 1_000  # of the matrix whose means are taken


def make_data(folder: Path, size: int) -> None:
    import numpy as np

    random = np.random.default_rng(44)
    for name in NAMES:
        np.save(folder / f"{name}.npy", random.random(size))


class NumPy(engine.NumPy):
    def load(self, folder):
        import numpy

        for name in NAMES:
            setattr(self, name, self.array(numpy.load(folder / f"{name}.npy")))
        self.matrix = self.a.reshape(-1, COLUMNS)

    def array(self, values):
        return values

    def sin_exp_sqrt(self):
        np = self.np
        return np.sin(self.a) * np.exp(self.b) + np.sqrt(self.c)

    def linear(self):
        return 2 * self.a + self.b - self.c

    def squared_distance(self):
        return ((self.a - self.b) ** 2).sum()

    def mean_and_std(self):
        return self.a.mean(), self.a.std()

    def masked_sum(self):
        return self.a[self.b > 0.5].sum()

    def where(self):
        return self.np.where(self.a > self.b, self.a, self.c)

    def means_down(self):
        return self.matrix.mean(axis=0)

    def means_across(self):
        return self.matrix.mean(axis=1)

    def pi(self):
        random, n = self.np.random.default_rng(45), 2 * self.size
        x, y = random.random(n), random.random(n)
        return 4 * (x * x + y * y < 1).mean()


class Tharsis(engine.Tharsis, NumPy):
    def array(self, values):
        return self.np.asarray(values).execute()


class NumExpr(engine.NumExpr, NumPy):
    def evaluate(self, text, **more):
        names = {name: getattr(self, name) for name in NAMES}
        return self.ne.evaluate(text, {**names, **more})

    def sin_exp_sqrt(self):
        return self.evaluate("sin(a) * exp(b) + sqrt(c)")

    def linear(self):
        return self.evaluate("2 * a + b - c")

    def squared_distance(self):
        return self.evaluate("sum((a - b) ** 2)")

    def mean_and_std(self):
        mean = self.evaluate("sum(a)") / self.size
        return mean, self.np.sqrt(self.evaluate("sum((a - mean) ** 2)", mean=mean) / self.size)

    def masked_sum(self):
        return self.evaluate("sum(where(b > 0.5, a, 0.0))")

    def where(self):
        return self.evaluate("where(a > b, a, c)")

    def means_down(self):
        return self.evaluate("sum(m, axis=0)", m=self.matrix) / len(self.matrix)

    def means_across(self):
        return self.evaluate("sum(m, axis=1)", m=self.matrix) / COLUMNS

    def pi(self):
        random, n = self.np.random.default_rng(45), 2 * self.size
        x, y = random.random(n), random.random(n)
        return 4 * self.evaluate("sum(where(x * x + y * y < 1, 1, 0))", x=x, y=y) / n


class Dask(engine.Dask, NumPy):
    def array(self, values):
        return self.da.from_array(values, chunks=2_000_000)

    def sin_exp_sqrt(self):
        da = self.da
        return da.sin(self.a) * da.exp(self.b) + da.sqrt(self.c)

    def where(self):
        return self.da.where(self.a > self.b, self.a, self.c)

    def pi(self):
        random, n = self.da.random.default_rng(45), 2 * self.size
        x, y = random.random(n, chunks=2_000_000), random.random(n, chunks=2_000_000)
        return 4 * (x * x + y * y < 1).mean()


WORKLOAD = Workload(
    name="arrays",
    title="arrays of 5·10⁷ doubles",
    size=50_000_000,
    rows=[
        Row("sin_exp_sqrt", "sin(a)·exp(b) + √c", must=0.95),
        Row("linear", "2a + b − c", must=0.95),
        Row("squared_distance", "Σ(a − b)²", must=0.95),
        Row("mean_and_std", "mean and std of a", must=0.95),
        Row("masked_sum", "Σ a where b > ½", must=0.95),
        Row("where", "a > b ? a : c", must=0.95),
        Row("means_down", "means along axis 0 of 50,000 × 1,000", must=0.95),
        Row("means_across", "means along axis 1 of 50,000 × 1,000", must=0.95),
        # Dask draws other points.
        Row("pi", "π by 10⁸ points", tolerance=1e-2, must=0.95),
    ],
    engines={"numpy": NumPy, "numexpr": NumExpr, "dask": Dask, "tharsis": Tharsis},
    make_data=make_data,
    must_geomean=1.4,
    unit="elements",
)
