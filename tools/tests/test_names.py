from pathlib import Path

import pytest
from lint.names import LINES_MAX, check_length, check_name, check_test_names


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


def test_two_test_files_of_one_name_are_refused():
    files = [Path("python/tests/ops/test_sums.py"), Path("tools/tests/test_sums.py")]
    [problem] = check_test_names(files)
    assert problem.startswith("tools/tests/test_sums.py: pytest refuses two test files of one name")
    assert "python/tests/ops/test_sums.py" in problem


def test_packages_and_other_files_may_share_names():
    package = [Path("a/test_sums.py"), Path("b/test_sums.py"), Path("b/__init__.py")]
    assert check_test_names(package) == []
    assert check_test_names([Path("a/conftest.py"), Path("b/conftest.py")]) == []
    assert check_test_names([Path("a/test_sums.py"), Path("a/test_means.py")]) == []
