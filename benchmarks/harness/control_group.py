"""A Linux control group (version 1 or 2) that bounds the memory of one process."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")


class NoControlGroup(Exception):
    """Why none can be made here."""


class ControlGroup:
    def __init__(self, folder: Path, version: int) -> None:
        self.folder, self.version = folder, version

    def limit(self, memory_bytes: int) -> None:
        """Memory, page cache included; nothing goes to swap."""
        name = "memory.max" if self.version == 2 else "memory.limit_in_bytes"
        (self.folder / name).write_text(str(memory_bytes))
        swap = ("memory.swap.max", "0")
        if self.version == 1:
            swap = ("memory.memsw.limit_in_bytes", str(memory_bytes))
        with contextlib.suppress(OSError):  # kernels without swap accounting
            (self.folder / swap[0]).write_text(swap[1])

    def wrapper(self) -> list[str]:
        """In front of a command, runs it inside."""
        return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self.folder)]

    def killed(self) -> bool:
        """Whether the kernel ended a process for want of memory."""
        name = "memory.events" if self.version == 2 else "memory.oom_control"
        with contextlib.suppress(OSError):
            for line in (self.folder / name).read_text().splitlines():
                if line.startswith("oom_kill ") and int(line.split()[1]) > 0:
                    return True
        return False


def candidates() -> Iterator[tuple[Path, int]]:
    """Groups below which ours may go: that of this process, then its parents."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "" and (MOUNT / "cgroup.controllers").exists():
            root, version = MOUNT, 2
        elif "memory" in controllers.split(","):
            root, version = MOUNT / "memory", 1
        else:
            continue
        group = root / path.lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(root):
                yield folder, version


def make(memory_bytes: int) -> ControlGroup:
    failures = []
    for parent, version in candidates():
        folder = parent / f"tharsis-bench-{os.getpid()}"
        try:
            if version == 2 and "memory" not in (parent / "cgroup.subtree_control").read_text():
                (parent / "cgroup.subtree_control").write_text("+memory")
            folder.mkdir()
        except OSError as error:
            failures.append(f"{parent}: {error.strerror}")
            continue
        try:
            group = ControlGroup(folder, version)
            group.limit(memory_bytes)
            return group
        except OSError as error:
            failures.append(f"{folder}: {error.strerror}")
            folder.rmdir()
    raise NoControlGroup("; ".join(failures) or "no memory controller is mounted")


@contextlib.contextmanager
def control_group(memory_bytes: int) -> Iterator[ControlGroup]:
    group = make(memory_bytes)
    try:
        yield group
    finally:
        for _ in range(50):  # the kernel lets go of an ended process a little later
            with contextlib.suppress(OSError):
                group.folder.rmdir()
                break
            time.sleep(0.1)
