"""A week's figures out of 20 million rows of prices, beside DuckDB asking for the same rows.

    python -m benchmarks.large_history [SERIES=5000] [DAYS=4000] [TURNS=3]

The table is one Parquet file sorted by day, a row a series and weekday, every thousandth row revised. Each
step is a process of its own, in turns; memory is the process's own peak.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BIN = Path(sys.executable).parent
LAST = date(2025, 12, 5)
EDITION = 50
TURNS = 3
_DAYS_A_GROUP = 200

_OURS = """
import time; begin = time.perf_counter()
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from reporter.calendar import Week
from reporter.records.location import in_folder
from reporter.records.need import Need
from reporter.records.snapshot import take_snapshot
from reporter.records.sources import read_source
from reporter.records.validation import judged_records
from reporter.market.prices import price_figure
from reporter.market.wording import Thresholds
zone = ZoneInfo("UTC")
as_of = datetime(2025, 12, 6, 12, tzinfo=zone)
week = Week.parse("2025-W49").period()
need = Need(as_of, zone, as_of.date(), week)
raw = read_source(in_folder(Path("data")), need)
read = time.perf_counter()
rows = len(raw.tables["prices"].lines)
if "judge" in TASK:
    records = judged_records(raw, zone)
    del raw
    judged = time.perf_counter()
    print(f"judged {judged - read:.2f}")
if "figures" in TASK:
    snapshot = take_snapshot(records, as_of)
    names = [one.id for one in records.instruments]
    # a hundred at a time: the records of all would need more memory than reading them
    parts = (snapshot.histories(week, names[n : n + 100]) for n in range(0, len(names), 100))
    for history in (one for part in parts for one in part):
        price_figure(history, week, calendar=None, thresholds=Thresholds(),
                     units=records.vocabulary.price_units, judged_on=week.end)
    print(f"figures {time.perf_counter() - judged:.2f}")
