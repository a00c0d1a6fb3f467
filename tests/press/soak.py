"""Many schedulers on one ledger, killed at random: every issue that is due is published once.

`python -m tests.press.soak` lets four publish 200 issues, on SQLite and on PostgreSQL; the tests run a small
form. Processes, pages, databases and the clock are real.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reporter.calendar import WEEKDAYS
from reporter.errors import ReporterError
from reporter.press.ledger import Ledger, open_ledger
from reporter.press.verify import verify
from reporter.press.versions import read_manifest
from reporter.store import open_store
from tests import postgres
from tests.builders import folder
from tests.press.newsroom import weekly_prices

ROOT = Path(__file__).parents[2]
EDITIONS = ("east", "west")
SCHEDULER = """
import sys
from pathlib import Path
from reporter.clock import SystemClock
from reporter.journal import Journal, write_log
from reporter.press.rounds import Rounds
from reporter.press.scheduler import run_rounds
from reporter.press.settings_watch import SettingsWatch
write_log()
clock = SystemClock()
run_rounds(Rounds(SettingsWatch(Path(sys.argv[1])), clock, Journal(clock)), every=1)
"""


@dataclass(frozen=True)
class Terms:
    """How many schedulers publish how many issues, how often one is killed, and how long it may take."""

    processes: int = 4
    issues: int = 200
    kills: int = 30
    seed: int = 7
    deadline: float = 3600.0


@dataclass(frozen=True)
class Report:
    """`faults` is what is not as it should be; `attempts` how often an issue was begun."""

    faults: tuple[str, ...]
    seconds: float
    kills: int
    attempts: int
    completed: int


def prepare(home: Path, database: str, issues: int) -> Ledger:
    """Writes a desk of two small editions; yields its ledger, begun so long ago that `issues` are due."""
    each = issues // len(EDITIONS)
    now = datetime.now(UTC)
    latest = now.date() - timedelta(days=3)  # of the slots; the next is days away
    schedule = (
        f'{{day: {WEEKDAYS[latest.weekday()]}, at: "12:00", catch_up: all, max_age: {7 * each + 30}d,'
        " late_after: 1m}"
    )
    editions = "".join(f"  {name}: {{title: {name}, schedule: {schedule}}}\n" for name in EDITIONS)
    settings = f"timezone: UTC\ndatabase: {database}\neditions:\n{editions}"
    (home / "schedule.yaml").write_text(settings)
    first = latest - timedelta(weeks=each + 4)
    thursday = first - timedelta(days=(first.weekday() - 3) % 7)
    folder(home, "data", prices=weekly_prices(thursday, each + 5))
    began = datetime(latest.year, latest.month, latest.day, 18, tzinfo=UTC) - timedelta(weeks=each)
    ledger = open_ledger(open_store(database), began)
    ledger.begin(EDITIONS, began)
    return ledger


def soak(home: Path, database: str, terms: Terms, *, told: bool = False) -> Report:
    """Yields how it ended, in a new folder and an empty database."""
    ledger, chance = prepare(home, database, terms.issues), random.Random(terms.seed)
    began, kills = time.monotonic(), 0
    with schedulers(home, terms.processes) as crew:
        for kills in range(1, terms.kills + 1):
            reached = terms.issues * kills // (terms.kills + 2)
            _wait(ledger, reached, began + terms.deadline)
            time.sleep(chance.uniform(0, 1.5))  # so that it dies at any step
            crew.kill(chance.randrange(terms.processes))
            if told:
                print(f"{time.monotonic() - began:6.0f} s  {kills} kills, {_published(ledger)} published")
        done = _wait(ledger, terms.issues, began + terms.deadline)
        seconds = time.monotonic() - began
        statuses = crew.stop()
    faults = [] if done else [f"after {seconds:.0f} s only {_published(ledger)} are published"]
    faults += [f"a scheduler told to end ended with status {status}" for status in statuses if status]
    faults += _faults(home, ledger, terms.issues)
    attempts = sum(one.attempts for one in ledger.entries())
    return Report(tuple(faults), seconds, kills, attempts, _steps(home)[1]["completed"])


class Crew:
    """Schedulers that run in processes of their own, one log a process."""

    def __init__(self, home: Path, size: int) -> None:
        self.home, self.started = home, 0
        self.processes = [self._start() for _ in range(size)]

    def _start(self) -> subprocess.Popen[bytes]:
        self.started += 1
        command = [sys.executable, "-c", SCHEDULER, str(self.home / "schedule.yaml")]
        with (self.home / f"scheduler-{self.started}.log").open("wb") as log:
            return subprocess.Popen(command, cwd=ROOT, stderr=log)

    def kill(self, number: int) -> None:
        """Kills one as a loss of power would, and starts another in its place."""
        self.processes[number].kill()
        self.processes[number].wait()
        self.processes[number] = self._start()

    def stop(self) -> list[int]:
        """Tells all to end; yields their statuses."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        return [process.wait(timeout=120) for process in self.processes]


