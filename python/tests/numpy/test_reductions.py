import itertools

import numpy
import pytest
import tharsis.numpy as tnp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy_testing import answer, both, equal, fetched, quiet, raised_alike, same

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


def edge_arrays():
    """Arrays of three axes on both sides of the size from which fragments run."""
    rng = numpy.random.default_rng(0)
    for shape in ((3, 4, 2), (13, 50, 11), (1, 1, 1)):
        for kind in ("bool", "int8", "int64", "uint8", "uint64", "float32", "float64"):
            whole = rng.integers(-3, 4, shape)
            yield (
                f"{kind}{shape}",
                abs(whole).astype(kind) if kind[0] == "u" else whole.astype(kind),
            )
        for kind in ("int16", "uint32", "int64", "uint64"):
            info = numpy.iinfo(kind)
            wide = rng.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
            yield f"{kind}{shape} wide", wide
        for kind in ("float32", "float64"):
            values = rng.normal(size=shape).astype(kind)
            some = values.copy()
            some.flat[::7] = numpy.nan
            infinite = values.copy()
            infinite.flat[::5], infinite.flat[::11] = numpy.inf, -numpy.inf
            most = numpy.full(shape, numpy.nan, kind)
            most[0] = 2
            yield f"{kind}{shape} nan", some
            yield f"{kind}{shape} inf", infinite
            yield f"{kind}{shape} most nan", most
            yield f"{kind}{shape} all nan", numpy.full(shape, numpy.nan, kind)
            yield f"{kind}{shape} equal", numpy.full(shape, 0.1, kind)
            yield f"{kind}{shape} ties", numpy.resize(numpy.array([2, 1, 1, 2], kind), shape)


EDGES = dict(edge_arrays())
AXES = [None, 0, 1, 2, -1, (), (0, 1), (0, 2), (1, 2), (0, 1, 2)]


def near(found, expected, values):
    """As `equal`; what was added up may be off by the last digits of its largest part."""
    if isinstance(expected, Exception) or numpy.asarray(expected).dtype.kind != "f":
        equal(found, expected)
        return
    expected = numpy.asarray(expected)
    assert not isinstance(found, Exception), found
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    finite = values[numpy.isfinite(values)]
    largest = float(max(abs(finite).max(initial=0), 1))
    tolerance = 1e-13 if expected.dtype == numpy.float64 else 3e-6
    scale = largest if values.dtype.kind != "f" or largest < 1e3 else 0
    numpy.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("name", [*NAMES, "ptp", "average"])
def test_edge_values_over_all_axes(name):
    for label, x in EDGES.items():
        if "prod" in name and "wide" in label and x.dtype.kind == "f":
            continue
        t = tnp.array(x)
        for axis in AXES:
            if name in POSITIONS and isinstance(axis, tuple):
                continue
            for keep in (False, True):
                given = {"axis": axis, "keepdims": keep}
                if name == "average" and not keep:
                    given = {"axis": axis}
                with quiet(), numpy.errstate(all="ignore"):
                    expected = answer(lambda: getattr(numpy, name)(x, **given))  # noqa: B023
                    if getattr(expected, "dtype", None) == numpy.float32:
                        # Added in float64 and rounded once; NumPy adds in float32.
                        expected = getattr(numpy, name)(x.astype(float), **given).astype("f4")
                found = answer(lambda: fetched(getattr(tnp, name)(t, **given)))  # noqa: B023
                try:
                    near(found, expected, x)
                except AssertionError as error:
                    raise AssertionError(f"{name} of {label}, {given}: {error}") from None


EMPTY = [((0,), AXES[:2]), ((0, 3), [None, 0, 1, (0, 1)]), ((3, 0, 2), AXES)]


