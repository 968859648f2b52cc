import numpy
import pytest
import tharsis.numpy as tnp
from numpy_testing import same


@pytest.mark.parametrize(
    "make",
    [
        lambda np: np.zeros(3),
        lambda np: np.zeros((2, 3), int),
        lambda np: np.ones((2, 0)),
        lambda np: np.full((2, 2), 7),
        lambda np: np.full(3, 2.5, numpy.float32),
        lambda np: np.full((2, 3), [1, 2, 3]),
        lambda np: np.arange(5),
        lambda np: np.arange(2, 11, 3),
        lambda np: np.arange(5, 0, -2),
        lambda np: np.arange(0, 1, 0.1),
        lambda np: np.arange(3, dtype=numpy.float32),
        lambda np: np.arange(0),
        lambda np: np.arange(5, 2),
        lambda np: np.arange(200, 260, dtype=numpy.uint8),
        lambda np: np.linspace(0, 1, 7),
        lambda np: np.linspace(1, -1, 5, endpoint=False),
        lambda np: np.linspace(3, 3, 4),
        lambda np: np.linspace(0, 10, 1),
        lambda np: np.linspace(0, 10, 4, dtype=int),
        lambda np: np.eye(3),
        lambda np: np.eye(2, 4, 1, dtype=int),
        lambda np: np.eye(4, k=-2, dtype=bool),
        lambda np: np.identity(2),
        lambda np: np.array([[1, 2], [3, 4]]),
        lambda np: np.array(5),
        lambda np: np.array([1, 2.5], dtype=numpy.float32),
        lambda np: np.array([True, False]),
        lambda np: np.array([1, 2], ndmin=3),
        lambda np: np.zeros_like(np.array([[1, 2]])),
        lambda np: np.full_like(np.array([1.5]), 3),
        lambda np: np.ones_like(np.array([1]), dtype=float),
    ],
)
def test_creation_is_that_of_numpy(make):
    same(make(tnp), make(numpy), rtol=0)


def test_large_sequences_are_the_same_bits():
    for make in (
        lambda np: np.arange(0, 1e5, 0.37),
        lambda np: np.linspace(-7, 13, 100003),
    ):
        numpy.testing.assert_array_equal(numpy.asarray(make(tnp)), make(numpy))


def test_npy_files_are_mapped(tmp_path):
    for values in (
        numpy.arange(60.0).reshape(3, 4, 5),
        numpy.asfortranarray(numpy.arange(12, dtype=numpy.int16).reshape(3, 4)),
        numpy.array(3.5, dtype=numpy.float32),
    ):
        numpy.save(tmp_path / "a.npy", values)
        same(tnp.load(tmp_path / "a.npy"), values)


def test_a_cut_off_file_is_an_error(tmp_path):
    path = tmp_path / "a.npy"
    numpy.save(path, numpy.arange(1000.0))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(OSError, match="cut off"):
        tnp.load(path)
    path.write_bytes(b"\x93NUMPY")
    with pytest.raises(OSError):
        tnp.load(path)


def test_arrays_of_other_types_stay_with_numpy(fallback):
    with pytest.warns(UserWarning, match="no arrays of"):
        assert isinstance(tnp.array(["a"]), numpy.ndarray)
    with pytest.warns(UserWarning, match="no arrays of complex"):
        assert isinstance(tnp.array([1j]), numpy.ndarray)


def test_bad_arguments_are_errors_at_once():
    with pytest.raises(ValueError, match="negative dimensions"):
        tnp.zeros(-1)
    with pytest.raises(ValueError, match="non-negative"):
        tnp.linspace(0, 1, -1)
    with pytest.raises(ZeroDivisionError):
        tnp.arange(0, 1, 0)
