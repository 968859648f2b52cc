"""Where we differ from NumPy on purpose: docs/numpy-differences.md."""

import numpy
import pytest
import tharsis.numpy as tnp
from tharsis.errors import AxisError


def test_answers_without_axes_are_tensors_that_look_like_numbers():
    total = tnp.ones(3).sum()
    assert isinstance(total, tnp.Tensor) and total.shape == ()
    assert repr(total) == "np.float64(3.0)" and float(total) == 3.0


def test_errors_of_data_come_with_the_first_look():
    inverse = tnp.linalg.inv(tnp.zeros((2, 2)))
    with pytest.raises(ValueError, match="Singular"):
        numpy.asarray(inverse)


def test_views_keep_what_they_had():
    x = tnp.arange(4)
    view = x[:2]
    x[...] = 9
    assert view.tolist() == [0, 1] and x.tolist() == [9] * 4


def test_empty_is_zeros():
    assert tnp.empty((2, 2)).tolist() == [[0, 0], [0, 0]]


@pytest.mark.filterwarnings("error")
def test_there_are_no_warnings_of_numbers():
    assert (tnp.array([1.0, 0.0]) / 0).tolist()[0] == numpy.inf
    assert numpy.isnan(float(tnp.mean(tnp.zeros(0))))
    assert numpy.isnan(float(tnp.nanmean(tnp.array([numpy.nan]))))
    assert float(tnp.nanmin(tnp.array([numpy.nan, 1]))) == 1
    assert (tnp.array([120], "int8") + tnp.array([120], "int8")).tolist() == [-16]


def test_averages_of_no_weight_are_nan():
    x = tnp.array([1.0, 2.0])
    assert numpy.isnan(float(tnp.average(x, weights=x * 0)))
    assert tnp.average(tnp.zeros((0, 3)), axis=1).shape == (0,)


def test_float16_is_float32():
    assert tnp.sin(tnp.array([1], "int8")).dtype == numpy.float32
    assert numpy.sin(numpy.array([1], "int8")).dtype == numpy.float16


def test_float32_is_added_in_float64():
    x = numpy.full((1_000_000, 2), 0.1, numpy.float32)
    assert (
        tnp.sum(tnp.array(x), axis=0).tolist() == [numpy.float32(x[:, 0].astype(float).sum())] * 2
    )


@pytest.mark.parametrize("size", [3, 5000])
def test_of_two_zeros_one_is_taken(size):
    zero, minus = tnp.array(numpy.zeros(size)), tnp.array(numpy.full(size, -0.0))
    for name in ("maximum", "minimum", "fmax", "fmin"):
        for pair in ((zero, minus), (minus, zero)):
            signs = numpy.signbit(numpy.asarray(getattr(tnp, name)(*pair)))
            assert signs.all() or not signs.any()


def test_the_variance_of_equal_values_is_zero():
    assert tnp.var(tnp.full((1000, 3), 0.1), axis=0).tolist() == [0, 0, 0]


def test_nanmean_is_near():
    x = numpy.random.default_rng(0).normal(1, 1, (5000, 3))
    x[::7] = numpy.nan
    numpy.testing.assert_allclose(
        numpy.asarray(tnp.nanmean(tnp.array(x), axis=0)), numpy.nanmean(x, axis=0), rtol=1e-14
    )


def test_squares_of_bools_are_int64():
    assert (tnp.array([True]) ** 2).dtype == numpy.power(numpy.array([True]), 2).dtype == int
    assert (numpy.array([True]) ** 2).dtype == numpy.int8


def test_numbers_that_do_not_fit_are_errors_in_where_too():
    with pytest.raises(OverflowError, match="300 is out of bounds for uint8"):
        tnp.where(tnp.array([True]), tnp.array([1], "uint8"), 300)


def test_large_integers_compare_with_anything():
    truth = tnp.array([True, False])
    assert (truth < 2**70).tolist() == [True, True] and (truth == 2**70).tolist() == [False, False]
    assert tnp.logical_and(truth, 2**63).tolist() == [True, False]
    assert tnp.ldexp(tnp.array([1.0, 0.0]), 2**40).tolist() == [numpy.inf, 0.0]


def test_arrays_have_at_most_eight_axes():
    assert tnp.zeros((1,) * 8).ndim == 8
    with pytest.raises(NotImplementedError, match="at most 8"):
        tnp.zeros((1,) * 8)[None]


def test_errors_are_ours_and_the_built_in_ones():
    for call in (lambda: tnp.zeros(2).sum(axis=1), lambda: tnp.array(1).sum(axis=0)):
        with pytest.raises(AxisError) as error:
            call()
        assert isinstance(error.value, ValueError) and isinstance(error.value, IndexError)
    with pytest.raises(ValueError, match="square"):
        tnp.linalg.solve(tnp.zeros((2, 3)), tnp.zeros(2))
