"""Every universal function over every pair of types, at edge values, small and large.

Arrays of up to 4,096 elements that are there already take a way of their own; larger ones run
through fragments. Each is asked on both sides of that size.
"""

import itertools

import numpy
import pytest
import tharsis.numpy as tnp
from numpy_testing import answer, equal, fetched, quiet, raised_alike, same, ulps
from tharsis.numpy.ufuncs import _ALIASES, NAMES

import tharsis as th

INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
TYPES = ["bool", *INTEGERS, "float32", "float64"]
FUNCTIONS = sorted(set(NAMES) - set(_ALIASES))
SIZES = {"small": 1, "large": 4097}
# At most so many floats from the true value; all others are those of NumPy, bit for bit.
INEXACT = dict.fromkeys(
    """sin cos tan arcsin arccos arctan arctan2 tanh arcsinh arccosh arctanh exp exp2 expm1 log log2
    log10 log1p cbrt hypot""".split(),
    1,
) | {"sinh": 2, "cosh": 2}
# At most so many floats from NumPy's own value, where the wider type has none that is better.
NEAR = dict.fromkeys(["deg2rad", "rad2deg", "radians", "degrees"], 1)
NEAR |= dict.fromkeys(["power", "float_power", "logaddexp", "logaddexp2"], 2)
EXTREMES = {"maximum", "minimum", "fmax", "fmin"}  # of two zeros NumPy takes one or the other


