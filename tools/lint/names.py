"""Names say what is inside, and a file has one idea."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from .tree import Tree

SAY_NOTHING = {"common", "helper", "helpers", "misc", "util", "utils"}
NAMED_SO = {Path("src/tharsis/plan/rules/common.cc")}  # the rule that merges common expressions
SOURCES = {".h", ".cc", ".py", ".cmake"}
SNAKE_CASE = re.compile(r"[a-z0-9_]+(-inl)?$")
LINES_MAX = 800


def check_name(file: Path) -> list[str]:
    if file.suffix not in SOURCES or file in NAMED_SO:
        return []
    problems = []
    words = [*file.parts[:-1], file.stem.removesuffix("_test").removesuffix("_internal")]
    for word in words:
        if word.lower().removeprefix("test_") in SAY_NOTHING:
            problems.append(f"{file}: `{word}` says nothing; name what is in it")
    if file.suffix != ".cmake" and not SNAKE_CASE.match(file.stem):
        problems.append(f"{file}: file names are snake_case")
    return problems


def check_length(file: Path, text: str) -> list[str]:
    lines = text.count("\n")
    if file.suffix not in SOURCES or lines <= LINES_MAX:
        return []
    return [f"{file}: {lines} lines; past {LINES_MAX} a file has more than one idea"]


def check_test_names(files: Iterable[Path]) -> list[str]:
    """Outside of packages pytest imports a test file under its bare name, which exists once."""
    files = list(files)
    packages = {file.parent for file in files if file.name == "__init__.py"}
    by_name = defaultdict(list)
    for file in files:
        is_test = file.match("test_*.py") or file.match("*_test.py")
        if is_test and file.parent not in packages:
            by_name[file.name].append(file)
    return [
        f"{other}: pytest refuses two test files of one name in folders without __init__.py, "
        f"and {first} is there; rename one"
        for first, *others in by_name.values()
        for other in others
    ]


def check(tree: Tree) -> list[str]:
    problems = check_test_names(tree.files)
    for file in tree.files:
        problems += check_name(file)
        if file.suffix in SOURCES:
            problems += check_length(file, (tree.root / file).read_text())
    return problems
