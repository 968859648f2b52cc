import numpy
import pytest
import tharsis.numpy as tnp
from numpy_testing import both, same
from tharsis.numpy.ufuncs import NAMES

REAL = numpy.array([-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.7, numpy.nan, numpy.inf, -numpy.inf])
INTEGERS = numpy.array([-3, -1, 0, 1, 2, 7])
BOOLS = numpy.array([True, False, True])


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_ufunc_agrees_over_the_types_that_numpy_gives_it(name):
    ours, theirs = NAMES[name], getattr(numpy, name)
    for array in (REAL, REAL.astype(numpy.float32), INTEGERS, INTEGERS.astype(numpy.uint8), BOOLS):
        given = [array] * ours.nin
        if ours.nin == 2:
            given[1] = array[::-1].copy()
            if array.dtype.kind in "iu" and name in ("power", "pow", "left_shift", "right_shift"):
                given[1] = abs(array) % 4
        with numpy.errstate(all="ignore"):
            try:
                expected = theirs(*given)
            except TypeError:
                with pytest.raises(TypeError):
                    ours(*(tnp.array(g) for g in given))
                continue
        first = expected[0] if isinstance(expected, tuple) else expected
        if first.dtype == numpy.float16:
            continue
        got = ours(*(tnp.array(g) for g in given))
        if ours.nout == 1:
            got, expected = (got,), (expected,)
        for a, b in zip(got, expected, strict=True):
            same(a, b, rtol=1e-14)


def test_operators_are_those_of_python():
    a, b = numpy.array([[1.5, -2.0], [3.0, 4.0]]), numpy.array([2.0, 0.5])
    for operation in (
        lambda np, x, y: x + y,
        lambda np, x, y: 2 - x,
        lambda np, x, y: x * 3 / y,
        lambda np, x, y: x // y,
        lambda np, x, y: 7 % y,
        lambda np, x, y: x**2,
        lambda np, x, y: 2**y,
        lambda np, x, y: -x,
        lambda np, x, y: abs(x),
        lambda np, x, y: (x > y) & (x != 3),
        lambda np, x, y: ~(x <= 2),
        lambda np, x, y: x == y,
        lambda np, x, y: [1, 2] + x,
        lambda np, x, y: divmod(x, y)[1],
        lambda np, x, y: x + numpy.float32(1),
    ):
        both(operation, a, b)
    both(lambda np, x: x << 2 | 1, INTEGERS)
    both(lambda np, x: x ^ 5, INTEGERS)


def test_types_follow_nep_50():
    small = numpy.array([1, 2], dtype=numpy.int8)
    single = numpy.array([1.5], dtype=numpy.float32)
    both(lambda np, x: x + 1, small)
    both(lambda np, x: x + 1.0, small)
    both(lambda np, x: x * 2.0, single)
    both(lambda np, x: x + numpy.float64(1), single)
    both(lambda np, x, y: x + y, small, single)
    with pytest.raises(OverflowError):
        tnp.array(small) + 1000


def test_in_place_operators_change_what_the_name_holds():
    x = tnp.array([1.0, 2.0])
    y = x
    x += 1
    x *= 2
    assert y.tolist() == [4.0, 6.0]
    z = tnp.array([1, 2])
    with pytest.raises(TypeError, match="same_kind"):
        z += 0.5


def test_arguments_of_ufuncs():
    both(lambda np, x: np.add(x, x, dtype=numpy.float32), INTEGERS)
    out = tnp.zeros(6)
    assert tnp.add(INTEGERS, 1, out=out) is out
    assert out.tolist() == [-2, 0, 1, 2, 3, 8]
    with pytest.raises(TypeError, match="takes 2 positional"):
        tnp.add(1)
    assert tnp.add(1, 2).tolist() == 3
    both(lambda np, x: np.add.reduce(x), INTEGERS)
    both(lambda np, x: np.multiply.outer(x, x), INTEGERS)


def test_shapes_that_do_not_fit_are_an_error_at_once():
    with pytest.raises(ValueError, match="broadcast"):
        tnp.zeros((3, 2)) + tnp.zeros((2, 3))


def test_where_clip_and_round():
    both(lambda np, x: np.where(x > 1, x, -1.0), REAL)
    both(lambda np, x: np.where(x, 1, 2), INTEGERS)
    both(lambda np, x: np.clip(x, -1, 2), REAL)
    both(lambda np, x: x.clip(0, None), INTEGERS)
    both(lambda np, x: np.round(x * 1.234, 1), REAL[:7])
    both(lambda np, x: x.round(), REAL)


@pytest.mark.parametrize("size", [2, 100_000])
def test_powers_small_and_large(size):
    x = numpy.linspace(-3, 3, size)
    both(lambda np, a: a**2, x)
    both(lambda np, a: abs(a) ** 0.5, x)
    both(lambda np, a: a**3 + a**-1.0, x)
    whole = tnp.full(size, 2)
    with pytest.raises(ValueError, match="negative integer powers"):
        (whole ** tnp.full(size, -1)).execute()
    with pytest.raises(ValueError, match="negative integer powers"):
        (whole**-1).execute()
