"""Where the engine meets the process: fork, threads, options, several results at once."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import tharsis.pandas as pd

import tharsis as th


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(0)
    n = 3_000_000
    return pd.DataFrame({"k": rng.integers(0, n, n), "v": rng.random(n)}).execute()


def test_a_child_process_goes_on_with_what_is_in_memory():
    frame = pd.DataFrame({"v": np.arange(200_000)}).execute()
    assert frame["v"].sum() == 199_999 * 100_000
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        total = int((frame["v"] * 2).sum())
        os.write(write, str(total).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        assert answer.read() == str(199_999 * 200_000)
    assert os.waitpid(child, 0)[1] == 0
    assert frame["v"].max() == 199_999


# Each of these runs for minutes if nobody stops it. A process of its own, so that a signal that
# comes late ends that process and not the tests.
INTERRUPTED = """
import signal, sys, numpy, tharsis as th, tharsis.numpy as np, tharsis.pandas as pd

# What a shell starts in the background ignores the signal, and so do its children.
signal.signal(signal.SIGINT, signal.default_int_handler)

n = 200_000
frame = pd.DataFrame({"k": numpy.zeros(n, int), "v": numpy.arange(n)}).execute()
work = {
    "array": lambda: np.sin(np.arange(10**12)).sum().execute(),
    "pairs": lambda: frame.merge(frame, on="k")["v_x"].sum(),
}[sys.argv[1]]
try:
    print("begins", flush=True)
    work()
except KeyboardInterrupt:
    print("stopped", frame["v"].sum(), np.arange(1000).sum())
"""


@pytest.mark.parametrize("work", ["array", "pairs"])
def test_ctrl_c_stops_a_run_and_the_session_goes_on(work):
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, work],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        try:
            assert child.stdout.readline() == "begins\n"
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(0.5)
            child.send_signal(signal.SIGINT)
            said = child.communicate(timeout=60)
        finally:
            child.kill()
    assert (*said, child.returncode) == (f"stopped {199_999 * 100_000} 499500\n", "", 0)


def test_threads_share_a_session():
    frame = pd.DataFrame({"k": np.arange(50_000) % 7, "v": np.arange(50_000)})
    answers = [None] * 8

    def ask(i):
        answers[i] = frame[frame["k"] == i % 7]["v"].sum()

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = np.arange(50_000)
    assert answers == [values[values % 7 == i % 7].sum() for i in range(8)]


def test_execute_runs_several_results_in_one_pass():
    frame = pd.DataFrame({"k": np.arange(100_000) % 11, "v": np.arange(100_000.0)})
    a, b = th.execute(frame.groupby("k")["v"].sum(), frame.groupby("k")["v"].max())
    assert a.th.stored and b.th.stored
    # Both groupings read the frame; the sorts of their few groups come after.
    assert th.metrics()["rows_read"] < 150_000


def test_equal_expressions_share_a_result_while_somebody_holds_it():
    frame = pd.DataFrame({"v": np.arange(1000)})
    first = (frame["v"] * 3).execute()
    th.options.keep_results = True
    again = (frame["v"] * 3).execute()
    assert again.to_numpy().ctypes.data == first.to_numpy().ctypes.data
    th.options.keep_results = False
    fresh = (frame["v"] * 3).execute()
    th.options.keep_results = True
    assert fresh.to_numpy().ctypes.data != first.to_numpy().ctypes.data


def test_wrong_options_are_errors():
    with pytest.raises(AttributeError, match="no setting"):
        th.options.nothing = 1
    with pytest.raises(ValueError, match="not a number of bytes"):
        th.options.memory_limit = "much"
    with pytest.raises(ValueError, match="did you mean 'prune_columns'"):
        th.options.rules_off = ["prune_column"]
    with pytest.raises(ValueError, match="fallback must be one of"):
        th.options.fallback = "never"


def test_a_limit_too_small_is_a_budget_error_that_names_holders_and_loses_nothing(large):
    before = th.options.memory_limit
    th.options.memory_limit = "20MB"
    try:
        with pytest.raises(MemoryError, match="largest holders"):
            large.sort_values("v").execute()
    finally:
        th.options.memory_limit = before
    assert large["v"].count() == 3_000_000


def test_show_versions_prints(capsys):
    th.show_versions()
    assert "tharsis" in capsys.readouterr().out
