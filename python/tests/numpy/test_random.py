import numpy
import pytest
import tharsis.numpy as tnp
from numpy_testing import same

import tharsis as th


@pytest.mark.parametrize("seed", [0, 42, 2**70, [1, 2, 3], numpy.random.SeedSequence(9)])
def test_random_is_the_stream_of_numpy(seed):
    ours, theirs = tnp.random.default_rng(seed), numpy.random.default_rng(seed)
    for size in (5, (3, 4), 100003):
        numpy.testing.assert_array_equal(numpy.asarray(ours.random(size)), theirs.random(size))
    numpy.testing.assert_array_equal(
        numpy.asarray(ours.uniform(-3, 5.5, 1000)), theirs.uniform(-3, 5.5, 1000)
    )
    assert ours.random() == theirs.random()


def test_single_precision_is_the_stream_of_numpy():
    ours, theirs = tnp.random.default_rng(5), numpy.random.default_rng(5)
    for size in (3, 1, 4, 10001, 2):
        got = ours.random(size, dtype=numpy.float32)
        numpy.testing.assert_array_equal(
            numpy.asarray(got), theirs.random(size, dtype=numpy.float32)
        )
    x = tnp.random.default_rng(5).random((50, 40), dtype=numpy.float32)
    y = numpy.random.default_rng(5).random((50, 40), dtype=numpy.float32)
    same(x.T[::3, ::-1] + 0, y.T[::3, ::-1], rtol=0)


def test_views_of_random_arrays_are_pieces_of_the_stream():
    x = tnp.random.default_rng(1).random((300, 70))
    y = numpy.random.default_rng(1).random((300, 70))
    same(x[::7, 5:] + 0, y[::7, 5:], rtol=0)
    same(x.T[::-2] + 0, y.T[::-2], rtol=0)
    same(x[:, 3] + 0, y[:, 3], rtol=0)


def test_normal_and_integers_are_what_they_say():
    rng = tnp.random.default_rng(7)
    x = numpy.asarray(rng.normal(2, 3, 200001))
    assert abs(x.mean() - 2) < 0.05 and abs(x.std() - 3) < 0.05
    assert abs(((x - 2) / 3 > 1.96).mean() - 0.025) < 0.003
    assert abs(numpy.corrcoef(x[:-1], x[1:])[0, 1]) < 0.01
    for low, high, kind in ((0, 10, numpy.int64), (-5, 6, numpy.int8), (0, 2**63, numpy.uint64)):
        values = numpy.asarray(rng.integers(low, high, 20000, dtype=kind))
        assert values.dtype == kind and values.min() >= low and values.max() < high
    counts = numpy.bincount(numpy.asarray(rng.integers(0, 10, 100000)))
    assert counts.min() > 9500 and counts.max() < 10500
    assert numpy.asarray(rng.integers(5, 5, 10, endpoint=True)).tolist() == [5] * 10


def test_seeds_do_not_depend_on_cuts():
    def draw():
        rng = tnp.random.default_rng(3)
        parts = [rng.random(1001), rng.normal(size=1001), rng.integers(0, 99, 1001), rng.random(7)]
        return [numpy.asarray(p[::3] + p[::3]) for p in parts]

    before = th.options.split_bytes
    whole = draw()
    try:
        th.options.split_bytes = 64
        for a, b in zip(whole, draw(), strict=True):
            numpy.testing.assert_array_equal(a, b)
    finally:
        th.options.split_bytes = before


def test_normal_advances_the_stream_by_one_draw():
    ours, theirs = tnp.random.default_rng(11), numpy.random.default_rng(11)
    ours.normal(size=1000)
    theirs.random(1)
    assert ours.random() == theirs.random()


def test_other_distributions_run_in_numpy(fallback):
    ours, theirs = tnp.random.default_rng(2), numpy.random.default_rng(2)
    with pytest.warns(UserWarning, match="random.Generator.gamma runs in NumPy"):
        same(ours.gamma(2.0, size=5), theirs.gamma(2.0, size=5))
    assert ours.random() == theirs.random()


def test_arguments_are_checked():
    rng = tnp.random.default_rng(0)
    with pytest.raises(ValueError, match="low >= high"):
        rng.integers(3, 3, 5)
    with pytest.raises(ValueError, match="out of bounds"):
        rng.integers(0, 300, 5, dtype=numpy.int8)
    with pytest.raises(ValueError, match="scale < 0"):
        rng.normal(0, -1, 3)
    with pytest.raises(ValueError):
        tnp.random.default_rng(-1)


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**64 + 1, [3, 1, 4]])
@pytest.mark.parametrize("split_bytes", [64, 8 * 1024, 1 << 20])
def test_streams_go_on_across_calls_and_splits(seed, split_bytes):
    ours, theirs = tnp.random.default_rng(seed), numpy.random.default_rng(seed)
    before = th.options.split_bytes
    th.options.split_bytes = split_bytes
    try:
        for size in (1, 7, (33, 31), 1023, 1024, 1025, 4096, 4097, 0, 20_001):
            for dtype in (numpy.float64, numpy.float32):
                numpy.testing.assert_array_equal(
                    numpy.asarray(ours.random(size, dtype=dtype)), theirs.random(size, dtype=dtype)
                )
            numpy.testing.assert_array_equal(
                numpy.asarray(ours.uniform(-1e3, 2.5, size)), theirs.uniform(-1e3, 2.5, size)
            )
    finally:
        th.options.split_bytes = before


def test_normal_and_integers_are_streams_of_their_own():
    """Each value is made from the state and its position, so that many workers can make them."""
    ours, theirs = tnp.random.default_rng(1), numpy.random.default_rng(1)
    assert (numpy.asarray(ours.normal(size=100)) != theirs.normal(size=100)).all()
    ours, theirs = tnp.random.default_rng(1), numpy.random.default_rng(1)
    assert (numpy.asarray(ours.integers(0, 1 << 60, 100)) != theirs.integers(0, 1 << 60, 100)).all()
    again = tnp.random.default_rng(1)
    first = numpy.asarray(tnp.random.default_rng(1).integers(0, 1 << 60, 100))
    numpy.testing.assert_array_equal(numpy.asarray(again.integers(0, 1 << 60, 1000))[:100], first)


@pytest.mark.parametrize("kind", [f"{s}int{b}" for s in ("", "u") for b in (8, 16, 32, 64)])
def test_integers_fill_their_range(kind):
    info = numpy.iinfo(kind)
    values = numpy.asarray(
        tnp.random.default_rng(3).integers(info.min, info.max, 20_000, dtype=kind, endpoint=True)
    )
    assert values.dtype == kind
    middle = (values.astype(float) - info.min) / (float(info.max) - info.min)
    assert abs(middle.mean() - 0.5) < 0.01 and abs(middle.std() - 12**-0.5) < 0.01
