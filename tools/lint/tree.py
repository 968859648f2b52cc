"""The files under git, and which of them are new since main."""

import re
import subprocess
from functools import cached_property
from pathlib import Path

CPP_SUFFIXES = {".h", ".cc"}


class Tree:
    """Files are given relative to the root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @cached_property
    def files(self) -> list[Path]:
        """Committed or not, but not ignored."""
        listed = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = sorted(set(listed.split("\0")) - {""})
        return [Path(name) for name in names if (self.root / name).is_file()]

    @property
    def cpp_files(self) -> list[Path]:
        return [file for file in self.files if file.suffix in CPP_SUFFIXES]

    @property
    def python_files(self) -> list[Path]:
        return [file for file in self.files if file.suffix == ".py"]

    @cached_property
    def changed(self) -> set[Path]:
        """What differs from where this branch left main; on main itself, from the commit before."""
        names = self.git("ls-files", "-z", "--others", "--exclude-standard").split("\0")
        base = self._base()
        if base:
            names += self.git("diff", "--name-only", "-z", base).split("\0")
        return {Path(name) for name in names if name} & set(self.files)

    def _base(self) -> str | None:
        head = self.git("rev-parse", "HEAD").strip()
        for main in ("main", "origin/main"):
            try:
                base = self.git("merge-base", "HEAD", main).strip()
            except subprocess.CalledProcessError:
                continue
            if base != head:
                return base
        try:
            return self.git("rev-parse", "HEAD~1").strip()
        except subprocess.CalledProcessError:
            return None

    @cached_property
    def rooms(self) -> list[str]:
        """From the ground up, as CMakeLists.txt says."""
        cmake = (self.root / "CMakeLists.txt").read_text()
        found = re.search(r"set\(THARSIS_ROOMS ([^)]*)\)", cmake)
        if not found:
            raise LookupError("CMakeLists.txt: no set(THARSIS_ROOMS ...)")
        return found[1].split()
