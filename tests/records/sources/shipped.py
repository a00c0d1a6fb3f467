"""The shipped records as typed values, for tests that keep them in another kind of source."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from reporter.bulletin.build import build_issue
from reporter.bulletin.figures import canonical_json, figures
from reporter.press.desk import choose_period, open_desk, parse_as_of
from reporter.records.snapshot import Snapshot, take_snapshot
from reporter.settings import load_settings
from tests.conftest import ROOT

Cell = str | int | float | bool | date | None
Rows = Sequence[Sequence[Cell]]
"""The rows of a table, its column names first."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE]-?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def shipped() -> Mapping[str, Rows]:
    """Yields every shipped table, numbers as floats and days as dates; instruments and calendars as tables."""
    tables: dict[str, Rows] = {}
    for file in sorted((ROOT / "data").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
        tables[file.stem] = [header, *([_typed(cell) for cell in row] for row in rows)]
    tables["instruments"] = _instruments()
    calendars = yaml.safe_load((ROOT / "data" / "calendars.yaml").read_text("utf-8"))
    days = [
        [name, *("; ".join(map(str, parts[kind])) for kind in ("holidays", "workdays"))]
        for name, parts in calendars.items()
    ]
    tables["calendars"] = [["calendar", "holidays", "workdays"], *days]
    return tables


def _typed(text: str) -> Cell:
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    return float(text) if _NUMBER.fullmatch(text) else text or None


def _instruments() -> Rows:
    entries = yaml.safe_load((ROOT / "data" / "instruments.yaml").read_text("utf-8"))
    for entry in entries:
        name = entry.pop("name")
        entry |= {f"name_{language}": text for language, text in name.items()}
    header = list(dict.fromkeys(field for entry in entries for field in entry))
    return [header, *([entry.get(field) for field in header] for entry in entries)]


def issue_of(records: Path | None) -> tuple[bytes, Snapshot]:
    """Yields figures.json of 2025-W49 as known on 6 December 2025 from such records, and what was known."""
    desk = open_desk(load_settings(ROOT / "schedule.yaml"), records=records and str(records))
    as_of = parse_as_of("2025-12-06T21:47+08:00", ZoneInfo("Asia/Shanghai"), datetime.now(UTC))
    snapshot = take_snapshot(desk.records, as_of)
    issue = build_issue(snapshot, desk.plan, choose_period(desk, snapshot, "2025-W49"))
    return canonical_json(figures(issue)), snapshot
