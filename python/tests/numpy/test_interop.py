import copy
import pickle

import numpy
import pytest
import tharsis.numpy as tnp
from numpy_testing import same

import tharsis as th

X = numpy.arange(12.0).reshape(3, 4)


def test_numpy_functions_of_tensors_are_ours():
    x = tnp.asarray(X)
    for result, expected in (
        (numpy.sin(x), numpy.sin(X)),
        (numpy.add(X, x), X + X),
        (numpy.mean(x, axis=0), X.mean(0)),
        (numpy.concatenate([x, x]), numpy.concatenate([X, X])),
        (numpy.linalg.norm(x), numpy.linalg.norm(X)),
        (numpy.matmul(x, x.T), X @ X.T),
        (numpy.where(x > 3, x, 0.0), numpy.where(X > 3, X, 0.0)),
        (X - x, X - X),
        (numpy.add.reduce(x), numpy.add.reduce(X)),
    ):
        same(result, expected)


def test_an_array_is_read_only_and_not_copied():
    x = (tnp.asarray(X) + 1).execute()
    a, b = numpy.asarray(x), numpy.asarray(x)
    assert a.ctypes.data == b.ctypes.data
    assert not a.flags.writeable
    assert numpy.array(x, copy=True).flags.writeable
    assert x.__array__(numpy.float32).dtype == numpy.float32


def test_what_python_asks_of_an_array():
    x = tnp.asarray(X)
    assert len(x) == 3 and x.size == 12 and x.nbytes == 96 and x.ndim == 2
    assert x.shape == (3, 4) and x.dtype == numpy.float64
    assert repr(x) == repr(X) and str(x) == str(X)
    assert repr(x.sum()) == repr(X.sum()) and f"{x.sum():.1f}" == "66.0"
    assert float(x[0, 1]) == 1.0 and int(x[0, 2]) == 2 and bool(x[0, 1] == 1)
    assert [row.tolist() for row in x] == X.tolist()
    assert list(x[0]) == [0.0, 1.0, 2.0, 3.0]
    assert 5.0 in x and 50.0 not in x
    assert range(10)[tnp.array(3)] == 3
    with pytest.raises(TypeError, match="unsized"):
        len(x.sum())
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)
    with pytest.raises(TypeError):
        hash(x)
    same(copy.deepcopy(x), X)
    same(pickle.loads(pickle.dumps(x)), X)
    assert x.item(5) == 5.0
    same(x.astype(int), X.astype(int))


def test_arrays_and_frames():
    import tharsis.pandas as pd

    frame = pd.DataFrame({"a": [1.5, 2.5], "b": [3, 4]})
    same(tnp.asarray(frame), numpy.array([[1.5, 3.0], [2.5, 4.0]]))
    same(tnp.asarray(frame["b"]), numpy.array([3, 4]))


def test_results_run_together():
    x = tnp.asarray(X)
    mean, total = th.execute(x.mean(), x.sum())
    assert float(mean) == 5.5 and float(total) == 66.0


def test_what_is_not_native_runs_in_numpy_and_says_so(fallback):
    x = tnp.asarray(X)
    with pytest.warns(UserWarning, match=r"cumsum runs in NumPy: .* \(96 bytes moved\)"):
        same(tnp.cumsum(x), numpy.cumsum(X))
    with pytest.warns(UserWarning, match="indexing runs in NumPy"):
        same(x[[0, 2]], X[[0, 2]])
    with pytest.warns(UserWarning, match="sort"):
        same(numpy.sort(x), numpy.sort(X))
    with pytest.warns(UserWarning, match="linalg.det"):
        tnp.linalg.det(x[:3, :3])
    with pytest.warns(UserWarning, match="cumsum"):
        same(x.cumsum(), X.cumsum())
    with pytest.warns(UserWarning, match="sum runs in NumPy: the argument initial"):
        assert float(tnp.sum(x, initial=1)) == 67.0
    with pytest.warns(UserWarning, match="assignment"):
        x[0, 0] = 9
    assert float(x[0, 0]) == 9.0
    with pytest.warns(UserWarning, match="histogram"):
        counts, edges = tnp.histogram(x, bins=3)
    same(counts, numpy.histogram(numpy.asarray(x), bins=3)[0])


def test_fallback_can_be_forbidden():
    with pytest.raises(NotImplementedError, match="forbids NumPy"):
        tnp.cumsum(tnp.asarray(X))


def test_names_of_numpy_are_there():
    assert tnp.pi == numpy.pi and tnp.float32 is numpy.float32 and tnp.newaxis is None
    with pytest.raises(AttributeError):
        tnp.no_such_name  # noqa: B018
    with pytest.raises(AttributeError):
        tnp.zeros(2).no_such_name  # noqa: B018


@pytest.mark.parametrize(
    "kind", "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 f4 f8".split()
)
def test_arrays_come_back_in_the_types_that_numpy_names(kind):
    """NumPy has two types of 64 bits; only one of them is its int64."""
    x = numpy.asarray(tnp.ones(3, kind))
    assert x.dtype.char == numpy.dtype(kind).char
    assert numpy.array(tnp.ones(3, kind), copy=True).flags.writeable
    assert tnp.ones(3, kind).__array__(copy=True).flags.writeable
    assert repr(tnp.ones(3, kind)) == repr(numpy.ones(3, kind))


def test_copies_and_pickles_of_what_is_not_computed_yet():
    x = tnp.arange(10_000.0).reshape(100, 100)
    y = x[::3, ::-1].T + 1
    expected = numpy.arange(10_000.0).reshape(100, 100)[::3, ::-1].T + 1
    for other in (copy.copy(y), copy.deepcopy(y), pickle.loads(pickle.dumps(y)), y.copy()):
        same(other, expected)
        other[...] = 0
        same(y, expected)


def test_errors_of_the_work_name_the_line_that_asked_for_it():
    inverse = tnp.linalg.inv(tnp.zeros((2, 2)))  # this line
    with pytest.raises(ValueError, match=r"Singular matrix[\s\S]*test_interop\.py:\d+"):
        inverse.execute()
    power = tnp.arange(10_000) ** (tnp.arange(10_000) - 5)
    with pytest.raises(ValueError, match=r"negative integer powers[\s\S]*test_interop\.py:\d+"):
        float(power.sum())


def test_methods_that_change_an_array_change_it(fallback):
    with pytest.warns(UserWarning, match="fill runs in NumPy"):
        x = tnp.zeros((2, 2))
        x.fill(3)
        assert x.tolist() == [[3, 3], [3, 3]]
    with pytest.warns(UserWarning, match="sort runs in NumPy"):
        y = tnp.array([3, 1, 2])
        assert y.sort() is None
        assert y.tolist() == [1, 2, 3]
