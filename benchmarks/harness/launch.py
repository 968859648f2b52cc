"""Starts benchmarks/measure.py for one engine and collects what it says."""

import json
import os
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

from .control_group import NoControlGroup, control_group
from .workload import Row, Workload

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_S = 1800


@dataclass
class Measured:
    """One engine on one row."""

    seconds: list[float] = field(default_factory=list)
    rows_read: list[int] = field(default_factory=list)
    rows_out: int = 0
    peak_bytes: int = 0
    error: str = ""

    @property
    def best(self) -> float:
        return min(self.seconds)


@dataclass
class EngineRun:
    name: str
    versions: dict[str, str] = field(default_factory=dict)
    threads: int = 0
    rows: dict[str, Measured] = field(default_factory=dict)


def environment(threads: int) -> dict[str, str]:
    """Every library that asks the environment for its threads gets the same number."""
    names = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    limits = {f"{name}_NUM_THREADS": str(threads) for name in names}
    limits |= {"NUMEXPR_MAX_THREADS": str(threads), "POLARS_MAX_THREADS": str(threads)}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    # OPENBLAS_CORETYPE would hold NumPy back.
    return kept | limits | {"PYTHONPATH": str(ROOT / "python")}


def available(workload: Workload, engine: str) -> bool:
    """Whether its environment is there; ours also needs the module built."""
    python = ROOT / workload.engines[engine].environment / "bin/python"
    built = any((ROOT / "python/tharsis").glob("_core*.so"))
    return python.exists() and (engine != "tharsis" or built)


def run_engine(
    workload: Workload,
    engine: str,
    rows: list[Row],
    *,
    data: Path,
    size: int,
    threads: int,
    repeat: int,
    results: Path | None,
) -> EngineRun:
    """All rows in one process, or each single run in one where the workload asks for that."""
    run = EngineRun(engine)
    batches = [(rows, repeat)]
    if workload.fresh_process:
        batches = [([row], 1) for row in rows for _ in range(row.repeat or repeat)]
    for some, times in batches:
        _run_process(run, workload, some, times, data, size, threads, results)
    return run


def _run_process(
    run: EngineRun,
    workload: Workload,
    rows: list[Row],
    repeat: int,
    data: Path,
    size: int,
    threads: int,
    results: Path | None,
) -> None:
    python = ROOT / workload.engines[run.name].environment / "bin/python"
    command = [str(python), str(ROOT / "benchmarks/measure.py")]
    command += [workload.name, run.name, "--data", str(data), "--size", str(size)]
    command += ["--threads", str(threads), "--repeat", str(repeat)]
    command += ["--results", str(results)] if results else []
    command += [row.name for row in rows]
    memory_max = workload.engines[run.name].memory_max
    if memory_max is None:
        failure = _listen(run, workload, command, threads)
    else:
        try:
            with control_group(memory_max) as group:
                failure = _listen(run, workload, [*group.wrapper(), *command], threads)
                if group.killed():
                    failure = f"took more than the {memory_max / 1e6:,.0f} MB of its control group"
        except NoControlGroup as error:
            failure = f"not run, for want of a control group ({error})"
    for row in rows:
        if row.name not in run.rows:
            run.rows[row.name] = Measured(error=failure)
            _tell(workload, run, {"row": row.name, "error": failure})


def _listen(run: EngineRun, workload: Workload, command: list[str], threads: int) -> str:
    """Runs the command and takes in what it says; answers why it ended, if it said too little."""
    process = subprocess.Popen(
        command, env=environment(threads), stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    timer = threading.Timer(TIMEOUT_S, process.kill)
    timer.start()
    assert process.stdout is not None
    for line in process.stdout:
        if not line.startswith("{"):
            continue
        facts = json.loads(line)
        if "engine" in facts:
            run.versions, run.threads = facts["versions"], facts["threads"]
        else:
            _add(run.rows.setdefault(facts["row"], Measured()), facts)
            _tell(workload, run, facts)
    status = process.wait()
    timer.cancel()
    return f"the process ended with status {status}"


def _add(measured: Measured, facts: dict) -> None:
    measured.error = facts.get("error", "")
    measured.seconds += facts.get("seconds", [])
    measured.rows_read += facts.get("rows_read", [])
    measured.rows_out = facts.get("rows_out") or 0
    measured.peak_bytes = max(measured.peak_bytes, facts.get("peak_bytes", 0))


def _tell(workload: Workload, run: EngineRun, facts: dict) -> None:
    version = next(iter(run.versions.values()), "")
    place = f"{workload.name:8} {facts['row']:16} {run.name + ' ' + version:18}"
    if "error" in facts:
        print(f"{place} {facts['error']}", flush=True)
        return
    times = "  ".join(f"{seconds:9.4f}" for seconds in facts["seconds"])
    read = " ".join(f"{rows:,}" for rows in sorted(set(facts["rows_read"])))
    print(
        f"{place} {times} s   read {read} {workload.unit} a run, {run.threads} threads,"
        f" peak {facts['peak_bytes'] / 1e6:,.0f} MB",
        flush=True,
    )
