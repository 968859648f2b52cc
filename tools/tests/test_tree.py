import subprocess
from pathlib import Path

import pytest
from lint.tree import Tree


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True)

    def commit(name):
        (tmp_path / name).write_text(name)
        git("add", "--all")
        git("commit", "--quiet", "--message", name)

    git("init", "--quiet", "--initial-branch", "main")
    (tmp_path / ".gitignore").write_text("*.o\n")
    commit("first.cc")
    commit("second.cc")
    return tmp_path, git, commit


def test_files_are_those_that_git_does_not_ignore(repository):
    folder, _, _ = repository
    (folder / "new.cc").write_text("")
    (folder / "new.o").write_text("")
    (folder / "first.cc").unlink()
    names = {file.name for file in Tree(folder).files}
    assert names == {".gitignore", "second.cc", "new.cc"}


def test_on_main_the_last_commit_and_the_work_tree_have_changed(repository):
    folder, _, _ = repository
    (folder / "new.cc").write_text("")
    assert Tree(folder).changed == {Path("second.cc"), Path("new.cc")}


def test_on_a_branch_everything_since_main_has_changed(repository):
    folder, git, commit = repository
    git("checkout", "--quiet", "-b", "branch")
    commit("third.cc")
    commit("fourth.cc")
    assert Tree(folder).changed == {Path("third.cc"), Path("fourth.cc")}
