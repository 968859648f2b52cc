"""Random arrays: lazy, parallel, the same however the work is cut.

``default_rng(seed).random()`` and ``uniform()`` are NumPy's own stream, bit for bit, as long as
only these are called on the generator. ``normal``, ``standard_normal`` and ``integers`` are made by
a counter-based generator from the state and the position of each value; each call advances the
stream by one draw.
"""

from __future__ import annotations

import operator
import secrets
from typing import Any

import numpy as _np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.numpy import fallback
from tharsis.numpy.creation import shape_of

__all__ = ["Generator", "default_rng"]


def _shape(size: Any) -> list[int]:
    return [] if size is None else shape_of(size)


def _words(seed: int) -> list[int]:
    """An integer in words of 32 bits, the lowest first."""
    if seed < 0:
        raise ValueError("expected non-negative integer")
    words = [seed & 0xFFFFFFFF]
    while seed := seed >> 32:
        words.append(seed & 0xFFFFFFFF)
    return words


class Generator:
    """What `default_rng` answers; its arrays are made when and where they are needed.

    Parameters
    ----------
    seed : None, int, sequence of int, numpy.random.SeedSequence or numpy.random.PCG64
        None: entropy of the system.

    Examples
    --------
    >>> import tharsis.numpy as np
    >>> rng = np.random.default_rng(42)
    >>> rng.random(2).tolist()
    [0.7739560485559633, 0.4388784397520523]
    """

    def __init__(self, seed: Any = None) -> None:
        if isinstance(seed, Generator):
            seed = seed.bit_generator
        if seed is None:
            seed = secrets.randbits(128)
        if isinstance(seed, (int, _np.integer)):
            self._core = _core.tensor.Generator(_words(int(seed)))
            return
        if isinstance(seed, _np.random.Generator):
            seed = seed.bit_generator
        source = seed if isinstance(seed, _np.random.BitGenerator) else _np.random.PCG64(seed)
        if not isinstance(source, _np.random.PCG64):
            raise UnsupportedError(f"default_rng: streams of {type(source).__name__}")
        state = source.state["state"]
        self._core = _core.tensor.Generator.from_state(state["state"], state["inc"])

    @property
    def bit_generator(self) -> Any:
        """NumPy's generator in the same state."""
        out = _np.random.PCG64(0)
        state, increment = self._core.state
        out.state = {
            "bit_generator": "PCG64",
            "state": {"state": state, "inc": increment},
            "has_uint32": 0,
            "uinteger": 0,
        }
        return out

    def _wrap(self, expr: Any, size: Any) -> Any:
        from tharsis.numpy.tensor import Tensor

        out = Tensor._of(expr)
        return out.item() if size is None else out

    def random(self, size: Any = None, dtype: Any = _np.float64, out: Any = None) -> Any:
        """Uniform in [0, 1): NumPy's stream, bit for bit."""
        shape = _shape(size) if out is None else list(out.shape)
        result = self._wrap(self._core.random(shape, _np.dtype(dtype)), size if out is None else ())
        return result if out is None else out._assign(result)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """Uniform in [low, high): NumPy's stream, bit for bit."""
        if _np.ndim(low) == 0 and _np.ndim(high) == 0:
            if not _np.isfinite(float(high) - float(low)):
                raise OverflowError("high - low range exceeds valid bounds")
            if high < low:
                raise ValueError("high - low < 0")
            return self._wrap(self._core.uniform(float(low), float(high), _shape(size)), size)
        from tharsis.numpy.creation import asarray

        a, b = asarray(low), asarray(high)
        shape = _np.broadcast_shapes(a.shape, b.shape) if size is None else shape_of(size)
        return a + (b - a) * self.random(shape)

    def standard_normal(self, size: Any = None, dtype: Any = _np.float64, out: Any = None) -> Any:
        """Normal with mean 0 and deviation 1."""
        shape = _shape(size) if out is None else list(out.shape)
        expr = self._core.standard_normal(shape, _np.dtype(dtype))
        result = self._wrap(expr, size if out is None else ())
        return result if out is None else out._assign(result)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """Normal with mean ``loc`` and deviation ``scale``."""
        if _np.ndim(loc) == 0 and _np.ndim(scale) == 0:
            return self._wrap(self._core.normal(float(loc), float(scale), _shape(size)), size)
        from tharsis.numpy.creation import asarray

        mean, deviation = asarray(loc), asarray(scale)
        shape = (
            _np.broadcast_shapes(mean.shape, deviation.shape) if size is None else shape_of(size)
        )
        return mean + deviation * self.standard_normal(shape)

    def integers(
        self,
        low: Any,
        high: Any = None,
        size: Any = None,
        dtype: Any = _np.int64,
        endpoint: bool = False,
    ) -> Any:
        """Integers from ``low`` to before ``high``, or up to it with ``endpoint``."""
        if high is None:
            low, high = 0, low
        kind = _np.dtype(dtype)
        if kind.kind not in "biu":
            raise TypeError(f"Unsupported dtype {kind!r} for integers")
        if any(_np.ndim(x) > 0 or not hasattr(x, "__index__") for x in (low, high)):
            return self._by_numpy("integers", (low, high, size, dtype, endpoint), {})
        first, last = operator.index(low), operator.index(high) - (0 if endpoint else 1)
        limits = (0, 1) if kind.kind == "b" else (_np.iinfo(kind).min, _np.iinfo(kind).max)
        if first < limits[0]:
            raise ValueError(f"low is out of bounds for {kind}")
        if last > limits[1]:
            raise ValueError(f"high is out of bounds for {kind}")
        if first > last:
            raise ValueError("low >= high" if not endpoint else "low > high")
        start = first - (1 << 64) if first >= 1 << 63 else first
        span = (last - first + 1) % (1 << 64)
        values = self._wrap(self._core.integers(start, span, _shape(size), kind), size)
        return kind.type(values) if size is None else values

    def _by_numpy(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        source = self.bit_generator
        method = getattr(_np.random.Generator(source), name)
        reason = "the engine has no native form of it"
        result = fallback.call_numpy(f"random.Generator.{name}", method, args, kwargs, reason)
        state = source.state["state"]
        self._core = _core.tensor.Generator.from_state(state["state"], state["inc"])
        return result

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(_np.random.Generator, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._by_numpy(name, args, kwargs)

        call.__name__ = name
        call.__doc__ = found.__doc__
        return call


def default_rng(seed: Any = None) -> Generator:
    """A generator of random arrays; see `Generator`."""
    return seed if isinstance(seed, Generator) else Generator(seed)


def __getattr__(name: str) -> Any:
    return fallback.wrapped(getattr(_np.random, name), f"random.{name}")