def edges(name):
    kind = numpy.dtype(name)
    if kind.kind == "b":
        return numpy.array([True, False])
    if kind.kind == "f":
        info = numpy.finfo(kind)
        values = [info.max, info.tiny, info.smallest_subnormal, info.eps, numpy.inf, 0.0, 0.1, 0.5]
        values += [1, 1.5, 2.5, 3, 7, 33, 65, 100, 1e10]
        return numpy.array([*values, *(-v for v in values), numpy.nan], kind)
    info = numpy.iinfo(kind)
    values = [0, 1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 65, info.max, info.max - 1, info.max // 2]
    if info.min < 0:
        values += [-1, -2, -3, -8, info.min, info.min + 1]
    return numpy.array([v for v in values if info.min <= v <= info.max], kind)


def all_pairs(names):
    """All edge values of some types against each other."""
    return [grid.ravel() for grid in numpy.meshgrid(*map(edges, names), indexing="ij")]


def wide(name, function, arrays, kind):
    """The value of an inexact function, computed in the next wider type and rounded once."""
    wider = numpy.longdouble if kind == numpy.float64 else numpy.float64
    with quiet(), numpy.errstate(all="ignore"):
        return function(*(a.astype(kind).astype(wider) for a in arrays)).astype(kind)


def check(name, arrays, found, expected, times):
    assert (found.dtype, found.shape) == (expected.dtype, (expected.size * times,))
    if expected.dtype.kind != "f":
        numpy.testing.assert_array_equal(found, numpy.tile(expected, times))
        return
    if name in INEXACT:
        expected = wide(name, getattr(numpy, name), arrays, expected.dtype)
    expected = numpy.tile(expected, times)
    far = ulps(found, expected)
    if name.startswith("logaddexp"):
        # Where the sum is near 1 its logarithm is a small difference of the arguments' size.
        with numpy.errstate(all="ignore"):
            size = numpy.maximum(
                *(numpy.tile(abs(a.astype(expected.dtype)), times) for a in arrays)
            )
            far = numpy.where(abs(found - expected) <= 2 * numpy.spacing(size), 0, far)
    worst = far.argmax()
    assert far[worst] <= INEXACT.get(name, NEAR.get(name, 0)), (
        f"{name}({', '.join(repr(numpy.resize(a, worst + 1)[-1]) for a in arrays)}) is "
        f"{expected[worst]!r}, "
        f"found {found[worst]!r}"
    )
    if name not in EXTREMES:
        zero = expected == 0
        numpy.testing.assert_array_equal(numpy.signbit(found[zero]), numpy.signbit(expected[zero]))


def theirs(name, arrays):
    """NumPy's answers; in float32 what NumPy computes in float16, which the engine has not."""
    function = getattr(numpy, name)
    with quiet(), numpy.errstate(all="ignore"):
        expected = answer(lambda: function(*arrays))
        results = expected if isinstance(expected, tuple) else (expected,)
        if any(getattr(r, "dtype", None) == numpy.float16 for r in results):
            floats = [a.astype(numpy.float32) for a in arrays]
            if name == "ldexp":
                floats[1] = arrays[1]
            expected = function(*floats)
    return expected


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_pair_of_types(name, size):
    for types in itertools.product(TYPES, repeat=NAMES[name].nin):
        arrays = all_pairs(types)
        times = -(-SIZES[size] // arrays[0].size)
        expected = theirs(name, arrays)
        tensors = [tnp.array(numpy.tile(a, times)) for a in arrays]
        found = answer(lambda: fetched(NAMES[name](*tensors)))  # noqa: B023
        if isinstance(expected, Exception):
            raised_alike(found, expected)
            continue
        assert not isinstance(found, Exception), (name, types, found)
        if NAMES[name].nout == 1:
            found, expected = [found], [expected]
        for a, b in zip(found, expected, strict=True):
            assert not isinstance(a, Exception), (name, types, a)
            check(name, arrays, a, b, times)


NUMBERS = [True, False, 0, 1, -1, 2, 100, 127, 128, -129, 255, 300, 2**31, -(2**63), 2**63, 2**64]
NUMBERS += [-(2**70), 10**30, 1.5, -0.0, 1e300, 1e-320, numpy.nan, numpy.inf]
NUMBERS += [numpy.dtype(name).type(1) for name in TYPES] + [numpy.float64(1e300)]
NUMBERS += [numpy.array(3, name) for name in TYPES[1:]]


def taken_further(name, number, array):
    """Bare integers that NumPy has no room for, and that mean something here."""
    if type(number) is not int:
        return False
    if name == "ldexp":
        return not -(2**31) <= number < 2**31
    if name.startswith("logical"):
        return not -(2**63) <= number < 2**63
    comparison = name in ("equal", "not_equal") or name.startswith(("less", "greater"))
    return comparison and array.dtype == bool and not -(2**63) <= number < 2**63


@pytest.mark.parametrize("size", [3, 4099])
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if NAMES[name].nin == 2])
def test_bare_numbers_and_0d_arrays_have_the_types_of_nep_50(name, size):
    if size > 3 and name not in ("add", "less", "power", "float_power", "equal", "logical_and"):
        return
    for kind in TYPES if size == 3 else ("bool", "int8", "uint64", "float32"):
        array = numpy.resize(numpy.array([1, 0, 5]).astype(kind), size)
        tensor = tnp.array(array)
        for number in NUMBERS:
            if taken_further(name, number, array):
                continue
            ours = tnp.array(number) if isinstance(number, numpy.ndarray) else number
            for turn in (1, -1):
                with quiet(), numpy.errstate(all="ignore"):
                    expected = answer(lambda: getattr(numpy, name)(*(array, number)[::turn]))  # noqa: B023
                first = expected[0] if isinstance(expected, tuple) else expected
                if getattr(first, "dtype", None) == numpy.float16:
                    continue
                found = answer(lambda: fetched(NAMES[name](*(tensor, ours)[::turn])))  # noqa: B023
                equal(found, expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_views_broadcasting_and_empty_arrays(name):
    function, ours = getattr(numpy, name), NAMES[name]
    kind = "int64" if "bit" in name or "shift" in name or name in ("gcd", "lcm", "invert") else "f8"
    x = numpy.arange(140 * 160).reshape(140, 160).astype(kind) % 7
    cases = [
        (x[::2, ::-1].T, x[1::2, ::-1].T),
        (x[:30, :40], x[7, :40]),
        (x[:0], x[:1]),
        (x[3, 3], x),
    ]
    cases += [(x[:5, None, :6], x[1:4, :6]), (x[:0, 0], x[:0, 1])]
    if ours.nin == 1:
        cases = [(first,) for first, _ in cases]
    for case in cases:
        if name == "ldexp":
            case = (case[0], case[1].astype("i4"))
        with quiet(), numpy.errstate(all="ignore"):
            expected = function(*case)
        found = fetched(ours(*map(tnp.array, case)))
        equal(found, list(expected) if isinstance(expected, tuple) else expected)


@pytest.mark.parametrize("size", [60, 6000])
def test_functions_of_views_of_tensors(size):
    x = numpy.random.default_rng(0).normal(size=(size, 4))
    t = tnp.array(x)
    same(tnp.exp(t[::-2].T) + t[::-2, 1], numpy.exp(x[::-2].T) + x[::-2, 1], rtol=1e-14)
    same(tnp.hypot(t[:, :1], t[0]), numpy.hypot(x[:, :1], x[0]), rtol=1e-14)
    same(tnp.where(t > 0, t[:, ::-1], -1), numpy.where(x > 0, x[:, ::-1], -1))


@pytest.fixture
def three_stores():
    before = th.options.nodes
    th.options.nodes = 3
    yield
    th.options.nodes = before


@pytest.mark.parametrize("name", ["add", "sin", "less", "divmod"])
def test_three_stores_answer_as_one(name, three_stores):
    x = numpy.random.default_rng(1).normal(size=300_000)
    given = (x,) * NAMES[name].nin
    expected = getattr(numpy, name)(*given)
    equal(fetched(NAMES[name](*(tnp.array(a) * 1.0 for a in given))), expected)


def test_types_are_found_for_each_number():
    """A call over small arrays is resolved once; the next number may not fit what was found."""
    x = tnp.array([1, 2], dtype=numpy.int8)
    assert (x == 1).tolist() == [True, False]
    assert (x == 300).tolist() == [False, False]
    assert (x < 300).tolist() == [True, True]
    assert tnp.float_power(x, 2).tolist() == [1.0, 4.0]
    assert tnp.float_power(x, 300).tolist() == [1.0, 2.0**300]
    assert (x + 1).tolist() == [2, 3]
    with pytest.raises(OverflowError, match="300 is out of bounds for int8"):
        x + 300


def test_powers_reach_the_largest_number():
    largest = numpy.array([4294967294.0, 1.3407807929942596e154, -5.6438030941222897e102])
    exponent = numpy.array([32.0, 2.0, 3.0])
    assert numpy.isfinite(largest**exponent).all()
    numpy.testing.assert_allclose(
        numpy.asarray(tnp.array(largest) ** tnp.array(exponent)), largest**exponent, rtol=1e-15
    )
    assert (tnp.array([1.5e154, -1e300, 0.0]) ** tnp.array([2.0, 3, -1])).tolist() == [
        numpy.inf,
        -numpy.inf,
        numpy.inf,
    ]


def test_operands_are_as_they_were():
    """The work is done later; an array that has changed by then is read as it was."""
    x = numpy.ones(5000)
    y = tnp.arange(5000.0) + x
    z = tnp.add(x, 1)
    x[:] = 7
    assert float(y[0]) == 1.0 and float(z.sum()) == 10_000.0


def test_results_go_where_they_are_told():
    x = numpy.zeros((2, 3))
    t = tnp.array([[1, 2, 3], [4, 5, 6]])
    assert numpy.add(t, 1.5, out=x) is x
    x += t
    numpy.testing.assert_array_equal(x, [[3.5, 5.5, 7.5], [9.5, 11.5, 13.5]])
    out = tnp.zeros(3)
    assert tnp.sum(t, axis=0, out=out) is out
    assert out.tolist() == [5.0, 7.0, 9.0]
