"""A long price history is read for its windows alone: nothing that an issue says may tell."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reporter.bulletin.build import build_issue
from reporter.bulletin.figures import canonical_json, figures
from reporter.bulletin.plan import EditionPlan, SectionPlan
from reporter.calendar import Period, PublicationRule
from reporter.errors import NothingToDo
from reporter.records.location import Location, Source
from reporter.records.need import Need
from reporter.records.snapshot import Snapshot, take_snapshot
from reporter.records.validation import load_records

ZONE = ZoneInfo("Asia/Shanghai")
PERIOD = Period.containing(date(2025, 12, 7))
NAMES = ("a", "b", "c", "d")
STATUSES = ("assessed", "assessed", "assessed", None, "not_assessed", "rolled_over", "suspended", "estimated")
INSTRUMENTS = "".join(f"- {{id: {name}, name: {name}, unit: kg, currency: CNY}}\n" for name in NAMES)
Row = dict[str, Any]


def row(instrument: str, day: date, status: str | None, revision: int, published: datetime | None) -> Row:
    """One row; corrections say when they were published, and numbers stand where they must."""
    numbers = status in (None, "assessed", "estimated")
    if revision and published is None:
        published = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(days=revision)
    return {
        "instrument": instrument,
        "date": day,
        "average": float(day.day + revision) if numbers else None,
        "status": status,
        "revision": revision or None,
        "published_at": published,
    }


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Series that are young, ended, or have gaps of years; around the window's beginning days lie close."""
    near = st.integers(0, 460).map(lambda back: PERIOD.end - timedelta(days=back - 10))
    begin = st.integers(-9, 9).map(lambda shift: date(2024, 1, 1) + timedelta(days=shift))
    far = st.dates(date(1990, 1, 1), date(2026, 1, 10))
    moments = st.one_of(
        st.none(),
        st.none(),
        st.datetimes(datetime(2023, 12, 20), datetime(2025, 12, 20)).map(lambda one: one.replace(tzinfo=UTC)),
    )
    rows: dict[tuple[str, date, int], Row] = {}
    for name in draw(st.sets(st.sampled_from(NAMES), min_size=1)):
        days = draw(st.lists(st.one_of(near, begin, begin, far), min_size=1, max_size=14))
        ended = draw(st.one_of(st.none(), far))
        for day in days:
            if ended is None or day <= ended:
                for revision in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
                    made = row(name, day, draw(st.sampled_from(STATUSES)), revision, draw(moments))
                    rows[name, day, revision] = made
    found = list(rows.values())
    return sorted(found, key=lambda one: one["date"]) if draw(st.booleans()) else found


def schema(date_type: Any = None) -> Any:
    return pa.schema(
        [
            ("instrument", pa.string()),
            ("date", date_type or pa.date32()),
            ("average", pa.float64()),
            ("status", pa.string()),
            ("revision", pa.int32()),
            ("published_at", pa.timestamp("us", "UTC")),
        ]
    )


def parquet(folder: Path, rows: Sequence[Row]) -> Source:
    (folder / "instruments.yaml").write_text(INSTRUMENTS)
    pq.write_table(pa.Table.from_pylist(list(rows), schema()), folder / "prices.parquet", row_group_size=4)
    return Source(Location(folder.as_posix()))


def partitioned(folder: Path, rows: Sequence[Row]) -> Source:
    """A file a year, the days as texts, moments without a zone."""
    (folder / "instruments.yaml").write_text(INSTRUMENTS)
    for year in {one["date"].year for one in rows}:
        mine = [
            {**one, "date": str(one["date"]), "published_at": naive(one)}
            for one in rows
            if one["date"].year == year
        ]
        place = folder / "prices" / f"year={year}"
        place.mkdir(parents=True)
        kinds = schema(pa.string()).set(5, pa.field("published_at", pa.timestamp("us")))
        pq.write_table(pa.Table.from_pylist(mine, kinds), place / "part.parquet", row_group_size=3)
    return Source(Location(folder.as_posix()))


