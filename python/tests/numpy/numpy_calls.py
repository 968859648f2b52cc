"""Calls as a user writes them, one a line; ``np`` is NumPy or ours.

``X`` is float64 of shape (2, 3, 4), ``F`` the same in float32, ``I`` int64 of shape (2, 3), ``B``
bool like it, ``U`` uint8 of shape (3,), ``Z`` float64 of shape (0, 3), ``S`` 0-d float64. What
stands before a semicolon is done first.
"""

import ast
import copy
import operator
import pickle

import numpy

X = numpy.arange(24.0).reshape(2, 3, 4)
ARRAYS = {
    "X": X,
    "F": X.astype(numpy.float32),
    "I": numpy.array([[3, -1, 2], [0, 5, -7]]),
    "B": numpy.array([[True, False, True], [False, True, False]]),
    "U": numpy.array([1, 2, 200], numpy.uint8),
    "Z": numpy.zeros((0, 3)),
    "S": numpy.array(2.5),
}
MODULES = {"numpy": numpy, "operator": operator, "pickle": pickle, "copy": copy}

CREATION = """
np.array([1, 2, 3], "int8")
np.array([[1, 2.5], [True, 3]])
np.array(2**63)
np.array([])
np.array([[], []], int)
np.array(I, float)
np.array([I, I])
np.array([S, 1])
np.array([1, 2, 3], ndmin=3)
np.array([1.5, -2.5], dtype=int)
np.asarray(range(4))
np.asarray(5)
np.asarray([1, 2], dtype="f4")
np.asanyarray((1, 2))
np.ascontiguousarray(5)
np.ascontiguousarray(X.T)
np.copy([1, 2])
np.zeros(3)
np.zeros(())
np.zeros((2, 0), bool)
np.zeros(numpy.int64(3))
np.ones([2, 2], "uint16")
np.full(3, 7)
np.full((2, 2), 7.5)
np.full(2, True)
np.full(2, 7.9, int)
np.full((2, 3), [1, 2, 3])
np.full((2, 2, 3), I)
np.full(2, I[0, 0])
np.full(2, 2**63)
np.full(2, float("nan"))
np.empty((2, 0))
np.empty((3, 2), "f4").dtype
np.empty_like(I).shape
np.zeros_like(I)
np.zeros_like([1, 2], float)
np.zeros_like(I, shape=4)
np.ones_like(B)
np.full_like(I, 2.7)
np.full_like(I, 7, dtype=float, shape=(2, 2))
np.arange(5)
np.arange(5.0)
np.arange(1, 5, 2)
np.arange(5, 1)
np.arange(5, 1, -1)
np.arange(0, 1, 0.1)
np.arange(0, -5, -0.5)
np.arange(1, 2, 0.1, "f4")
np.arange(3, dtype="uint8")
np.arange(start=2, stop=6)
np.arange(stop=6)
np.arange(6, step=2)
np.arange(0.5, 5, dtype=int)
np.arange(numpy.int8(3))
np.arange(numpy.float32(3))
np.arange(True)
np.arange(2**62, 2**62 + 3)
np.arange(2**63, 2**63 + 3)
np.linspace(0, 1)
np.linspace(0, 1, 0)
np.linspace(0, 1, 1)
np.linspace(1, 0, 5, endpoint=False)
np.linspace(0, 10, 5, dtype=int)
np.linspace(-3.7, 3, 5, dtype=int)
np.linspace(numpy.float32(0), numpy.float32(1), 3)
np.linspace(0, 1, 5, retstep=True)
np.linspace(-1e308, 1e308, 4)
np.linspace(0, 5e-324, 3)
np.linspace(0, float("inf"), 3)
np.eye(3)
np.eye(2, 4, 1, int)
np.eye(3, k=-5, dtype=bool)
np.eye(0)
np.identity(2, int)
"""
INDEXING = """
X[0]
X[-1]
X[0, -3]
X[1, 2, 3]
X[..., 0]
X[None]
X[:, None]
X[None, ..., None]
X[np.newaxis, 0]
X[::-1]
X[:, ::2, ::-2]
X[10:]
X[:-10]
X[5:2:-1]
X[numpy.int64(1)]
X[np.array(1)]
X[()]
X[True]
X[False]
X[numpy.True_]
S[()]
S[...]
S[None]
S[S > 1]
S[S > 5]
Z[:, 0]
Z[Z > 0]
X[X > 5]
X[X > 500]
X[X[:, :, 0] > 2]
X[X[:, :, 0] > 2, 0]
X[np.array([True, False])]
X[[True, False]]
X[:, [True, False, True]]
X[0, [True, False, True]]
X[..., np.array([True, False, True, False])]
I[I > 0] = 9; I
I[I > 100] = 9; I
I[I > 0] = 2.7; I
I[...] = 4; I
I[:] = [1, 2, 3]; I
I[:] = 2.5; I
"""
SHAPES = """
X.shape
X.ndim
X.size
X.dtype
X.itemsize
X.nbytes
X.device
X.T
X.mT
I.real
I.imag
F.imag
I.conj()
I.conjugate()
X.transpose()
X.transpose(None)
X.transpose(1, 0, 2)
X.transpose((-1, 0, 1))
X.reshape(6, 4)
X.reshape((6, -1))
X.reshape([4, 6])
X.reshape(-1)
X.reshape(4, 6, order="F")
Z.reshape(3, 0, 5)
S.reshape(1, 1)
X.ravel()
X.ravel("F")
X.flatten()
X.flatten("F")
X[:1].squeeze()
X[:1].squeeze(0)
X.swapaxes(0, 2)
X.copy()
X.compress([True, False, True], axis=1)
I.compress([True, False, True, True])
I.clip(1, 2)
I.clip(max=1)
X.round(-1)
X.astype(int)
I.astype(bool)
B.astype("f4")
I.astype(copy=False, dtype=float)
np.array([300.7, -1.5]).astype("int16")
np.array([1e300, -1e300]).astype("f4")
np.astype(I, float)
np.shape([[1, 2]])
np.ndim(I)
np.size(I)
np.size(I, 1)
np.size(X, (0, 2))
np.reshape(X, 24)
np.reshape(X, (2, 12), order="F")
np.reshape([1, 2, 3, 4], (2, 2))
np.ravel(5)
np.transpose(X, (2, 0, 1))
np.permute_dims(X, (1, 0, 2))
np.matrix_transpose(X)
np.swapaxes(X, 0, 1)
np.moveaxis(X, 0, 2)
np.moveaxis(X, [0, 1], [1, 0])
np.rollaxis(X, 2)
np.rollaxis(X, 2, 1)
np.rollaxis(X, 0, 3)
np.expand_dims(I, (0, 3))
np.squeeze(X[:1, :, :1], (0, 2))
np.atleast_1d(S)
np.atleast_2d(S, I)
np.atleast_3d(I)
np.atleast_3d(U, S)
np.broadcast_to(I, (4, 2, 3))
np.broadcast_to(1, 3)
np.broadcast_to(Z, (2, 0, 3))
np.broadcast_arrays(I, S)
np.flip(X)
np.flip(X, (0, 2))
np.flipud(I)
np.fliplr(I)
np.roll(I, 1)
np.roll(I, -2, 1)
np.roll(I, (1, 1), (0, 1))
np.roll(I, [1, 2], 0)
np.roll(I, 2, (0, 1))
np.roll(Z, 1)
np.concatenate([X, X], axis=-1)
np.concatenate([I, F[0, :, :3]])
np.concatenate([B, U[None]])
np.concatenate([I, X], axis=None)
np.concatenate([I, I], dtype=float)
np.concatenate([X, X], dtype="i1", casting="unsafe")
np.concatenate(([1, 2], [3.5]))
np.concatenate(I)
np.concatenate([Z, np.zeros((2, 3))])
np.concat([np.array([1], "uint64"), np.array([1])])
np.stack([I, I], axis=-1)
np.stack([S, S])
np.stack([I, F[0, :2, :3]], axis=1)
np.vstack([I[0], I])
np.hstack([I, I])
np.hstack([S, S])
np.dstack([I, I])
np.column_stack([I[0], I[1]])
np.column_stack([I, I])
np.split(I, 3, 1)
np.split(X, [1, 5], 1)
np.array_split(I, 2, 1)
np.array_split(I, 5)
np.compress([True, False, True], X, 1)
np.compress([0, 1], I, axis=0)
np.extract(I > 0, I)
np.extract([1, 0, 1], I[0])
np.where(I > 0, I, 0)
np.where(X > 3, 1, 2.5)
np.where(B, numpy.float32(1), 2)
np.where(I, 1, 2)
np.where(True, 1, 2)
np.where([True, False], [1, 2], [3, 4])
np.where(I > 0, 1.5, U)
np.clip(I, 0, 3)
np.clip(I, None, 3)
np.clip(I, None, None)
np.clip(I, 3, 0)
np.clip(I, 0.5, 2.5)
np.clip(I, min=1, max=2)
np.clip(U, 0, 300)
np.clip(U, -5, 100)
np.clip(X, np.array([1, 2, 3, 4]), 8)
np.clip(X, float("nan"), 2)
np.clip(np.array([1, float("nan"), 3]), 0, 2)
np.clip(B, 0, 1)
np.clip(F, 0, 1.5)
np.clip(F, 0, numpy.float64(1.5))
np.round(X * 1.2345, 2)
np.round(X * 100 + 55, -2)
np.round(I)
np.around(X * 0.5)
"""
PRODUCTS = """
I @ I.T
I @ [1, 2, 3]
[1, 2] @ I
I @= np.eye(3, dtype=int); I
I.dot(I.T)
np.matmul(X, X.transpose(0, 2, 1))
np.matmul(I, I[0])
np.matmul(F[0], F[0].T)
np.matmul(F[0], X[0].T)
np.matmul(U, U)
np.matmul(B, B.T)
np.matmul(Z, np.zeros((3, 2)))
np.matmul(Z.T, Z)
np.dot(I, 2)
np.dot(S, S)
np.dot(X, X.transpose(0, 2, 1))
np.dot(U, U)
np.inner(X, I[0].astype(float) @ np.ones((3, 4)))
np.inner(I, I)
np.inner(S, I)
np.vdot(I, I)
np.outer(I, I[0])
np.outer([1, 2], [3, 4])
np.linalg.norm(X)
np.linalg.norm(F)
np.linalg.norm(I, axis=0)
np.linalg.norm(I[0], 1)
np.linalg.norm(I[0], numpy.inf)
np.linalg.norm(Z)
np.linalg.norm(X, axis=(0, 1))
np.linalg.norm(I, keepdims=True)
np.linalg.solve(np.array([[2.0, 1], [1, 3]]), np.array([1.0, 2]))
np.linalg.solve(np.array([[2, 1], [1, 3]]), np.array([[1.0, 2], [3, 4]]))
np.linalg.inv(np.array([[2.0, 1], [1, 3]]))
np.linalg.inv(np.array([[2, 1], [1, 3]], "f4"))
np.linalg.eigh(np.array([[2.0, 1], [1, 3]]))[0]
np.linalg.eigvalsh(np.array([[2, 1], [1, 3]]))
np.linalg.svd(I, compute_uv=False)
np.linalg.svdvals(I)
abs(np.linalg.qr(I)[1])
abs(np.linalg.qr(I, mode="r"))
"""
REDUCTIONS = """
I.sum()
I.sum(1)
I.sum((0, 1))
I.sum(axis=0, keepdims=True)
I.sum(dtype=float)
I.prod(0)
I.min()
I.max(1)
I.mean(1)
I.var(0)
I.std(ddof=1)
I.any(0)
I.all(1)
I.argmin()
I.argmax(1)
I.argmax(axis=1, keepdims=True)
np.sum([1, 2, 3])
np.sum(5)
np.sum(B)
np.sum(U)
np.sum(I, dtype="int8")
np.sum(B, dtype=bool)
np.sum(I * 100, dtype="uint8")
np.sum(X, axis=())
np.sum(I, axis=0, out=np.zeros(3, int))
np.prod(I, axis=1, dtype="f4")
np.min(X, (0, 2))
np.amin(I, 0)
np.max(I, 0, keepdims=True)
np.amax(I)
np.mean(I)
np.mean(F, axis=-1)
np.var(I, ddof=1)
np.var(I, correction=1)
np.var(I, ddof=10)
np.std(F, axis=0)
np.any(I, axis=1)
np.all(Z)
np.argmin(I, 0)
np.argmax(np.array([1, 3, 3]))
np.argmax(np.array([1, float("nan"), 3]))
np.nanargmax(np.array([1, float("nan"), 3]))
np.nanargmin(np.array([1, float("nan"), 0]))
np.nansum(np.array([1, float("nan")]))
np.nanprod(np.array([3, float("nan")]))
np.nanmin(np.array([1, float("nan")]))
np.nanmax(np.array([1, float("nan")]))
np.nanmean(np.array([1, float("nan"), 2]))
np.nanmean(I, axis=0)
np.nanvar(np.array([1, float("nan"), 2]))
np.nanstd(np.array([1, float("nan"), 2]), ddof=1)
np.count_nonzero(I, axis=1, keepdims=True)
np.count_nonzero(I)
np.ptp(I, axis=1)
np.ptp(U)
np.average(I)
np.average(I, axis=0, keepdims=True)
np.average(X, weights=X)
np.average(I, axis=1, weights=B)
np.add.reduce(I)
np.add.reduce(I, axis=None)
np.add.reduce(I, axis=1, keepdims=True)
np.maximum.reduce(I, axis=1)
np.logical_and.reduce(I, axis=1)
np.multiply.outer(I[0], U)
"""
OPERATORS = """
I + 1
1 + I
1 - I
I - X[0, :2, :3]
I * 2
I / 0
1 / X
I // 0
2 // U
I % 0
7 % U
I ** 2
2 ** I[0, :1]
2.0 ** I
I ** 0.5
I << 2
I >> 1
1 << U
300 >> I[0, :1]
I & 3
3 & I
I | 1
1 | I
I ^ B
5 ^ I
-I
+I
~I
~B
abs(I)
divmod(I, 3)
divmod(7, I)
I == I
I == [1, 2, 3]
I != 2
I < X[0, :2, :3]
I <= 0
I > B
I >= 2.5
B < I
I += 1; I
I += True; I
I -= 1; I
X += I[0, 0]; X
X *= 2; X
X /= 2; X
I //= 2; I
I %= 2; I
I **= 2; I
I &= 3; I
I |= 1; I
I ^= 1; I
I <<= 1; I
I >>= 1; I
np.add(I, 1, dtype=float)
np.add(I, 1, dtype="i1")
np.add(X, 1, dtype=int, casting="unsafe")
np.add(I, 1, out=I); I
np.divmod(I, 2, out=(np.zeros((2, 3), int), np.zeros((2, 3), int)))
np.add(1, 2)
np.add.nin
np.modf.nout
I == 300
U == 300; U == 1; U == -1
U < 300
X + 2**70
F * 10**30
I < 2**70
"""
PYTHON = """
len(X)
len(Z)
bool(S)
bool(np.array([0]))
float(S)
int(np.array(3))
int(S)
complex(S)
operator.index(np.array(3))
[1, 2, 3][np.array(1)]
[x.shape for x in X]
list(np.array([1, 2]))
type(list(np.array([1, 2]))[0])
list(Z)
3 in I
300 in I
float("nan") in X
I.tolist()
X.item(3)
X.item(1, 2, 3)
S.item()
I.tobytes()
I.T.tobytes()
I.T.tobytes("F")
copy.copy(I)
copy.deepcopy(I)
pickle.loads(pickle.dumps(I))
pickle.loads(pickle.dumps(S))
pickle.loads(pickle.dumps(Z))
pickle.loads(pickle.dumps(X[:, ::2].T))
"""
RANDOM = """
np.random.default_rng(5).random()
np.random.default_rng(5).random((2, 3))
np.random.default_rng(5).random(0)
np.random.default_rng(5).random(3, "f4")
np.random.default_rng(5).uniform()
np.random.default_rng(5).uniform(1, 2, 3)
np.random.default_rng(5).uniform([1, 2], [3, 4])
np.random.default_rng(5).uniform(0, [1, 2], (3, 2))
np.random.default_rng(2**200).random()
np.random.default_rng(np.random.default_rng(3)).random()
np.random.default_rng(5).normal(size=(2, 3)).shape
np.random.default_rng(5).standard_normal(3, "f4").dtype
np.random.default_rng(5).integers(0, 9, 3).dtype
np.random.default_rng(5).integers(0, 2, 3, dtype=bool).dtype
type(np.random.default_rng(5).integers(9))
"""
# NumPy writes the text, and makes states of several seeds.
SHOWN = """
str(I)
repr(I)
repr(F)
repr(B)
repr(Z)
repr(U)
str(S)
format(S, ".2f")
np.random.default_rng([1, 2]).random()
np.random.default_rng(5).bit_generator.state
"""
# NumPy's own functions, given our arrays.
PROTOCOLS = """
numpy.sin(X * 0)
numpy.add(numpy.ones((2, 3)), I)
numpy.ones((2, 3)) + I
I + numpy.ones((2, 3))
numpy.ones((2, 3)) @ I.T
numpy.matmul(I, I.T)
numpy.int64(3) + I
numpy.float32(3) * F
numpy.float64(3) * F
numpy.array(3) + I
numpy.sum(I)
numpy.mean(I, axis=0)
numpy.var(I, axis=0, ddof=1)
numpy.count_nonzero(I)
numpy.concatenate([I, numpy.ones((1, 3))])
numpy.stack([I, numpy.ones((2, 3))])
numpy.where(I > 0, I, 0)
numpy.clip(I, 0, 1)
numpy.dot(I, I.T)
numpy.linalg.norm(I)
numpy.reshape(I, (3, 2))
numpy.transpose(I)
numpy.zeros_like(I)
numpy.shape(I)
numpy.round(X, 1)
numpy.add.reduce(I)
numpy.multiply.outer(I, U)
"""
# NumPy answers, with a warning of ours.
FALLBACKS = """
np.array(2**64)
np.array(["a"])
np.array([1j])
np.linspace([0, 1], [2, 3], 3)
X[[1, 0]]
X[np.array([1, 0]), 0]
X[np.array([True, False]), np.array([0, 1, 1])[:1]]
I[np.array([True, False])] = 5; I
I[0, 0] = 9; I
I[I > 0] = [1, 2, 3]; I
np.where(I > 0)
np.round(I, -1)
np.unique(I)
np.sort(I)
np.cumsum(I)
np.allclose(I, I)
np.isclose(X, X)
np.histogram(I)
np.linalg.norm(I, 1)
np.linalg.det(X[0, :3, :3])
np.linalg.qr(I, mode="complete")
np.linalg.inv(np.array([[[2.0]]]))
np.add(I, I, where=I > 0, out=np.zeros((2, 3), int))
np.add(I, numpy.float16(1))
np.add(I, 1j)
np.add.accumulate(I)
np.subtract.reduce(I)
I == "a"
I == None
np.sum(I, initial=5)
np.sum(I, where=I > 0)
np.min(I, initial=-100)
np.mean(I, dtype=int)
np.var(I, mean=np.mean(I))
np.average(I, axis=0, weights=[1, 2])
np.average(I, returned=True)
I.astype(complex)
I.cumsum()
I.nonzero()
I.repeat(2)
I.diagonal()
I.trace()
I.take([0, 1])
I.sort(); I
I.fill(3); I
I.put(0, 9); I
I.resize((3, 2)); I
X.strides
X.flags.c_contiguous
X.view()
np.random.default_rng(5).permutation(3)
np.random.default_rng(5).integers([0, 1], [5, 6])
np.random.default_rng(5).gamma(2.0, size=3)
numpy.array_equal(I, I)
numpy.maximum.accumulate(I)
"""
NATIVE = {
    "creation": CREATION,
    "indexing": INDEXING,
    "shapes": SHAPES,
    "products": PRODUCTS,
    "reductions": REDUCTIONS,
    "operators": OPERATORS,
    "python": PYTHON,
    "random": RANDOM,
}


def lines(*tables):
    return [line for table in tables for line in table.strip().splitlines()]


def run(line, np, convert):
    """What the last part of a line answers, or raises."""
    names = {name: convert(values.copy()) for name, values in ARRAYS.items()}
    names.update(MODULES, np=np)
    *first, last = ast.parse(line).body
    try:
        exec(compile(ast.Module(first, []), line, "exec"), names)
        if not isinstance(last, ast.Expr):
            exec(compile(ast.Module([last], []), line, "exec"), names)
            return None
        return eval(compile(ast.Expression(last.value), line, "eval"), names)
    except Exception as error:
        return error


def mentioned():
    """The names of ours that the tables call: of the module, of submodules, of arrays."""
    found = set()
    for line in lines(*NATIVE.values(), SHOWN, PROTOCOLS):
        for node in ast.walk(ast.parse(line)):
            if isinstance(node, ast.Attribute):
                found.add(ast.unparse(node) if "np." in ast.unparse(node)[:3] else node.attr)
                found.add(node.attr)
    return found
