"""A million rows: 200 instruments, 20 years of weekdays, revisions among them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.make_history import make
from reporter.bulletin.build import build_issue
from reporter.bulletin.plan import EditionPlan, SectionPlan
from reporter.calendar import PublicationRule, Week
from reporter.records.location import in_folder
from reporter.records.snapshot import take_snapshot
from reporter.records.validation import load_records
from tests.conftest import reporter
from tests.market.test_against_plain_python import Row, assert_same, plain_figures

LAST = date(2025, 12, 5)
LOOKED_AT = (0, 42, 123, 199)


def plain_rows(file: Path, instruments: set[str]) -> dict[str, list[Row]]:
    """The highest revision of every day, as plain rows, read with nothing of the program."""
    rows: dict[str, dict[date, Row]] = {name: {} for name in instruments}
    with file.open(encoding="utf-8", newline="") as lines:
        for cells in csv.DictReader(lines):
            if cells["instrument"] in instruments:
                numbers = {name: Fraction(cells[name]) for name in ("low", "high", "average")}
                row = {"date": date.fromisoformat(cells["date"]), "status": cells["status"], **numbers}
                row["revision"] = int(cells["revision"])
                before = rows[cells["instrument"]].get(row["date"])
                if before is None or before["revision"] < row["revision"]:
                    rows[cells["instrument"]][row["date"]] = row
    return {name: [days[day] for day in sorted(days)] for name, days in rows.items()}


def test_a_week_of_a_million_rows_is_what_plain_python_makes_of_it(tmp_path: Path) -> None:
    count = make(tmp_path, 200, 20, LAST)
    records = load_records(in_folder(tmp_path), ZoneInfo("UTC"))
    assert count > 1_000_000
    assert len(records.tables["prices"]) >= count
    plan = EditionPlan(
        "weekly", {"": "Weekly"}, PublicationRule(ZoneInfo("UTC")), (SectionPlan("prices", "prices"),)
    )
    week = Week.parse("2025-W49").period()
    issue = build_issue(take_snapshot(records, datetime(2026, 1, 1, tzinfo=UTC)), plan, week)
    assert len(issue.prices) == 200
    names = {f"material-{n:03d}" for n in LOOKED_AT}
    for name, rows in plain_rows(tmp_path / "prices.csv", names).items():
        case: Row = {
            "rows": rows,
            "end": week.end,
            "judged_on": week.end,
            "frequency": "daily",
            "rule": "last",
            "ytd_base": "prev_year_last",
            "tick": Fraction(50),
            "freshness": 10**6,
            "holidays": set(),
            "workdays": set(),
        }
        assert_same(issue.price(name), plain_figures(case))


def test_the_commands_read_the_window_of_a_long_history(tmp_path: Path) -> None:
    """An issue is the same with its week named or found, and made again; its hash is of its window."""
    names = [f"s{n}" for n in range(100)]
    days = [date.fromordinal(LAST.toordinal() - n) for n in range(5100)]
    table = {
        "instrument": pa.array(names * len(days)),
        "date": pa.array(days).take(pa.array([n for n in range(len(days)) for _ in names])),
        "average": pa.array([100 + n % 7 for n in range(len(days) * len(names))]),
    }
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table(table), tmp_path / "data" / "prices.parquet", row_group_size=50_000)
    listed = (f"- {{id: {name}, name: {name}, unit: kg, currency: CNY}}\n" for name in names)
    (tmp_path / "data" / "instruments.yaml").write_text("".join(listed))
    (tmp_path / "schedule.yaml").write_text("editions: {weekly: {title: Weekly, instruments: [s1, s2]}}\n")
    folder, as_of = tmp_path / "output" / "weekly" / "2025-W49" / "draft", "2025-12-06T12:00Z"
    made = []
    for week in ((), ("--week", "2025-W49")):
        done = reporter("run", "--draft", "--as-of", as_of, *week, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        made.append((folder / "manifest.json").read_bytes())
    assert made[0] == made[1]
    assert json.loads(made[0])["windows"] == {"prices": {"from": "2023-12-25"}}
    done = reporter("verify", str(folder), "--rebuild", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = reporter("check", "--as-of", as_of, cwd=tmp_path)
    assert "of 510,000 rows of prices were read" in done.stderr
    words = ["weekly", "2025-W49", "s1.value", "--as-of", as_of]
    done = reporter("explain", *words, cwd=tmp_path)
    assert "data/prices.parquet:2  prices/s1/2025-12-05/r0" in done.stdout