@contextmanager
def schedulers(home: Path, size: int) -> Iterator[Crew]:
    """Yields a crew of which nothing is left afterwards."""
    crew = Crew(home, size)
    try:
        yield crew
    finally:
        for process in crew.processes:
            process.kill()
            process.wait()


def _published(ledger: Ledger) -> int:
    return len(ledger.entries(states=["published"]))


def _wait(ledger: Ledger, wanted: int, until: float) -> bool:
    """Waits until so many issues are published; tells whether they are."""
    while _published(ledger) < wanted:
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def _steps(home: Path) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Yields how often the logs say of each issue that it came out, and how often each step is told."""
    out: Counter[tuple[str, str]] = Counter()
    steps: Counter[str] = Counter()
    for log in home.glob("scheduler-*.log"):
        for line in log.read_text().splitlines():
            if line.startswith("{") and line.endswith("}"):
                told = json.loads(line)
                steps[told["step"]] += 1
                if told["step"] in ("published", "completed"):
                    out[told["edition"], told["week"]] += 1
    return out, steps


def _faults(home: Path, ledger: Ledger, issues: int) -> Iterator[str]:
    entries = ledger.entries()
    wrong = [f"{one.edition} {one.week} v{one.version} is {one.state}" for one in entries]
    yield from (text for text in wrong if not text.endswith("v1 is published"))
    if len(entries) != issues:
        yield f"the ledger has {len(entries)} rows"
    yield from (f"{name} came out {times} times" for name, times in _steps(home)[0].items() if times > 1)
    output = home / "output"
    for one in entries:
        place = output / one.edition / one.week / "v1"
        try:
            verify(place)
            if read_manifest(place)["content"] != one.content_hash:
                yield f"{place} is not what the ledger knows"
        except ReporterError as fault:
            yield str(fault)
    for edition in EDITIONS:
        listed = {one["week"] for one in json.loads((output / edition / "index.json").read_text())["issues"]}
        known = {one.week for one in entries if one.edition == edition}
        yield from (f"the index of {edition} and the ledger differ in {week}" for week in listed ^ known)
    yield from (f"{left} is left" for left in output.rglob(".*"))
    folders = [path for path in output.glob("*/*/*") if path.is_dir()]
    if len(folders) != issues:
        yield f"there are {len(folders)} folders"


def main() -> None:
    """Runs it in full on both databases; exit status 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("processes", "issues", "kills", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Terms(), name))
    parser.add_argument("--on", choices=["sqlite", "postgresql"], nargs="+", default=["sqlite", "postgresql"])
    chosen = vars(parser.parse_args())
    failed = False
    for kind in chosen.pop("on"):
        with ExitStack() as stack:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            database = f"sqlite:///{home}/reporter.db"
            if kind == "postgresql":
                programs = postgres.programs()
                if programs is None:
                    sys.exit("postgresql is missing: apt-get install postgresql")
                database = postgres.new_database(stack.enter_context(postgres.server(programs)))
            report = soak(home, database, Terms(**chosen), told=True)
        print(
            f"{kind}: {chosen['issues']} issues in {report.seconds:.0f} s, {report.kills} kills,"
            f" {report.attempts} attempts, {report.completed} completed after a kill"
        )
        print("\n".join(report.faults) or f"{kind}: each was published once, nothing is missing or left over")
        failed = failed or bool(report.faults)
    sys.exit(failed)


if __name__ == "__main__":
    main()
