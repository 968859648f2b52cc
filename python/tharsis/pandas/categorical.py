"""Values with given categories: pandas' Categorical."""

from __future__ import annotations

from typing import Any

from tharsis import _core
from tharsis.pandas.series import Series

__all__ = ["Categorical"]


class Categorical:
    """Values that are one of given categories; others are missing.

    Parameters
    ----------
    values : array-like or Series
    categories : list of labels, optional
        In their order; the sorted distinct values by default (which looks at the data).
    ordered : bool

    Examples
    --------
    >>> import tharsis.pandas as pd
    >>> pd.Categorical(["b", "a", "x"], categories=["a", "b"]).codes.tolist()
    [1, 0, -1]
    """

    def __init__(self, values: Any, categories: Any = None, ordered: bool = False) -> None:
        series = values if isinstance(values, Series) else Series(values)
        if categories is None:
            self._series = series.astype("category")
        else:
            kind = _core.category_dtype(list(categories), ordered)
            self._series = Series._of(_core.frame.astype(series._expr, kind))

    @property
    def codes(self) -> Any:
        """The position of each value among the categories, -1 where there is none; a Series."""
        return self._series.cat.codes

    @property
    def categories(self) -> Any:
        """The categories, as a pandas Index."""
        return self._series.cat.categories

    @property
    def ordered(self) -> bool:
        """Whether the categories have an order."""
        return bool(self._series.cat.ordered)

    def __len__(self) -> int:
        return len(self._series)

    def to_pandas(self) -> Any:
        """The pandas Categorical; an observation point."""
        return self._series.to_pandas().array

    def __repr__(self) -> str:
        return repr(self.to_pandas())
