"""What the scheduler does in a round: publishing requirements 2, 3, 6, 8, 9, 12, 14 and 19."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from reporter.bulletin.pages import Maker
from tests.press.newsroom import Newsroom, moment, no_pages, pages_here, weekly_prices


def test_2_a_slot_is_published_once_it_has_come_and_once_only(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    assert desk.at("2026-01-05 08:59") == []
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "published")]
    assert desk.at("2026-01-05 09:00") == []
    assert desk.at("2026-01-12 08:59") == []
    assert desk.manifest("2026-W01")["as_of"] == "2026-01-05T09:00:00+08:00"
    assert desk.states() == {"2026-W01": "published"}
    assert desk.kinds() == []


def test_2_a_slot_before_the_ledger_began_is_not_due(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    assert desk.at("2026-01-03 09:00") == []
    assert desk.states() == {}


def test_2_slots_before_an_edition_starts_are_not_due(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, 'schedule: {day: monday, at: "09:00", starts: 2026-01-10}')
    assert desk.at("2026-01-05 09:00") == []
    assert desk.at("2026-01-12 09:00") == [("2026-W02", "published")]


@pytest.mark.parametrize(
    ("policy", "published", "skipped"),
    [
        ("latest", ["2026-W04"], ["2026-W02", "2026-W03"]),
        ("all", ["2026-W02", "2026-W03", "2026-W04"], []),
        ("none", [], ["2026-W02", "2026-W03", "2026-W04"]),
    ],
)
def test_6_after_three_missed_weeks(
    tmp_path: Path, policy: str, published: list[str], skipped: list[str]
) -> None:
    """Each has its own week and its own moment, and what is left out is recorded and told."""
    desk = Newsroom(tmp_path, f'schedule: {{day: monday, at: "09:00", catch_up: {policy}, max_age: 20d}}')
    desk.at("2026-01-05 09:00")
    assert desk.at("2026-01-26 15:00") == [(week, "published") for week in published]
    states = desk.states()
    assert [week for week in states if states[week] == "skipped"] == skipped
    assert [text for kind, text in desk.notices() if kind == "missed" and "missed, and catch_up" in text] == [
        text for kind, text in desk.notices() if kind == "missed"
    ]
    assert desk.kinds().count("missed") == len(skipped)
    for week in published:
        assert desk.manifest(week)["week"] == week
    if policy == "all":
        assert desk.manifest("2026-W02")["as_of"] == "2026-01-12T09:00:00+08:00"


def test_6_what_is_older_than_max_age_is_skipped_recorded_and_told(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, 'schedule: {day: monday, at: "09:00", catch_up: all, max_age: 8d}')
    assert desk.at("2026-01-26 15:00") == [("2026-W03", "published"), ("2026-W04", "published")]
    entry = desk.ledger.entry("weekly", "2026-W02", 1)
    assert entry is not None
    assert (entry.state, entry.reason) == ("skipped", "older than max_age (8 days)")
    text = [words for kind, words in desk.notices() if kind == "missed"][1]
    assert "weekly 2026-W02 was due on 2026-01-12 at 09:00 and was not published" in text
    assert "reporter backfill weekly 2026-W02" in text


def test_8_two_issues_that_holidays_put_on_one_day_are_both_published(tmp_path: Path) -> None:
    calendars = "CN: {holidays: [2026-01-12..2026-01-19]}\n"
    desk = Newsroom(
        tmp_path,
        'schedule: {day: monday, at: "09:00", calendar: CN}',
        tables={"calendars": calendars},
    )
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "published")]
    assert desk.at("2026-01-19 09:00") == []
    assert desk.at("2026-01-20 09:00") == [("2026-W02", "published"), ("2026-W03", "published")]
    assert desk.kinds() == []


def test_8_a_holiday_that_leaves_an_issue_out_is_recorded_and_nobody_is_alarmed(tmp_path: Path) -> None:
    desk = Newsroom(
        tmp_path,
        'schedule: {day: monday, at: "09:00", calendar: CN, on_holiday: skip}',
        tables={"calendars": "CN: {holidays: [2026-01-12]}\n"},
    )
    desk.at("2026-01-05 09:00")
    assert desk.at("2026-01-12 09:00") == []
    entry = desk.ledger.entry("weekly", "2026-W02", 1)
    assert entry is not None
    assert (entry.state, entry.reason) == ("skipped", "Monday 2026-01-12 is a holiday of CN: no issue")
    assert desk.kinds() == []


def test_8_in_a_year_without_calendar_data_the_issue_is_held_until_there_is_some(tmp_path: Path) -> None:
    desk = Newsroom(
        tmp_path,
        'schedule: {day: monday, at: "09:00", calendar: CN}',
        tables={"calendars": "CN: {holidays: [2026-05-01]}\n"},
        prices=weekly_prices(date(2026, 11, 5), 12),
    )
    desk.clock.set(moment("2026-11-01 12:00"))
    assert desk.kinds() == []
    desk.at("2026-11-03 12:00")
    assert desk.kinds().count("calendar") == 1
    desk.at("2026-12-28 09:00")
    assert desk.at("2027-01-04 09:00") == [("2026-W53", "held")]
    assert "the calendar CN knows no holiday of 2027; add the year to calendars.yaml" in desk.notices()[-1][1]
    (tmp_path / "data" / "calendars.yaml").write_text("CN: {holidays: [2026-05-01, 2027-05-01]}\n")
    assert desk.at("2027-01-04 09:06") == [("2026-W53", "published")]
    assert desk.kinds()[-1] == "recovered"


def test_9_valid_settings_are_taken_up_and_invalid_ones_are_not(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    desk.write('schedule: {day: monday, at: "10:00"}')
    assert desk.at("2026-01-05 09:00") == []
    desk.write('schedule: {day: 1, at: "10:00"}')
    assert desk.at("2026-01-05 09:30") == []
    assert desk.kinds() == ["settings"]
    assert "schedule.yaml:6: error [settings] editions.weekly.schedule.day" in desk.notices()[0][1]
    assert desk.at("2026-01-05 10:00") == [("2026-W01", "published")]
    assert desk.kinds() == ["settings"]
    desk.write('schedule: {day: monday, at: "11:00"}')
    desk.at("2026-01-05 10:30")
    assert desk.kinds() == ["settings", "recovered"]
    assert desk.at("2026-01-12 11:00") == [("2026-W02", "published")]


WAITING = """schedule: {day: monday, at: "09:00", wait_until: "11:00"}
headline_instruments: [latp]
gate: {no_headline_price: hold}"""


def late_price(known: str) -> list[str]:
    rows = weekly_prices(date(2025, 12, 4), 4)
    others = weekly_prices(date(2025, 12, 4), 5, "quartz")
    return [*rows, f"latp,2026-01-01,,,130,assessed,0,{known}+08:00", *others]


def test_12_ready_at_0859_it_goes_out_at_the_slot(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, WAITING, prices=late_price("2026-01-05T08:59"))
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "published")]
    assert desk.manifest("2026-W01")["as_of"] == "2026-01-05T09:00:00+08:00"


def test_12_ready_at_1000_it_waits_until_then(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, WAITING, prices=late_price("2026-01-05T10:00"))
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "waiting")]
    assert desk.at("2026-01-05 09:01") == []
    assert desk.at("2026-01-05 09:55") == [("2026-W01", "waiting")]
    assert desk.states() == {"2026-W01": "due"}
    assert desk.at("2026-01-05 10:00") == [("2026-W01", "published")]
    assert desk.manifest("2026-W01")["as_of"] == "2026-01-05T10:00:00+08:00"
    assert "held" not in desk.kinds()


def test_12_never_ready_it_is_held_at_the_deadline_which_a_restart_keeps(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, WAITING, prices=late_price("2026-03-01T10:00"))
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "waiting")]
    desk.rounds = desk.scheduler()
    assert desk.at("2026-01-05 10:58") == [("2026-W01", "waiting")]
    assert desk.at("2026-01-05 11:00") == [("2026-W01", "held")]
    assert desk.kinds() == ["held"]
    text = desk.notices()[0][1]
    assert text.startswith("weekly 2026-W01, due on 2026-01-05 at 09:00, is held: ")
    assert "[no_headline_price]" in text
    assert "`--override no_headline_price --reason TEXT`" in text
    assert desk.at("2026-01-05 11:05") == [("2026-W01", "held")]
    assert desk.kinds() == ["held"]


def test_12_on_timeout_what_there_is_may_be_published(tmp_path: Path) -> None:
    settings = WAITING.replace('"11:00"', '"11:00", on_timeout: publish_partial')
    desk = Newsroom(tmp_path, settings, prices=late_price("2026-03-01T10:00"))
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "waiting")]
    assert desk.at("2026-01-05 11:00") == [("2026-W01", "published")]
    waived = desk.manifest("2026-W01")["overrides"]
    assert waived == {"no_headline_price": "published as it was when the time to wait was over"}


def test_12_late_data_release_what_was_held(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, WAITING, prices=late_price("2026-01-06T15:00"))
    assert desk.at("2026-01-05 11:00") == [("2026-W01", "held")]
    assert desk.at("2026-01-06 15:00") == [("2026-W01", "published")]
    assert desk.manifest("2026-W01")["as_of"] == "2026-01-06T15:00:00+08:00"
    assert desk.kinds() == ["held", "recovered"]


def test_14_what_is_published_late_is_told_once(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    assert desk.at("2026-01-05 09:31") == [("2026-W01", "published")]
    assert desk.kinds() == ["late"]
    assert "is published late" in desk.notices()[0][1]


def test_14_what_is_not_published_yet_is_told_once(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, WAITING, prices=late_price("2026-03-01T10:00"))
    for hour in (9, 11, 12, 13):
        desk.at(f"2026-01-05 {hour:02d}:00")
    assert desk.kinds() == ["held", "late"]


def test_19_records_that_are_refused_hold_the_issue_until_they_are_mended(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    prices = tmp_path / "data" / "prices.csv"
    good = prices.read_text()
    prices.write_text(good + "latp,2026-01-02,ten,,,assessed\n")
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "held")]
    assert "prices.csv:62: error [" in desk.notices()[0][1]
    prices.write_text(good)
    assert desk.at("2026-01-05 09:05") == [("2026-W01", "published")]
    assert desk.kinds() == ["held", "recovered"]


def test_a_round_with_real_pages_leaves_an_issue_that_verifies(tmp_path: Path) -> None:
    from reporter.press.verify import verify

    desk = Newsroom(tmp_path, makers=pages_here)
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "published")]
    assert len(verify(tmp_path / "output" / "weekly" / "2026-W01" / "v1")) == 7


def test_12_an_embargo_stands_in_the_ledger_for_whoever_delivers(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, 'schedule: {day: monday, at: "09:00", embargo: "14:30"}')
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "published")]
    entry = desk.ledger.entry("weekly", "2026-W01", 1)
    assert entry is not None
    assert entry.deliver_after == moment("2026-01-05 14:30")


def test_a_round_keeps_its_makers_of_pages_over_its_issues(tmp_path: Path) -> None:
    """They are opened where something is due, and closed with the round."""
    opened: list[str] = []

    @contextmanager
    def counted(languages: int) -> Iterator[Maker]:
        opened.append("open")
        with no_pages(languages) as make:
            yield make
        opened.append("closed")

    settings = 'schedule: {day: monday, at: "09:00", catch_up: all, max_age: 30d}'
    desk = Newsroom(tmp_path, settings, makers=counted)
    assert len(desk.at("2026-01-26 15:00")) == 4
    assert opened == ["open", "closed"]
    assert len(desk.at("2026-02-02 09:00")) == 1
    assert opened == ["open", "closed"] * 2
