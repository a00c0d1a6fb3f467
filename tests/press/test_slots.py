"""Which week is published when: publishing requirements 2, 4, 5 and 8."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.calendar import SUNDAY, WEEKDAYS, Period, PublicationCalendar, PublicationRule, Week
from reporter.press.slots import Timetable, missing_years, slot_of, slots

SHANGHAI, LONDON, YORK = map(ZoneInfo, ("Asia/Shanghai", "Europe/London", "America/New_York"))
FESTIVAL = PublicationCalendar(
    "XX",
    frozenset(date(2026, 2, 15) + timedelta(days=n) for n in range(9)),
    frozenset({date(2026, 2, 14)}),
)


def table(
    day: str = "monday",
    at: str = "09:00",
    zone: ZoneInfo = SHANGHAI,
    calendar: PublicationCalendar | None = None,
    on_holiday: str = "next",
    week_ends: int = SUNDAY,
    wait_until: time | None = None,
    embargo: time | None = None,
    starts: date | None = None,
) -> Timetable:
    rule = PublicationRule(zone, WEEKDAYS.index(day), time.fromisoformat(at), calendar, on_holiday)
    return Timetable("weekly", rule, week_ends, wait_until, embargo, starts)


def week(text: str) -> Period:
    return Week.parse(text).period()


@pytest.mark.parametrize(
    ("zone", "day", "at", "on", "local", "utc", "why"),
    [
        # clocks go forward: 01:30 in London does not exist on 29 March 2026, 02:30 in New York on 8 March
        (LONDON, "sunday", "01:30", date(2026, 3, 29), "02:30", "01:30", "skips 01:30"),
        (LONDON, "sunday", "02:30", date(2026, 3, 29), "02:30", "01:30", ""),
        (YORK, "sunday", "01:30", date(2026, 3, 8), "01:30", "06:30", ""),
        (YORK, "sunday", "02:30", date(2026, 3, 8), "03:30", "07:30", "skips 02:30"),
        # and back: 01:30 comes twice in London on 25 October and in New York on 1 November 2026
        (LONDON, "sunday", "01:30", date(2026, 10, 25), "01:30", "00:30", "twice"),
        (LONDON, "sunday", "02:30", date(2026, 10, 25), "02:30", "02:30", ""),
        (YORK, "sunday", "01:30", date(2026, 11, 1), "01:30", "05:30", "twice"),
        (YORK, "sunday", "02:30", date(2026, 11, 1), "02:30", "07:30", ""),
        (SHANGHAI, "sunday", "02:30", date(2026, 3, 29), "02:30", "18:30", ""),
    ],
)
def test_5_a_local_time_runs_once_whatever_the_clock_does(
    zone: ZoneInfo, day: str, at: str, on: date, local: str, utc: str, why: str
) -> None:
    around = datetime.combine(on, time(12), zone)
    found = list(slots(table(day, at, zone), around - timedelta(days=1), around))
    assert [(f"{one.at:%H:%M}", f"{one.at.astimezone(UTC):%H:%M}") for one in found] == [(local, utc)]
    assert (why in found[0].shift) if why else not found[0].shift


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),
    st.sampled_from([LONDON, YORK, SHANGHAI, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Sao_Paulo")]),
    st.sampled_from(WEEKDAYS),
    st.times(),
    st.integers(0, 6),
)
def test_5_every_week_has_one_slot_after_its_end_whatever_the_zone(
    start: datetime, zone: ZoneInfo, day: str, at: time, week_ends: int
) -> None:
    wanted = table(day, f"{at:%H:%M}", zone, week_ends=week_ends)
    found = list(slots(wanted, start, start + timedelta(weeks=60)))
    assert 59 <= len(found) <= 61
    assert len({one.week for one in found}) == len(found)
    for one in found:
        assert one.at.date() > one.period.end
        assert (one.at.date() - one.period.end).days <= 7


def test_4_the_53rd_week_and_the_first_of_the_next_year_come_out_right() -> None:
    after = datetime(2026, 12, 27, tzinfo=SHANGHAI)
    found = list(slots(table(), after, after + timedelta(days=16)))
    assert [(str(one.week), f"{one.at:%Y-%m-%d}") for one in found] == [
        ("2026-W52", "2026-12-28"),
        ("2026-W53", "2027-01-04"),
        ("2027-W01", "2027-01-11"),
    ]


def test_2_a_slot_publishes_the_last_period_that_ended_before_it() -> None:
    """On the period's own last day it is still that of the week before."""
    assert slot_of(table("sunday", "23:30"), week("2025-W49")).at.date() == date(2025, 12, 14)
    assert slot_of(table("monday", "00:00"), week("2025-W49")).at.date() == date(2025, 12, 8)


