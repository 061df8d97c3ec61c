"""The calendar macros against Python's own calendar and the years that the NRF has published."""

import datetime as dt
from collections import Counter

import duckdb
import pytest
from rendering import Macros

FIRST, LAST = dt.date(2009, 1, 1), dt.date(2027, 12, 31)
DAYS = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
# First day and weeks of each retail year; 2006, 2012, 2017 and 2023 are the NRF's years of 53 weeks.
RETAIL_YEARS = {
    2006: (dt.date(2006, 1, 29), 53),
    2007: (dt.date(2007, 2, 4), 52),
    2008: (dt.date(2008, 2, 3), 52),
    2009: (dt.date(2009, 2, 1), 52),
    2010: (dt.date(2010, 1, 31), 52),
    2011: (dt.date(2011, 1, 30), 52),
    2012: (dt.date(2012, 1, 29), 53),
    2013: (dt.date(2013, 2, 3), 52),
    2014: (dt.date(2014, 2, 2), 52),
    2015: (dt.date(2015, 2, 1), 52),
    2016: (dt.date(2016, 1, 31), 52),
    2017: (dt.date(2017, 1, 29), 53),
    2018: (dt.date(2018, 2, 4), 52),
    2019: (dt.date(2019, 2, 3), 52),
    2020: (dt.date(2020, 2, 2), 52),
    2021: (dt.date(2021, 1, 31), 52),
    2022: (dt.date(2022, 1, 30), 52),
    2023: (dt.date(2023, 1, 29), 53),
    2024: (dt.date(2024, 2, 4), 52),
    2025: (dt.date(2025, 2, 2), 52),
    2026: (dt.date(2026, 2, 1), 52),
}

duck = Macros("duckdb")


def by_day(name: str, *arguments: str) -> dict[dt.date, object]:
    series = duck("day_series", f"date '{FIRST}'", f"date '{LAST}'")
    query = f"select day, {duck(name, *(arguments or ('day',)))} from ({series}) as s(day)"
    return dict(duckdb.sql(query).fetchall())


def retail_year_of(day: dt.date) -> int:
    return max(year for year, (start, _) in RETAIL_YEARS.items() if start <= day)


def test_series_has_each_day_once() -> None:
    assert sorted(by_day("add_days", "day", "0")) == DAYS


def test_add_days_crosses_months_and_leap_years() -> None:
    assert by_day("add_days", "day", "40") == {d: d + dt.timedelta(days=40) for d in DAYS}
    assert by_day("add_days", "day", "-400") == {d: d - dt.timedelta(days=400) for d in DAYS}


def test_iso_calendar_is_pythons() -> None:
    assert by_day("iso_year") == {d: d.isocalendar().year for d in DAYS}
    assert by_day("iso_week") == {d: d.isocalendar().week for d in DAYS}
    assert by_day("day_of_week") == {d: d.isoweekday() for d in DAYS}


def test_names_are_pythons() -> None:
    assert by_day("day_name") == {d: f"{d:%A}" for d in DAYS}
    assert by_day("month_name") == {d: f"{d:%B}" for d in DAYS}


@pytest.mark.parametrize("year", RETAIL_YEARS)
def test_retail_year_starts_when_the_nrf_says(year: int) -> None:
    start, weeks = RETAIL_YEARS[year]
    assert duckdb.sql(f"select {duck('retail_year_start', str(year))}").fetchone() == (start,)
    following = duckdb.sql(f"select {duck('retail_year_start', str(year + 1))}").fetchone()
    assert following == (start + dt.timedelta(weeks=weeks),)


def test_retail_year_and_week_of_each_day() -> None:
    expected = {d: retail_year_of(d) for d in DAYS if d < dt.date(2027, 1, 31)}
    years = by_day("retail_year")
    assert {d: years[d] for d in expected} == expected
    weeks = by_day("retail_week")
    assert {d: weeks[d] for d in expected} == {
        d: (d - RETAIL_YEARS[year][0]).days // 7 + 1 for d, year in expected.items()
    }


def test_retail_months_have_4_5_and_4_weeks() -> None:
    query = f"select n, {duck('retail_month', 'n')} from range(1, 54) as weeks(n)"
    month_of = dict(duckdb.sql(query).fetchall())
    assert sorted(month_of.values()) == list(month_of.values())
    weeks_of = Counter(month for week, month in month_of.items() if week <= 52)
    assert [weeks_of[month] for month in range(1, 13)] == [4, 5, 4] * 4
    assert month_of[53] == 12


@pytest.mark.parametrize("start_month", [1, 4, 12])
def test_fiscal_year_is_named_after_its_end(start_month: int) -> None:
    def year_and_month(d: dt.date) -> tuple[int, int]:
        later = d.month >= start_month > 1
        return d.year + later, (d.month - start_month) % 12 + 1

    years = by_day("fiscal_year", "day", str(start_month))
    months = by_day("fiscal_month", "day", str(start_month))
    assert {d: (years[d], months[d]) for d in DAYS} == {d: year_and_month(d) for d in DAYS}
