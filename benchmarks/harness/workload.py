"""What a workload is: rows of a table, data, and one class per engine with a method per row."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

from .engine import Engine


@dataclass(frozen=True)
class Row:
    """One line of the table. The method of its name, in each engine's class, is what is timed."""

    name: str
    text: str
    # Columns of the result that are compared with `tolerance`, relative; all others exactly.
    floats: Container[str] = ()
    tolerance: float = 1e-9
    # The result's rows must come in one order: these columns are compared row by row, too.
    ordered_by: tuple[str, ...] = ()
    # The best peer's time must be at least this many times ours ...
    must: float | None = None
    # ... or ours at most this much longer; and our peak memory at most this share of theirs.
    must_extra_s: float | None = None
    must_memory: float | None = None
    repeat: int | None = None  # instead of the number asked for
    loops: int = 1  # a run is so many calls, and its time that of one
    reads_input: bool = True  # in a run of the engine, which counts the rows


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    size: int  # input rows (or elements) at full size
    rows: list[Row]
    engines: dict[str, type[Engine]]  # the first is what the others' results are compared with
    make_data: Callable[[Path, int], None] | None = None  # writes the inputs into a folder
    data_version: int = 1  # raise it when make_data writes something else
    must_geomean: float | None = None
    unit: str = "rows"
    fresh_process: bool = False  # every single run is in a process of its own

    def scaled(self, scale: float) -> int:
        """Only inputs that we make can be made smaller."""
        return max(1, int(self.size * scale)) if self.make_data else self.size

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)