def test_8_a_holiday_shifts_a_slot_and_says_why() -> None:
    found = slot_of(table(calendar=FESTIVAL), week("2026-W07"))
    assert (found.at.date(), found.usual.date()) == (date(2026, 2, 24), date(2026, 2, 16))
    assert found.shift == "Monday 2026-02-16 is a holiday of XX: the next workday, Tuesday 2026-02-24"


def test_8_two_weeks_may_come_on_one_day() -> None:
    found = slots(
        table(calendar=FESTIVAL), datetime(2026, 2, 10, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    )
    assert [(str(one.week), one.at.date().day) for one in found] == [("2026-W07", 24), ("2026-W08", 24)]


def test_8_a_make_up_workday_counts_as_a_workday() -> None:
    found = slot_of(table("tuesday", calendar=FESTIVAL, on_holiday="previous", week_ends=3), week("2026-W07"))
    assert found.at.date() == date(2026, 2, 14)
    assert "the workday before, Saturday 2026-02-14" in found.shift


def test_8_a_skipped_slot_stays_where_it_is_and_says_so() -> None:
    found = slot_of(table(calendar=FESTIVAL, on_holiday="skip"), week("2026-W07"))
    assert found.skipped
    assert found.shift == "Monday 2026-02-16 is a holiday of XX: no issue"


def test_8_a_year_without_calendar_data_is_told_sixty_days_ahead() -> None:
    timetable = table(calendar=FESTIVAL)
    assert list(missing_years(timetable, datetime(2026, 11, 1, tzinfo=SHANGHAI))) == []
    assert list(missing_years(timetable, datetime(2026, 11, 2, tzinfo=SHANGHAI))) == [2027]
    assert list(missing_years(timetable, datetime(2027, 3, 1, tzinfo=SHANGHAI))) == [2027]
    assert slot_of(timetable, week("2026-W53")).unknown_year == 2027
    assert slot_of(timetable, week("2026-W52")).unknown_year is None


def test_8_a_year_named_as_complete_is_known_without_a_holiday() -> None:
    calendar = PublicationCalendar("XX", FESTIVAL.holidays, years=frozenset({2027}))
    assert slot_of(table(calendar=calendar), week("2026-W53")).unknown_year is None


def test_12_deadline_and_embargo_are_times_of_the_slots_day() -> None:
    found = slot_of(table(calendar=FESTIVAL, wait_until=time(11), embargo=time(12)), week("2026-W07"))
    assert found.deadline == datetime(2026, 2, 24, 11, tzinfo=SHANGHAI)
    assert found.deliver_after == datetime(2026, 2, 24, 12, tzinfo=SHANGHAI)
    assert slot_of(table(), week("2026-W07")).deadline == datetime(2026, 2, 16, 9, tzinfo=SHANGHAI)


def test_2_no_slot_is_before_the_edition_starts() -> None:
    timetable = table(starts=date(2026, 3, 2))
    found = list(slots(timetable, datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)))
    assert [one.at.date() for one in found] == [date(2026, 3, 2), date(2026, 3, 9)]


def test_an_edition_without_a_schedule_has_no_slots() -> None:
    timetable = Timetable("weekly", PublicationRule(SHANGHAI), SUNDAY)
    assert not list(slots(timetable, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)))
