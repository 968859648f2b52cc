"""Running several results together, and looking at how they run."""

from __future__ import annotations

from typing import Any

from tharsis import _core

__all__ = ["Explained", "execute", "show_versions"]


def execute(*results: Any) -> Any:
    """Computes all results in one go, so that they share their passes, and returns them.

    Parameters
    ----------
    *results : DataFrame, Series or Tensor

    Returns
    -------
    The one result, or a tuple of them.

    Examples
    --------
    >>> import tharsis as th
    >>> import tharsis.pandas as pd
    >>> s = pd.Series([1, 2, 3])
    >>> doubled, squared = th.execute(s * 2, s * s)
    >>> squared.tolist()
    [1, 4, 9]
    """
    _core.run([result._expr for result in results])
    return results[0] if len(results) == 1 else results


class Explained:
    """What hangs under ``.th`` of every lazy object."""

    __slots__ = ("_owner",)

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def explain(self, analyze: bool = False) -> str:
        """The plan as text: the optimized graph, lengths that are estimated, rules that fired.

        Parameters
        ----------
        analyze : bool
            Runs it, and adds what every step did: rows in and out and how many were expected,
            bytes, the time of all threads together, bytes spilled; the peak of memory of every
            pass; and what became of values that are used more than once.

        Examples
        --------
        >>> import tharsis.pandas as pd
        >>> plan = (pd.Series([3, 1, 2]) * 2).sort_values().th.explain(analyze=True)
        >>> "rows out" in plan
        True
        """
        return (_core.analyze if analyze else _core.explain)([self._owner._expr])

    @property
    def stored(self) -> bool:
        """Whether the result is there already."""
        return self._owner._expr.stored


def show_versions() -> None:
    """Prints the versions that matter when something is reported."""
    import platform
    import sys

    import numpy
    import pandas
    import pyarrow

    import tharsis

    print(f"tharsis  {tharsis.__version__}")
    print(f"python   {sys.version.split()[0]}")
    print(f"numpy    {numpy.__version__}")
    print(f"pandas   {pandas.__version__}")
    print(f"pyarrow  {pyarrow.__version__}")
    print(f"system   {platform.platform()}")
    print(f"workers  {_core.get_option('workers')}")
    print(f"memory   {_core.get_option('memory_limit')} bytes")
