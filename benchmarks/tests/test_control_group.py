import subprocess
import sys

import pytest
from harness.control_group import NoControlGroup, control_group

HUNGRY = "x = bytearray(200_000_000); x[::4096] = b'x' * len(x[::4096])"


def test_a_process_that_takes_too_much_is_ended_and_leaves_no_group():
    try:
        with control_group(100 * 2**20) as group:
            command = [*group.wrapper(), sys.executable, "-c", HUNGRY]
            assert subprocess.run(command).returncode != 0
            assert group.killed()
            folder = group.folder
    except NoControlGroup as reason:
        pytest.skip(f"no control group: {reason}")
    assert not folder.exists()


def test_a_process_within_its_limit_ends_well():
    try:
        with control_group(400 * 2**20) as group:
            command = [*group.wrapper(), sys.executable, "-c", HUNGRY]
            assert subprocess.run(command).returncode == 0
            assert not group.killed()
    except NoControlGroup as reason:
        pytest.skip(f"no control group: {reason}")
