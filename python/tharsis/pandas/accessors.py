"""Functions of text, times and categories: ``.str``, ``.dt``, ``.cat``."""

from __future__ import annotations

from typing import Any

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import wrap
from tharsis.pandas.fallback import run_in_pandas

__all__ = ["Categories", "Text", "Times"]

_frame = _core.frame


class _Accessor:
    """A family of functions of one series; what it lacks runs in pandas."""

    _family = ""
    _what = ""

    def __init__(self, series: Any) -> None:
        self._series = series
        self._check(series._expr.dtypes[-1])

    def _check(self, dtype: Any) -> None:
        raise NotImplementedError

    def _call(self, function: str, params: Any = (), more: Any = ()) -> Any:
        return wrap(_frame.unary(function, self._series._expr, list(params), list(more)))

    def to_pandas(self) -> Any:
        """The accessor of pandas over the same values; an observation point."""
        return getattr(self._series.to_pandas(), self._family)

    _expr = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        import pandas

        found = getattr(getattr(pandas.Series, self._family), name, None)
        if found is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        reason = "the engine has no native form of it"
        if isinstance(found, property) or not callable(found):
            from tharsis.pandas.fallback import _announce, from_result

            _announce(f"Series.{self._family}.{name}", reason, 0)
            return from_result(getattr(self.to_pandas(), name))
        return lambda *args, **kwargs: run_in_pandas(self, name, args, kwargs, reason)


def _native(method: Any) -> Any:
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except UnsupportedError as error:
            return run_in_pandas(self, method.__name__, args, kwargs, str(error).split("\n")[0])

    run.__name__, run.__doc__ = method.__name__, method.__doc__
    return run


class Times(_Accessor):
    """Functions of timestamps and durations."""

    _family = "dt"

    def _check(self, dtype: Any) -> None:
        if not (dtype.is_timestamp or dtype.is_duration):
            raise AttributeError("Can only use .dt accessor with datetimelike values")

    @property
    def tz(self) -> Any:
        """The time zone, None if there is none."""
        return self._series._expr.dtypes[-1].timezone or None

    @_native
    def tz_localize(self, tz: Any, ambiguous: str = "raise", nonexistent: str = "raise") -> Any:
        """Declares wall-clock times to be of a zone, or drops the zone and keeps the wall clock."""
        if ambiguous != "raise" or nonexistent != "raise":
            raise UnsupportedError("tz_localize: ambiguous and nonexistent other than 'raise'")
        return self._call("tz_localize", [None if tz is None else str(tz)])

    @_native
    def tz_convert(self, tz: Any) -> Any:
        """The same instants shown in another zone."""
        return self._call("tz_convert", [None if tz is None else str(tz)])

    @_native
    def floor(self, freq: str, ambiguous: str = "raise", nonexistent: str = "raise") -> Any:
        """Down to a multiple of ``freq``."""
        return self._call("floor_time", [freq])

    @_native
    def ceil(self, freq: str, ambiguous: str = "raise", nonexistent: str = "raise") -> Any:
        """Up to a multiple of ``freq``."""
        return self._call("ceil_time", [freq])

    @_native
    def round(self, freq: str, ambiguous: str = "raise", nonexistent: str = "raise") -> Any:
        """To the nearest multiple of ``freq``."""
        return self._call("round_time", [freq])

    @_native
    def normalize(self) -> Any:
        """Midnight of the day."""
        return self._call("normalize")

    @_native
    def total_seconds(self) -> Any:
        """Durations as seconds."""
        return self._call("total_seconds")

    @_native
    def strftime(self, date_format: str) -> Any:
        """Times as text."""
        return self._call("strftime", [date_format])


def _part(name: str, function: str) -> Any:
    def get(self: Any) -> Any:
        return self._call(function)

    return property(get, doc=f"``{name}`` of each time.")


for _name, _function in {
    "year": "year",
    "month": "month",
    "day": "day",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
    "microsecond": "microsecond",
    "nanosecond": "nanosecond",
    "day_of_week": "day_of_week",
    "dayofweek": "day_of_week",
    "weekday": "day_of_week",
    "day_of_year": "day_of_year",
    "dayofyear": "day_of_year",
    "quarter": "quarter",
    "days": "days",
    "seconds": "seconds",
}.items():
    setattr(Times, _name, _part(_name, _function))


