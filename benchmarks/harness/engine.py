"""How each library is started with a number of threads, and how its results become pandas frames.

Libraries are imported when an engine starts: each environment holds only some of them.
"""

import importlib
from functools import cached_property
from pathlib import Path
from typing import Any


class Engine:
    """A workload's class for a library derives from one of these; it has a method per row."""

    packages: tuple[str, ...] = ()  # whose versions are reported, the first names the engine
    environment = ".venvs/peers"
    memory_max: int | None = None  # bytes of the control group that its process runs in
    size: int  # input rows or elements

    def start(self, threads: int) -> None:
        """Imports the library and gives it its threads."""

    def load(self, folder: Path) -> None:
        """Brings the inputs into the engine's own memory; not timed."""

    def threads(self) -> int:
        """How many threads the library says it uses."""
        raise NotImplementedError

    def completed(self, result: Any) -> Any:
        """Part of the timed work: every value of the result exists afterwards."""
        return result

    def rows_read_total(self) -> int | None:
        """Input rows that all runs so far went through; None: it keeps no results to find again."""
        return None

    def frame(self, result: Any) -> Any:
        """As a pandas frame or a NumPy array, for the comparison."""
        return result

    def versions(self) -> dict[str, str]:
        return {name: importlib.import_module(name).__version__ for name in self.packages}


class NumPy(Engine):
    packages: tuple[str, ...] = ("numpy",)

    def start(self, threads: int) -> None:
        self.np = importlib.import_module("numpy")

    def threads(self) -> int:
        """Of its BLAS; everything else runs on one."""
        pools = importlib.import_module("threadpoolctl").threadpool_info()
        return max((pool["num_threads"] for pool in pools), default=1)


class Pandas(Engine):
    packages = ("pandas", "pyarrow", "numpy")

    def start(self, threads: int) -> None:
        self.pd = importlib.import_module("pandas")
        importlib.import_module("pyarrow").set_cpu_count(threads)

    def threads(self) -> int:
        """Of Arrow, which reads its files; everything else runs on one."""
        return importlib.import_module("pyarrow").cpu_count()


class Tharsis(Engine):
    """Mixed into the class for pandas or NumPy: the same calls, on our modules."""

    packages = ("tharsis",)
    environment = ".venv"

    def start(self, threads: int) -> None:
        self.th = importlib.import_module("tharsis")
        self.th.options.keep_results = False
        self.th.options.workers = threads
        self.th.options.fallback = "error"

    @cached_property
    def pd(self) -> Any:
        return importlib.import_module("tharsis.pandas")

    @cached_property
    def np(self) -> Any:
        return importlib.import_module("tharsis.numpy")

    def threads(self) -> int:
        return self.th.options.workers

    def completed(self, result: Any) -> Any:
        if isinstance(result, tuple):
            return self.th.execute(*result) if result else result
        return result.execute()

    def rows_read_total(self) -> int:
        return importlib.import_module("tharsis._core").rows_read_total()

    def frame(self, result: Any) -> Any:
        if isinstance(result, tuple):
            return tuple(self.frame(part) for part in result)
        if hasattr(result, "to_pandas"):
            return result.to_pandas()
        return importlib.import_module("numpy").asarray(result)


class Polars(Engine):
    packages = ("polars",)

    def start(self, threads: int) -> None:
        self.pl = importlib.import_module("polars")

    def threads(self) -> int:
        return self.pl.thread_pool_size()  # set by POLARS_MAX_THREADS before the import

    def completed(self, result: Any) -> Any:
        return result.collect()

    def frame(self, result: Any) -> Any:
        return result.to_pandas()


class DuckDB(Engine):
    packages = ("duckdb",)

    def start(self, threads: int) -> None:
        self.db = importlib.import_module("duckdb").connect()
        self.db.sql(f"SET threads = {threads}")

    def threads(self) -> int:
        return self.db.sql("SELECT current_setting('threads')").fetchall()[0][0]

    def completed(self, result: Any) -> Any:
        """`result` is a query; its answer as an Arrow table."""
        return self.db.sql(result).to_arrow_table()

    def frame(self, result: Any) -> Any:
        return result.to_pandas()


class PyArrow(Engine):
    packages = ("pyarrow",)

    def start(self, threads: int) -> None:
        self.pa = importlib.import_module("pyarrow")
        self.pa.set_cpu_count(threads)

    def threads(self) -> int:
        return self.pa.cpu_count()

    def frame(self, result: Any) -> Any:
        return result.to_pandas()


class NumExpr(NumPy):
    packages = ("numexpr", "numpy")

    def start(self, threads: int) -> None:
        super().start(threads)
        self.ne = importlib.import_module("numexpr")
        self.ne.set_num_threads(threads)

    def threads(self) -> int:
        return self.ne.get_num_threads()


class Dask(NumPy):
    packages = ("dask", "numpy")

    def start(self, threads: int) -> None:
        super().start(threads)
        self.dask = importlib.import_module("dask")
        self.da = importlib.import_module("dask.array")
        self.dask.config.set(scheduler="threads", num_workers=threads)

    def threads(self) -> int:
        return self.dask.config.get("num_workers")

    def completed(self, result: Any) -> Any:
        if isinstance(result, tuple):
            return self.dask.compute(*result)
        return result.compute()
