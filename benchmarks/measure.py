"""One engine on one workload, in this process: times each row and keeps its result for comparison.

`benchmarks/run.py` starts it with the environment and the threads that the engine gets; it prints
one JSON object a line, first about the engine, then one per row.
"""

import argparse
import gc
import importlib
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from harness import results
from harness.workload import Row


def peak_bytes() -> int:
    """The high-water mark of this process."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def measure(engine: Any, row: Row, repeat: int, out: Path | None) -> None:
    work = getattr(engine, row.name, None)
    if work is None:
        say(row=row.name, error="not offered")
        return
    seconds, rows_read = [], []
    result: Any = None
    for _ in range(row.repeat or repeat):
        result = None  # the run before gives its memory back first
        gc.collect()
        before = engine.rows_read_total()
        began = time.perf_counter()
        for _ in range(row.loops):
            result = engine.completed(work())
        seconds.append((time.perf_counter() - began) / row.loops)
        after = engine.rows_read_total() if row.reads_input else None
        rows_read.append(engine.size if after is None else (after - before) // row.loops)
    peak = peak_bytes()
    rows_out = results.save(engine.frame(result), row, out) if out else None
    say(row=row.name, seconds=seconds, rows_read=rows_read, rows_out=rows_out, peak_bytes=peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload")
    parser.add_argument("engine")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--repeat", type=int, required=True)
    parser.add_argument(
        "--results", type=Path, help="folder for the results; without: none are kept"
    )
    parser.add_argument("rows", nargs="+")
    arguments = parser.parse_args()

    workload = importlib.import_module(f"workloads.{arguments.workload}").WORKLOAD
    engine = workload.engines[arguments.engine]()
    engine.size = arguments.size
    engine.start(arguments.threads)
    say(engine=arguments.engine, versions=engine.versions(), threads=engine.threads())
    engine.load(arguments.data)
    for name in arguments.rows:
        out = arguments.results and arguments.results / f"{name}-{arguments.engine}.npz"
        try:
            measure(engine, workload.row(name), arguments.repeat, out)
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            say(row=name, error=f"{type(error).__name__}: {error}".splitlines()[0])


if __name__ == "__main__":
    main()
