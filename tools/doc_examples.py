"""Runs every example of the documentation and compares what it prints with what the page says.

Docstrings of the package: their ``>>>`` examples, with ``th``, ``np`` and ``pd`` at hand. Pages
(README.md, docs/): each ``python`` block, one namespace a page. What a block prints must equal the
``text`` block that follows it directly, if there is one; a block that ends in an error prints
``Class: message``. Dots (``...``) stand for anything and runs of blanks are alike. A block is left
out only by a line ``<!-- not run: why -->`` just above it.

Every page runs in a process and a folder of its own.
"""

import argparse
import contextlib
import doctest
import importlib
import io
import os
import pkgutil
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NOT_RUN = "<!-- not run:"


@dataclass
class Result:
    place: str
    seconds: float
    failure: str = ""
    skipped: bool = False


@dataclass
class Block:
    language: str
    line: int  # of the first line of code, counted from 1
    code: str
    not_run: bool
    follows_code: bool  # only blank lines between the block before and this one


def blocks_of(page: str) -> Iterator[Block]:
    """The fenced blocks of a Markdown page."""
    lines = page.splitlines()
    start, language, not_run, follows = -1, "", False, False
    text_before = ""  # the last line that says something, outside of blocks
    for number, line in enumerate(lines):
        stripped = line.strip()
        if start < 0 and stripped.startswith("```"):
            start, language = number + 1, stripped[3:].strip()
            not_run, follows = text_before.startswith(NOT_RUN), text_before == "```"
        elif start >= 0 and stripped == "```":
            yield Block(language, start + 1, "\n".join(lines[start:number]), not_run, follows)
            start, text_before = -1, "```"
        elif start < 0 and stripped:
            text_before = stripped


def difference(expected: str, got: str) -> str:
    """Empty when the page says what was printed."""
    checker = doctest.OutputChecker()
    expected, got = expected.strip() + "\n", got.strip() + "\n"
    if checker.check_output(expected, got, FLAGS):
        return ""
    return checker.output_difference(doctest.Example("", expected), got, FLAGS)


def run_code(block: Block, page: Path, expected: str | None, names: dict) -> str:
    """Runs one block; answers what went wrong."""
    printed = io.StringIO()
    try:
        # Blank lines in front make tracebacks and the engine's notes name the line of the page.
        program = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
        with contextlib.redirect_stdout(printed):
            exec(program, names)
    except Exception as error:
        if expected is None:
            return traceback.format_exc()
        print(f"{type(error).__name__}: {error}", file=printed)
    return "" if expected is None else difference(expected, printed.getvalue())


def run_doctest(test: doctest.DocTest) -> str:
    report = io.StringIO()
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.write, clear_globs=False)
    return report.getvalue()


def run_page(page: Path) -> list[Result]:
    names: dict = {"__name__": "__main__"}
    place = os.path.relpath(page, ROOT)
    blocks = list(blocks_of(page.read_text()))
    results = []
    for number, block in enumerate(blocks):
        if block.language != "python":
            continue
        result = Result(f"{place}:{block.line}", 0, skipped=block.not_run)
        results.append(result)
        if block.not_run:
            continue
        began = time.perf_counter()
        if ">>>" in block.code:
            parser = doctest.DocTestParser()
            test = parser.get_doctest(block.code, names, place, str(page), block.line - 1)
            test.globs = names  # the next block goes on with them
            result.failure = run_doctest(test)
        else:
            after = blocks[number + 1] if number + 1 < len(blocks) else None
            says = after is not None and after.language == "text" and after.follows_code
            result.failure = run_code(block, page, after.code if after and says else None, names)
        result.seconds = time.perf_counter() - began
    return results


def run_docstrings(package: str) -> list[Result]:
    root = importlib.import_module(package)
    names = {"th": root}
    for short, door in (("np", "numpy"), ("pd", "pandas")):
        with contextlib.suppress(ModuleNotFoundError):
            names[short] = importlib.import_module(f"{package}.{door}")
    modules = [package]
    modules += [m.name for m in pkgutil.walk_packages(root.__path__, package + ".")]
    results = []
    for name in modules:
        if name.rpartition(".")[2].startswith("_core"):
            continue
        module = importlib.import_module(name)
        for test in doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs=names):
            if test.examples:
                began = time.perf_counter()
                failure = run_doctest(test)
                results.append(Result(test.name, time.perf_counter() - began, failure))
    return results


def run_in_own_folder(job: str) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return run_page(Path(job)) if job.endswith(".md") else run_docstrings(job)
        except Exception:
            return [Result(job, 0, traceback.format_exc())]
        finally:
            os.chdir(ROOT)


def run_all(jobs: list[str]) -> Iterator[Result]:
    for job in jobs:  # one at a time: a timing in a page means something
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                yield from pool.submit(run_in_own_folder, job).result()
            except Exception as error:  # the process died
                yield Result(job, 0, f"{type(error).__name__}: {error}")


def write_junit(results: list[Result], path: Path) -> None:
    suite = ElementTree.Element("testsuite", name="documentation", tests=str(len(results)))
    for result in results:
        case = ElementTree.SubElement(
            suite, "testcase", name=result.place, time=f"{result.seconds:.3f}"
        )
        if result.failure:
            ElementTree.SubElement(case, "failure").text = result.failure
        elif result.skipped:
            ElementTree.SubElement(case, "skipped")
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def default_jobs() -> list[str]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    jobs = [str(page) for page in pages if page.exists()]
    if (ROOT / "python/tharsis/__init__.py").exists():
        jobs.append("tharsis")
    return jobs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", nargs="*", help="pages (*.md) and packages; all by default")
    parser.add_argument("--junit-xml", type=Path)
    arguments = parser.parse_args()
    jobs = [
        str(Path(job).resolve()) if job.endswith(".md") else job
        for job in arguments.jobs or default_jobs()
    ]
    results = list(run_all(jobs))
    failed = [result for result in results if result.failure]
    skipped = sum(result.skipped for result in results)
    for result in failed:
        print(f"FAILED {result.place}\n{result.failure}")
    if arguments.junit_xml:
        write_junit(results, arguments.junit_xml)
    passed = len(results) - len(failed) - skipped
    print(f"documentation examples: {passed} passed, {len(failed)} failed, {skipped} not run")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
