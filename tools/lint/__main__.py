"""python -m lint [--fix]: runs every check and lists what it found."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import compile_time, compiled, includes, names, style
from .tree import Tree

CHECKS: dict[str, Callable[[Tree], list[str]]] = {
    "names": names.check,
    "includes": includes.check,
    "clang-format": style.check_cpp_format,
    "ruff format": style.check_python_format,
    "ruff check": style.check_python,
    "mypy": style.check_types,
    "headers alone": compiled.check_headers,
    "clang-tidy": compiled.check_tidy,
    "compile time": compile_time.check,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="lint", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="format the sources instead")
    parser.add_argument("checks", nargs="*", help=f"all by default: {', '.join(CHECKS)}")
    arguments = parser.parse_args()
    tree = Tree(Path(__file__).resolve().parent.parent.parent)
    if arguments.fix:
        style.fix(tree)
        return 0
    failed = 0
    for name in arguments.checks or CHECKS:
        began = time.perf_counter()
        problems = CHECKS[name](tree)
        failed += bool(problems)
        verdict = f"{len(problems)} lines" if problems else "ok"
        print(f"lint: {name:13} {verdict:9} {time.perf_counter() - began:6.1f} s", flush=True)
        for problem in problems:
            print(f"  {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
