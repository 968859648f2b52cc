"""Products and decompositions of matrices."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as _np

from tharsis import _core
from tharsis.errors import UnsupportedError
from tharsis.numpy import fallback
from tharsis.numpy.creation import asarray, eye
from tharsis.numpy.ufuncs import NAMES

__all__ = ["eigh", "eigvalsh", "inv", "norm", "qr", "solve", "svd", "svdvals"]

_tensor = _core.tensor
LinAlgError = _np.linalg.LinAlgError


def matmul(x1: Any, x2: Any, /, out: Any = None, **kwargs: Any) -> Any:
    """The matrix product; axes before the last two are broadcast.

    >>> import tharsis.numpy as np
    >>> np.matmul([[1, 2], [3, 4]], [1, 1]).tolist()
    [3, 7]
    """
    return _product("matmul", x1, x2, out, kwargs)


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """The product over the last axis of ``a`` and the last but one of ``b``."""
    return _product("dot", a, b, out, {})


def _product(name: str, a: Any, b: Any, out: Any, kwargs: dict[str, Any]) -> Any:
    x, y = asarray(a), asarray(b)
    try:
        if kwargs:
            raise UnsupportedError(f"the argument {next(iter(kwargs))}")
        for operand in (x, y):
            operand.shape  # noqa: B018 - a length that is not known yet is observed
        result = x._wrap(getattr(_tensor, name)(x._expr, y._expr))
    except UnsupportedError as error:
        reason = str(error).split("\n")[0]
        return fallback.call_numpy(name, getattr(_np, name), (a, b), kwargs, reason)
    return result if out is None else out._assign(result)


def inner(a: Any, b: Any, /) -> Any:
    """The product over the last axes."""
    x, y = asarray(a), asarray(b)
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    from tharsis.numpy.manipulation import moveaxis

    return dot(x, y if y.ndim == 1 else moveaxis(y, -1, -2))


def vdot(a: Any, b: Any, /) -> Any:
    """The product of all elements."""
    from tharsis.numpy.manipulation import ravel

    return dot(ravel(a), ravel(b))


def outer(a: Any, b: Any, out: Any = None) -> Any:
    """All products of two elements."""
    from tharsis.numpy.manipulation import ravel

    result = ravel(a)[:, None] * ravel(b)[None, :]
    return result if out is None else out._assign(result)


def _matrix(a: Any) -> Any:
    x = asarray(a)
    x.shape  # noqa: B018
    return x if x.dtype.kind == "f" else x.astype(float)


def _native(name: str, native: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A decomposition; stacks of matrices and what else is not native runs in NumPy."""
    try:
        return native()
    except UnsupportedError as error:
        reason = str(error).split("\n")[0]
        found = getattr(_np.linalg, name)
        return fallback.call_numpy(f"linalg.{name}", found, args, kwargs, reason)


class EighResult(NamedTuple):
    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    Q: Any
    R: Any


class SVDResult(NamedTuple):
    U: Any
    S: Any
    Vh: Any


def eigh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues, ascending, and eigenvectors of a symmetric matrix."""
    x = _matrix(a)
    return _native(
        "eigh",
        lambda: EighResult(*map(x._wrap, _tensor.eigh(x._expr, UPLO.upper() == "L"))),
        (a, UPLO),
        {},
    )


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix, ascending."""
    return eigh(a, UPLO)[0]


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """U, S and Vh with ``a = U @ diag(S) @ Vh``."""
    x = _matrix(a)

    def native() -> Any:
        parts = SVDResult(*map(x._wrap, _tensor.svd(x._expr, bool(full_matrices and compute_uv))))
        return parts if compute_uv else parts.S

    return _native("svd", native, (a, full_matrices, compute_uv, hermitian), {})


def svdvals(x: Any, /) -> Any:
    """The singular values, descending."""
    return svd(x, compute_uv=False)


def qr(a: Any, mode: str = "reduced") -> Any:
    """Q and R with ``a = Q @ R``."""
    x = _matrix(a)

    def native() -> Any:
        if mode not in ("reduced", "r"):
            raise UnsupportedError(f"the mode {mode!r}")
        parts = QRResult(*map(x._wrap, _tensor.qr(x._expr)))
        return parts if mode == "reduced" else parts.R

    return _native("qr", native, (a, mode), {})


def solve(a: Any, b: Any) -> Any:
    """``x`` with ``a @ x = b``."""
    x, y = _matrix(a), _matrix(b)
    if x.dtype != y.dtype:
        x, y = x.astype(float), y.astype(float)
    return _native("solve", lambda: x._wrap(_tensor.solve(x._expr, y._expr)), (a, b), {})


def inv(a: Any) -> Any:
    """The inverse of a square matrix."""
    x = _matrix(a)
    if x.ndim != 2:
        return fallback.call_numpy("linalg.inv", _np.linalg.inv, (a,), {}, "stacks of matrices")
    return solve(x, eye(x.shape[0], dtype=x.dtype))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The Euclidean length, or that of Frobenius for a matrix."""
    from tharsis.numpy.reductions import max as largest
    from tharsis.numpy.reductions import sum as total

    a = _matrix(x)
    vector = a.ndim == 1 or isinstance(axis, (int, _np.integer))
    if ord is None or (vector and ord == 2):
        return NAMES["sqrt"](total(a * a, axis, keepdims=keepdims))
    if vector and ord == 1:
        return total(NAMES["absolute"](a), axis, keepdims=keepdims)
    if vector and ord == _np.inf:
        return largest(NAMES["absolute"](a), axis, keepdims=keepdims)
    named = {"ord": ord, "axis": axis, "keepdims": keepdims}
    return fallback.call_numpy("linalg.norm", _np.linalg.norm, (x,), named, f"the order {ord!r}")


def __getattr__(name: str) -> Any:
    return fallback.wrapped(getattr(_np.linalg, name), f"linalg.{name}")
