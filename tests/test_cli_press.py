"""The commands of the press, as a person or a program calls them: publishing requirements 7, 11, 13, 15, 18."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reporter.calendar import WEEKDAYS, Period, Week
from reporter.press.ledger import open_ledger
from reporter.store import open_store
from tests.builders import folder
from tests.conftest import reporter
from tests.press.newsroom import weekly_prices
from tests.press.test_soak import until

TODAY = datetime.now(UTC).date()
SLOT_DAY = TODAY - timedelta(days=3)  # of the last slot; the next is days away
EVENING = datetime(SLOT_DAY.year, SLOT_DAY.month, SLOT_DAY.day, 18, tzinfo=UTC)


def desk(home: Path, edition: str, **tables: Any) -> None:
    """Writes a desk with half a year of prices, whose slots are on the weekday of three days ago."""
    thursday = TODAY - timedelta(days=(TODAY.weekday() - 3) % 7)
    prices = weekly_prices(thursday - timedelta(weeks=25), 26)
    folder(home, "data", prices=prices, **tables)
    (home / "schedule.yaml").write_text(
        f"timezone: UTC\neditions: {{weekly: {{title: Weekly, {edition}}}}}\n"
    )


def schedule(more: str = "") -> str:
    return f'schedule: {{day: {WEEKDAYS[SLOT_DAY.weekday()]}, at: "12:00"{more}}}'


def files(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


def test_18_next_explains_a_shifted_date_and_changes_nothing(tmp_path: Path) -> None:
    coming = SLOT_DAY + timedelta(days=7)
    holidays = (
        f"MC: {{holidays: [{coming}], workdays: [{coming + timedelta(days=1)}], years: [{_years()}]}}\n"
    )
    desk(tmp_path, schedule(", calendar: MC"), calendars=holidays)
    before = files(tmp_path)
    done = reporter("next", "weekly", "--count", "2", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert first["at"] == f"{coming + timedelta(days=1)}T12:00:00+00:00"
    assert f"{coming} is a " in first["why"]
    assert "of MC: the next workday" in first["why"]
    assert (second["at"], second["why"]) == (f"{coming + timedelta(days=7)}T12:00:00+00:00", "")
    for words in (["next"], ["due"], ["status"]):
        told = reporter(*words, cwd=tmp_path)
        assert (told.returncode, "Traceback" in told.stderr) == (3 if words == ["status"] else 0, False)
    assert files(tmp_path) == before


def _years() -> str:
    return f"{TODAY.year}, {TODAY.year + 1}"


def test_16_schedule_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    desk(tmp_path, schedule())
    command = [sys.executable, "-m", "reporter", "schedule"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            lines = [running.stderr.readline()]
            until((tmp_path / "reporter.heartbeat").is_file)
            running.send_signal(signal.SIGTERM)
            lines += running.stderr.read().splitlines()
            assert running.wait(60) == 0
        finally:
            running.kill()
    assert [json.loads(line)["step"] for line in lines] == ["started", "stopping", "stopped"]


def test_2_7_15_what_is_due_is_shown_and_published_and_weeks_before_it_filled(tmp_path: Path) -> None:
    """From a ledger that began before the last slot to an issue withdrawn."""
    desk(tmp_path, schedule())
    began = EVENING - timedelta(days=7)
    open_ledger(open_store(f"sqlite:///{tmp_path}/reporter.db"), began).begin(["weekly"], began)

    due = reporter("due", "--json", cwd=tmp_path)
    assert due.returncode == 3
    (told,) = json.loads(due.stdout)
    week = Week.parse(told["week"])
    assert (told["state"], told["late"]) == ("due", True)
    overdue = reporter("status", "--json", cwd=tmp_path)
    assert overdue.returncode == 3
    assert f"weekly {week} is overdue" in json.loads(overdue.stdout)["faults"]

    run = reporter("due", "--run", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, "")
    assert json.loads(run.stderr.splitlines()[0])["step"] == "published"
    assert run.stderr.splitlines()[-1] == "nothing is due"
    calm = reporter("status", cwd=tmp_path)
    assert calm.returncode == 0, calm.stdout
    assert f"latest     {week} v1, published" in calm.stdout

    span = f"{week.period().back(2).week}..{week}"
    filled = reporter("backfill", "weekly", span, "--json", cwd=tmp_path)
    assert filled.returncode == 0, filled.stderr
    assert [one["state"] for one in json.loads(filled.stdout)] == ["published", "published", "there"]

    gone = reporter("withdraw", "weekly", str(week), "--reason", "Wrong", "--json", cwd=tmp_path)
    assert gone.returncode == 0, gone.stderr
    entry = open_ledger(open_store(f"sqlite:///{tmp_path}/reporter.db"), began).entry("weekly", str(week), 1)
    assert entry is not None
    assert (entry.state, entry.withdrawn_reason) == ("published", "Wrong")


def test_11_13_an_issue_is_approved_and_a_rule_overridden_and_both_are_on_record(tmp_path: Path) -> None:
    desk(tmp_path, "approval: true, gate: {few_events: {least: 1}}")
    week = str(Period.containing(TODAY - timedelta(days=10)).week)
    override = ("--override", "few_events", "--reason", "A quiet week")

    held = reporter("run", "--week", week, *override, cwd=tmp_path)
    assert held.returncode == 3
    assert "[not_approved]" in held.stderr
    assert reporter("approve", "weekly", week, cwd=tmp_path).returncode == 2  # there is no draft
    assert reporter("run", "--week", week, "--draft", cwd=tmp_path).returncode == 0
    approved = reporter("approve", "weekly", week, "--json", cwd=tmp_path)
    assert approved.returncode == 0, approved.stderr

    done = reporter("run", "--week", week, "--json", cwd=tmp_path)  # the ledger remembers the override
    assert done.returncode == 0, done.stderr
    manifest = json.loads((Path(json.loads(done.stdout)["folder"]) / "manifest.json").read_text())
    assert manifest["overrides"] == {"few_events": "A quiet week"}
    assert manifest["content"] == json.loads(approved.stdout)["content"]
    database = open_ledger(open_store(f"sqlite:///{tmp_path}/reporter.db"), EVENING)
    assert [(one.rule, one.reason) for one in database.overrides("weekly", week)] == [
        ("few_events", "A quiet week")
    ]
