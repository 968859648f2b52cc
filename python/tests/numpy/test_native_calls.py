"""Native means native: every public name is called with fallbacks forbidden and NumPy disarmed.

Each call of the tables runs with NumPy, and with ours while NumPy's functions raise. A name of ours
that no call mentions fails the test.
"""

import types

import numpy
import numpy.random  # NumPy imports it late, and computes then
import numpy_calls as calls
import pytest
import tharsis.numpy as tnp
from numpy_calls import FALLBACKS, NATIVE, PROTOCOLS, SHOWN, lines
from numpy_errors import ERRORS
from numpy_testing import equal, fetched, quiet

# What holds, names and describes arrays; all other functions of NumPy compute.
HOLDING = set(
    """array asarray asanyarray ascontiguousarray empty dtype result_type can_cast promote_types
    iinfo finfo ndim shape broadcast_shapes errstate isfinite set_printoptions get_printoptions
    printoptions array_repr array_str array2string format_float_positional format_float_scientific
    seterr geterr isscalar issubdtype typename""".split()
)
COMPUTING = [
    (module, name)
    for module in (numpy, numpy.linalg)
    for name in module.__all__
    if callable(getattr(module, name))
    and not isinstance(getattr(module, name), (type, types.ModuleType))
    and name not in HOLDING
]
# Called by tests of their own.
ELSEWHERE = {"load", "Tensor", "ndarray", "newaxis", "linalg", "random", "ufunc"}
OURS = {"execute", "fetch", "th", "to_numpy"}  # of Tensor, not of numpy.ndarray
UFUNCS = set(tnp._ufuncs)  # test_universal_types.py


def refuse(name):
    def function(*args, **kwargs):
        raise AssertionError(f"NumPy computed: {name}")

    return function


@pytest.fixture
def disarm(monkeypatch):
    """NumPy can hold and show arrays, but not compute."""

    def now():
        for module, name in COMPUTING:
            monkeypatch.setattr(module, name, refuse(name))

    return now


def theirs_of(line):
    with quiet():
        return calls.run(line, numpy, lambda values: values)


@pytest.mark.parametrize("line", lines(*NATIVE.values()))
def test_native_calls_answer_as_numpy(line, disarm, monkeypatch):
    expected = theirs_of(line)
    assert not isinstance(expected, Exception), expected
    disarm()
    found = fetched(calls.run(line, tnp, tnp.array))
    monkeypatch.undo()
    equal(found, expected)


def open_length(values):
    """An array whose first length is not known before a mask is counted."""
    if values.ndim == 0:
        return tnp.array(values)
    mask = numpy.arange(2 * len(values)) % 2 == 0
    return tnp.array(numpy.repeat(values, 2, axis=0))[tnp.array(mask)]


@pytest.mark.parametrize("line", lines(*NATIVE.values(), ERRORS))
def test_calls_over_arrays_that_are_not_there_yet(line):
    expected = theirs_of(line)
    equal(fetched(calls.run(line, tnp, open_length)), expected)


@pytest.mark.parametrize("line", lines(SHOWN, PROTOCOLS))
def test_calls_of_numpy_itself_are_native(line):
    expected = theirs_of(line)
    assert not isinstance(expected, Exception), expected
    equal(fetched(calls.run(line, tnp, tnp.array)), expected)


@pytest.mark.parametrize("line", lines(ERRORS))
def test_errors_are_of_the_classes_of_numpy(line):
    expected = theirs_of(line)
    assert isinstance(expected, Exception)
    equal(fetched(calls.run(line, tnp, tnp.array)), expected)


@pytest.mark.parametrize("line", lines(FALLBACKS))
def test_fallbacks_say_so_and_answer_as_numpy(line, fallback):
    expected = theirs_of(line)
    with pytest.warns(UserWarning, match="runs in NumPy|no arrays of"):
        found = fetched(calls.run(line, tnp, tnp.array))
    equal(found, expected)


# NumPy 2.4 never lets go of the arguments of a ufunc's method that an override ends with an error.
LEAKING = "numpy.maximum.accumulate(I)"


@pytest.mark.parametrize("line", [line for line in lines(FALLBACKS) if line != LEAKING])
def test_fallbacks_can_be_forbidden(line):
    found = calls.run(line, tnp, tnp.array)
    assert isinstance(found, NotImplementedError), found


def public(owner, names):
    return {name for name in names if not name.startswith("_") and hasattr(owner, name)}


def test_every_public_name_is_called():
    names = calls.mentioned()
    module = {name for name in tnp.__all__ if name not in UFUNCS | ELSEWHERE}
    assert {f"np.{name}" for name in module} <= names, sorted(
        name for name in module if f"np.{name}" not in names
    )
    for owner, known in (
        (tnp.Tensor, dir(tnp.Tensor)),
        (tnp.linalg, tnp.linalg.__all__),
        (tnp.random.Generator, vars(tnp.random.Generator)),
    ):
        left_out = public(owner, known) - names - OURS
        assert not left_out, f"no call of {owner.__name__} names {sorted(left_out)}"


def test_every_operator_is_called():
    """Python's names for what the tables write as operators."""
    written = "\n".join(NATIVE.values())
    signs = "+ - * / // % ** << >> & | ^ @".split()
    assert all(f" {sign} " in written and f" {sign}= " in written for sign in signs)
    assert all(f" {sign} " in written for sign in "== != < <= > >=".split())


def test_the_disarmed_numpy_does_raise(disarm):
    disarm()
    for name in ("sum", "add", "concatenate", "where", "mean", "full", "arange"):
        with pytest.raises(AssertionError, match="NumPy computed"):
            getattr(numpy, name)()
