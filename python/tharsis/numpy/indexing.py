"""x[…]: slices and masks are native; integer arrays run in NumPy."""

from __future__ import annotations

import operator
from typing import Any

import numpy as _np

from tharsis import _core
from tharsis.numpy import fallback

__all__ = ["get_item", "set_item"]

_tensor = _core.tensor


def _is_mask(item: Any) -> bool:
    dtype = getattr(item, "dtype", None)
    if dtype is not None:
        return str(dtype) == "bool" and item.ndim > 0
    return isinstance(item, list) and len(item) > 0 and isinstance(item[0], bool)


def _is_truth(item: Any) -> bool:
    return str(getattr(item, "dtype", "")) == "bool" and item.ndim == 0


def _is_basic(item: Any) -> bool:
    if item is None or item is Ellipsis or isinstance(item, slice):
        return True
    if isinstance(item, bool) or str(getattr(item, "dtype", "")) == "bool":
        return False
    return hasattr(item, "__index__") and getattr(item, "ndim", 0) == 0


def get_item(x: Any, key: Any) -> Any:
    """The elements that ``key`` names, as a view where it can be one."""
    items = key if isinstance(key, tuple) else (key,)
    if all(_is_basic(item) for item in items):
        if None in x._expr.shape and any(
            item is not None and item is not Ellipsis for item in items
        ):
            x.shape  # noqa: B018 - positions count in the length, which is observed
        return x._wrap(_tensor.index(x._expr, items))
    for item in items:
        if isinstance(item, (float, str, bytes, complex)):
            raise IndexError(
                "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer "
                "or boolean arrays are valid indices"
            )
    if len(items) == 1 and (isinstance(items[0], bool) or _is_truth(items[0])):
        return x[None] if items[0] else x[None][:0]
    masks = [i for i, item in enumerate(items) if _is_mask(item)]
    basic = sum(_is_basic(item) for item in items)
    if len(masks) == 1 and basic + 1 == len(items):
        found = _masked(x, items, masks[0])
        if found is not None:
            return found
    reason = "integer arrays and several masks are not native"
    return fallback.call_numpy("indexing", operator.getitem, (x, key), {}, reason)


def _masked(x: Any, items: tuple[Any, ...], place: int) -> Any:
    """One mask among slices and integers; None where NumPy moves axes to the front."""
    from tharsis.numpy.creation import asarray, zeros
    from tharsis.numpy.manipulation import moveaxis

    mask = asarray(items[place])
    before, after = items[:place], items[place + 1 :]
    if Ellipsis in before:
        spare = (
            x.ndim - mask.ndim - sum(i is not None and i is not Ellipsis for i in (*before, *after))
        )
        at = before.index(Ellipsis)
        before = (*before[:at], *(slice(None),) * spare, *before[at + 1 :])
    integers = [
        i for i, item in enumerate(before) if not isinstance(item, slice) and item is not None
    ]
    if integers and integers != list(range(integers[0], len(before))):
        return None
    if any(not isinstance(i, slice) and i is not None and i is not Ellipsis for i in after[1:]):
        return None
    if (None in mask._expr.shape) != (None in x._expr.shape):
        # Only of one the lengths are known: the other's are observed.
        mask.shape, x.shape  # noqa: B018
    for axis, length in enumerate(mask._expr.shape):
        at = sum(i is not None for i in before) + axis
        known = x._expr.shape[at] if at < x.ndim else None
        if length is not None and known is not None and length != known:
            raise IndexError(
                f"boolean index did not match indexed array along axis {at}; size of axis is "
                f"{known} but size of corresponding boolean axis is {length}"
            )
    if before or after:
        x = x[(*before, *(slice(None),) * mask.ndim, *after)]
    lead = sum(isinstance(i, slice) or i is None for i in before)
    if lead:
        axes = list(range(lead, lead + mask.ndim))
        x = moveaxis(x, axes, list(range(mask.ndim)))
    rest = x._expr.shape[mask.ndim :]
    if 0 in rest and None not in rest:
        # No element says how many rows are kept.
        kept = zeros((int(mask.sum()), *rest), x.dtype)
    else:
        kept = x._wrap(_tensor.select(x._expr, mask._expr))
    if lead:
        kept.shape  # noqa: B018
        kept = moveaxis(kept, 0, lead)
    return kept


def set_item(x: Any, key: Any, value: Any) -> None:
    """``x[key] = value``, in NumPy; views that were taken before do not change."""
    mask = _is_mask(key) and getattr(key, "ndim", 1) == x.ndim
    if mask and _np.ndim(fallback.to_numpy(value) if fallback.has_tensor(value) else value) == 0:
        from tharsis.numpy.manipulation import where

        x._assign(where(key, value, x))
        return
    everything = key is Ellipsis or (isinstance(key, slice) and key == slice(None))
    if everything:
        x._assign(value)
        return

    def write(values: Any, where: Any, new: Any) -> Any:
        changed = values.copy()
        changed[where] = new
        return changed

    x._assign(fallback.call_numpy("assignment", write, (x, key, value), {}, "not native"))
