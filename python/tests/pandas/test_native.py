"""Native means native: every public name is called with fallbacks forbidden and pandas disarmed.

The cases of the other files run once more while the methods with which pandas computes raise, and
a recorder notes which of our names were called. A name that no case calls fails the test.
"""

import functools
import inspect

import numpy as np
import pandas
import test_aggregates
import test_elementwise
import test_groupby
import test_merge
import test_ordered
import test_other_names
import test_selection
import tharsis.pandas as thpd
from tharsis.pandas import accessors, groupby
from tharsis.pandas.rows import Rows

COMPUTING = """
    abs add agg aggregate all any apply argsort between clip combine_first corr count cov cumcount
    cummax cummin cumprod cumsum describe diff div drop_duplicates dropna duplicated eq equals fillna
    floordiv ge groupby gt head idxmax idxmin isin isna join kurt le lt map mask max mean median merge
    min mod mode mul ne nlargest notna nsmallest nunique pct_change pivot_table pow prod quantile rank
    replace reset_index round sample sem set_index shift sort_index sort_values std sub sum tail take
    transform truediv unique value_counts var where
""".split()
# Called by tests of their own, or by displays and writers only.
ELSEWHERE = {
    "DataFrame.to_parquet",  # test_files.py
    "Rows.execute",
    "Rows.fetch",
    "Rows.th",
    "_Groups.to_pandas",
}
CLASSES = [
    Rows,
    thpd.DataFrame,
    thpd.Series,
    groupby._Groups,
    groupby.DataFrameGroupBy,
    groupby.SeriesGroupBy,
    accessors.Text,
    accessors.Times,
    accessors.Categories,
]


def disarm(patch):
    """pandas can hold and show rows, but not compute."""

    def refuse(name):
        def method(*args, **kwargs):
            raise AssertionError(f"pandas computed: {name}")

        return method

    for kind in (pandas.DataFrame, pandas.Series):
        for name in COMPUTING:
            if hasattr(kind, name):
                patch.setattr(kind, name, refuse(name))
    patch.setattr(pandas, "merge", refuse("merge"))


def record(patch, names):
    """Notes the public names of our classes that are used."""

    def recorded(key, found):
        @functools.wraps(found)
        def run(*args, **kwargs):
            names.add(key)
            return found(*args, **kwargs)

        return run

    for kind in CLASSES:
        for name, found in list(vars(kind).items()):
            key = f"{kind.__name__}.{name}"
            if name.startswith("_"):
                continue
            if isinstance(found, property):
                patch.setattr(kind, name, property(recorded(key, found.fget), found.fset))
            elif inspect.isfunction(found):
                patch.setattr(kind, name, recorded(key, found))


def public():
    return {
        f"{kind.__name__}.{name}"
        for kind in CLASSES
        for name, found in vars(kind).items()
        if not name.startswith("_") and (isinstance(found, property) or inspect.isfunction(found))
    }


def observe(value):
    if hasattr(value, "_expr") and hasattr(value, "to_pandas"):
        value.to_pandas()


def over_frames(frame, pair):
    ours = thpd.from_pandas(frame)
    plain = thpd.from_pandas(frame.replace([np.inf, -np.inf], 1.0))
    left, right = (thpd.from_pandas(one) for one in pair)
    for table in (
        test_elementwise.CASES,
        test_selection.CASES,
        test_groupby.FORMS,
        test_ordered.CASES,
        test_ordered.LABELS,
    ):
        for case in table.values():
            yield lambda case=case: case(thpd, ours.copy())
    for case in test_aggregates.CASES.values():
        yield lambda case=case: case(thpd, plain.copy())
    for case in test_merge.CASES.values():
        yield lambda case=case: case(thpd, left.copy(), right.copy())
    for name in test_groupby.FUNCTIONS:
        yield lambda name=name: getattr(ours.groupby("k")[["f", "i"]], name)()
    for case in test_ordered.ALONG.values():
        yield lambda case=case: case(plain[["k", "f", "i", "u"]].groupby("k"))
    for case in test_aggregates.GROUPS.values():
        yield lambda case=case: case(plain[["k", "f", "i"]].groupby("k"))
    for case in test_other_names.CASES.values():
        yield lambda case=case: case(thpd, ours.copy())


pair = test_merge.pair


def test_every_native_name_runs_without_pandas(frame, pair, monkeypatch):
    cases = list(over_frames(frame, pair))
    used = set()
    with monkeypatch.context() as patch:
        disarm(patch)
        record(patch, used)
        for case in cases:
            observe(case())
        names = public()
    left_out = names - used - ELSEWHERE
    assert not left_out, f"no case calls {sorted(left_out)}"
