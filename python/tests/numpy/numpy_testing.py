"""Comparison with NumPy."""

import warnings

import numpy
import tharsis.numpy as tnp


def same(ours, theirs, rtol=1e-12):
    """The same type, shape and values; NaN equals NaN."""
    assert isinstance(ours, tnp.Tensor), type(ours)
    theirs = numpy.asarray(theirs)
    assert ours.dtype == theirs.dtype, (ours.dtype, theirs.dtype)
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    if theirs.dtype.kind == "f":
        double = theirs.dtype == numpy.float64
        tolerance = {"rtol": rtol, "atol": 1e-12} if double else {"rtol": 1e-5, "atol": 1e-4}
        numpy.testing.assert_allclose(numpy.asarray(ours), theirs, **tolerance)
    else:
        numpy.testing.assert_array_equal(numpy.asarray(ours), theirs)


def both(function, *arrays, **kwargs):
    """``function(module, arrays…)`` with our arrays and with NumPy's: the same answer."""
    with quiet():
        theirs = function(numpy, *arrays, **kwargs)
    ours = function(tnp, *(tnp.asarray(a) for a in arrays), **kwargs)
    same(ours, theirs)


class quiet(warnings.catch_warnings):
    """NumPy computes without a word."""

    def __enter__(self):
        super().__enter__()
        warnings.simplefilter("ignore", RuntimeWarning)


def answer(call):
    """What a call answers, or the error that it raises."""
    try:
        return call()
    except Exception as error:
        return error


def fetched(value):
    """Tensors as NumPy's arrays, also in tuples and lists; an error of the work is a value."""
    if isinstance(value, tnp.Tensor):
        return answer(lambda: numpy.asarray(value))
    if isinstance(value, (tuple, list)):
        return [fetched(item) for item in value]
    return value


def ulps(found, expected):
    """How many floats lie between the elements of two arrays; one sign of zero equals the other,
    NaN is far from all but NaN."""
    bits = {4: numpy.int32, 8: numpy.int64}[expected.dtype.itemsize]
    low = numpy.iinfo(bits).min
    far = numpy.zeros(expected.shape, object)
    both_nan = numpy.isnan(found) & numpy.isnan(expected)
    other = (found != expected) & ~both_nan
    steps = [x[other].view(bits).astype(object) for x in (found, expected)]
    a, b = (numpy.where(x < 0, low - x, x) for x in steps)
    one_nan = numpy.isnan(found[other]) | numpy.isnan(expected[other])
    far[other] = numpy.where(one_nan, 1 << 62, abs(a - b))
    return far


def raised_alike(ours, theirs):
    """An error is each built-in class that NumPy's is."""
    assert isinstance(ours, Exception), f"NumPy raises {theirs!r}, we answer {ours!r}"
    for kind in type(theirs).__mro__:
        if kind.__module__ == "builtins":
            assert isinstance(ours, kind), f"NumPy raises {theirs!r}, we raise {ours!r}"


def equal(ours, theirs):
    """Values that were fetched are those of NumPy, exact but for the last digits of floats."""
    if isinstance(theirs, Exception):
        return raised_alike(ours, theirs)
    assert not isinstance(ours, Exception), f"NumPy answers {theirs!r}, we raise {ours!r}"
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            equal(a, b)
    elif isinstance(theirs, (numpy.ndarray, numpy.generic)):
        assert isinstance(ours, (numpy.ndarray, numpy.generic)), type(ours)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        if theirs.dtype.kind == "f":
            tolerance = 1e-13 if theirs.dtype == numpy.float64 else 1e-6
            numpy.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
        else:
            numpy.testing.assert_array_equal(ours, theirs)
    else:
        assert type(ours) is type(theirs)
        assert ours == theirs
