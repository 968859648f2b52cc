"""The table of docs/performance.md."""

import argparse
import datetime
import math
import os
import platform
from pathlib import Path

from .launch import EngineRun, Measured
from .workload import Row, Workload

BEGIN, END = "<!-- begin: made by make bench -->", "<!-- end: made by make bench -->"
OURS = "tharsis"


def page_part(measured: list[tuple[Workload, list[EngineRun]]], arguments) -> str:
    parts = [machine(arguments), versions(measured)]
    parts += [table(workload, runs, arguments) for workload, runs in measured]
    return "\n\n".join(parts)


def write(page: Path, text: str) -> None:
    """Replaces what stands between the marks."""
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def machine(arguments: argparse.Namespace) -> str:
    cpu = Path("/proc/cpuinfo").read_text()
    model = next((s.split(":")[1].strip() for s in cpu.splitlines() if "model name" in s), "?")
    widest = "AVX-512" if "avx512f" in cpu else "AVX2"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    command = "make bench" if not arguments.workloads else "python benchmarks/run.py"
    words = [*arguments.workloads]
    if arguments.scale != 1:
        words.append(f"--scale {arguments.scale:g}")
    cores = len(os.sched_getaffinity(0))
    return (
        f"{datetime.date.today():%d %B %Y}, {model} ({widest}), {cores} cores, {memory:.0f} GiB,"
        f" Python {platform.python_version()}. Each engine with {arguments.threads} threads in a"
        f" process of its own, smallest of {arguments.repeat} runs. Repeat it with"
        f" `{' '.join([command, *words])}`."
    )


def versions(measured: list[tuple[Workload, list[EngineRun]]]) -> str:
    known: dict[str, str] = {}
    for _, runs in measured:
        for run in runs:
            known |= run.versions
    return "Versions: " + ", ".join(f"{name} {known[name]}" for name in sorted(known)) + "."


def seconds(value: float) -> str:
    if value < 0.001:
        return f"{value * 1e6:.1f} µs"
    return f"{value * 1e3:.0f} ms" if value < 0.9995 else f"{value:.2f} s"


def finished(runs: list[EngineRun], row: Row) -> dict[str, Measured]:
    rows = {run.name: run.rows[row.name] for run in runs if row.name in run.rows}
    return {name: m for name, m in rows.items() if not m.error and m.seconds}


def table(workload: Workload, runs: list[EngineRun], arguments: argparse.Namespace) -> str:
    size = workload.scaled(arguments.scale)
    names = [run.name for run in runs]
    what = f", {size:,} {workload.unit}" if size > 1 else ""
    head = ["row", *names, "ours against the best", "must"]
    lines = [f"### {workload.title}{what}", "", _line(head)]
    lines.append(_line(["---"] + ["---:"] * (len(head) - 1)))
    ratios = []
    for row in workload.rows:
        done = finished(runs, row)
        if not done:
            continue
        cells = [seconds(done[name].best) if name in done else "–" for name in names]
        ours, peers = done.get(OURS), [m.best for n, m in done.items() if n != OURS]
        verdict = ""
        if ours and peers:
            ratios.append(min(peers) / ours.best)
            verdict = against(row, ours, min(peers))
        lines.append(_line([row.text, *cells, verdict, demand(row)]))
        if row.must_memory:
            lines.append(_line(memory_line(row, done, names)))
    if len(ratios) > 1:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        must = f"≥ {workload.must_geomean:g}x" if workload.must_geomean else ""
        blank = [""] * len(names)
        lines.append(_line(["geometric mean", *blank, mark(mean, workload.must_geomean), must]))
    return "\n".join(lines)


def against(row: Row, ours: Measured, best_peer: float) -> str:
    if row.must_extra_s is not None:
        extra = ours.best - best_peer
        text = f"{'+' if extra >= 0 else '−'} {seconds(abs(extra))}"
        return text if extra <= row.must_extra_s else f"**{text}**"
    return mark(best_peer / ours.best, row.must)


def mark(ratio: float, must: float | None) -> str:
    """Bold where the demand is missed."""
    text = f"{ratio:.2f}x"
    return f"**{text}**" if must is not None and ratio < must else text


def demand(row: Row) -> str:
    if row.must_extra_s is not None:
        return f"≤ + {seconds(row.must_extra_s)}"
    return f"≥ {row.must:g}x" if row.must is not None else ""


def memory_line(row: Row, done: dict[str, Measured], names: list[str]) -> list[str]:
    cells = [f"{done[n].peak_bytes / 1e6:,.0f} MB" if n in done else "–" for n in names]
    peers = [m.peak_bytes for name, m in done.items() if name != OURS]
    verdict = ""
    if OURS in done and peers and row.must_memory is not None:
        share = done[OURS].peak_bytes / min(peers)
        verdict = f"{share:.2f}" if share <= row.must_memory else f"**{share:.2f}**"
    return ["peak memory of the process", *cells, verdict, f"≤ {row.must_memory:g}"]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
