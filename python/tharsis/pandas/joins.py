"""Frames side by side and one under the other."""

from __future__ import annotations

from typing import Any

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.pandas.convert import from_pandas, wrap
from tharsis.pandas.fallback import _announce, _to_pandas, from_result

__all__ = ["concat", "join", "merge"]

_frame = _core.frame


def _list(labels: Any) -> list[Any]:
    return (
        list(labels)
        if isinstance(labels, (list, tuple)) and not isinstance(labels, str)
        else [labels]
    )


def _frame_expr(value: Any) -> Any:
    if hasattr(value, "_expr"):
        expr = value._expr
        return _frame.to_frame(expr, value.name) if expr.series else expr
    return from_pandas(value)._expr


def merge(
    left: Any,
    right: Any,
    how: str = "inner",
    on: Any = None,
    left_on: Any = None,
    right_on: Any = None,
    left_index: bool = False,
    right_index: bool = False,
    sort: bool = False,
    suffixes: Any = ("_x", "_y"),
    copy: Any = None,
    indicator: bool = False,
    validate: Any = None,
) -> Any:
    """Pairs of rows with equal keys; missing keys meet missing keys.

    Parameters
    ----------
    left, right : DataFrame or Series
    how : {"inner", "left", "right", "outer", "cross"}
    on, left_on, right_on : label or list of labels
    left_index, right_index : bool
        The row labels of that side are its keys.
    suffixes : pair of str or None
        Behind labels that both sides have.

    Returns
    -------
    DataFrame
        In the order of the left rows (``right``: of the right rows; ``outer``: of the keys).

    Examples
    --------
    >>> import tharsis.pandas as pd
    >>> a = pd.DataFrame({"k": [1, 2, 2], "x": [10, 20, 30]})
    >>> b = pd.DataFrame({"k": [2, 3], "y": ["b", "c"]})
    >>> a.merge(b, on="k")["x"].tolist()
    [20, 30]
    """
    try:
        if how not in ("inner", "left", "right", "outer", "cross", "left_anti"):
            raise UnsupportedError(f"merge: how={how!r}")
        a, b = _frame_expr(left), _frame_expr(right)
        lefts, rights = _keys(a, b, how, on, left_on, right_on, left_index, right_index)
        _validate(validate, a, b, lefts, rights, left_index, right_index)
        marked = "_merge" if indicator is True else indicator or None
        made = _frame.merge(
            a,
            b,
            how,
            lefts,
            rights,
            left_index,
            right_index,
            suffixes[0] or "",
            suffixes[1] or "",
            sort,
            marked,
        )
        return wrap(made)
    except UnsupportedError as error:
        return _merge_in_pandas(
            left,
            right,
            str(error),
            how=how,
            on=on,
            left_on=left_on,
            right_on=right_on,
            left_index=left_index,
            right_index=right_index,
            sort=sort,
            suffixes=suffixes,
            indicator=indicator,
            validate=validate,
        )


def _keys(
    a: Any,
    b: Any,
    how: str,
    on: Any,
    left_on: Any,
    right_on: Any,
    left_index: bool,
    right_index: bool,
) -> Any:
    if how == "cross":
        if any(key is not None for key in (on, left_on, right_on)) or left_index or right_index:
            raise ValueError(
                "Can not pass on, right_on, left_on or set right_index=True or left_index=True"
            )
        return [], []
    if on is not None:
        return _list(on), _list(on)
    lefts = [] if left_on is None else _list(left_on)
    rights = [] if right_on is None else _list(right_on)
    if any(not _is_label(key) for key in (*lefts, *rights)):
        raise UnsupportedError("merge: keys that are not columns")
    if not lefts and not rights and not left_index and not right_index:
        theirs = b.labels[b.index_levels :]
        lefts = rights = [label for label in a.labels[a.index_levels :] if label in theirs]
        if not lefts:
            raise ValueError(
                "No common columns to perform merge on. "
                "Merge options: on=None, left_on=None, right_on=None"
            )
    return lefts, rights


def _is_label(key: Any) -> bool:
    return key is None or isinstance(key, (str, int, float, tuple))


_RELATIONS = {
    "1:1": "one_to_one",
    "1:m": "one_to_many",
    "m:1": "many_to_one",
    "m:m": "many_to_many",
}


