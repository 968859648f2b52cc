"""What a DataFrame and a Series have in common: rows, an index, and when they are computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tharsis import _core
from tharsis.execution import Explained
from tharsis.pandas.convert import to_pandas, wrap
from tharsis.pandas.fallback import native
from tharsis.pandas.scalar import scalar_of

__all__ = ["Rows", "argument", "expr_of"]

_frame = _core.frame


def expr_of(value: Any) -> Any:
    """The expression behind one of our objects, or None."""
    return getattr(value, "_expr", None)


def argument(value: Any, like: Rows) -> Any:
    """What an operation takes: an expression or a constant; arrays get ``like``'s rows."""
    expr = expr_of(value)
    if expr is not None:
        return expr if expr.kind == "frame" else _over_rows(np.asarray(value), like)
    if isinstance(value, (list, np.ndarray)) and np.ndim(value) == 1:
        return _over_rows(value, like)
    if isinstance(value, np.ndarray) and value.ndim > 1:
        _unsupported("an operation", f"an array of {value.ndim} axes")
    if type(value).__module__.startswith("pandas") and hasattr(value, "to_numpy"):
        from tharsis.pandas.convert import from_pandas

        if hasattr(value, "index"):
            return from_pandas(value)._expr
        return _over_rows(value, like)
    return value


def _over_rows(values: Any, like: Rows) -> Any:
    from tharsis.pandas.series import Series

    return _frame.rebase(Series(values)._expr, like._expr)


