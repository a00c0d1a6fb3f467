"""Schedulers in processes of their own on one ledger: started at once, told to end, killed (3, 16)."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import Racer
from tests.press.newsroom import Newsroom
from tests.press.soak import Terms, soak

SCHEDULER = """
from datetime import datetime
from pathlib import Path
from reporter.journal import Journal, write_log
from reporter.press.pagemakers import page_makers
from reporter.press.rounds import Rounds
from reporter.press.scheduler import run_rounds
from reporter.press.settings_watch import SettingsWatch
from tests.press.newsroom import FixedClock, no_pages, told
from contextlib import contextmanager
clock = FixedClock(datetime.fromisoformat(sys.argv[2]))
@contextmanager
def slow_pages(languages):
    with no_pages(languages) as make:
        def wait(orders, step):
            print("making", flush=True)
            sys.stdin.readline()
            return make(orders, step)
        yield wait
def rounds(makers=no_pages):
    return Rounds(SettingsWatch(Path(sys.argv[1])), clock, Journal(clock), makers)
"""
RUNNING = SCHEDULER + "write_log(sys.stdout, people=True)\nrun_rounds(rounds(slow_pages), every=1)\n"
ONE_ROUND = SCHEDULER + "rounds(slow_pages).round()\n"
FIRST = "2026-01-05T09:00+08:00"
SECOND = "2026-01-12T09:00+08:00"
ALL = 'schedule: {day: monday, at: "09:00", catch_up: all, max_age: 8d}'


def heard(racer: Racer, words: str) -> str:
    """Yields the next line with those words; the process must not end before."""
    while (line := racer.heard()) and words not in line:
        pass
    assert words in line
    return line


def until(condition: Callable[[], bool]) -> None:
    """Waits until it is so, for a minute."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


@contextmanager
def held_index(home: Path) -> Iterator[None]:
    """Keeps everybody from the index, so that who publishes stops between the folder and its row."""
    folder = home / "output" / "weekly"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def killed_before_its_row(desk: Newsroom, race: Callable[..., Racer]) -> Path:
    """Yields the folder of 2026-W01, saved by a process that was killed before the ledger knew."""
    saved = desk.home / "output" / "weekly" / "2026-W01" / "v1"
    racer = race(SCHEDULER + "rounds().round()\n", str(desk.home / "schedule.yaml"), FIRST)
    with held_index(desk.home):
        until((saved / "manifest.json").is_file)
        racer.process.kill()
        racer.process.wait()
    assert desk.states() == {"2026-W01": "claimed"}
    return saved


def test_16_schedulers_killed_at_random_publish_every_issue_once(tmp_path: Path, database: str) -> None:
    """`make soak` does it with four, 200 issues and 30 kills."""
    report = soak(tmp_path, database, Terms(processes=3, issues=8, kills=3, deadline=240))
    assert report.faults == ()
    assert report.kills == 3


def test_3_of_four_schedulers_at_one_moment_one_publishes(
    tmp_path: Path, database: str, race: Callable[..., Racer]
) -> None:
    desk = Newsroom(tmp_path, ALL, f'database: "{database}"')
    code = SCHEDULER + (
        "made = rounds()\nprint('ready', flush=True)\nsys.stdin.readline()\n"
        "print('did', *told(made.round()), flush=True)\nsys.stdin.readline()\n"
    )
    racers = [race(code, str(tmp_path / "schedule.yaml"), FIRST) for _ in range(4)]
    for racer in racers:
        heard(racer, "ready")
    for racer in racers:
        racer.go()
    done = sorted(heard(racer, "did") for racer in racers)
    assert done == ["did"] * 3 + ["did ('2026-W01', 'published')"]
    entry = desk.ledger.entry("weekly", "2026-W01", 1)
    assert entry is not None
    assert (entry.state, entry.attempts) == ("published", 1)
    assert desk.kinds() == []