print(f"rows {rows}")
print(f"read {read - begin:.2f}")
"""

_DUCKDB = """
import time; begin = time.perf_counter()
import duckdb
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
table = "'data/prices.parquet'"
window = connection.execute(f\"\"\"
    SELECT * FROM {table} p
    WHERE date BETWEEN DATE '2023-12-25' AND DATE '2025-12-07'
       OR (instrument, date) IN (SELECT (instrument, date) FROM {table} WHERE revision > 0)
    \"\"\").to_arrow_table()
ends = connection.execute(f\"\"\"
    SELECT instrument, min(date), max(date), arg_min(average, date), arg_max(average, date) FROM {table}
    WHERE status = 'assessed' GROUP BY instrument\"\"\").to_arrow_table()
print(f"rows {window.num_rows}")
print(f"read {time.perf_counter() - begin:.2f}")
"""

_PEAK = """
import re, pathlib, time
print("cpu", time.process_time())
print("peak", int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024)
"""


def make(folder: Path, series: int, days: int) -> int:
    """Writes the records and settings of an edition of the first series; yields how many rows."""
    data = folder / "data"
    data.mkdir(parents=True)
    names = [f"material-{n:04d}" for n in range(series)]
    entries = (f"- {{id: {name}, name: {name}, unit: mt, currency: CNY, frequency: daily}}" for name in names)
    (data / "instruments.yaml").write_text("\n".join(entries) + "\n")
    chosen = ", ".join(names[:EDITION])
    (folder / "schedule.yaml").write_text(
        f"editions: {{weekly: {{title: Weekly, instruments: [{chosen}]}}}}\n"
    )
    rows = 0
    writer = None
    for table in _groups(names, days):
        writer = writer or pq.ParquetWriter(data / "prices.parquet", table.schema)
        writer.write_table(table, row_group_size=len(table))
        rows += len(table)
    assert writer is not None
    writer.close()
    return rows


def _groups(names: list[str], days: int) -> Iterator[pa.Table]:
    """Yields the table in pieces of as many days as a row group has."""
    chance = np.random.default_rng(20251205)
    series = len(names)
    price = 20_000 + 10 * np.arange(series)
    dictionary = pa.array(names)
    dates = np.busday_offset(LAST, np.arange(1 - days, 1)).astype(np.int64)  # weekdays
    for begin in range(0, days, _DAYS_A_GROUP):
        calendar = dates[begin : begin + _DAYS_A_GROUP]
        count = len(calendar)
        steps = chance.integers(-8, 9, (count, series)).cumsum(axis=0)
        values = np.maximum(price + steps, 5_000)
        price = values[-1]
        code = np.tile(np.arange(series, dtype=np.int32), count)
        day = np.repeat(calendar, series)
        revision = np.zeros(len(code), np.int32)
        average = values.ravel().astype(float)
        again = np.arange(0, len(code), 1000)  # every thousandth row has a correction three days later
        published = np.concatenate([np.full(len(code), -1), (day[again] + 3) * 86_400_000_000])
        code, day = np.concatenate([code, code[again]]), np.concatenate([day, day[again]])
        revision = np.concatenate([revision, np.ones(len(again), np.int32)])
        average = np.concatenate([average, average[again] + 1])
        order = np.lexsort((revision, code, day))
        yield pa.table(
            {
                "instrument": pa.DictionaryArray.from_arrays(code[order], dictionary).cast(pa.string()),
                "date": pa.array(day[order].astype(np.int32)).cast(pa.date32()),
                "low": average[order] - 5,
                "high": average[order] + 5,
                "average": average[order],
                "status": pa.array(["assessed"]).take(pa.array(np.zeros(len(order), np.int64))),
                "revision": revision[order],
                "published_at": pa.array(published[order], pa.int64(), mask=published[order] < 0).cast(
                    pa.timestamp("us", "UTC")
                ),
            }
        )


def measured(code: str, folder: Path) -> dict[str, float]:
    """Yields what a process of its own says of itself: seconds, rows, its peak in MB."""
    path = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    words = [sys.executable, "-c", code + _PEAK]
    done = subprocess.run(words, cwd=folder, env=path, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return {name: float(number) for name, number in (line.split() for line in done.stdout.splitlines())}


def main() -> None:
    """Makes the table, measures in turns, prints medians."""
    given = dict(enumerate(map(int, sys.argv[1:])))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = make(folder, given.get(0, 5000), given.get(1, 4000))
        print(f"{rows:,} rows, {given.get(2, TURNS)} turns\n", flush=True)
        steps = {
            "DuckDB: windows, corrected days, first and last values": _DUCKDB,
            "reading the rows needed of all series": "TASK = ()\n" + _OURS,
            "reading and checking them": "TASK = ('judge',)\n" + _OURS,
            "reading, checking, figures of all series": "TASK = ('judge', 'figures')\n" + _OURS,
            "the whole command, an edition of 50 series": _command(),
        }
        turns = [
            {step: measured(code, folder) for step, code in steps.items()} for _ in range(given.get(2, TURNS))
        ]
        print("| what | seconds | / DuckDB | CPU seconds | peak MB | rows |\n|---|---|---|---|---|---|")
        yardstick = _median(turns, next(iter(steps)), _taken)
        for step in steps:
            taken, peak = _median(turns, step, _taken), _median(turns, step, lambda told: told["peak"])
            cpu = _median(turns, step, lambda told: told["cpu"])
            rows = _median(turns, step, lambda told: told.get("rows", 0))
            figures = f"{taken:.1f} | {taken / yardstick:.2f} | {cpu:.1f} | {peak:.0f} | {rows:,.0f}"
            print(f"| {step} | {figures} |")


def _median(
    turns: Sequence[Mapping[str, dict[str, float]]], step: str, of: Callable[[dict[str, float]], float]
) -> float:
    return statistics.median(of(turn[step]) for turn in turns)


def _taken(told: dict[str, float]) -> float:
    return sum(told.get(part, 0) for part in ("read", "judged", "figures"))


def _command() -> str:
    words = ["reporter", "run", "--week", "2025-W49", "--as-of", "2025-12-06T12:00Z", "--draft"]
    return (
        "import sys, time; begin = time.perf_counter()\n"
        f"sys.argv = {words!r}\n"
        "from reporter.cli import main\n"
        "import contextlib, io\n"
        "try:\n"
        "    with contextlib.redirect_stdout(io.StringIO()): main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print(f'read {time.perf_counter() - begin:.2f}')\n"
    )


if __name__ == "__main__":
    main()