class Rows:
    """A lazy frame expression and its index."""

    __slots__ = ("_expr",)
    _expr: Any
    to_numpy: Any  # of DataFrame and Series

    @classmethod
    def _of(cls, expr: Any) -> Any:
        made = cls.__new__(cls)
        made._expr = expr
        return made

    def _like(self, expr: Any) -> Any:
        return type(self)._of(expr)

    # ---- when things are computed

    def execute(self) -> Any:
        """Computes all rows now, keeps them with this object, and returns it."""
        _core.run([self._expr])
        return self

    def to_pandas(self) -> Any:
        """The rows as a pandas object; an observation point."""
        return to_pandas(self._expr)

    def fetch(self) -> Any:
        """As `to_pandas`, the name Mars users know."""
        return self.to_pandas()

    @property
    def th(self) -> Explained:
        """What is ours: ``explain``, ``stored``."""
        return Explained(self)

    def __len__(self) -> int:
        return int(_frame.row_count(self._expr))

    def __repr__(self) -> str:
        from tharsis.pandas.display import text_of

        return text_of(self)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        expr = self._expr
        names = [
            f"level_{i}" if label is None else str(label) for i, label in enumerate(expr.labels)
        ]
        return _core.arrow_stream(expr, names, True)

    def __bool__(self) -> bool:
        raise ValueError(
            f"The truth value of a {type(self).__name__} is ambiguous. Use a.empty, a.bool(), "
            "a.item(), a.any() or a.all()."
        )

    __hash__ = None  # type: ignore[assignment]

    def copy(self, deep: bool = True) -> Any:
        """An independent object with the same rows; nothing is copied, since rows never change."""
        return self._like(self._expr)

    @property
    def empty(self) -> bool:
        """Whether there are no rows or no columns; an observation point."""
        return len(self._expr.labels) == self._expr.index_levels or len(self) == 0

    # ---- index

    @property
    def index(self) -> Any:
        """The labels of the rows, lazily."""
        from tharsis.pandas.index import Index

        return Index._of(self._expr)

    @index.setter
    def index(self, labels: Any) -> None:
        self._expr = _indexed(self, labels)

    def set_axis(self, labels: Any, *, axis: Any = 0, copy: Any = None) -> Any:
        """The same rows under other labels."""
        made = self.copy()
        if axis in (1, "columns"):
            made.columns = labels
        else:
            made.index = labels
        return made

    @native
    def reset_index(self, level: Any = None, *, drop: bool = False, **other: Any) -> Any:
        """Turns index levels into columns in front, or drops them."""
        _only_defaults("reset_index", level=level, **other)
        made = _frame.reset_index(self._expr, drop)
        return wrap(made)

    @native
    def sort_index(self, *, ascending: bool = True, na_position: str = "last", **other: Any) -> Any:
        """Rows in the order of their labels; stable."""
        _only_defaults("sort_index", **other)
        return self._like(_frame.sort_index(self._expr, ascending, na_position == "first"))

    # ---- rows

    def head(self, n: int = 5) -> Any:
        """The first ``n`` rows; all but the last ``-n`` for negative ``n``."""
        return self._like(_frame.slice(self._expr, None, n))

    def tail(self, n: int = 5) -> Any:
        """The last ``n`` rows; all but the first ``-n`` for negative ``n``."""
        return self._like(_frame.slice(self._expr, -n if n else _ALL, None))

    @property
    def iloc(self) -> Any:
        """Rows and columns by position."""
        from tharsis.pandas.indexing import ByPosition

        return ByPosition(self)

    @property
    def loc(self) -> Any:
        """Rows and columns by label or mask."""
        from tharsis.pandas.indexing import ByLabel

        return ByLabel(self)

    @property
    def at(self) -> Any:
        """One value by label."""
        from tharsis.pandas.indexing import One

        return One(self, False)

    @property
    def iat(self) -> Any:
        """One value by position."""
        from tharsis.pandas.indexing import One

        return One(self, True)

    # ---- elementwise

    def _binary(self, function: str, a: Any, b: Any) -> Any:
        return wrap(_frame.binary(function, a, b))

    def _unary(self, function: str, params: Any = (), more: Any = ()) -> Any:
        return self._like(_frame.unary(function, self._expr, list(params), list(more)))

    def isna(self) -> Any:
        """True where a value is missing."""
        return self._unary("isna")

    def notna(self) -> Any:
        """True where a value is there."""
        return self._unary("notna")

    isnull, notnull = isna, notna

    def abs(self) -> Any:
        """The absolute value."""
        return self._unary("absolute")

    def __neg__(self) -> Any:
        return self._unary("negative")

    def __pos__(self) -> Any:
        return self._unary("positive")

    def __invert__(self) -> Any:
        return self._unary("invert")

    def __abs__(self) -> Any:
        return self._unary("absolute")

    @native
    def where(self, cond: Any, other: Any = np.nan, **more: Any) -> Any:
        """The value where ``cond`` is true, else ``other``; of a frame column by column."""
        _only_defaults("where", **more)
        mask = argument(cond(self) if callable(cond) else cond, self)
        other = None if other is np.nan else argument(other, self)
        return self._like(_frame.where(self._expr, mask, other))

    @native
    def mask(self, cond: Any, other: Any = np.nan, **more: Any) -> Any:
        """``other`` where ``cond`` is true, else the value."""
        cond = cond(self) if callable(cond) else cond
        return self.where(~(cond if isinstance(cond, Rows) else np.asarray(cond)), other, **more)

    @native
    def _astype(self, dtype: Any) -> Any:
        if type(dtype).__name__ == "CategoricalDtype":
            dtype = _core.category_dtype(list(dtype.categories), bool(dtype.ordered))
        return self._like(_frame.astype(self._expr, dtype))

    @native
    def round(self, decimals: int = 0, *args: Any) -> Any:
        """Rounded to ``decimals`` places, halves to even."""
        if not isinstance(decimals, int):
            _unsupported("round", "decimals per column")
        kinds = self._expr.dtypes[self._expr.index_levels :]
        if self._expr.series or all(kind.is_number for kind in kinds):
            return self._unary("round", [decimals])
        # Text, times and bools stay as they are.
        labels = zip(self._expr.labels[self._expr.index_levels :], kinds, strict=True)
        numbers = [label for label, kind in labels if kind.is_number]
        rounded = _frame.columns(self._expr, numbers)
        rounded = _frame.unary("round", rounded, [decimals], [])
        columns = {label: _frame.column_at(rounded, i) for i, label in enumerate(numbers)}
        return self._like(_frame.assign_columns(self._expr, columns))

    @native
    def clip(
        self,
        lower: Any = None,
        upper: Any = None,
        *,
        axis: Any = None,
        **other: Any,
    ) -> Any:
        """Values below ``lower`` become it, those above ``upper`` too; missing stays."""
        _only_defaults("clip", **other)
        if isinstance(lower, Rows) or isinstance(upper, Rows):
            if not self._expr.series:
                _unsupported("clip", "bounds that are series")
            bounds = [None if b is None else argument(b, self) for b in (lower, upper)]
            return self._like(_frame.apply("clip", [self._expr, *bounds]))
        return self._unary("clip", (), [lower, upper])

    @native
    def isin(self, values: Any) -> Any:
        """True where the value is one of ``values``."""
        if isinstance(values, dict):
            _unsupported("isin", "values per column")
        if isinstance(values, Rows):
            values = np.asarray(values)
        return self._unary("isin", list(values))


