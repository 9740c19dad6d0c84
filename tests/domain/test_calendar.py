"""Counting days: each rule once, then against an independent count, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Pause, add, instant, local_date
from domain.refusal import Refused
from domain.scheme.values import Unit
from schemes.files import freeze_calendar
from tests.domain.calendars import METROPOLE, MOSELLE

DAY = timedelta(days=1)
DAY_UNITS: tuple[Unit, ...] = ("calendaires", "ouvrables", "ouvres", "francs")
FRANCE = holidays.country_holidays("FR", years=range(2014, 2047))
days = st.dates(date(2016, 1, 1), date(2039, 12, 31))
amounts = st.integers(0, 300)
units = st.sampled_from(DAY_UNITS)


def due(
    start: date, amount: int, unit: Unit, *pauses: Pause, restart: bool = False, before: bool = False
) -> date | None:
    return add(METROPOLE, start, amount, unit, pauses, "restart" if restart else "resume", before).due


def pause(since: str, until: str | None = None) -> Pause:
    return Pause(since=date.fromisoformat(since), until=date.fromisoformat(until) if until else None)


def counts(day: date, unit: Unit) -> bool:
    """Whether ``day`` counts, asked of the library and not of a frozen calendar."""
    if unit == "ouvres":
        return day.weekday() < 5 and day not in FRANCE
    if unit == "ouvrables":
        return day.weekday() < 6 and day not in FRANCE
    return True


def naive(start: date, amount: int, unit: Unit, paused: frozenset[date] = frozenset()) -> date:
    day = start
    left = amount + 1 if unit == "francs" else amount
    while left:
        day += DAY
        left -= counts(day, unit) and day not in paused
    while unit == "francs" and (not counts(day, "ouvres") or day in paused):
        day += DAY
    return day


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("ouvres", "2026-11-24"), ("ouvrables", "2026-11-21"), ("calendaires", "2026-11-19"), ("francs", "2026-11-20")],
)
def test_ten_days_from_the_ninth_of_november_2026(unit: Unit, expected: str) -> None:
    assert due(date(2026, 11, 9), 10, unit) == date.fromisoformat(expected)


def test_a_clear_period_that_would_end_on_a_saturday_ends_on_the_next_working_day() -> None:
    # 1 + 11 = Saturday 12 September 2026
    assert due(date(2026, 9, 1), 10, "francs") == date(2026, 9, 14)


def test_a_clear_period_rolls_over_a_holiday_and_the_weekend_after_it() -> None:
    # 14 May 2026 is Ascension, a Thursday: Friday is a working day
    assert due(date(2026, 5, 3), 10, "francs") == date(2026, 5, 15)
    assert due(date(2027, 12, 22), 2, "francs") == date(2027, 12, 27)


def test_two_months_from_december_31_end_on_the_last_day_of_february() -> None:
    assert due(date(2026, 12, 31), 2, "mois") == date(2027, 2, 28)


def test_a_year_from_a_leap_day_ends_on_february_28() -> None:
    assert due(date(2024, 2, 29), 1, "ans") == date(2025, 2, 28)


def test_alsace_moselle_has_two_holidays_more() -> None:
    more = sorted(day for day in MOSELLE.closed - METROPOLE.closed if day.year == 2026)
    assert more == [date(2026, 4, 3), date(2026, 12, 26)]
    assert add(MOSELLE, date(2026, 4, 2), 1, "ouvres").due == date(2026, 4, 7)
    assert due(date(2026, 4, 2), 1, "ouvres") == date(2026, 4, 3)


def test_paused_days_do_not_count_both_ends_included() -> None:
    assert due(date(2026, 3, 2), 5, "calendaires", pause("2026-03-04", "2026-03-06")) == date(2026, 3, 10)


def test_a_paused_month_ends_later_by_the_paused_days() -> None:
    assert due(date(2026, 1, 15), 2, "mois", pause("2026-02-01", "2026-02-10")) == date(2026, 3, 25)


def test_the_extension_of_a_month_may_run_into_a_further_pause() -> None:
    pauses = pause("2026-02-01", "2026-02-10"), pause("2026-03-20", "2026-03-24")
    assert due(date(2026, 1, 15), 2, "mois", *pauses) == date(2026, 3, 30)


def test_overlapping_pauses_count_their_days_once() -> None:
    overlapping = pause("2026-02-01", "2026-02-10"), pause("2026-02-05", "2026-02-12")
    assert due(date(2026, 1, 15), 2, "mois", *overlapping) == due(
        date(2026, 1, 15), 2, "mois", pause("2026-02-01", "2026-02-12")
    )


def test_a_restart_counts_afresh_from_the_last_day_of_the_pause() -> None:
    assert due(date(2026, 1, 15), 2, "mois", pause("2026-02-01", "2026-02-10"), restart=True) == date(2026, 4, 10)


def test_a_restart_meets_only_pauses_that_begin_before_the_period_is_over() -> None:
    late = pause("2026-03-16", "2026-03-20")
    assert due(date(2026, 1, 15), 2, "mois", late, restart=True) == date(2026, 3, 15)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("unit", ["ouvres", "mois"])
def test_an_open_pause_leaves_nothing_due(unit: Unit, restart: bool) -> None:
    assert due(date(2026, 1, 15), 2, unit, pause("2026-01-16"), restart=restart) is None


def test_an_open_pause_that_begins_after_the_period_is_over_changes_nothing() -> None:
    assert due(date(2026, 1, 15), 2, "ouvres", pause("2026-01-20")) == date(2026, 1, 19)


def test_a_pause_that_begins_on_the_last_day_still_holds_it() -> None:
    assert due(date(2026, 1, 15), 2, "ouvres", pause("2026-01-19")) is None


def test_counting_back_gives_the_latest_day_that_is_still_far_enough() -> None:
    assert due(date(2026, 12, 16), 5, "calendaires", before=True) == date(2026, 12, 11)
    assert due(date(2026, 11, 16), 5, "ouvres", before=True) == date(2026, 11, 6)
    assert due(date(2026, 3, 31), 1, "mois", before=True) == date(2026, 2, 28)


def test_a_clear_period_counted_back_rolls_to_the_working_day_before() -> None:
    assert due(date(2026, 11, 13), 1, "francs", before=True) == date(2026, 11, 10)


@pytest.mark.parametrize("unit", ["calendaires", "ouvres", "francs", "mois", "ans"])
def test_beyond_the_calendar_nothing_is_computed(unit: Unit) -> None:
    with pytest.raises(Refused) as refused:
        due(date(2045, 12, 20), 20, unit)
    assert refused.value.refusal.code == "calendar.beyond"


@pytest.mark.parametrize("unit", [*DAY_UNITS, "mois", "ans"])
def test_an_absurdly_long_period_is_refused_at_once(unit: Unit) -> None:
    with pytest.raises(Refused, match=r"calendar\.beyond"):
        due(date(2026, 1, 1), 10**15, unit)


def test_a_negative_period_is_refused() -> None:
    with pytest.raises(Refused, match=r"calendar\.negative"):
        due(date(2026, 1, 1), -1, "ouvres")


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Refused, match=r"calendar\.pause_reversed"):
        due(date(2026, 1, 1), 5, "ouvres", pause("2026-01-05", "2026-01-04"))


def test_an_unknown_zone_is_refused_with_the_zones_there_are() -> None:
    with pytest.raises(Refused) as refused:
        freeze_calendar("corse")
    assert "saint-pierre-et-miquelon" in refused.value.refusal.params["known"]


def test_the_derivation_names_each_holiday_that_was_skipped() -> None:
    steps = add(METROPOLE, date(2026, 4, 30), 10, "ouvres").derivation
    assert [step["on"] for step in steps if step["step"] == "holiday"] == ["2026-05-01", "2026-05-08", "2026-05-14"]
    assert steps[-1] == {"step": "due", "on": "2026-05-19"}


@given(days, amounts, units)
def test_the_count_equals_a_naive_one_over_the_library(start: date, amount: int, unit: Unit) -> None:
    assert due(start, amount, unit) == naive(start, amount, unit)


@given(days, st.integers(0, 60), units, st.lists(st.tuples(st.integers(-20, 80), st.integers(0, 20)), max_size=4))
def test_with_pauses_too(start: date, amount: int, unit: Unit, spans: list[tuple[int, int]]) -> None:
    pauses = [Pause(since=start + offset * DAY, until=start + (offset + length) * DAY) for offset, length in spans]
    paused = frozenset(start + (offset + extra) * DAY for offset, length in spans for extra in range(length + 1))
    assert due(start, amount, unit, *pauses) == naive(start, amount, unit, paused)


@given(days, amounts, st.sampled_from((*DAY_UNITS, "mois")), st.booleans())
def test_a_longer_period_never_ends_earlier(start: date, amount: int, unit: Unit, before: bool) -> None:
    amount = amount % 12 if unit == "mois" else amount % 200
    shorter, longer = (due(start, n, unit, before=before) for n in (amount, amount + 1))
    assert shorter is not None
    assert longer is not None
    assert (longer <= shorter) if before else (shorter <= longer)


@given(days, st.integers(1, 200), units)
def test_a_period_ends_on_a_day_that_counts(start: date, amount: int, unit: Unit) -> None:
    found = due(start, amount, unit)
    assert found is not None
    assert counts(found, "ouvres" if unit == "francs" else unit)
    assert found > start


@given(days, st.integers(0, 100), st.sampled_from((*DAY_UNITS, "mois", "ans")))
def test_pauses_that_do_not_meet_the_period_change_nothing(start: date, amount: int, unit: Unit) -> None:
    amount = amount % 5 if unit in ("mois", "ans") else amount
    plain = due(start, amount, unit)
    assert plain is not None
    around = (Pause(since=start - 9 * DAY, until=start), Pause(since=plain + DAY, until=plain + 9 * DAY))
    modes: tuple[Literal[True, False], ...] = (True, False)
    for restart in modes:
        assert due(start, amount, unit, *around, restart=restart) == plain


@given(days, st.integers(1, 24), st.integers(0, 100), st.integers(0, 40))
def test_a_month_moves_by_exactly_the_days_paused(start: date, months: int, offset: int, length: int) -> None:
    since = start + offset * DAY
    until = since + length * DAY
    moved = due(start, months, "mois", Pause(since=since, until=until))
    plain = due(start, months, "mois")
    assert moved is not None
    assert plain is not None
    paused = sum(start < since + extra * DAY <= moved for extra in range(length + 1))
    assert moved - plain == paused * DAY


def test_a_day_is_over_at_the_midnight_that_ends_it_where_the_calendar_is_kept() -> None:
    assert instant(METROPOLE, date(2026, 1, 15)) == datetime(2026, 1, 15, 23, tzinfo=UTC)
    assert instant(METROPOLE, date(2026, 7, 15)) == datetime(2026, 7, 15, 22, tzinfo=UTC)


def test_the_days_on_which_the_clocks_change_last_23_and_25_hours() -> None:
    def length(day: date) -> timedelta:
        return instant(METROPOLE, day) - instant(METROPOLE, day - DAY)

    assert length(date(2026, 3, 29)) == timedelta(hours=23)
    assert length(date(2026, 10, 25)) == timedelta(hours=25)


@settings(max_examples=50)
@given(days, st.sampled_from(["metropole", "saint-pierre-et-miquelon", "polynesie", "wallis-et-futuna"]))
def test_a_day_is_not_yet_over_just_before_its_instant(day: date, zone: str) -> None:
    calendar = freeze_calendar(zone)
    end = instant(calendar, day)
    assert local_date(calendar, end - timedelta(microseconds=1)) == day
    assert local_date(calendar, end) == day + DAY


def test_an_instant_without_a_time_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_date(METROPOLE, datetime(2026, 1, 1))  # noqa: DTZ001


def test_equal_calendars_share_what_was_counted() -> None:
    twin = METROPOLE.model_copy(deep=True)
    assert add(twin, date(2026, 11, 9), 10, "ouvres") is add(METROPOLE, date(2026, 11, 9), 10, "ouvres")
