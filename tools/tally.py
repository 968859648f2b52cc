"""Adds up the reports that the test runners left (JUnit form): tools/tally.py build/results.

The last line is `N passed, N failed, N skipped`.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    left_out = case.find("skipped") is not None or case.get("status") == "notrun"
    return "skipped" if left_out else "passed"


def tally(folder: Path) -> dict[str, Counter]:
    """Outcomes by the suite that a report belongs to: its folder, or else its name."""
    suites: dict[str, Counter] = {}
    for report in sorted(folder.rglob("*.xml")):
        suite = report.stem if report.parent == folder else report.parent.name
        cases = ElementTree.parse(report).getroot().iter("testcase")
        suites.setdefault(suite, Counter()).update(map(outcome, cases))
    return suites


def line(counts: Counter) -> str:
    return ", ".join(f"{counts[word]} {word}" for word in ("passed", "failed", "skipped"))


def main() -> None:
    total: Counter = Counter()
    for suite, counts in tally(Path(sys.argv[1])).items():
        print(f"{suite:10} {line(counts)}")
        total += counts
    print(line(total))


if __name__ == "__main__":
    main()
