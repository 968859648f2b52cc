import os
import shutil

import pytest
from lint.compile_time import processor_seconds, suspects


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


@pytest.mark.skipif(not shutil.which("clang++-19"), reason="needs the compiler")
def test_the_verdict_is_processor_time_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.cc").write_text("int main() { return 0; }\n")
    command = "env A=b /usr/bin/ccache clang++-19 -MD -MT a.o -MF a.o.d -o a.o -c a.cc"
    assert 0 < processor_seconds(command, str(tmp_path)) < 5
    assert os.listdir(tmp_path) == ["a.cc"]
