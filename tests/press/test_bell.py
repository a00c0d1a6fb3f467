"""What the desk is told, each thing once, where the tests of rounds do not show it; requirement 14."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reporter.errors import MachineError
from tests.press.newsroom import Newsroom, no_pages

SLOT = "2026-01-05 09:00"


def breaking(error: Exception) -> Any:
    """Makers of pages that all end that way."""

    @contextmanager
    def makers(_: int) -> Iterator[Any]:
        def make(orders: list[Any], step: Any) -> dict[str, bytes]:
            raise error

        yield make

    return makers


def newsroom(home: Path, error: Exception) -> Newsroom:
    return Newsroom(home, makers=breaking(error))


def test_14_a_bug_is_told_once_with_the_next_step_and_not_tried_again(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, KeyError("latp"))
    assert desk.at(SLOT) == [("2026-W01", "failed")]
    assert desk.notices() == [
        (
            "failed",
            "weekly 2026-W01, due on 2026-01-05 at 09:00, is failed: KeyError: 'latp'."
            " It is not tried again by itself: mend it, then reporter run weekly --week 2026-W01.",
        )
    ]
    assert desk.at("2026-01-05 09:05") == []
    assert desk.kinds() == ["failed"]
    assert desk.states() == {"2026-W01": "failed"}


def test_14_a_failed_issue_is_tried_once_more_after_a_restart_or_other_settings(tmp_path: Path) -> None:
    """Either may have mended it; if neither has, the same fault is not told again."""
    desk = newsroom(tmp_path, KeyError("latp"))
    desk.at(SLOT)
    desk.rounds = desk.scheduler()
    assert desk.at("2026-01-05 09:05") == [("2026-W01", "failed")]
    assert desk.at("2026-01-05 09:06") == []
    desk.write(more="grace_seconds: 30")
    assert desk.at("2026-01-05 09:07") == [("2026-W01", "failed")]
    assert desk.kinds() == ["failed"]
    desk.makers = no_pages
    desk.rounds = desk.scheduler()
    assert desk.at("2026-01-05 09:10") == [("2026-W01", "published")]
    assert desk.kinds() == ["failed", "recovered"]


def test_14_a_failed_issue_that_is_late_is_told_as_late_too(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, KeyError("latp"))
    desk.at(SLOT)
    desk.at("2026-01-05 09:31")
    desk.at("2026-01-05 09:32")
    assert desk.kinds() == ["failed", "late"]
    assert "is not published yet: KeyError: 'latp'" in desk.notices()[1][1]


def test_14_a_fault_of_the_machine_is_told_once_however_often_it_is_tried(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, MachineError("the machine is short of memory"))
    tried = [one for minute in range(29) for one in desk.at(f"2026-01-05 09:{minute:02d}")]
    assert {state for _, state in tried} == {"retry"}
    assert 3 <= len(tried) <= 10
    assert desk.kinds() == ["failing"]
    assert (
        "is not published yet: the machine is short of memory. It is tried again at" in desk.notices()[0][1]
    )


def test_14_another_cause_of_the_same_issue_is_told_too(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, MachineError("the machine is short of memory"))
    desk.at(SLOT)
    desk.makers = breaking(KeyError("latp"))
    desk.rounds = desk.scheduler()
    desk.at("2026-01-05 09:02")
    assert desk.kinds() == ["failing", "failed"]


def test_14_two_schedulers_on_one_ledger_tell_once(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, MachineError("the machine is short of memory"))
    other = desk.scheduler()
    for minute in ("09:00", "09:02", "09:10", "09:31"):
        desk.at(f"2026-01-05 {minute}")
        other.round()
    assert desk.kinds() == ["failing", "late"]


@pytest.mark.parametrize("text", ["schedule: {day: monday, at: '09:00'", "schedule: {day: 1, at: '09:00'}"])
def test_9_settings_that_are_wrong_again_after_they_were_mended_are_told_again(
    tmp_path: Path, text: str
) -> None:
    desk = Newsroom(tmp_path)
    good = desk.schedule
    for minute, schedule in enumerate([text, good, text, text + " ", good]):
        desk.write(schedule)
        desk.at(f"2026-01-04 10:{minute:02d}")
    assert desk.kinds() == ["settings", "recovered", "settings", "recovered"]
