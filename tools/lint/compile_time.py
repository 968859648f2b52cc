"""A source file that takes over 15 s to compile is a defect.

Ninja's log knows how long each took by the clock, which a busy machine stretches. It only points at
suspects; each of them is compiled once more and judged by processor time.
"""

import json
import os
import re
import shlex

from .tree import Tree

SECONDS_MAX = 15.0
JUDGED = "build/lint/compile_times.json"  # verdicts, by object and time of its compilation


def suspects(log: str) -> dict[str, str]:
    """Objects that took too long by the clock, each with the log's mark of that compilation."""
    latest = {}
    for entry in log.splitlines():
        fields = entry.split("\t")
        if len(fields) == 5 and fields[3].endswith(".o"):
            began_ms, ended_ms, written, output, _ = fields
            latest[output] = (int(ended_ms) - int(began_ms), written)
    return {
        output: written
        for output, (took_ms, written) in latest.items()
        if took_ms > SECONDS_MAX * 1000
    }


def output_of(command: str) -> str:
    words = shlex.split(command)
    return words[words.index("-o") + 1]


def processor_seconds(command: str, folder: str) -> float:
    """What the compiler itself takes, without ccache."""
    words = shlex.split(command)
    compiler = next(i for i, word in enumerate(words) if re.search(r"(clang|g)\+\+[-\d]*$", word))
    words = words[compiler:]
    words[words.index("-o") + 1] = os.devnull
    for option in ("-MF", "-MT"):
        if option in words:
            del words[words.index(option) : words.index(option) + 2]
    words = [word for word in words if word not in ("-MD", "-MMD")]
    pid = os.posix_spawnp("env", ["env", "-C", folder, *words], os.environ)
    usage = os.wait4(pid, 0)[2]
    return usage.ru_utime + usage.ru_stime


def check(tree: Tree) -> list[str]:
    build = tree.root / "build/release"
    if not (build / ".ninja_log").exists():
        return []
    commands = {
        output_of(entry["command"]): entry
        for entry in json.loads((build / "compile_commands.json").read_text())
    }
    verdicts_file = tree.root / JUDGED
    verdicts = json.loads(verdicts_file.read_text()) if verdicts_file.exists() else {}
    problems = []
    for output, written in suspects((build / ".ninja_log").read_text()).items():
        entry = commands.get(output)
        if entry is None:
            continue  # no longer part of the build
        mark = f"{output} {written}"
        if mark not in verdicts:
            verdicts[mark] = processor_seconds(entry["command"], entry["directory"])
        if verdicts[mark] > SECONDS_MAX:
            source = os.path.relpath(entry["file"], tree.root)
            problems.append(f"{source}: {verdicts[mark]:.1f} s to compile; split it by family")
    verdicts_file.parent.mkdir(parents=True, exist_ok=True)
    verdicts_file.write_text(json.dumps(verdicts))
    return problems
