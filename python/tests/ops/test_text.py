"""Functions of text against pandas."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from evaluate import as_pandas, check, columns, compute, dtype, field

from tharsis import _core

ASCII = ["Abc def", None, "", "  padded\t\n", "abcabcabc and longer than twelve", "-12", "+5", "X"]
ASCII += ["123", "a.b*c", "UPPER lower Title", "tab\tbed", "'quoted' word's", "new\nline"]
UNICODE = [
    "ßeta",
    "ÀÉÎõü",
    "日本語テキスト",
    "naïve café",
    "ǆ Ǆ ǅ",
    "½²٣",
    "\u3000wide\u00a0",
    "😀 smile",
    None,
    "",
]
UNICODE += ["Straße", "İstanbul", "i̇", "ΑΒΓ αβγς", "mixed ASCII and ütf"]

SERIES = {
    "ascii": pd.Series(ASCII),
    "unicode": pd.Series(UNICODE),
    "both": pd.Series(ASCII + UNICODE),
}


@pytest.fixture(params=[*SERIES, "coded"])
def text(request):
    """A series and the engine's column of it, flat or with a dictionary."""
    if request.param != "coded":
        series = SERIES[request.param]
        (expr,) = columns(series)
        return series, expr
    series = pd.concat([SERIES["both"]] * 3, ignore_index=True)
    coded = pa.table({"0": pa.array(series).dictionary_encode()})
    expr = field(_core.from_arrow(coded), 0)
    if dtype(expr) == "category":
        expr = compute("cast", expr, params=[_core.DType("str")])
    return series, expr


SIMPLE = ["lower", "upper", "title", "capitalize", "swapcase", "len"]
SIMPLE += [
    "isalpha",
    "isdigit",
    "isdecimal",
    "isnumeric",
    "isalnum",
    "isspace",
    "islower",
    "isupper",
]
SIMPLE += ["istitle", "strip", "lstrip", "rstrip"]


@pytest.mark.parametrize("name", SIMPLE)
def test_without_parameters(name, text):
    series, expr = text
    check(compute(f"str_{name}", expr), getattr(series.str, name)())


@pytest.mark.parametrize("name", ["strip", "lstrip", "rstrip"])
@pytest.mark.parametrize("characters", ["Ac", "é½ ", "\u3000"])
def test_strip_of_characters(name, characters, text):
    series, expr = text
    check(compute(f"str_{name}", expr, params=[characters]), getattr(series.str, name)(characters))


SLICES = [(0, 3, None), (1, None, None), (None, 2, None), (-3, None, None), (None, -1, None)]
SLICES += [(None, None, -1), (None, None, 2), (5, 1, -2), (-1, -4, -1), (3, 1, None), (0, 100, 3)]


@pytest.mark.parametrize(("start", "stop", "step"), SLICES)
def test_slice(start, stop, step, text):
    series, expr = text
    want = series.map(lambda x: x[slice(start, stop, step)], na_action="ignore")
    check(compute("str_slice", expr, params=[start, stop, step]), want)


@pytest.mark.parametrize("index", [0, 2, -1, -3, 50, -50])
def test_get(index, text):
    series, expr = text
    check(compute("str_get", expr, params=[index]), series.str.get(index))


@pytest.mark.parametrize("side", ["left", "right", "both"])
@pytest.mark.parametrize("width", [0, 5, 8, 31])
def test_pad(side, width, text):
    series, expr = text
    for fill in (" ", "é"):
        want = series.str.pad(width, side, fill)
        check(compute("str_pad", expr, params=[width, side, fill]), want)


def test_zfill_and_repeat(text):
    series, expr = text
    check(compute("str_zfill", expr, params=[6]), series.str.zfill(6))
    check(compute("str_repeat", expr, params=[3]), series.str.repeat(3))


def test_affixes(text):
    series, expr = text
    for affix in ("A", "abc", "c", "ß", "", "日本"):
        check(compute("str_startswith", expr, params=[affix]), series.str.startswith(affix))
        check(compute("str_endswith", expr, params=[affix]), series.str.endswith(affix))
        check(compute("str_removeprefix", expr, params=[affix]), series.str.removeprefix(affix))
        check(compute("str_removesuffix", expr, params=[affix]), series.str.removesuffix(affix))
    check(compute("str_startswith", expr, params=["A", "ß"]), series.str.startswith(("A", "ß")))


@pytest.mark.parametrize("wanted", ["b", "abc", "é", "", "語", "not there at all"])
def test_find(wanted, text):
    series, expr = text
    check(compute("str_find", expr, params=[wanted]), series.str.find(wanted))
    check(compute("str_rfind", expr, params=[wanted]), series.str.rfind(wanted))
    check(compute("str_find", expr, params=[wanted, 1, 5]), series.str.find(wanted, 1, 5))


@pytest.mark.parametrize("wanted", ["b", "a.b", "*", "é", "", "ABC"])
def test_contains_text(wanted, text):
    series, expr = text
    check(
        compute("str_contains", expr, params=[wanted, True, False]),
        series.str.contains(wanted, regex=False),
    )
    got = compute("str_contains", expr, params=[wanted, False, False])
    check(got, series.str.contains(wanted, case=False, regex=False))


