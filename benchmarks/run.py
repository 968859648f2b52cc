#!/usr/bin/env python3
"""Workloads next to the newest peers: python benchmarks/run.py [WORKLOAD ...]

Each engine has a process of its own and the same number of threads. A row's time is the smallest of
several runs, in which every column of the result came into being; results are compared between the
engines. Fails when one differs, or when a run of ours read no input.
"""

import argparse
import importlib
import shutil
import sys
from pathlib import Path

from harness import launch, report, results
from harness.launch import ROOT, EngineRun
from harness.workload import Workload

NAMES = ["coupons", "groupby", "join", "sort", "files", "arrays", "memory", "small"]
SCRATCH = ROOT / "build/bench"


def prepared(workload: Workload, size: int) -> Path:
    """The folder with the inputs, made on first use."""
    folder = SCRATCH / "data" / f"{workload.name}-{size}-v{workload.data_version}"
    if workload.make_data and not (folder / "done").exists():
        print(f"{workload.name}: making data of {size:,} {workload.unit}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        workload.make_data(folder, size)
        (folder / "done").touch()
    return folder


def differences(workload: Workload, runs: list[EngineRun], folder: Path) -> list[str]:
    """Results that differ from the first engine's, and runs that read nothing."""
    found = []
    first = next(iter(workload.engines))
    for run in runs:
        for row in workload.rows:
            measured = run.rows.get(row.name)
            if measured is None or measured.error:
                continue
            place = f"{workload.name} {row.name} {run.name}"
            if min(measured.rows_read) <= 0:
                found.append(f"{place}: a run read no input")
            expected, got = (folder / f"{row.name}-{name}.npz" for name in (first, run.name))
            if run.name != first and expected.exists() and got.exists():
                problem = results.difference(expected, got, row)
                if problem:
                    found.append(f"{place}: {problem}, compared with {first}")
    return found


def measure(workload: Workload, arguments: argparse.Namespace) -> tuple[list[EngineRun], list[str]]:
    size = workload.scaled(arguments.scale)
    data = prepared(workload, size)
    folder = SCRATCH / "results" / workload.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = [row for row in workload.rows if not arguments.rows or row.name in arguments.rows]
    runs = []
    for engine in workload.engines:
        if arguments.engines and engine not in arguments.engines:
            continue
        if not launch.available(workload, engine):
            print(f"{workload.name}: {engine} is not here", flush=True)
            continue
        runs.append(
            launch.run_engine(
                workload,
                engine,
                rows,
                data=data,
                size=size,
                threads=arguments.threads,
                repeat=arguments.repeat,
                results=folder,
            )
        )
    problems = differences(workload, runs, folder)
    shutil.rmtree(folder)  # gigabytes at full size
    return runs, problems


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(NAMES))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size")
    parser.add_argument("--engines", nargs="+", help="only these")
    parser.add_argument("--rows", nargs="+", help="only these")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", type=Path, help="page whose table is replaced")
    arguments = parser.parse_args()
    unknown = set(arguments.workloads) - set(NAMES)
    if unknown:
        parser.error(f"no workload {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    measured, problems = [], []
    for name in arguments.workloads or NAMES:
        workload = importlib.import_module(f"workloads.{name}").WORKLOAD
        runs, found = measure(workload, arguments)
        measured.append((workload, runs))
        problems += found
    text = report.page_part(measured, arguments)
    print("\n" + text)
    if arguments.write:
        report.write(arguments.write, text)
    for problem in problems:
        print(f"WRONG {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
