"""An import that is killed, at whatever point: the records are those before or those after."""

from __future__ import annotations

import os
import random
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path

from import_desk import Desk

ROWS = 1_500
DAYS = [
    f"{year}-{month:02}-{day:02}"
    for year in range(1980, 2026)
    for month in range(1, 13)
    for day in range(1, 29)
]
TICK = os.sysconf("SC_CLK_TCK")


def begun(place: Desk, file: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "reporter", "import", "prices", file, "--yes"]
    return subprocess.Popen(words, cwd=place.place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def spent(process: subprocess.Popen[bytes]) -> float:
    """The seconds of work that a process has done so far: its own progress, whatever else the machine does."""
    text = Path(f"/proc/{process.pid}/stat").read_text()
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICK


def killed_at(place: Desk, file: str, seconds: float, writing: bool) -> bool:
    """Kills the command once it has worked so long or, `writing`, its new file is seen; tells if it was alive."""
    process = begun(place, file)
    beside = place.place / "data" / ".prices.csv.new"
    while process.poll() is None and not (spent(process) >= seconds or (writing and beside.exists())):
        select.select([], [], [], 0.0005 if writing else 0.01)  # leaves the processor to the command
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def test_killed_at_random_points_the_records_are_before_or_after(place: Desk) -> None:
    """At random parts of its work, and of a folder half of them while the file is being written.

    Ten times each for a folder and a server; SQLite differs from the latter by its journal alone.
    """
    trials = 5 if (place.address or "").startswith("sqlite") else 10
    lines = (f"sulfide,{day},{n}.5,{n}.75\n" for n, day in enumerate(DAYS[:ROWS]))
    file = place.file("instrument,date,low,high\n" + "".join(lines))
    before = place.rows()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert begun(place, file).wait() == 0
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    after = without_moment(place)
    assert len(after) == len(before) + ROWS
    alive = 0
    for trial in range(trials):
        place.restore()
        part = random.SystemRandom().uniform(0.3, 1)
        writing = place.address is None and trial % 2 == 1
        alive += killed_at(place, file, whole * (2 if writing else part), writing)
        assert place.rows() == before or without_moment(place) == after
    assert alive >= trials // 2
    place.restore()
    assert begun(place, file).wait() == 0  # nothing that a killed one left stands in the way
    assert without_moment(place) == after


def without_moment(place: Desk) -> list[tuple[str, ...]]:
    return [row[:7] for row in place.rows()]