PATTERNS = [
    "b",
    "^a",
    "c$",
    "e$",
    "[a-c]+",
    r"\d",
    r"\D",
    r"\w+",
    r"\W",
    r"\s",
    r"\S\s\S",
    "a|b",
    "(abc){2,}",
]
PATTERNS += [
    r"\.",
    r"[\d.]",
    r"[^\w ]",
    "a.c",
    "^$",
    r"\A\w",
    r"c\Z",
    "(?i)ABC",
    "(?:ab)+",
    "(?P<n>b)",
    "x?",
]
PATTERNS += ["b{,2}c", "[]a]", r"[\]a]", "é", r"\u00e9", r"[À-ü]", "{", "a{", "(?s)w.l"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_find_what_python_finds(pattern, text):
    series, expr = text
    for case in (True, False):
        compiled = re.compile(pattern, 0 if case else re.IGNORECASE)
        for function, method in (
            ("str_contains", compiled.search),
            ("str_match", compiled.match),
            ("str_fullmatch", compiled.fullmatch),
        ):
            want = series.map(lambda x, method=method: method(x) is not None, na_action="ignore")
            want = want.fillna(False).astype(bool)
            got = as_pandas(compute(function, expr, params=[pattern, case]))
            wrong = series[(got != want).to_numpy()]
            assert wrong.empty, (function, case, wrong.tolist())


REPLACED = [
    ("b", "X", -1, False),
    ("abc", "", 2, False),
    ("", "-", -1, False),
    ("a.b", "!", -1, False),
]
REPLACED += [
    ("[a-c]", "<>", -1, True),
    ("([a-z])([a-z])", r"\2\1", -1, True),
    (r"\d+", "#", 1, True),
]
REPLACED += [
    (r"\w+", "w", -1, True),
    ("é", "e", -1, True),
    ("b", r"\\", -1, True),
    ("ß", "ss", -1, False),
]


@pytest.mark.parametrize(("pattern", "replacement", "limit", "regex"), REPLACED)
def test_replace(pattern, replacement, limit, regex, text):
    series, expr = text
    want = series.str.replace(pattern, replacement, n=limit, regex=regex)
    check(compute("str_replace", expr, params=[pattern, replacement, limit, regex]), want)


@pytest.mark.parametrize("pattern", ["b", "[a-c]", r"\d", "(ab|c)", "", "é", r"\s"])
def test_count(pattern, text):
    series, expr = text
    # Not pandas' own count: of an empty pattern Arrow counts bytes, Python characters.
    want = series.map(lambda x: len(re.findall(pattern, x)), na_action="ignore")
    check(compute("str_count", expr, params=[pattern]), want.astype("int64", errors="ignore"))


@pytest.mark.parametrize(
    "pattern", ["(?=b)", "(?!b)", "(?<=a)b", r"(a)\1", "a++", "(?>a)", r"\N{BULLET}", "(?x) a"]
)
def test_what_patterns_cannot_say_is_an_error_at_once(pattern):
    (expr,) = columns(SERIES["ascii"])
    with pytest.raises(NotImplementedError):
        compute("str_contains", expr, params=[pattern])


def test_broken_patterns_are_errors():
    (expr,) = columns(SERIES["ascii"])
    for pattern in ("(", "[a", "*a", "a\\"):
        with pytest.raises(NotImplementedError):
            compute("str_contains", expr, params=[pattern])


def test_cat():
    series = SERIES["both"]
    other = series[::-1].reset_index(drop=True)
    a, b = columns(series, other)
    check(compute("str_cat", a, b, params=["-"]), series.str.cat(other, sep="-"))
    check(compute("str_cat", a, b, params=["", "?"]), series.str.cat(other, na_rep="?"))
    check(compute("add", a, b), series + other)
    check(compute("add", a, "!"), series + "!")
    check(
        compute("add", "a prefix of more than twelve bytes", a),
        "a prefix of more than twelve bytes" + series,
    )


def test_nullable_text_keeps_missing_truth():
    table = pa.table({"a": pa.array(["x", None, "y"])})
    expr = field(_core.from_arrow(table, flavour="nullable"), 0)
    assert dtype(expr) == "string"
    for function, params in (("str_contains", ["x"]), ("str_isalpha", []), ("equal", None)):
        got = (
            compute(function, expr, "x")
            if params is None
            else compute(function, expr, params=params)
        )
        assert dtype(got) == "boolean"
        assert as_pandas(got).isna().tolist() == [False, True, False]


def test_many_rows_and_long_text():
    random = np.random.default_rng(3)
    words = ["".join(random.choice(list("abcé "), size)) for size in random.integers(0, 60, 20_000)]
    series = pd.Series(words)
    (expr,) = columns(series)
    check(compute("str_upper", expr), series.str.upper())
    check(compute("str_contains", expr, params=["a+b"]), series.str.contains("a+b"))
    check(compute("str_len", compute("str_strip", expr)), series.str.strip().str.len())
