"""What explain, its measurements and the progress line say."""

import os
import pty
import re
import subprocess
import sys

import numpy as np
import pytest
import tharsis.numpy as tnp
import tharsis.pandas as pd

import tharsis as th


def steps(text):
    """The lines of the tables: {beginning of the step: (rows in, rows out, estimated)}."""
    found = {}
    for line in text.splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if len(cells) == 7 and cells[0] != "step":
            rows = [int(cell.replace(",", "")) if cell != "-" else None for cell in cells[1:4]]
            found.setdefault(" ".join(cells[0].split()[:2]), tuple(rows))
    return found


@pytest.fixture
def frame():
    n = 30_000
    return pd.DataFrame({"k": np.arange(n) % 300, "v": np.arange(n, dtype="float64")}).execute()


def test_every_step_tells_rows_and_how_many_were_expected(frame):
    some = frame[frame["v"] < 12_000]
    text = some.groupby("k", sort=False)["v"].sum().th.explain(analyze=True)
    found = steps(text)
    assert found["compute less"] == (30_000, 30_000, 30_000)
    assert found["filter " + found_attrs(found, "filter")] == (30_000, 12_000, 10_000)
    assert found["-> group_by"] == (12_000, 300, 1_000)
    for word in ("peak", "time", "spilled", "bytes out", "rules that fired"):
        assert word in text


def found_attrs(found, step):
    return next(name for name in found if name.startswith(step)).split()[1]


def test_rules_that_fired_stand_below_the_plan(frame):
    text = frame[["v"]].assign(w=frame["v"] * 2)[["w"]].head(3).th.explain()
    assert re.search(r"rules that fired: .*prune_columns \(\d+ nodes\)", text)


def test_values_used_twice_and_what_became_of_them():
    x = tnp.asarray(np.random.default_rng(0).random(100_000)).execute()
    cheap = x + 1
    assert "computed 2 times" in (cheap - cheap.mean()).sum().th.explain(analyze=True)
    dear = tnp.sin(tnp.exp(x))
    assert re.search(
        r"sin.* times: stored \(once more .*, store and read .*\)",
        (dear - dear.mean()).sum().th.explain(analyze=True),
    )


def test_what_is_stored_already_is_made_once_more_to_be_measured(frame):
    total = frame.groupby("k")["v"].sum().execute()
    before = total.to_pandas()
    assert steps(total.th.explain(analyze=True))["-> collect"][1] == 300
    assert total.to_pandas().equals(before)


LONG_RUN = """
import sys, tharsis as th, tharsis.numpy as np
if len(sys.argv) > 1: th.options.progress = eval(sys.argv[1])
for n in range(1, 10):  # until it takes longer than a second
    np.sin(np.arange(n * 10**8)).sum().execute()
    if th.metrics()["seconds"] > 1.5: break
"""


def shown_by(*arguments):
    """What a long run writes to a terminal as its standard error."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", LONG_RUN, *arguments],
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    os.close(theirs)
    written = b""
    try:
        while more := os.read(ours, 4096):
            written += more
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert child.wait() == 0
    return written.decode()


def test_progress_is_a_line_in_a_terminal_that_goes_away():
    shown = shown_by()
    assert re.search(r"pass 1: \d+ % of \d+ splits, [\d,]+ rows, 1\.\d s", shown)
    assert shown.endswith("\r\x1b[K")


def test_progress_can_be_switched_off():
    assert shown_by("False") == ""


def test_without_a_terminal_there_is_no_progress():
    child = subprocess.run(
        [sys.executable, "-c", LONG_RUN],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (child.returncode, child.stderr) == (0, b"")


def test_the_option_takes_true_false_and_none():
    assert th.options.progress is None
    with pytest.raises(ValueError, match="True, False or None"):
        th.options.progress = "sometimes"