class Text(_Accessor):
    """Functions of text."""

    _family = "str"

    def _check(self, dtype: Any) -> None:
        if not dtype.is_string:
            raise AttributeError("Can only use .str accessor with string values")

    @_native
    def contains(
        self, pat: str, case: bool = True, flags: int = 0, na: Any = None, regex: bool = True
    ) -> Any:
        """Whether the pattern occurs."""
        if flags or na not in (None, False):
            raise UnsupportedError("contains: flags and na")
        return self._call("str_contains", [pat, case, regex])

    @_native
    def match(self, pat: str, case: bool = True, flags: int = 0, na: Any = None) -> Any:
        """Whether the text begins with the pattern."""
        if flags or na not in (None, False):
            raise UnsupportedError("match: flags and na")
        return self._call("str_match", [pat, case])

    @_native
    def startswith(self, pat: Any, na: Any = None) -> Any:
        """Whether the text begins so."""
        if not isinstance(pat, str) or na not in (None, False):
            raise UnsupportedError("startswith: several patterns and na")
        return self._call("str_startswith", [pat])

    @_native
    def endswith(self, pat: Any, na: Any = None) -> Any:
        """Whether the text ends so."""
        if not isinstance(pat, str) or na not in (None, False):
            raise UnsupportedError("endswith: several patterns and na")
        return self._call("str_endswith", [pat])

    @_native
    def replace(
        self,
        pat: Any,
        repl: Any = None,
        n: int = -1,
        case: Any = None,
        flags: int = 0,
        regex: bool = False,
    ) -> Any:
        """Occurrences of ``pat`` become ``repl``."""
        if not isinstance(pat, str) or not isinstance(repl, str) or case is not None or flags:
            raise UnsupportedError("replace: compiled patterns, functions, case and flags")
        return self._call("str_replace", [pat, repl, n, regex])

    @_native
    def slice(self, start: Any = None, stop: Any = None, step: Any = None) -> Any:
        """Characters by position."""
        return self._call("str_slice", [start, stop, step])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self.slice(key.start, key.stop, key.step)
        return self.get(key)

    @_native
    def get(self, i: int) -> Any:
        """One character."""
        return self._call("str_get", [i])

    @_native
    def strip(self, to_strip: Any = None) -> Any:
        """Without white space (or these characters) at both ends."""
        return self._call("str_strip", [to_strip])

    @_native
    def lstrip(self, to_strip: Any = None) -> Any:
        """Without white space (or these characters) in front."""
        return self._call("str_lstrip", [to_strip])

    @_native
    def rstrip(self, to_strip: Any = None) -> Any:
        """Without white space (or these characters) behind."""
        return self._call("str_rstrip", [to_strip])

    @_native
    def cat(
        self, others: Any = None, sep: Any = None, na_rep: Any = None, join: str = "left"
    ) -> Any:
        """Text of two series, one behind the other."""
        if others is None or na_rep is not None or isinstance(others, (list, tuple)):
            raise UnsupportedError("cat: without others, with several, and na_rep")
        return wrap(_frame.apply("str_cat", [self._series._expr, others._expr], [sep or ""]))


for _name in (
    "lower",
    "upper",
    "title",
    "capitalize",
    "len",
    "isdigit",
    "isalpha",
    "isalnum",
    "isspace",
    "islower",
    "isupper",
):

    def _plain(name: str) -> Any:
        def method(self: Any) -> Any:
            return self._call(f"str_{name}")

        method.__name__ = name
        method.__doc__ = f"``{name}`` of each text."
        return _native(method)

    setattr(Text, _name, _plain(_name))


class Categories(_Accessor):
    """Functions of categories."""

    _family = "cat"

    def _check(self, dtype: Any) -> None:
        if not dtype.is_category:
            raise AttributeError("Can only use .cat accessor with a 'category' dtype")

    @property
    def codes(self) -> Any:
        """The position of each value among the categories, -1 where it is missing."""
        return wrap(_frame.to_series(self._call("cat_codes")._expr, None))

    @property
    def categories(self) -> Any:
        """The categories, as a pandas Index."""
        import pandas

        return pandas.Index(self._series._expr.dtypes[-1].categories)

    @property
    def ordered(self) -> bool:
        """Whether the categories have an order."""
        return bool(self._series._expr.dtypes[-1].ordered)

    def _recast(self, categories: list[Any], ordered: Any = None) -> Any:
        from tharsis import _core

        ordered = self.ordered if ordered is None else bool(ordered)
        return wrap(_frame.astype(self._series._expr, _core.category_dtype(categories, ordered)))

    def _labels(self) -> list[Any]:
        return list(self._series._expr.dtypes[-1].categories)

    def set_categories(self, new_categories: Any, ordered: Any = None, rename: bool = False) -> Any:
        """Other categories; values that are none of them are missing."""
        if rename:
            return self.rename_categories(new_categories)
        return self._recast(list(new_categories), ordered)

    def add_categories(self, new_categories: Any) -> Any:
        """The same values with further categories."""
        more = list(new_categories) if isinstance(new_categories, list) else [new_categories]
        known = self._labels()
        if any(label in known for label in more):
            raise ValueError(f"new categories must not include old categories: {set(more)}")
        return self._recast([*known, *more])

    def remove_categories(self, removals: Any) -> Any:
        """Without these categories; their values are missing."""
        gone = list(removals) if isinstance(removals, list) else [removals]
        known = self._labels()
        if any(label not in known for label in gone):
            raise ValueError(f"removals must all be in old categories: {set(gone) - set(known)}")
        return self._recast([label for label in known if label not in gone])

    def reorder_categories(self, new_categories: Any, ordered: Any = None) -> Any:
        """The same categories in another order."""
        if sorted(map(str, new_categories)) != sorted(map(str, self._labels())):
            raise ValueError("items in new_categories are not the same as in old categories")
        return self._recast(list(new_categories), ordered)

    def rename_categories(self, new_categories: Any) -> Any:
        """Other names for the categories: a list, a dict or a function."""
        from tharsis import _core

        old = self._labels()
        if isinstance(new_categories, dict):
            fresh = [new_categories.get(label, label) for label in old]
        elif callable(new_categories):
            fresh = [new_categories(label) for label in old]
        else:
            fresh = list(new_categories)
        if len(fresh) != len(old):
            raise ValueError(
                "new categories need to have the same number of items as the old categories!"
            )
        named = self._series.map(dict(zip(old, fresh, strict=True)))
        kind = _core.category_dtype(fresh, self.ordered)
        return wrap(_frame.astype(named._expr, kind))

    def as_ordered(self) -> Any:
        """The same categories, ordered."""
        return self._recast(self._labels(), True)

    def as_unordered(self) -> Any:
        """The same categories without an order."""
        return self._recast(self._labels(), False)

    def remove_unused_categories(self) -> Any:
        """Without categories that no row has; looks at the values."""
        used = set(self._series.dropna().value_counts().index)
        return self._recast([label for label in self._labels() if label in used])
