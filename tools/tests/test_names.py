from pathlib import Path

import pytest
from lint.names import LINES_MAX, check_length, check_name


@pytest.mark.parametrize(
    "name",
    [
        "src/tharsis/base/utils.h",
        "src/tharsis/helpers/sum.cc",
        "src/tharsis/ops/common.cc",
        "python/tharsis/misc.py",
        "python/tests/test_utils.py",
        "src/tharsis/base/common_internal.h",
        "src/tharsis/base/CamelCase.cc",
        "src/tharsis/base/with-dash.h",
    ],
)
def test_names_that_say_nothing_are_refused(name):
    assert check_name(Path(name))


@pytest.mark.parametrize(
    "name",
    [
        "src/tharsis/plan/rules/common.cc",
        "src/tharsis/kernels/hash-inl.h",
        "src/tharsis/base/error_test.cc",
        "python/tharsis/__init__.py",
        "cmake/TharsisRoom.cmake",
        "docs/common-mistakes.md",
    ],
)
def test_names_that_say_something_pass(name):
    assert check_name(Path(name)) == []


def test_a_file_with_too_many_lines_is_refused():
    assert check_length(Path("a.cc"), "\n" * LINES_MAX) == []
    assert check_length(Path("a.cc"), "\n" * (LINES_MAX + 1))
    assert check_length(Path("a.md"), "\n" * (LINES_MAX + 1)) == []
