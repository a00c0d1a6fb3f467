"""What the operator sees at a glance; publishing requirement 15."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from reporter.press.heartbeat import STALE
from reporter.press.ledger import open_ledger
from reporter.press.status import Status, coming, due_now, status, timetables
from reporter.records.location import near
from reporter.records.validation import load_calendars
from reporter.settings import load_settings
from reporter.store import open_store
from tests.press.newsroom import Newsroom, moment

HOLDS = 'schedule: {day: monday, at: "09:00"}\ngate: {few_events: {least: 1}}'


def seen(desk: Newsroom, at: str | None = None) -> Status:
    """What `reporter status` finds, by default as the desk's clock stands."""
    settings = load_settings(desk.home / "schedule.yaml")
    now = moment(at) if at else desk.clock.now()
    return status(settings, desk.ledger, dict(load_calendars(near(settings.source))), now)


def edition(found: Status) -> dict[str, object]:
    (one,) = found.report["editions"]
    assert isinstance(one, dict)
    return one


def test_15_a_press_that_does_what_it_should_is_healthy(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    desk.at("2026-01-05 09:00")
    found = seen(desk)
    assert found.healthy
    assert found.faults == ()
    assert edition(found)["published"] == 1
    assert edition(found)["open"] == []
    assert edition(found)["latest"]["week"] == "2026-W01"  # type: ignore[index]
    assert edition(found)["next"]["at"] == "2026-01-12T09:00:00+08:00"  # type: ignore[index]
    assert edition(found)["next"]["utc"] == "2026-01-12T01:00:00+00:00"  # type: ignore[index]


def test_15_the_report_is_json(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, HOLDS)
    desk.at("2026-01-05 09:00")
    report = seen(desk).report
    assert json.loads(json.dumps(report)) == report


def test_15_a_held_issue_is_a_fault_with_its_reason(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path, HOLDS)
    desk.at("2026-01-05 09:00")
    found = seen(desk)
    assert not found.healthy
    (fault,) = found.faults
    assert fault.startswith("weekly 2026-W01 is held: hold [few_events] ")
    assert edition(found)["open"][0]["state"] == "held"  # type: ignore[index]


def test_15_an_issue_that_is_late_is_overdue(tmp_path: Path) -> None:
    """Nobody tried it: the scheduler's sign of life is old by then, which is a fault of its own."""
    desk = Newsroom(tmp_path)
    desk.clock.set(moment("2026-01-05 08:59"))
    desk.rounds.round()
    assert seen(desk, "2026-01-05 09:03").healthy
    found = seen(desk, "2026-01-05 09:31")
    assert "weekly 2026-W01 is overdue" in found.faults
    assert len(found.faults) == 2


def test_15_an_issue_that_waits_for_its_data_is_no_fault_until_it_is_late(tmp_path: Path) -> None:
    waits = HOLDS.replace('"09:00"}', '"09:00", wait_until: "11:00"}')
    desk = Newsroom(tmp_path, waits)
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "waiting")]
    assert seen(desk).healthy
    assert edition(seen(desk))["open"][0]["state"] == "due"  # type: ignore[index]


def test_15_a_scheduler_that_gave_no_sign_of_life_is_a_fault(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    just = desk.clock.now() + STALE
    settings = load_settings(tmp_path / "schedule.yaml")
    assert status(settings, desk.ledger, {}, just).healthy
    found = status(settings, desk.ledger, {}, just + timedelta(seconds=1))
    assert found.faults == ("the scheduler gave no sign of life for 0:05:01; start it: `reporter schedule`",)
    assert found.report["scheduler"]["stale"] is True


def test_15_a_scheduler_that_never_ran_is_a_fault_only_where_something_is_scheduled(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    (tmp_path / "reporter.heartbeat").unlink()
    assert seen(desk).faults == ("the scheduler has never run: `reporter schedule`",)
    desk.write(schedule="languages: [en]")
    assert seen(desk).healthy
    assert edition(seen(desk))["next"] is None


def test_15_without_a_ledger_there_is_nothing_due(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    found = status(load_settings(tmp_path / "schedule.yaml"), None, {}, moment("2026-03-02 10:00"))
    assert [fault for fault in found.faults if "overdue" in fault] == []
    assert edition(found)["published"] == 0
    assert desk.states() == {}


def test_15_status_and_next_change_nothing(tmp_path: Path) -> None:
    """Requirement 18, too: whoever looks, however often, finds the same."""
    desk = Newsroom(tmp_path)
    before = desk.states(), desk.notices()
    later = "2026-01-26 15:00"
    settings = load_settings(tmp_path / "schedule.yaml")
    first = seen(desk, later)
    found = list(due_now(settings, desk.ledger, {}, moment(later)))
    assert [str(one.slot.week) for one in found] == ["2026-W01", "2026-W02", "2026-W03", "2026-W04"]
    assert seen(desk, later) == first
    assert (desk.states(), desk.notices()) == before


def test_18_what_comes_next_says_why_it_is_shifted(tmp_path: Path) -> None:
    desk = Newsroom(
        tmp_path,
        'schedule: {day: monday, at: "09:00", calendar: CN}',
        tables={"calendars": "CN: {holidays: [2026-01-05]}\n"},
    )
    settings = load_settings(tmp_path / "schedule.yaml")
    calendars = dict(load_calendars(near(settings.source)))
    (table,) = timetables(settings, calendars)
    first, second = coming(table, desk.clock.now(), 2)
    assert (str(first.week), f"{first.at:%Y-%m-%d %H:%M}") == ("2026-W01", "2026-01-06 09:00")
    assert first.shift == "Monday 2026-01-05 is a holiday of CN: the next workday, Tuesday 2026-01-06"
    assert second.shift == ""


def test_15_a_second_ledger_of_the_same_database_sees_the_same(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    desk.at("2026-01-05 09:00")
    other = open_ledger(open_store(desk.rounds.settings.database), desk.clock.now())
    settings = load_settings(tmp_path / "schedule.yaml")
    assert status(settings, other, {}, desk.clock.now()) == seen(desk)


def test_15_a_delivery_that_waits_for_a_hand_is_a_fault_and_one_that_goes_on_is_none(tmp_path: Path) -> None:
    desk = Newsroom(tmp_path)
    desk.at("2026-01-05 09:00")
    settings, now = load_settings(desk.home / "schedule.yaml"), desk.clock.now()
    one = {"edition": "weekly", "week": "2026-W01", "version": 1, "states": {"sent": 3}, "fault": None}
    calendars = dict(load_calendars(near(settings.source)))
    found = status(settings, desk.ledger, calendars, now, [one])
    assert (found.healthy, found.report["deliveries"]) == (True, [one])
    found = status(settings, desk.ledger, calendars, now, [one | {"fault": "paused: AUTH: 535 no"}])
    assert found.faults == ("mails of weekly 2026-W01 v1: paused: AUTH: 535 no",)
