import json
import os

import pytest
from lint import compile_time
from lint.compile_time import processor_seconds, suspects
from lint.tree import Tree


def test_suspects_are_the_objects_whose_latest_compilation_was_slow():
    log = "\n".join(
        [
            "# ninja log v5",
            "0\t20000\t1\tslow.cc.o\tabc",
            "0\t20000\t1\tonce_slow.cc.o\tabc",
            "0\t900\t2\tonce_slow.cc.o\tabc",
            "0\t14000\t1\tfast.cc.o\tabc",
            "0\t60000\t1\tlibrary.a\tabc",
        ]
    )
    assert suspects(log) == {"slow.cc.o": "1"}


@pytest.mark.parametrize(("seconds_max", "found"), [(0.0, 1), (15.0, 0)])
def test_a_suspect_is_compiled_again_and_judged(tmp_path, monkeypatch, seconds_max, found):
    build = tmp_path / "build/release"
    build.mkdir(parents=True)
    (tmp_path / "a.cc").write_text("int main() { return 0; }\n")
    (build / ".ninja_log").write_text("0\t20000\t1\tdir/a.cc.o\tabc\n")
    entry = {
        "directory": str(build),
        "command": "/usr/bin/clang++-19 -o dir/a.cc.o -c ../../a.cc",
        "file": str(tmp_path / "a.cc"),
    }
    (build / "compile_commands.json").write_text(json.dumps([entry]))
    tree = Tree(tmp_path)
    assert suspects((build / ".ninja_log").read_text())  # while the limit is the true one
    monkeypatch.setattr(compile_time, "SECONDS_MAX", seconds_max)
    problems = compile_time.check(tree)
    assert len(problems) == found
    assert all(problem.startswith("a.cc: ") for problem in problems)


def test_the_verdict_is_processor_time_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.cc").write_text("int main() { return 0; }\n")
    command = "env A=b /usr/bin/ccache clang++-19 -MD -MT a.o -MF a.o.d -o a.o -c a.cc"
    assert 0 < processor_seconds(command, str(tmp_path)) < 5
    assert os.listdir(tmp_path) == ["a.cc"]
