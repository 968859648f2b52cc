"""What the engine does not do natively runs in pandas, and says so."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from tharsis import _fallback
from tharsis.errors import UnsupportedError
from tharsis.options import options

__all__ = ["missing_attribute", "module_function", "native", "run_in_pandas"]

F = TypeVar("F", bound=Callable[..., Any])


def _announce(what: str, reason: str, moved: int) -> None:
    _fallback.announce(what, "pandas", reason, moved)


def _to_pandas(value: Any) -> Any:
    if hasattr(value, "_expr") and hasattr(value, "to_pandas"):
        return value.to_pandas()
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(_to_pandas(item) for item in value)
    if isinstance(value, dict):
        return {key: _to_pandas(item) for key, item in value.items()}
    return value


def _bytes_of(value: Any) -> int:
    if hasattr(value, "memory_usage"):
        used = value.memory_usage(deep=False)
        return int(used.sum() if hasattr(used, "sum") else used)
    if isinstance(value, (list, tuple)):
        return sum(_bytes_of(item) for item in value)
    return 0


def from_result(value: Any) -> Any:
    """pandas' answer as one of ours, where it is a frame or a series that the engine can hold."""
    import pandas

    from tharsis.pandas.convert import from_pandas

    if isinstance(value, (pandas.DataFrame, pandas.Series)):
        try:
            return from_pandas(value)
        except UnsupportedError:
            return value
    return value


def run_in_pandas(owner: Any, name: str, args: Any, kwargs: Any, reason: str) -> Any:
    """``owner.name(*args, **kwargs)`` in pandas, with its warning; the answer is ours again."""
    kind = type(owner).__name__
    if options.fallback == "error":
        _announce(f"{kind}.{name}", reason, 0)
    itself = _to_pandas(owner)
    given, named = _to_pandas(list(args)), _to_pandas(dict(kwargs))
    _announce(f"{kind}.{name}", reason, _bytes_of(itself) + _bytes_of(given))
    if name in _CHANGES_ITSELF:
        from tharsis.pandas.convert import from_pandas

        itself = itself.copy()
        getattr(itself, name)(*given, **named)
        owner._expr = from_pandas(itself)._expr
        return None
    return from_result(getattr(itself, name)(*given, **named))


# Methods without ``inplace`` that change the frame or series they belong to.
_CHANGES_ITSELF = frozenset(["isetitem", "update"])
# What these answer with ``inplace=True`` is the object itself; all others answer None.
_ANSWERS_ITSELF = frozenset(
    "bfill clip ffill fillna interpolate mask replace where Series.rename".split()
)


def _taken(owner: Any, name: str, answer: Any) -> Any:
    """``inplace=True`` of any method: the object takes the rows of the answer."""
    kind = type(owner)
    if type(answer) is not kind:
        raise TypeError(f"{name}: the answer is no {kind.__name__}, so not with inplace=True")
    owner._expr = answer._expr
    itself = name in _ANSWERS_ITSELF or f"{kind.__name__}.{name}" in _ANSWERS_ITSELF
    return owner if itself else None


def native(method: F) -> F:
    """A method that the engine runs; where it says ``UnsupportedError``, pandas does."""

    @functools.wraps(method)
    def run(self: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        name = method.__name__
        try:
            answer = method(self, *args, **kwargs)
        except UnsupportedError as error:
            answer = run_in_pandas(self, name, args, kwargs, str(error).split("\n")[0])
        return _taken(self, name, answer) if inplace else answer

    return run  # type: ignore[return-value]


# Writers and displays: observation points, whose rows leave the engine by their nature.
_OBSERVED = frozenset(
    "to_dict to_records to_string to_html to_json to_latex to_markdown to_excel to_pickle to_csv "
    "to_clipboard to_feather to_orc to_hdf to_sql to_stata to_xarray iterrows itertuples info "
    "memory_usage nbytes plot hist boxplot array".split()
)


def missing_attribute(owner: Any, name: str, reference: str) -> Any:
    """An attribute that pandas' class ``reference`` has and ours does not."""
    if name.startswith("_"):
        raise AttributeError(f"'{type(owner).__name__}' object has no attribute '{name}'")
    import pandas

    found = getattr(getattr(pandas, reference), name, None)
    if found is None:
        raise AttributeError(f"'{type(owner).__name__}' object has no attribute '{name}'")
    if name in _OBSERVED:
        return getattr(owner.to_pandas(), name)
    reason = "the engine has no native form of it"
    if callable(found) and not isinstance(found, property) and not isinstance(found, type):

        def call(*args: Any, inplace: bool = False, **kwargs: Any) -> Any:
            answer = run_in_pandas(owner, name, args, kwargs, reason)
            return _taken(owner, name, answer) if inplace else answer

        call.__name__ = name
        call.__doc__ = found.__doc__
        return call
    if options.fallback == "error":
        _announce(f"{type(owner).__name__}.{name}", reason, 0)
    itself = owner.to_pandas()
    _announce(f"{type(owner).__name__}.{name}", reason, _bytes_of(itself))
    return from_result(getattr(itself, name))


def module_function(name: str, found: Any) -> Any:
    """A function or constant of pandas' module that we have no form of."""
    if not callable(found) or isinstance(found, type):
        return found

    @functools.wraps(found)
    def call(*args: Any, **kwargs: Any) -> Any:
        given, named = _to_pandas(list(args)), _to_pandas(dict(kwargs))
        moved = _bytes_of(given)
        if any(hasattr(a, "_expr") for a in (*args, *kwargs.values())):
            _announce(f"pandas.{name}", "the engine has no native form of it", moved)
        return from_result(found(*given, **named))

    return call
