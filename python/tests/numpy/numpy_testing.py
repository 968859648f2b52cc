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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with numpy.errstate(all="ignore"):
            theirs = function(numpy, *arrays, **kwargs)
    ours = function(tnp, *(tnp.asarray(a) for a in arrays), **kwargs)
    same(ours, theirs)
