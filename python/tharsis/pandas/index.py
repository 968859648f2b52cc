"""Row labels, lazily."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tharsis import _core

__all__ = ["Index"]

_frame = _core.frame


class Index:
    """The labels of the rows of a frame; pandas' own Index when somebody looks."""

    __slots__ = ("_rows",)
    _rows: Any

    @classmethod
    def _of(cls, rows: Any) -> Index:
        made = cls.__new__(cls)
        made._rows = rows
        return made

    @property
    def names(self) -> list[Any]:
        """The names of the levels."""
        return self._rows.labels[: self._rows.index_levels] or [None]

    @property
    def name(self) -> Any:
        """The name of the one level."""
        return self.names[0] if len(self.names) == 1 else None

    @property
    def nlevels(self) -> int:
        """How many levels there are."""
        return max(1, int(self._rows.index_levels))

    def to_pandas(self) -> Any:
        """The labels as a pandas Index; an observation point."""
        from tharsis.pandas.convert import to_pandas

        nothing = _frame.columns(self._rows, [], "index")
        return to_pandas(nothing).index

    def to_series(self) -> Any:
        """The labels as a series; of one level."""
        from tharsis.pandas.series import Series

        return Series._of(_frame.index_frame(self._rows))

    def __len__(self) -> int:
        return int(_frame.row_count(self._rows))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_pandas())

    def __getitem__(self, key: Any) -> Any:
        return self.to_pandas()[key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.to_pandas(), name)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.to_pandas().to_numpy(dtype=dtype)

    def __repr__(self) -> str:
        return repr(self.to_pandas())
