"""Form and types, as other tools judge them: clang-format, ruff, mypy."""

import subprocess
import sys

from .tree import Tree

CLANG_FORMAT = "clang-format-19"
TYPED = [
    "python/tharsis",
    "tools",
    "benchmarks/harness",
    "benchmarks/run.py",
    "benchmarks/measure.py",
]


def lines_of(tree: Tree, *command: str) -> list[str]:
    """What a command says when it finds something."""
    done = subprocess.run(
        command, cwd=tree.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return (done.stdout.splitlines() or [f"{command[0]} failed"]) if done.returncode else []


def module(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def check_cpp_format(tree: Tree) -> list[str]:
    files = [str(file) for file in tree.cpp_files]
    return lines_of(tree, CLANG_FORMAT, "--dry-run", "-Werror", *files) if files else []


def check_python_format(tree: Tree) -> list[str]:
    return lines_of(tree, *module("ruff", "format", "--quiet", "--diff"))


def check_python(tree: Tree) -> list[str]:
    return lines_of(tree, *module("ruff", "check", "--quiet", "--output-format", "concise"))


def check_types(tree: Tree) -> list[str]:
    folders = [
        name for name in TYPED if any(file.is_relative_to(name) for file in tree.python_files)
    ]
    return lines_of(tree, *module("mypy", "--no-error-summary", *folders))


def fix(tree: Tree) -> None:
    subprocess.run([CLANG_FORMAT, "-i", *map(str, tree.cpp_files)], cwd=tree.root, check=True)
    subprocess.run(module("ruff", "check", "--quiet", "--fix-only"), cwd=tree.root, check=True)
    subprocess.run(module("ruff", "format", "--quiet"), cwd=tree.root, check=True)
