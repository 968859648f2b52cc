"""pandas' calls on the engine: ``import tharsis.pandas as pd``.

Calls build lazy expressions and check names and types at once; rows are computed when somebody
looks.
What the engine does not do natively runs in pandas with a `FallbackWarning`.
"""

from __future__ import annotations

from typing import Any

from tharsis.pandas import ordered as _ordered
from tharsis.pandas import reductions as _reductions
from tharsis.pandas.categorical import Categorical
from tharsis.pandas.convert import from_arrow, from_pandas
from tharsis.pandas.frame import DataFrame
from tharsis.pandas.functions import (
    cut,
    isna,
    isnull,
    notna,
    notnull,
    to_datetime,
    to_numeric,
    unique,
)
from tharsis.pandas.io import read_csv, read_parquet
from tharsis.pandas.joins import concat, merge
from tharsis.pandas.rows import Rows
from tharsis.pandas.series import Series

_ordered.installed(Rows, Series)
_reductions.install_series(Series)

__all__ = [
    "Categorical",
    "DataFrame",
    "Series",
    "concat",
    "cut",
    "from_arrow",
    "from_pandas",
    "isna",
    "isnull",
    "merge",
    "notna",
    "notnull",
    "read_csv",
    "read_parquet",
    "to_datetime",
    "to_numeric",
    "unique",
]


def __getattr__(name: str) -> Any:
    import pandas

    if name.startswith("_") or not hasattr(pandas, name):
        raise AttributeError(f"module 'tharsis.pandas' has no attribute '{name}'")
    from tharsis.pandas.fallback import module_function

    return module_function(name, getattr(pandas, name))
