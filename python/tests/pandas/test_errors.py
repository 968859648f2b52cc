"""Bad input: the class a user of pandas catches, and the line that is wrong."""

import numpy as np
import pandas
import pytest
import tharsis.pandas as pd

import tharsis as th


@pytest.fixture
def df(frame):
    return pd.from_pandas(frame)


AT_ONCE = {
    "a wrong column": (KeyError, "no column 'ff'", lambda df: df["ff"]),
    "near names": (KeyError, "did you mean", lambda df: df.rename(columns={"f": "price"})["prise"]),
    "a wrong key": (KeyError, "no column", lambda df: df.groupby("nothing")["f"].sum()),
    "a wrong aggregate column": (
        KeyError,
        "nothing",
        lambda df: df.groupby("k").agg(a=("nothing", "sum")),
    ),
    "text plus a number": (TypeError, "str", lambda df: df["s"] + 1),
    "a frame plus a number": (TypeError, "in column 's'", lambda df: df[["k", "s"]] + 1),
    "the sine of text": (TypeError, "str", lambda df: np.sin(df["s"]) if False else df["s"].abs()),
    "a filter that is no bool": (
        TypeError,
        "bool",
        lambda df: pd.Series._of(th._core.frame.filter(df._expr, df["k"]._expr)),
    ),
    "keys of two kinds": (
        ValueError,
        "int64 and str",
        lambda df: df.merge(df, left_on="k", right_on="s"),
    ),
    "lengths": (ValueError, "does not match", lambda df: df.assign(x=[1, 2, 3]).execute()),
    "labels": (ValueError, "labels", lambda df: df.set_axis(["a"], axis=1)),
    "a quantile": (ValueError, r"\[0, 1\]", lambda df: df["f"].quantile(1.5)),
    "a rank": (ValueError, "there is no method", lambda df: df["f"].rank(method="best")),
    "many suffixes": (
        ValueError,
        "overlap",
        lambda df: df.merge(df, on="k", suffixes=(None, None)),
    ),
    "a position": (IndexError, "out-of-bounds", lambda df: df.iloc[10_000]),
    "positions": (IndexError, "out of range", lambda df: df.iloc[[10_000]].execute()),
    "a label": (KeyError, "no row has the label", lambda df: df.loc[10_000]),
    "an ambiguous truth": (ValueError, "ambiguous", lambda df: bool(df["b"])),
    "a type that is none": ((TypeError, ValueError), "int65", lambda df: df["k"].astype("int65")),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_is_an_error_at_once(df, name):
    kind, message, case = AT_ONCE[name]
    with pytest.raises(kind, match=message):
        case(df)


def test_a_late_error_names_the_line_that_built_it(df):
    lazy = df["f"].astype("int64")  # the wrong line
    with pytest.raises(ValueError, match=r"test_errors.py:\d+.*astype|astype"):
        lazy.execute()


def test_files(tmp_path, frame):
    path = tmp_path / "f.parquet"
    with pytest.raises(OSError, match="f.parquet"):
        pd.read_parquet(path)
    pd.from_pandas(frame).to_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OSError, match="f.parquet|[Pp]arquet"):
        pd.read_parquet(path).execute()
    path.write_bytes(b"this is no Parquet file at all")
    with pytest.raises(OSError, match="[Pp]arquet"):
        pd.read_parquet(path).execute()
    ragged = tmp_path / "f.csv"
    ragged.write_text("a,b\n1,2\n3,4,5\n")
    with pytest.raises(OSError, match="columns"):
        pd.read_csv(ragged).execute()


def test_an_array_of_two_axes_goes_to_pandas():
    frame = pd.DataFrame({"a": [1.0, -2.0], "b": [3.0, -1.0]})
    mask = np.array([[True, False], [False, True]])
    for work in (lambda df: df.where(mask), lambda df: df + mask, lambda df: df.mask(mask)):
        with pytest.raises(NotImplementedError, match="2 axes"):
            work(frame)
        th.options.fallback = "ignore"
        pandas.testing.assert_frame_equal(work(frame).to_pandas(), work(frame.to_pandas()))
        th.options.fallback = "error"