def test_3_a_kill_between_folder_and_row_is_completed_not_repeated(
    tmp_path: Path, database: str, race: Callable[..., Racer]
) -> None:
    desk = Newsroom(tmp_path, ALL, f'database: "{database}"')
    saved = killed_before_its_row(desk, race)
    before = (saved.stat().st_ino, (saved / "manifest.json").read_bytes())
    assert desk.at("2026-01-05 09:01") == [("2026-W01", "published")]
    assert (saved.stat().st_ino, (saved / "manifest.json").read_bytes()) == before
    entry = desk.ledger.entry("weekly", "2026-W01", 1)
    assert entry is not None
    assert (entry.content_hash, entry.attempts) == (json.loads(before[1])["content"], 2)
    assert entry.as_of is not None
    assert entry.as_of.isoformat() == "2026-01-05T01:00:00+00:00"
    assert [path.name for path in saved.parent.parent.rglob(".*")] == []


def test_3_what_was_killed_there_is_completed_even_when_it_is_too_old_to_be_made(
    tmp_path: Path, race: Callable[..., Racer]
) -> None:
    desk = Newsroom(tmp_path, ALL)
    killed_before_its_row(desk, race)
    assert desk.at("2026-01-26 09:00") == [
        ("2026-W01", "published"),
        ("2026-W03", "published"),
        ("2026-W04", "published"),
    ]
    assert desk.states()["2026-W02"] == "skipped"
    assert [text for kind, text in desk.notices() if kind == "missed" and "W01" in text] == []


def test_16_who_is_killed_while_it_prints_leaves_nothing(tmp_path: Path, race: Callable[..., Racer]) -> None:
    desk = Newsroom(tmp_path, ALL)
    racer = race(ONE_ROUND, str(tmp_path / "schedule.yaml"), FIRST)
    heard(racer, "making")
    racer.process.kill()
    racer.process.wait()
    assert not (tmp_path / "output").exists()
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "published")]


def test_16_told_to_end_it_finishes_what_it_makes_and_begins_nothing_more(
    tmp_path: Path, race: Callable[..., Racer]
) -> None:
    desk = Newsroom(tmp_path, ALL)
    racer = race(RUNNING, str(tmp_path / "schedule.yaml"), SECOND)
    heard(racer, "making")
    racer.process.send_signal(signal.SIGTERM)
    heard(racer, "stopping")
    racer.go()
    said = racer.end()
    assert racer.process.returncode == 0
    assert "weekly  2026-W01  v1  published" in said[0]
    assert "stopped" in said[-1]
    assert desk.states() == {"2026-W01": "published"}


def test_16_what_takes_longer_than_the_grace_is_broken_off_and_due_again(
    tmp_path: Path, race: Callable[..., Racer]
) -> None:
    desk = Newsroom(tmp_path, ALL, "grace_seconds: 0")
    real = SCHEDULER + "write_log(sys.stdout, people=True)\nrun_rounds(rounds(page_makers), every=1)\n"
    racer = race(real, str(tmp_path / "schedule.yaml"), FIRST)
    beat = tmp_path / "reporter.heartbeat"
    until(lambda: "charts" in json.loads(beat.read_text())["doing"])
    racer.process.send_signal(signal.SIGTERM)
    racer.end()
    assert racer.process.returncode == 0
    entry = desk.ledger.entry("weekly", "2026-W01", 1)
    assert entry is not None
    assert (entry.state, entry.owner, entry.reason) == ("due", None, "the process was told to end")
    assert not (tmp_path / "output").exists()
    assert desk.at("2026-01-05 09:01") == [("2026-W01", "published")]


def test_9_settings_changed_while_it_runs_are_taken_up_and_no_slot_is_lost(
    tmp_path: Path, race: Callable[..., Racer]
) -> None:
    """A mistake is told with its line, and what was valid before goes on."""
    desk = Newsroom(tmp_path, 'schedule: {day: monday, at: "10:00"}')
    code = SCHEDULER + "write_log(sys.stdout, people=True)\nrun_rounds(rounds(), every=0.2)\n"
    racer = race(code, str(tmp_path / "schedule.yaml"), FIRST)
    heard(racer, "started")
    desk.write('schedule: {day: 1, at: "09:00"}')
    assert "schedule.yaml:6: error [settings]" in heard(racer, "SETTINGS")
    desk.write('schedule: {day: monday, at: "09:00"}')
    heard(racer, "settings taken up")
    heard(racer, "2026-W01  v1  published")
    racer.process.send_signal(signal.SIGTERM)
    racer.end()
    assert (racer.process.returncode, desk.states()) == (0, {"2026-W01": "published"})
