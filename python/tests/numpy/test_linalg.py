import numpy
import pytest
import tharsis.numpy as tnp
from numpy_testing import both

RNG = numpy.random.default_rng(8)
A, B = RNG.normal(size=(37, 12)), RNG.normal(size=(12, 29))


@pytest.mark.parametrize(
    "product",
    [
        lambda np, a, b: a @ b,
        lambda np, a, b: a.T @ a,
        lambda np, a, b: b @ b.T,
        lambda np, a, b: b.T @ a.T,
        lambda np, a, b: np.dot(a, b[:, 0]),
        lambda np, a, b: np.dot(b[:, 0], b),
        lambda np, a, b: a[0] @ b,
        lambda np, a, b: a[0] @ a[1],
        lambda np, a, b: np.dot(a, 2.5),
        lambda np, a, b: np.inner(a, a),
        lambda np, a, b: np.outer(a[0], b[0]),
        lambda np, a, b: np.vdot(a, a),
        lambda np, a, b: np.matmul(np.stack([a, 2 * a]), b),
        lambda np, a, b: np.matmul(a[:, None, None, :], np.stack([b, b])),
        lambda np, a, b: np.dot(np.stack([a, a]), np.stack([b, b, b])),
        lambda np, a, b: (a - a.mean(0)).T @ (a - a.mean(0)),
        lambda np, a, b: a[:0] @ b,
        lambda np, a, b: a[:, :0] @ b[:0],
        lambda np, a, b: a.astype(np.float32) @ b.astype(np.float32),
        lambda np, a, b: a.astype(np.int16) @ b.astype(np.int32),
        lambda np, a, b: (a > 0) @ (b > 0),
        lambda np, a, b: (a > 0)[0] @ (b > 0)[:, 0],
        lambda np, a, b: np.linalg.norm(a),
        lambda np, a, b: np.linalg.norm(a, axis=1),
        lambda np, a, b: np.linalg.norm(a[0], 1),
        lambda np, a, b: np.linalg.solve(a[:12], b),
        lambda np, a, b: np.linalg.solve(a[:12], b[:, 0]),
        lambda np, a, b: np.linalg.inv(a[:12]),
        lambda np, a, b: np.linalg.eigh(a.T @ a)[0],
        lambda np, a, b: np.linalg.svd(a, compute_uv=False),
        lambda np, a, b: abs(np.linalg.qr(a)[1]),
    ],
)
def test_products_and_decompositions(product):
    both(product, A, B)


def test_factors_give_the_matrix_again():
    a = tnp.asarray(A)
    u, s, vh = tnp.linalg.svd(a, full_matrices=False)
    numpy.testing.assert_allclose(numpy.asarray((u * s) @ vh), A)
    q, r = tnp.linalg.qr(a)
    numpy.testing.assert_allclose(numpy.asarray(q @ r), A)
    u, s, vh = tnp.linalg.svd(a)
    assert u.shape == (37, 37) and vh.shape == (12, 12)


def test_errors():
    with pytest.raises(ValueError, match="inner lengths differ"):
        tnp.asarray(A) @ tnp.asarray(A)
    with pytest.raises(ValueError, match="enough dimensions"):
        tnp.asarray(A) @ 3
    with pytest.raises(ValueError, match="square"):
        tnp.linalg.solve(A, A)
    with pytest.raises(ValueError, match="Singular"):
        tnp.linalg.inv(tnp.zeros((2, 2))).execute()


def test_large_products_are_cut_into_tiles():
    a, b = RNG.normal(size=(1500, 300)), RNG.normal(size=(300, 1100))
    both(lambda np, x, y: x @ y, a, b)
    tall = RNG.normal(size=(50000, 20))
    both(lambda np, x: x.T @ x, tall)
