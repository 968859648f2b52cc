from pathlib import Path

import pytest
from lint.includes import check_file
from lint.tree import Tree


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text("set(THARSIS_ROOMS base types kernels graph)\n")
    return Tree(tmp_path)


def problems(tree, file, text):
    return check_file(Path(file), text, tree)


def test_a_room_may_include_itself_and_what_stands_below(tree):
    text = '#pragma once\n#include "tharsis/base/error.h"\n#include "tharsis/types/dtype.h"\n'
    assert problems(tree, "src/tharsis/types/meta.h", text) == []


def test_an_upward_include_is_refused_with_its_line(tree):
    text = '#include <vector>\n\n#include "tharsis/graph/expr.h"\n'
    (problem,) = problems(tree, "src/tharsis/types/meta.cc", text)
    assert problem.startswith("src/tharsis/types/meta.cc:3: types/ must not know graph/")


def test_only_a_test_may_run_the_engine_from_below(tree):
    for header in ("testing", "test_matrix"):
        text = f'#include "tharsis/engine/{header}.h"\n'
        assert problems(tree, "src/tharsis/base/error_test.cc", text) == []
        assert len(problems(tree, "src/tharsis/base/error.cc", text)) == 1


def test_a_room_that_nobody_named_is_refused(tree):
    (problem,) = problems(tree, "src/tharsis/base/a.cc", '#include "tharsis/surprise/a.h"\n')
    assert "CMakeLists.txt does not name" in problem


def test_a_path_relative_to_the_file_is_refused(tree):
    (problem,) = problems(tree, "src/tharsis/base/a.cc", '#include "error.h"\n')
    assert "is not a full path" in problem


def test_arrow_stays_in_io_and_the_bridges(tree):
    text = "#include <arrow/api.h>\n"
    assert len(problems(tree, "src/tharsis/graph/expr.cc", text)) == 1
    assert problems(tree, "src/tharsis/io/parquet.cc", text) == []
    assert problems(tree, "src/tharsis/graph/arrow_bridge.cc", text) == []


def test_a_header_without_pragma_once_is_refused_unless_it_is_included_per_target(tree):
    assert len(problems(tree, "src/tharsis/base/a.h", "int x();\n")) == 1
    assert problems(tree, "src/tharsis/kernels/a-inl.h", '#include "hwy/highway.h"\n') == []
