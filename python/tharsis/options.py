"""What a session may use and how it behaves: ``th.options``."""

from __future__ import annotations

from typing import Any

from tharsis import _core

__all__ = ["Options", "options"]

_ENGINE = (
    "workers",
    "nodes",
    "memory_limit",
    "spill_folder",
    "split_bytes",
    "inline_bytes",
    "keep_results",
    "spill_always",
    "rules_off",
)
_FALLBACK = ("warn", "error", "ignore")


class Options:
    """Settings of this process; assignment takes effect at once.

    Attributes
    ----------
    workers : int
        Threads that run fragments; by default one per core that the process may use. Setting it
        starts a new session, whose threads are new and whose results are those made from now on.
    memory_limit : int or str
        Bytes the engine may hold, as a number or as in ``"512MB"`` (10**6) or ``"2GiB"`` (2**30);
        by default 70 % of the machine's or the control group's memory.
    spill_folder : str
        Where states and results go when memory ends.
    keep_results : bool
        Whether equal expressions built later find a result that somebody still holds.
    rules_off : list of str
        Names of optimizer rules that are switched off: common, fold_constants, prune_columns,
        order, push_filters, limit, fuse_maps, share. An unknown name is an error.
    fallback : {"warn", "error", "ignore"}
        What a call does that the engine cannot run natively: run in the reference library with a
        `FallbackWarning`, raise an `UnsupportedError`, or run without a word.
    progress : bool or None
        Whether long runs show their progress; None: in a terminal only.

    Examples
    --------
    >>> import tharsis as th
    >>> th.options.memory_limit = "2GiB"
    >>> th.options.memory_limit
    2147483648
    """

    def __init__(self) -> None:
        object.__setattr__(self, "_own", {"fallback": "warn", "progress": None})

    def __getattr__(self, name: str) -> Any:
        if name in self._own:
            return self._own[name]
        if name in _ENGINE:
            return _core.get_option(name)
        raise AttributeError(f"th.options has no setting '{name}'; it has {', '.join(dir(self))}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "fallback" and value not in _FALLBACK:
            raise ValueError(f"fallback must be one of {_FALLBACK}, got {value!r}")
        if name == "progress":
            if value not in (True, False, None):
                raise ValueError(f"progress must be True, False or None, got {value!r}")
            _core.set_progress(value)
        if name in self._own:
            self._own[name] = value
        elif name in _ENGINE:
            _core.set_option(name, value)
        else:
            raise AttributeError(
                f"th.options has no setting '{name}'; it has {', '.join(dir(self))}"
            )

    def __dir__(self) -> list[str]:
        return [*_ENGINE, *self._own]

    def __repr__(self) -> str:
        return "\n".join(f"{name} = {getattr(self, name)!r}" for name in dir(self))


options = Options()
