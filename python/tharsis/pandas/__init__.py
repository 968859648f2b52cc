"""pandas' calls on the engine: ``import tharsis.pandas as pd``.

Calls build lazy expressions and check names and types at once; rows are computed when somebody
looks.
What the engine does not do natively runs in pandas with a `FallbackWarning`.
"""

from __future__ import annotations

from typing import Any

from tharsis.pandas import reductions as _reductions  # noqa: F401
from tharsis.pandas.categorical import Categorical
from tharsis.pandas.convert import from_arrow, from_pandas
from tharsis.pandas.frame import DataFrame
from tharsis.pandas.io import read_csv, read_parquet
from tharsis.pandas.joins import concat, merge
from tharsis.pandas.series import Series

__all__ = [
    "Categorical",
    "DataFrame",
    "Series",
    "concat",
    "from_arrow",
    "from_pandas",
    "merge",
    "read_csv",
    "read_parquet",
]


def __getattr__(name: str) -> Any:
    import pandas

    if name.startswith("_") or not hasattr(pandas, name):
        raise AttributeError(f"module 'tharsis.pandas' has no attribute '{name}'")
    from tharsis.pandas.fallback import module_function

    return module_function(name, getattr(pandas, name))
