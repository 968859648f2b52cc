"""What a compiler must say: every header compiles alone, and clang-tidy has nothing to add.

Both work in build/lint, where no precompiled header hides a missing include.
"""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .tree import Tree

CLANG_TIDY = "clang-tidy-19"


def configure(tree: Tree) -> str:
    """Makes build/lint; answers what went wrong."""
    if (tree.root / "build/lint/build.ninja").exists():
        return ""
    command = ["cmake", "--preset", "lint", "--log-level=WARNING"]
    done = subprocess.run(
        command, cwd=tree.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.stdout if done.returncode else ""


def check_headers(tree: Tree) -> list[str]:
    failure = configure(tree)
    if failure:
        return failure.splitlines()
    command = ["cmake", "--build", "build/lint", "--target", "all_verify_interface_header_sets"]
    done = subprocess.run(
        [*command, "--", "-k", "0"], cwd=tree.root, stdout=subprocess.PIPE, text=True
    )
    if not done.returncode:
        return []
    return [line for line in done.stdout.splitlines() if not re.match(r"\[\d+/\d+\]", line)]


def sources_to_tidy(tree: Tree, commands: list[dict]) -> list[Path]:
    """Changed sources, and for a changed header the source of its name."""
    wanted = {file.with_suffix(".cc") for file in tree.changed if file.suffix in (".h", ".cc")}
    known = {Path(os.path.relpath(entry["file"], tree.root)) for entry in commands}
    return sorted(wanted & known)


def check_tidy(tree: Tree) -> list[str]:
    failure = configure(tree)
    if failure:
        return failure.splitlines()
    commands = json.loads((tree.root / "build/lint/compile_commands.json").read_text())

    def tidy(file: Path) -> list[str]:
        command = [CLANG_TIDY, "--quiet", "-p", "build/lint", str(file)]
        done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
        return done.stdout.splitlines() if done.returncode else []

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(tidy, sources_to_tidy(tree, commands))
    return [line for lines in found for line in lines]
