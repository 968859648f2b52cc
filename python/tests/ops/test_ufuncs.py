"""Every ufunc of NumPy that the engine has, over every pair of types: values and result types."""

import itertools
import zlib

import numpy as np
import pytest
from evaluate import arrays, as_numpy, compute, dtype

TYPES = [
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "float32",
    "float64",
]

# NumPy's other names of the same function; doors know them.
ALIASES = {
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_right_shift",
    "conj",
    "mod",
    "pow",
    "true_divide",
}
# Products of matrices are no scalar functions; functions of two results are two functions.
ELSEWHERE = {"matmul", "matvec", "vecdot", "vecmat", "divmod", "frexp", "modf", "ldexp", "isnat"}

UFUNCS = sorted(
    name
    for name in dir(np)
    if isinstance(getattr(np, name), np.ufunc) and name not in ALIASES | ELSEWHERE
)

# Within this many units in the last place of NumPy's answer, which has errors of its own.
ULPS = dict.fromkeys(
    ["arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cbrt", "cos"]
    + ["cosh", "exp", "exp2", "expm1", "float_power", "hypot", "log", "log10", "log1p", "log2"]
    + ["power", "sin", "sinh", "tan", "tanh"],
    4,
)
# A sum of two terms that may cancel: an absolute error of some units of the larger one.
ABSOLUTE = {"logaddexp": 1e-6, "logaddexp2": 1e-6}


def values(name, seed, rows=200):
    """Extremes first, then random ones of many magnitudes."""
    random = np.random.default_rng(seed)
    if name == "bool":
        return random.integers(0, 2, rows).astype(bool)
    if name.startswith("float"):
        info = np.finfo(name)
        special = [0.0, -0.0, 1, -1, 0.5, 2, -2.5, np.inf, -np.inf, np.nan]
        special += [info.max, info.tiny, 1e-3, 100, -3.7]
        count = rows - len(special)
        rest = random.normal(size=count) * 10.0 ** random.integers(-3, 4, count)
        out = np.concatenate([special, rest]).astype(name)
    else:
        info = np.iinfo(name)
        special = np.array([0, 1, 2, 3, info.max, info.min, info.max - 1, 7, 100], dtype=name)
        count = rows - len(special)
        rest = random.integers(info.min, info.max, count, dtype=name, endpoint=True)
        rest >>= random.integers(0, info.bits - 1, count).astype(name)
        out = np.concatenate([special, rest]).astype(name)
    random.shuffle(out)
    return out


def arguments(name, types):
    out = [values(each, zlib.crc32(f"{name}{i}".encode())) for i, each in enumerate(types)]
    if name == "power" and not any(each.startswith("float") for each in types):
        out[1] = out[1] if out[1].dtype == bool else np.abs(out[1] // 2)
    if name == "float_power":
        out[0] = np.abs(out[0])
    return out


def assert_same(got, got_type, want, name):
    # The engine has no float16: NumPy's half floats are float32 here.
    expected = str(want.dtype).replace("float16", "float32")
    assert got_type == expected
    if want.dtype == np.float16:
        return
    if want.dtype.kind != "f":
        np.testing.assert_array_equal(got, want)
        return
    with np.errstate(all="ignore"):
        error = np.abs(got.astype("f8") - want.astype("f8"))
        unit = np.spacing(np.abs(want)).astype("f8")
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    same |= error <= ULPS.get(name, 0) * unit
    same |= error <= ABSOLUTE.get(name, -1)
    assert same.all(), (got[~same][:5], want[~same][:5])


@pytest.mark.parametrize("name", UFUNCS)
def test_every_pair_of_types(name):
    ufunc = getattr(np, name)
    for types in itertools.product(TYPES, repeat=ufunc.nin):
        given = arguments(name, types)
        with np.errstate(all="ignore"):
            try:
                want = ufunc(*given)
            except TypeError:
                with pytest.raises(TypeError):
                    compute(name, *arrays(*given))
                continue
        expr = compute(name, *arrays(*given))
        try:
            assert_same(as_numpy(expr), dtype(expr), want, name)
        except AssertionError as error:
            raise AssertionError(f"{name} of {types}: {error}") from error


def test_functions_of_two_results():
    for kind in ("float32", "float64"):
        x = values(kind, 5)
        (expr,) = arrays(x)
        fraction, whole = np.modf(x)
        np.testing.assert_array_equal(as_numpy(compute("modf_fraction", expr)), fraction)
        np.testing.assert_array_equal(as_numpy(compute("modf_whole", expr)), whole)
        mantissa, exponent = np.frexp(x)
        got = compute("frexp_exponent", expr)
        np.testing.assert_array_equal(as_numpy(compute("frexp_mantissa", expr)), mantissa)
        np.testing.assert_array_equal(as_numpy(got), exponent)
        assert dtype(got) == str(exponent.dtype)


def test_ldexp():
    for kind, whole in itertools.product(("float32", "float64"), ("int8", "int32", "int64")):
        x, exponent = values(kind, 6), values(whole, 7)
        with np.errstate(all="ignore"):
            want = np.ldexp(x, np.clip(exponent, -5000, 5000).astype("int32"))
        got = compute("ldexp", *arrays(x, exponent))
        np.testing.assert_array_equal(as_numpy(got), want)
        assert dtype(got) == kind


@pytest.mark.parametrize("decimals", [-2, -1, 0, 1, 2, 5])
def test_round(decimals):
    for kind in TYPES[1:]:
        x = values(kind, 8)
        if "int" in kind:
            x //= 2**20 if kind.endswith("64") else 2  # exact as doubles, and no overflow
        with np.errstate(all="ignore"):
            want = np.round(x, decimals)
        got = compute("round", *arrays(x), params=[decimals])
        assert dtype(got) == str(want.dtype)
        if kind.startswith("float") or decimals >= 0 or not kind.endswith("int8"):
            np.testing.assert_array_equal(as_numpy(got), want)


WEAK = [0, 1, 2, 7, -1, 100, 300, 70000, 2**40, 2**63, True, 0.5, 2.0, -3.25, 1e40]
BINARY = ["add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power"]
BINARY += ["maximum", "minimum", "fmod", "bitwise_and", "left_shift", "arctan2", "copysign"]
BINARY += ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and"]


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("number", WEAK)
def test_python_numbers_take_the_others_type(name, number):
    if name == "logical_and" and number == 2**63:
        return  # an OverflowError of NumPy's, though the truth of the number is known
    ufunc = getattr(np, name)
    for kind in TYPES:
        x = values(kind, 9)
        if name == "power":
            x = np.abs(x // 2) if kind != "bool" else x
        for swapped in (False, True):
            if name == "power" and swapped and kind.startswith("int"):
                x = np.abs(x)
                if (x < 0).any():
                    continue
            order = (lambda a, b: (b, a)) if swapped else (lambda a, b: (a, b))
            (expr,) = arrays(x)
            with np.errstate(all="ignore"):
                try:
                    want = ufunc(*order(x, number))
                except (TypeError, ValueError, OverflowError) as error:
                    with pytest.raises(type(error)):
                        as_numpy(compute(name, *order(expr, number)))
                    continue
            got = compute(name, *order(expr, number))
            try:
                assert_same(as_numpy(got), dtype(got), want, name)
            except AssertionError as error:
                raise AssertionError(f"{name} of {order(kind, number)}: {error}") from error
