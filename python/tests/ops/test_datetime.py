"""Functions of times against pandas: fields, zones, rounding, text."""

import numpy as np
import pandas as pd
import pytest
from evaluate import as_pandas, check, columns, compute, dtype

UNITS = ["s", "ms", "us", "ns"]
MOMENTS = [
    "1677-10-01 05:06:07",
    "1899-12-31 23:59:59",
    "1969-12-31 23:59:59",
    "1970-01-01",
    "2000-02-29 12:00",
    "2016-12-31 23:59:59",
    "2017-01-01 00:00:01",
    "2020-03-29 05:30",
    "2020-10-25 12:30",
    "2021-03-31 18:45:12",
    "2100-02-28 01:02:03",
    "2262-04-10 23:47:16",
]


def times(unit, zone=None, missing=False):
    series = pd.Series(pd.to_datetime(MOMENTS, format="mixed")).astype(f"datetime64[{unit}]")
    if unit in ("us", "ns"):
        series = series + pd.to_timedelta(np.arange(len(series)) * 1001, unit).astype(
            f"timedelta64[{unit}]"
        )
    if zone:
        series = series.dt.tz_localize("UTC").dt.tz_convert(zone)
    if missing:
        series.iloc[3] = pd.NaT
    return series


FIELDS = [
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "microsecond",
    "nanosecond",
    "quarter",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "is_leap_year",
    "is_month_start",
    "is_month_end",
    "is_quarter_start",
    "is_quarter_end",
    "is_year_start",
    "is_year_end",
]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("unit", UNITS)
def test_fields(field, zone, unit):
    for missing in (False, True):
        series = times(unit, zone, missing)
        (expr,) = columns(series)
        got = compute(field, expr)
        check(got, getattr(series.dt, field))


@pytest.mark.parametrize("name", ["iso_year", "iso_week", "iso_day"])
def test_iso_calendar(name):
    days = pd.Series(pd.date_range("2008-12-20", "2022-01-10", freq="D"))
    (expr,) = columns(days)
    want = days.dt.isocalendar()[name.removeprefix("iso_")].astype("int32")
    check(compute(name, expr), want)


def test_month_and_day_names():
    series = times("s", "Europe/Rome", missing=True)
    (expr,) = columns(series)
    check(compute("month_name", expr), series.dt.month_name())
    check(compute("day_name", expr), series.dt.day_name())


ZONES = ["UTC", "America/New_York", "Europe/Rome", "Asia/Kolkata", "Australia/Lord_Howe"]


@pytest.mark.parametrize("zone", ZONES)
def test_zones_there_and_back(zone):
    hours = pd.Series(pd.date_range("2016-01-01", "2026-01-01", freq="97min", tz="UTC"))
    (expr,) = columns(hours)
    there = compute("tz_convert", expr, params=[zone])
    assert dtype(there) == str(hours.dt.tz_convert(zone).dtype)
    check(there, hours.dt.tz_convert(zone))
    wall = compute("tz_localize", there, params=[None])
    check(wall, hours.dt.tz_convert(zone).dt.tz_localize(None))
    check(compute("tz_convert", there, params=[None]), hours.dt.tz_convert(None))


@pytest.mark.parametrize("zone", ZONES[1:])
@pytest.mark.parametrize("nonexistent", ["NaT", "shift_forward", "shift_backward"])
def test_localize_with_gaps(zone, nonexistent):
    wall = pd.Series(pd.date_range("2019-01-01", "2021-01-01", freq="17min"))
    (expr,) = columns(wall)
    if zone == "Australia/Lord_Howe" and nonexistent == "shift_forward":
        return  # its gap has half an hour; pandas shifts beyond the end of it
    want = wall.dt.tz_localize(zone, ambiguous="NaT", nonexistent=nonexistent)
    check(compute("tz_localize", expr, params=[zone, "NaT", nonexistent]), want)
    for name, first in (("earlier", True), ("later", False)):
        flags = np.full(len(wall), first)
        want = wall.dt.tz_localize(zone, ambiguous=flags, nonexistent=nonexistent)
        if zone == "Australia/Lord_Howe":
            continue
        check(compute("tz_localize", expr, params=[zone, name, nonexistent]), want)


