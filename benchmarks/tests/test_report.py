from argparse import Namespace

from harness import report
from harness.engine import Engine
from harness.launch import EngineRun, Measured
from harness.workload import Row, Workload

ROWS = [Row("fast", "a fast one", must=1.0), Row("slow", "a slow one", must=1.0)]
WORKLOAD = Workload("w", "things", 1000, ROWS, {"peer": Engine, "tharsis": Engine}, None, 1, 1.2)


def runs(**ours):
    peer = EngineRun("peer", {"peer": "1"}, 2, {row.name: Measured([2.0, 1.0]) for row in ROWS})
    tharsis = {name: Measured(seconds) for name, seconds in ours.items()}
    return [peer, EngineRun("tharsis", {"tharsis": "2"}, 2, tharsis)]


def table(**ours):
    return report.table(WORKLOAD, runs(**ours), Namespace(scale=1.0)).splitlines()


def test_the_smallest_run_counts_and_a_missed_demand_is_bold():
    lines = table(fast=[0.9, 0.5], slow=[2.0, 4.0])
    assert lines[4] == "| a fast one | 1.00 s | 500 ms | 2.00x | ≥ 1x |"
    assert lines[5] == "| a slow one | 1.00 s | 2.00 s | **0.50x** | ≥ 1x |"
    assert lines[6] == "| geometric mean |  |  | **1.00x** | ≥ 1.2x |"


def test_without_our_side_there_is_no_ratio():
    lines = report.table(WORKLOAD, runs()[:1], Namespace(scale=1.0)).splitlines()
    assert lines[4] == "| a fast one | 1.00 s |  | ≥ 1x |"


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write(page, "new")
    report.write(page, "newer")
    assert page.read_text() == f"before\n{report.BEGIN}\nnewer\n{report.END}\nafter\n"


def test_what_a_call_may_cost_more_is_a_difference():
    row = Row("small", "a small one", must_extra_s=0.5)
    assert report.against(row, Measured([1.25]), 1.0) == "+ 250 ms"
    assert report.against(row, Measured([1.75]), 1.0) == "**+ 750 ms**"
    assert report.against(row, Measured([0.75]), 1.0) == "− 250 ms"
