import itertools

import numpy
import pytest
import tharsis.numpy as tnp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy_testing import both, same

import tharsis as th

NAMES = (
    "sum prod min max mean var std any all argmin argmax count_nonzero nansum nanprod nanmin nanmax "
    "nanmean nanvar nanstd nanargmin nanargmax".split()
)
POSITIONS = ("argmin", "argmax", "nanargmin", "nanargmax")
RNG = numpy.random.default_rng(3)


def cube(dtype):
    values = RNG.normal(0, 3, (7, 30, 5))
    return (values > 0) if dtype is bool else values.astype(dtype)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [float, numpy.float32, int, numpy.int8, numpy.uint16, bool])
def test_reductions_over_all_axes_and_types(name, dtype):
    x = cube(dtype)
    axes = [None, 0, 1, 2, -1]
    if name not in POSITIONS:
        axes += [(0, 1), (0, 2), (1, 2), (0, 1, 2)]
    for axis in axes:
        for keep in (False, True):
            both(lambda np, a, ax, k: getattr(np, name)(a, axis=ax, keepdims=k), x, ax=axis, k=keep)


@pytest.mark.parametrize("name", NAMES)
def test_nan_infinity_and_signed_zeros(name):
    x = numpy.array([[1.0, numpy.nan, -0.0], [numpy.inf, 2.0, 3.0], [numpy.nan, numpy.nan, 5.0]])
    for axis in (None, 0, 1):
        both(lambda np, a, ax: getattr(np, name)(a, axis=ax), x, ax=axis)


@pytest.mark.parametrize("name", ["nanmin", "nanmax", "nanmean", "nanstd", "nansum", "nanprod"])
def test_slices_of_nothing_but_nan(name):
    x = numpy.array([[numpy.nan, 1.0], [numpy.nan, 2.0]])
    both(lambda np, a: getattr(np, name)(a, axis=0), x)


def test_a_slice_of_nan_has_no_position():
    with pytest.raises(ValueError, match="All-NaN slice"):
        tnp.nanargmin(tnp.array([[numpy.nan, numpy.nan]]), axis=1).execute()


@pytest.mark.parametrize("name", NAMES)
def test_empty_arrays(name):
    for shape, axis in (((0,), None), ((0, 3), 0), ((3, 0), 0), ((3, 0), 1)):
        x = numpy.zeros(shape)
        try:
            with numpy.errstate(all="ignore"):
                expected = getattr(numpy, name)(x, axis=axis)
        except ValueError as error:
            with pytest.raises(ValueError) as found:
                getattr(tnp, name)(tnp.array(x), axis=axis).execute()
            if "nan" not in name:
                assert str(error).split(" ")[0] in str(found.value)
            continue
        same(getattr(tnp, name)(tnp.array(x), axis=axis), expected)


test_empty_arrays = pytest.mark.filterwarnings("ignore::RuntimeWarning")(test_empty_arrays)


def test_ddof_and_dtype():
    x = cube(float)
    for ddof in (0, 1, 5):
        both(lambda np, a, d: np.var(a, axis=1, ddof=d), x, d=ddof)
        both(lambda np, a, d: np.nanstd(a, axis=(0, 2), ddof=d), x, d=ddof)
    both(lambda np, a: np.sum(a, dtype=numpy.float32), x.astype(int))
    both(lambda np, a: np.std(a, correction=1), x)
    both(lambda np, a: np.ptp(a, axis=1), x)
    both(lambda np, a: np.average(a, axis=0, weights=a * a), x)


def test_the_first_of_equal_elements_is_found():
    x = numpy.tile(numpy.array([3.0, 1.0, 1.0, 7.0, 7.0]), 5000)
    both(lambda np, a: np.argmin(a), x)
    both(lambda np, a: np.argmax(a), x)
    both(lambda np, a: np.argmax(a.reshape(-1, 5), axis=0), x)


def test_axes_are_checked_at_once():
    x = tnp.zeros((2, 3))
    with pytest.raises(IndexError, match="axis 2 is out of bounds"):
        x.sum(axis=2)
    with pytest.raises(ValueError, match="duplicate"):
        x.sum(axis=(0, 0))
    with pytest.raises(ValueError, match="minimum|min"):
        tnp.zeros((0,)).min()


def test_mean_and_std_share_one_pass():
    x = tnp.array(RNG.normal(size=300000))
    mean, std = x.mean(), x.std()
    th.execute(mean, std)
    assert th.metrics()["rows_read"] == 300000


def test_standardized_sum_reads_twice_and_stores_nothing():
    x = tnp.random.default_rng(1).random((100000, 8))
    total = ((x - x.mean(0)) / x.std(0)).sum()
    total.execute()
    assert th.metrics()["rows_read"] == 1600000
    assert abs(float(total)) < 1e-6


@given(
    shape=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    data=st.data(),
    name=st.sampled_from(["sum", "max", "std", "nanmean", "argmin"]),
)
@settings(max_examples=150, deadline=None)
def test_any_axes_of_any_view(shape, data, name):
    values = RNG.normal(size=shape)
    order = data.draw(st.permutations(range(len(shape))))
    steps = [data.draw(st.sampled_from([1, 2, -1, -3])) for _ in shape]
    view = tuple(slice(None, None, step) for step in steps)
    axes = [None, *range(len(shape))]
    if name != "argmin":
        axes += list(itertools.combinations(range(len(shape)), 2))
    axis = data.draw(st.sampled_from(axes))

    def reduce(np, a):
        return getattr(np, name)(a.transpose(order)[view], axis=axis)

    both(reduce, values)