def naive(one: Row) -> datetime | None:
    moment = one["published_at"]
    return moment and moment.astimezone(ZONE).replace(tzinfo=None)


def sqlite(folder: Path, rows: Sequence[Row]) -> Source:
    file = folder / "records.db"
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE prices (instrument TEXT, date TEXT, average REAL, status TEXT, revision INT, published_at TEXT)"
        )
        values = [
            (
                *list({**one, "date": str(one["date"])}.values())[:5],
                one["published_at"] and one["published_at"].isoformat(),
            )
            for one in rows
        ]
        connection.executemany("INSERT INTO prices VALUES (?, ?, ?, ?, ?, ?)", values)
    connection.close()
    (folder / "instruments.yaml").write_text(INSTRUMENTS)
    return Source(Location(folder.as_posix()), {"prices": Location(f"sqlite:///{file}")})


def need(as_of: datetime, period: Period | None, ids: Sequence[str] | None = None) -> Need:
    names = None if ids is None else frozenset(ids)
    return Need(as_of, ZONE, as_of.astimezone(ZONE).date(), period, instruments=names, whole_below=0)


def said(snapshot: Snapshot, period: Period, ids: tuple[str, ...] | None) -> bytes:
    """figures.json, or that there is nothing to print."""
    plan = EditionPlan(
        "weekly", {"": "Weekly"}, PublicationRule(ZONE), (SectionPlan("prices", "prices"),), instruments=ids
    )
    try:
        return canonical_json(figures(build_issue(snapshot, plan, period)))
    except NothingToDo as nothing:
        return str(nothing).encode()


def compare(source: Source, as_of: datetime, ids: tuple[str, ...] | None) -> None:
    """Holds the pushed reading of one source against the whole one, with and without a week."""
    whole = take_snapshot(load_records(source, ZONE), as_of)
    latest = whole.latest_day(ZONE, ids)
    default = Period.containing(latest or as_of.astimezone(ZONE).date())
    hashes = []
    for period, asked in ((PERIOD, PERIOD), (default, default), (default, None)):
        records = load_records(source, ZONE, need(as_of, asked, ids))
        assert records.windows["prices"].rows == len(whole.records.tables["prices"])
        pushed = take_snapshot(records, as_of)
        if asked is None:
            assert pushed.latest_day(ZONE, ids) == latest
        assert pushed.histories(period, ids) == whole.histories(period, ids)
        assert said(pushed, period, ids) == said(whole, period, ids)
        for history in pushed.histories(period, ids):
            for one in history.assessments:
                assert str(pushed.place(one.key)) == str(whole.place(one.key))
        hashes.append(pushed.table_hashes(period))
    assert hashes[1] == hashes[2]


AS_OFS = st.datetimes(datetime(2023, 12, 25), datetime(2025, 12, 20)).map(lambda one: one.replace(tzinfo=UTC))
IDS = st.sampled_from([None, None, ("a",), ("b", "a")])
ENDED = [row("a", date(2023, 1, day), "assessed", 0, None) for day in range(2, 20)]
# the last day of a series that ended is a revised one
REVISED = [
    *ENDED,
    row("a", date(2023, 1, 21), "not_assessed", 0, None),
    row("a", date(2023, 1, 21), "assessed", 1, None),
]


@pytest.mark.parametrize("store", [parquet, partitioned, sqlite])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=histories(), as_of=AS_OFS, ids=IDS)
@example(rows=ENDED, as_of=datetime(2025, 12, 6, tzinfo=UTC), ids=None)
@example(rows=REVISED, as_of=datetime(2025, 12, 6, tzinfo=UTC), ids=None)
def test_what_is_left_out_changes_nothing(store: Any, rows: list[Row], as_of: datetime, ids: Any) -> None:
    """Histories, figures, places and the latest day are those of the whole table; the hash needs no week."""
    with tempfile.TemporaryDirectory() as folder:
        compare(store(Path(folder), rows), as_of, ids)