def _validate(
    how: Any, a: Any, b: Any, lefts: Any, rights: Any, left_index: bool, right_index: bool
) -> None:
    """Looks at the keys of the sides that must not repeat any."""
    if how is None:
        return
    name = _RELATIONS.get(how, how)
    if name not in _RELATIONS.values():
        raise ValueError(f'"{how}" is not a valid argument. Valid arguments are: {_RELATIONS}')
    sides = [("left", a, lefts, left_index), ("right", b, rights, right_index)]
    for (side, expr, keys, by_index), one in zip(sides, name.split("_to_"), strict=True):
        if one == "one" and not _frame.unique_rows(expr, keys, by_index):
            from pandas.errors import MergeError

            raise MergeError(
                f"Merge keys are not unique in {side} dataset; not a {name.replace('_', '-')} merge"
            )


def _merge_in_pandas(left: Any, right: Any, reason: str, **named: Any) -> Any:
    import pandas

    a, b = _to_pandas(left), _to_pandas(right)
    _announce("merge", reason.split("\n")[0], int(a.memory_usage().sum() + b.memory_usage().sum()))
    return from_result(pandas.merge(a, b, **named))


def join(
    left: Any, other: Any, on: Any, how: str, lsuffix: str, rsuffix: str, sort: bool, validate: Any
) -> Any:
    """Columns of ``other`` beside those of ``left``, by row labels (or a column of ``left``)."""
    if isinstance(other, (list, tuple)):
        made = left
        for one in other:
            made = join(made, one, on, how, lsuffix, rsuffix, sort, validate)
        return made
    try:
        if sort or how not in ("inner", "left", "right", "outer"):
            raise UnsupportedError("join: sort and how='cross'")
        a, b = _frame_expr(left), _frame_expr(other)
        lefts = [] if on is None else _list(on)
        _validate(validate, a, b, lefts, [], on is None, True)
        made = _frame.merge(a, b, how, lefts, [], on is None, True, lsuffix, rsuffix, False, None)
        return wrap(made)
    except UnsupportedError as error:
        a, b = _to_pandas(left), _to_pandas(other)
        _announce("DataFrame.join", str(error).split("\n")[0], int(a.memory_usage().sum()))
        return from_result(
            a.join(
                b, on=on, how=how, lsuffix=lsuffix, rsuffix=rsuffix, sort=sort, validate=validate
            )
        )


def _side_by_side(parts: list[Any], join_how: str, ignore_index: bool) -> Any:
    """Columns of all parts, rows by their labels."""
    if not parts:
        raise ValueError("No objects to concatenate")
    if join_how != "outer" or ignore_index:
        raise UnsupportedError("concat: axis=1 with join='inner' or ignore_index")
    labels: list[Any] = []
    expr = None
    for part in parts:
        frame = part._expr
        if frame.series:
            name = part.name
            if name is None:
                raise UnsupportedError("concat: axis=1 of series without a name")
            frame = _frame.to_frame(frame, name)
        labels += frame.labels[frame.index_levels :]
        if expr is None:
            expr = frame
            continue
        if len(expr.labels) == expr.index_levels or len(frame.labels) == frame.index_levels:
            raise UnsupportedError("concat: axis=1 of frames without columns")
        expr = _frame.side_by_side(expr, frame)
    return wrap(_frame.relabel(expr, labels))


def concat(
    objs: Any, *, axis: Any = 0, join: str = "outer", ignore_index: bool = False, **other: Any
) -> Any:
    """Frames or series one under the other.

    Examples
    --------
    >>> import tharsis.pandas as pd
    >>> pd.concat([pd.Series([1]), pd.Series([2, 3])], ignore_index=True).tolist()
    [1, 2, 3]
    """
    parts = [
        part for part in (objs.values() if isinstance(objs, dict) else objs) if part is not None
    ]
    try:
        if isinstance(objs, dict) or any(v for k, v in other.items() if k != "copy"):
            raise UnsupportedError("concat: keys and other arguments")
        parts = [part if hasattr(part, "_expr") else from_pandas(part) for part in parts]
        if axis in (1, "columns"):
            return _side_by_side(parts, join, ignore_index)
        return wrap(_frame.concat_rows([part._expr for part in parts], ignore_index, join))
    except UnsupportedError as error:
        import pandas

        frames = [_to_pandas(part) for part in parts]
        _announce("concat", str(error).split("\n")[0], 0)
        given = dict(zip(objs, frames, strict=True)) if isinstance(objs, dict) else frames
        return from_result(
            pandas.concat(given, axis=axis, join=join, ignore_index=ignore_index, **other)
        )