_ALL = 2**63 - 1


def _indexed(rows: Rows, labels: Any) -> Any:
    """The expression of ``rows`` with other labels."""
    from tharsis.pandas.index import Index

    if isinstance(labels, Index):
        labels = labels.to_pandas()
    name = getattr(labels, "name", None)
    if type(labels).__name__ == "MultiIndex":
        levels = [labels.get_level_values(i) for i in range(labels.nlevels)]
        names = list(labels.names)
    elif isinstance(labels, range) or type(labels).__name__ == "RangeIndex":
        levels, names = [np.arange(labels.start, labels.stop, labels.step)], [name]
        if (labels.start, labels.step, name) == (0, 1, None) and len(labels) == len(rows):
            return _frame.reset_index(rows._expr, True)
    else:
        levels, names = [labels], [name]
    exprs = [argument(_array(level), rows) for level in levels]
    return _frame.with_index(rows._expr, exprs, names, False)


def _array(level: Any) -> Any:
    return level if isinstance(level, (Rows, list, np.ndarray)) else level.to_series().array


def _unsupported(method: str, what: str) -> None:
    from tharsis.errors import UnsupportedError

    raise UnsupportedError(f"{method}: {what}")


def _only_defaults(method: str, **given: Any) -> None:
    """Arguments that the engine takes only in their default form; others go to pandas."""
    for name, value in given.items():
        if value is not None and value is not False and value != 0:
            _unsupported(method, f"the argument {name}={value!r}")


def _add_operators() -> None:
    names = {
        "add": "add",
        "sub": "subtract",
        "mul": "multiply",
        "truediv": "divide",
        "floordiv": "floor_divide",
        "mod": "remainder",
        "pow": "power",
        "and": "logical_and_or_bits",
        "or": "logical_or_or_bits",
        "xor": "logical_xor_or_bits",
    }
    bits = {"and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor"}
    compare = {
        "eq": "equal",
        "ne": "not_equal",
        "lt": "less",
        "le": "less_equal",
        "gt": "greater",
        "ge": "greater_equal",
    }

    def operator(name: str, function: str, reflected: bool) -> Any:
        def method(self: Any, other: Any) -> Any:
            value = argument(other, self)
            a, b = (value, self._expr) if reflected else (self._expr, value)
            return self._binary(function, a, b)

        method.__name__ = name
        return native(method)

    def flexible(name: str, function: str, reflected: bool) -> Any:
        def method(
            self: Any, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0
        ) -> Any:
            if level is not None or fill_value is not None:
                _unsupported(name, "level and fill_value")
            across = isinstance(other, Rows) and other._expr.series and not self._expr.series
            if across and axis in (1, "columns"):
                _unsupported(name, "a series along the columns")
            value = argument(other, self)
            a, b = (value, self._expr) if reflected else (self._expr, value)
            return self._binary(function, a, b)

        method.__name__ = name
        method.__doc__ = (
            f"As ``{function}`` of NumPy, rows aligned by their labels; missing stays missing."
        )
        return native(method)

    for name, function in names.items():
        function = bits.get(name, function)
        setattr(Rows, f"__{name}__", operator(f"__{name}__", function, False))
        setattr(Rows, f"__r{name}__", operator(f"__r{name}__", function, True))
        if name not in bits:
            setattr(Rows, name, flexible(name, function, False))
            setattr(Rows, f"r{name}", flexible(f"r{name}", function, True))
    Rows.div, Rows.rdiv = Rows.truediv, Rows.rtruediv  # type: ignore[attr-defined]
    Rows.multiply, Rows.subtract, Rows.divide = Rows.mul, Rows.sub, Rows.truediv  # type: ignore[attr-defined]
    for name, function in compare.items():
        setattr(Rows, f"__{name}__", operator(f"__{name}__", function, False))
        setattr(Rows, name, flexible(name, function, False))


_add_operators()

_ = scalar_of
