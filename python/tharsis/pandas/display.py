"""How frames and series look: real rows, the first and the last."""

from __future__ import annotations

from typing import Any

from tharsis import _core

__all__ = ["html_of", "text_of"]

_frame = _core.frame


def _shown(rows: Any) -> Any:
    """The rows that a display needs, as pandas; all are computed, since the end is shown."""
    import pandas

    limit = pandas.get_option("display.max_rows") or 60
    length = len(rows)
    if length <= limit:
        return rows.to_pandas(), length
    half = max(5, (pandas.get_option("display.min_rows") or 10) // 2)
    _core.run([rows._expr])
    ends = [_frame.slice(rows._expr, None, half + 1), _frame.slice(rows._expr, length - half, None)]
    kind = type(rows)
    return pandas.concat([kind._of(end).to_pandas() for end in ends]), length


def _cut(shown: Any) -> int:
    """As many rows as pandas prints of what was fetched: one less, so that it draws the gap."""
    return len(shown) - 1


def text_of(rows: Any) -> str:
    """As pandas prints it."""
    import pandas

    shown, length = _shown(rows)
    if len(shown) == length:
        return repr(shown)
    with pandas.option_context(
        "display.max_rows",
        _cut(shown),
        "display.min_rows",
        _cut(shown),
        "display.show_dimensions",
        False,
    ):
        text = repr(shown)
    if rows._expr.series:
        body = text.rsplit("\n", 1)[0]
        name = "" if rows.name is None else f"Name: {rows.name}, "
        return f"{body}\n{name}Length: {length}, dtype: {rows.dtype}"
    return f"{text}\n\n[{length} rows x {len(rows._labels())} columns]"


def html_of(rows: Any) -> str:
    """As pandas shows it in a notebook."""
    shown, length = _shown(rows)
    html = shown.to_html(max_rows=None, show_dimensions=False, notebook=True)
    return f"{html}<p>{length} rows × {len(rows._labels())} columns</p>"