def test_doubtful_readings_are_errors():
    for reading in ("2020-03-29 02:30", "2020-10-25 02:30"):
        wall = pd.Series([pd.Timestamp(reading)])
        with pytest.raises(ValueError):
            wall.dt.tz_localize("Europe/Rome")
        (expr,) = columns(wall)
        with pytest.raises(ValueError, match="02:30:00"):
            as_pandas(compute("tz_localize", expr, params=["Europe/Rome"]))


@pytest.mark.parametrize("freq", ["D", "h", "15min", "s", "7s", "90min"])
@pytest.mark.parametrize("how", ["floor", "ceil", "round"])
@pytest.mark.parametrize("unit", ["s", "ns"])
def test_rounding(freq, how, unit):
    for zone in (None, "America/New_York"):
        if zone and freq == "D":
            continue
        series = times(unit, zone, missing=True).iloc[:-1]
        (expr,) = columns(series)
        check(compute(f"{how}_time", expr, params=[freq]), getattr(series.dt, how)(freq))


def test_normalize():
    for zone in (None, "America/New_York"):
        series = times("us", zone, missing=True)
        (expr,) = columns(series)
        check(compute("normalize", expr), series.dt.normalize())


@pytest.mark.parametrize(
    "format",
    [
        "%Y-%m-%d",
        "%d/%m/%y %H:%M:%S.%f",
        "%I:%M %p",
        "%A %a %B %b",
        "%j %U %W %w %u",
        "%G-%V",
        "%%",
    ],
)
def test_strftime(format):
    for zone in (None, "America/New_York"):
        series = times("us", zone, missing=True)
        (expr,) = columns(series)
        check(compute("strftime", expr, params=[format + "%z"]), series.dt.strftime(format + "%z"))


def test_duration_parts():
    for unit in UNITS:
        series = pd.Series([0, 1, -1, 86399, 86400, -86401, 10**6, 123456789]).astype(
            f"timedelta64[{unit}]"
        )
        series.iloc[4] = pd.NaT
        (expr,) = columns(series)
        for part in ("days", "seconds", "microseconds", "nanoseconds"):
            check(compute(part, expr), getattr(series.dt, part))
        check(compute("total_seconds", expr), series.dt.total_seconds())


def test_arithmetic_of_times():
    a = times("us", missing=True)
    b = pd.Series(pd.to_datetime("2019-05-05 05:05:05")).repeat(len(a)).reset_index(drop=True)
    step = pd.Series(pd.to_timedelta(np.arange(len(a)) * 3600 - 7, "s"))
    x, y, d = columns(a, b.astype("datetime64[s]"), step)
    check(compute("subtract", x, y), a - b.astype("datetime64[us]"))
    check(compute("add", x, d), a + step)
    check(compute("subtract", x, d), a - step)
    check(compute("multiply", d, 1.5), step * 1.5)
    check(compute("divide", d, 7), step / 7)
    check(compute("floor_divide", d, 7), step // 7)
    check(compute("divide", d, pd.Timedelta(hours=1)), step / pd.Timedelta(hours=1))
    check(compute("remainder", d, pd.Timedelta(minutes=7)), step % pd.Timedelta(minutes=7))
    check(compute("negative", d), -step)
    check(compute("absolute", d), step.abs())
    with pytest.raises(TypeError):
        compute("add", x, y)


COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]


@pytest.mark.parametrize("function", COMPARISONS)
def test_times_with_text(function):
    method = {"equal": "eq", "not_equal": "ne", "less": "lt", "less_equal": "le"}.get(
        function, {"greater": "gt", "greater_equal": "ge"}.get(function)
    )
    for zone in (None, "America/New_York"):
        for text in ("2017-02-01", "2000-02-29 12:00", "1969-12-31T23:59:59", "2/29/2000"):
            series = times("s", zone, missing=True)
            (expr,) = columns(series)
            check(compute(function, expr, text), getattr(series, method)(text))


def test_two_columns_of_times():
    a, b = times("s", missing=True), times("ns").sort_values(ascending=False)
    b = b.reset_index(drop=True)
    x, y = columns(a, b)
    check(compute("less", x, y), a < b)
    check(compute("equal", x, x), a == a)
