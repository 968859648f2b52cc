"""Calls that NumPy refuses, as users write them."""

ERRORS = """
np.array([[1, 2], [3]])
np.array([1, 2], dtype="nonsense")
np.array([300], "uint8")
np.zeros(-1)
np.zeros("a")
np.zeros((2, 2.5))
np.zeros((10**10, 10**10))
np.random.default_rng(1).random((10**10, 10**10))
np.full(2, 300, "uint8")
np.full(2, -1, "uint8")
np.full((2, 3), [1, 2])
np.arange()
np.arange("a")
np.arange(0, 10, 0)
np.arange(0.0, float("nan"))
np.arange(0.0, float("inf"))
np.arange(-3, 3, dtype="uint8")
np.linspace(0, 1, -1)
np.linspace(0, 1, 2.5)
np.eye(-1)
X[2]
X[0, -4]
X[0, 0, 0, 0]
X[..., 0, ...]
X[::0]
X[1.0]
X["a"]
X[1.5:]
X[:1.5]
S[0]
S[:]
Z[0]
X[np.array([True, False, True])]
X[:, np.array([True, False])]
X[np.zeros((2, 3, 4, 1), bool)]
I[:] = [1, 2]
I[...] = X
U[U > 1] = 300
len(S)
bool(X)
bool(Z)
float(X)
int(I)
operator.index(S)
operator.index(np.array([3]))
iter(S)
hash(X)
X.item()
X.item(100)
format(X, ".2f")
X.astype("nonsense")
X.astype(int, casting="safe")
X.transpose(0, 1)
X.transpose(0, 0, 1)
X.transpose(0, 1, 5)
S.mT
X.reshape(-1, -1)
X.reshape(5, 5)
X.reshape(7, -1)
X.reshape(0, -1)
Z.reshape(0, -1)
X.reshape(24.0)
X.reshape(4, 6, order="Q")
X.squeeze(0)
X.squeeze(5)
X.swapaxes(0, 5)
I.nonsense
I.ptp()
np.nonsense
np.linalg.nonsense
np.random.nonsense
np.random.default_rng(5).nonsense
np.where(I > 0, 1)
np.where(I > 0, X, 0)
np.clip(I, 1, 2, min=3)
np.concatenate([X, X], axis=3)
np.concatenate([X, I])
np.concatenate([])
np.concatenate([S, S])
np.concatenate([X, X], dtype=int)
np.concatenate([Z, np.zeros((2, 4))])
np.concatenate(5)
np.stack([I, I], axis=3)
np.stack([I, X[0]])
np.stack([])
np.expand_dims(I, 5)
np.expand_dims(I, (0, 0))
np.moveaxis(X, 0, 5)
np.moveaxis(X, [0, 1], [1])
np.moveaxis(X, [0, 0], [1, 2])
np.rollaxis(X, 5)
np.flip(X, 3)
np.fliplr(U)
np.flipud(S)
np.roll(I, 1, 5)
np.roll(I, (1, 2, 3), (0, 1))
np.size(I, 5)
np.broadcast_to(I, (2, 2))
np.broadcast_to(I, 3)
np.broadcast_arrays(I, X)
np.split(I, 2, 1)
np.split(I, 3, 7)
np.array_split(I, 0)
np.compress([True] * 9, I, axis=0)
np.matmul(I, I)
np.matmul(I[:, 0], I[0])
np.matmul(S, I)
np.matmul(I, 2)
np.matmul(X, np.zeros((3, 4, 2)))
np.dot(I, I)
np.linalg.solve(I, I)
np.linalg.inv(np.zeros((2, 2)))
np.linalg.eigh(I)
np.add(I)
np.add(I, 1, 2, 3)
np.add(I, 1, nonsense=2)
np.add(I, [1, 2])
np.add(I, 1.5, out=I)
np.add(X, 1, dtype=int)
np.add(X, 1, out=np.zeros(3))
np.sin()
numpy.add(numpy.zeros(3), 1, out=U)
numpy.asarray(I, dtype=float, copy=False)
numpy.sum(I, axis=5)
I ** -1
U + 300
U + -1
U += 300
I + 2**64
I += 1.5
I /= 2
X += np.ones((2, 2))
-B
+B
~X
B - B
X << 2
X & 1
pow(I, 2, 3)
np.sum(I, axis=(0, 0))
np.sum(I, axis=1.5)
np.sum(I, axis="a")
np.sum(I, axis=0, out=np.zeros(2, int))
np.argmax(I, axis=(0, 1))
np.min(Z)
np.min(Z, axis=0)
np.argmin(Z)
np.nanargmax(np.array([float("nan")]))
np.nanargmin(np.array([[float("nan")], [1]]), axis=1)
np.var(I, ddof=1, correction=1)
np.random.default_rng(-1)
np.random.default_rng("a")
np.random.default_rng(5).random(-1)
np.random.default_rng(5).random(2.5)
np.random.default_rng(5).random(3, int)
np.random.default_rng(5).uniform(2, 1, 3)
np.random.default_rng(5).uniform(0, float("inf"), 3)
np.random.default_rng(5).normal(0, -1)
np.random.default_rng(5).integers(0, 0, 3)
np.random.default_rng(5).integers(-1, 3, 3, dtype="u1")
np.random.default_rng(5).integers(0, 5, 3, dtype=float)
"""
