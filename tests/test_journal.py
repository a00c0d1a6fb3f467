"""The log: one line a step, for people and for programs; publishing requirement 17."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.clock import FixedClock
from reporter.journal import LOGGER, Journal, write_log

NOW = datetime(2026, 1, 5, 1, 0, 2, tzinfo=UTC)
WHAT = {"edition": "weekly", "week": "2026-W01", "version": 1}


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (LOGGER, "apscheduler")]
    before = [(one, one.handlers, one.level, one.propagate) for one in loggers]
    yield
    for one, handlers, level, propagate in before:
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


def written(people: bool, step: str, **fields: object) -> str:
    stream = io.StringIO()
    write_log(stream, people=people)
    Journal(FixedClock(NOW)).warn(step, **fields)
    return stream.getvalue()


def test_17_for_programs_a_line_is_json_with_edition_week_version_and_seconds() -> None:
    line = written(False, "held", cause="zu alt, 旧", seconds=7.2, **WHAT)
    assert json.loads(line) == {
        "at": "2026-01-05T01:00:02Z",
        "level": "warning",
        "step": "held",
        **WHAT,
        "seconds": 7.2,
        "cause": "zu alt, 旧",
    }
    assert "旧" in line


def test_17_for_people_a_line_is_words_and_what_needs_a_look_is_in_capitals() -> None:
    line = written(True, "held", cause="a price jumped", seconds=7.2, **WHAT)
    assert line == "2026-01-05 01:00:02  weekly  2026-W01  v1  HELD  (7.2 s)  a price jumped\n"


def test_17_what_goes_well_is_in_small_letters_and_what_is_not_known_is_left_out() -> None:
    stream = io.StringIO()
    write_log(stream, people=True)
    Journal(FixedClock(NOW)).tell("started", edition=None, cause=None, folder="here")
    assert stream.getvalue() == "2026-01-05 01:00:02  started  here\n"


@given(text=st.text(st.characters(exclude_categories=["Cs"])), people=st.booleans())
def test_17_a_step_is_one_line_whatever_the_text(text: str, people: bool) -> None:
    """Not only line feeds end a line, and none may steer a terminal."""
    line = written(people, "held", cause=text)
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    assert all(character.isprintable() or ord(character) >= 0xA0 for character in line[:-1])
    if not people:
        assert json.loads(line)["cause"] == text


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\u2028", "\x85", "\x1b[2J"])
def test_17_a_cause_cannot_forge_a_second_line(break_: str) -> None:
    for people in (True, False):
        line = written(people, "held", cause=f"x{break_}2026-01-05 01:00:03  weekly  published")
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line


def test_17_errors_of_the_clockwork_are_lines_like_others() -> None:
    """That it skips a round, because the one before takes its time, is none."""
    stream = io.StringIO()
    write_log(stream, people=False)
    logging.getLogger("apscheduler.executors").warning("a round was skipped")
    logging.getLogger("apscheduler.executors").error("a round broke")
    found = json.loads(stream.getvalue())
    assert (found["level"], found["step"]) == ("error", "a round broke")
    assert found["at"]


def test_17_to_a_stream_that_is_no_terminal_it_is_json() -> None:
    stream = io.StringIO()
    write_log(stream)
    Journal(FixedClock(NOW)).tell("started")
    assert json.loads(stream.getvalue())["step"] == "started"


def test_17_a_log_that_is_set_up_twice_writes_each_line_once() -> None:
    first, second = io.StringIO(), io.StringIO()
    write_log(first, people=True)
    write_log(second, people=True)
    Journal(FixedClock(NOW)).tell("started")
    assert first.getvalue() == ""
    assert second.getvalue().count("started") == 1


def test_17_seconds_are_those_of_the_body() -> None:
    with Journal().timed() as seconds:
        assert 0 <= seconds() < 60
