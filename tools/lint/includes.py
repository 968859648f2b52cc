"""No file includes a room above its own, or a library it must not know."""

import re
from pathlib import Path

from .tree import Tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Tests of every room may run the whole engine through these.
FOR_TESTS = {"tharsis/engine/testing.h", "tharsis/engine/test_matrix.h"}

# Libraries that only some places may see, so that they stay exchangeable and files compile fast.
BOUND = {
    "arrow/": ("io/", "_bridge.", "python/bindings/"),
    "parquet/": ("io/",),
    "nanobind/": ("python/bindings/",),
    "Python.h": ("python/bindings/",),
    "hwy/": ("kernels/",),
    "sleef": ("kernels/",),
}


def room_of(file: Path) -> str | None:
    parts = file.parts
    return parts[2] if parts[:2] == ("src", "tharsis") and len(parts) > 3 else None


def check_file(file: Path, text: str, tree: Tree) -> list[str]:
    problems = []
    room = room_of(file)
    once = file.suffix == ".h" and not file.name.endswith("-inl.h")
    if once and "#pragma once" not in text:
        problems.append(f"{file}: a header starts with #pragma once")
    for found in INCLUDE.finditer(text):
        quote, name = found[1], found[2]
        place = f"{file}:{text.count(chr(10), 0, found.start(2)) + 1}"
        for library, allowed in BOUND.items():
            if name.startswith(library) and not any(part in file.as_posix() for part in allowed):
                problems.append(f"{place}: <{name}> belongs into {' or '.join(allowed)} only")
        if file.stem.endswith("_test") and name in FOR_TESTS:
            continue
        if room is None or quote == "<" or name.startswith("hwy/"):
            continue
        included = room_of(Path("src") / name)
        if included is None:
            problems.append(f'{place}: "{name}" is not a full path, as in "tharsis/base/error.h"')
        elif included not in tree.rooms or room not in tree.rooms:
            problems.append(f"{place}: a room that CMakeLists.txt does not name")
        elif tree.rooms.index(included) > tree.rooms.index(room):
            problems.append(f"{place}: {room}/ must not know {included}/, which stands above it")
    return problems


def check(tree: Tree) -> list[str]:
    problems = []
    for file in tree.cpp_files:
        problems += check_file(file, (tree.root / file).read_text(), tree)
    return problems
