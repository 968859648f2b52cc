"""A disk that fills up: the error says so and names the user's line, nothing stays behind, and the
session goes on."""

import os
import subprocess
import sys

import pytest

# A bound on the size of files stands for the full disk: writing fails in the same place. In a
# process of its own, since the bound is the process'.
FULL = """
import os, resource, signal, sys
import numpy, tharsis as th, tharsis.pandas as pd

work, folder = sys.argv[1:]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
th.options.spill_folder = folder
n = 400_000
rows = numpy.random.default_rng(0).permutation(n)
frame = pd.DataFrame({"k": rows, "v": rows * 0.5, "t": ["number %09d" % i for i in rows]}).execute()
path = os.path.join(folder, "f.parquet")
steps = {
    "sort": lambda: frame.sort_values("v").execute(),
    "group": lambda: frame.groupby("t").agg(k=("k", "median")).execute(),
    "merge": lambda: frame.merge(frame, on="t").execute(),
    "parquet": lambda: frame.to_parquet(path),
}

def limit(bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, resource.RLIM_INFINITY))

limit(1 << 20)
th.options.spill_always = work != "parquet"
used = []
for _ in range(4):
    try:
        steps[work]()
    except th.errors.StorageError as error:
        print(error)
    assert os.listdir(folder) == [], os.listdir(folder)
    used.append(th.memory()["used_bytes"])
# The scratch of the workers is kept for the next run, and nothing else.
assert used[3] < used[1] + (2 << 20), used
limit(resource.RLIM_INFINITY)
before = th.memory()["spilled_bytes"]
assert len(frame.sort_values("v").execute()) == n
assert th.memory()["spilled_bytes"] > before or work == "parquet"
frame.to_parquet(path)
assert pd.read_parquet(path)["k"].sum() == frame["k"].sum()
"""


@pytest.mark.parametrize("work", ["sort", "group", "merge", "parquet"])
def test_a_full_disk_is_an_error_and_the_session_goes_on(tmp_path, work):
    done = subprocess.run(
        [sys.executable, "-c", FULL, work, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=120,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.count("File too large") == 4
    if work == "parquet":
        assert str(tmp_path / "f.parquet") in done.stdout
    else:
        assert "spilling" in done.stdout and str(tmp_path) in done.stdout
        assert "built at <string>:" in done.stdout
    assert os.listdir(tmp_path) == ["f.parquet"]