@pytest.mark.parametrize("name", [*NAMES, "ptp"])
@pytest.mark.parametrize("lazy", [False, True])
def test_empty_arrays_over_all_axes(name, lazy):
    for shape, axes in EMPTY:
        for kind in ("bool", "int32", "float64"):
            x = numpy.zeros(shape, kind)
            for axis in axes:
                if name in POSITIONS and isinstance(axis, tuple):
                    continue
                with quiet(), numpy.errstate(all="ignore"):
                    expected = answer(lambda: getattr(numpy, name)(x, axis=axis))  # noqa: B023
                t = tnp.zeros(shape, kind) if lazy else tnp.array(x)
                found = answer(lambda: fetched(getattr(tnp, name)(t, axis=axis)))  # noqa: B023
                equal(found, expected)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "nansum", "nanprod"])
def test_the_type_of_a_reduction_is_the_one_asked_for(name):
    for label in ("bool(3, 4, 2)", "int8(3, 4, 2)", "int64(3, 4, 2)", "float64(13, 50, 11) ties"):
        x = EDGES[label]
        kinds = ["float32", "float64"]
        if "sum" in name or "prod" in name:
            kinds += ["bool", "int8", "uint8", "int64"]
        for kind in kinds:
            if "prod" in name and kind[0] == "f" and x.size > 100:
                continue  # 2 ** 3500
            for axis in (None, 1):
                with quiet(), numpy.errstate(all="ignore"):
                    expected = getattr(numpy, name)(x, axis=axis, dtype=kind)
                near(fetched(getattr(tnp, name)(tnp.array(x), axis=axis, dtype=kind)), expected, x)


@pytest.mark.parametrize("name", NAMES)
def test_bad_axes_are_errors_of_the_classes_of_numpy(name):
    x = numpy.ones((2, 3, 4))
    t = tnp.array(x)
    several = [] if name in POSITIONS else [(0, 3), (0, 0), (0, -3)]
    for axis in (3, -4, 1.5, "a", *several):
        expected = answer(lambda: getattr(numpy, name)(x, axis=axis))  # noqa: B023
        raised_alike(answer(lambda: getattr(tnp, name)(t, axis=axis)), expected)  # noqa: B023


def test_positions_are_those_of_the_first_wherever_the_cuts_fall():
    x = numpy.zeros(50_000)
    for at in (0, 1, 1023, 1024, 4095, 4096, 4097, 33_333, 49_999):
        y = x.copy()
        y[at:] = 1
        assert int(tnp.argmax(tnp.array(y))) == at
        y[at] = numpy.nan
        assert int(tnp.argmin(tnp.array(y))) == int(tnp.argmax(tnp.array(y))) == at
        y[at] = 5
        assert int(tnp.nanargmax(tnp.array(numpy.where(y == 1, numpy.nan, y)))) == at


def test_a_mean_without_nan_is_the_mean():
    x = RNG.integers(-3, 4, (13, 50, 11))
    for axis in (None, 0, (0, 2)):
        same(tnp.nanmean(tnp.array(x), axis=axis), numpy.mean(x, axis=axis), rtol=0)


def test_reductions_over_three_stores():
    before = th.options.nodes
    x = RNG.normal(size=(2000, 30, 5))
    expected = {
        name: fetched(getattr(tnp, name)(tnp.array(x), axis=(0, 2))) for name in ("sum", "var")
    }
    try:
        th.options.nodes = 3
        for name, one in expected.items():
            three = fetched(getattr(tnp, name)(tnp.array(x), axis=(0, 2)))
            numpy.testing.assert_array_equal(three, one)
    finally:
        th.options.nodes = before


@pytest.mark.parametrize("name", ["sum", "mean", "nansum"])
def test_sums_of_negative_zeros_are_zero(name):
    for shape in ((3,), (3, 4), (200, 300)):
        for kind in ("float32", "float64"):
            x = numpy.full(shape, -0.0, kind)
            for axis in (None, 0, -1):
                expected = numpy.signbit(getattr(numpy, name)(x, axis=axis))
                for t in (tnp.array(x), tnp.full(shape, -0.0, kind)):
                    found = numpy.signbit(fetched(getattr(tnp, name)(t, axis=axis)))
                    numpy.testing.assert_array_equal(found, expected)
