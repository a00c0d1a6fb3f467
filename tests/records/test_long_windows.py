"""A long price history is read for its windows alone: nothing that an issue says may tell."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from reporter.bulletin.build import build_issue
from reporter.bulletin.figures import canonical_json, figures
from reporter.bulletin.plan import EditionPlan, SectionPlan
from reporter.calendar import Period, PublicationRule
from reporter.errors import NothingToDo, RecordsError
from reporter.records.location import Location, Source
from reporter.records.need import Need
from reporter.records.snapshot import Snapshot, take_snapshot
from reporter.records.validation import load_records
from tests.conftest import ROOT

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
    found = found or [row("a", PERIOD.end, "assessed", 0, None)]
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
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=histories(), as_of=AS_OFS, ids=IDS)
@example(rows=ENDED, as_of=datetime(2025, 12, 6, tzinfo=UTC), ids=None)
@example(rows=REVISED, as_of=datetime(2025, 12, 6, tzinfo=UTC), ids=None)
def test_what_is_left_out_changes_nothing(store: Any, rows: list[Row], as_of: datetime, ids: Any) -> None:
    """Histories, figures, places and the latest day are those of the whole table; the hash needs no week."""
    with tempfile.TemporaryDirectory() as folder:
        compare(store(Path(folder), rows), as_of, ids)


def test_a_server_is_asked_for_the_same_rows(tmp_path: Path, postgres: str) -> None:
    """PostgreSQL compares dates and moments itself."""
    rows = [
        row(name, date(2019, 1, 1) + timedelta(days=3 * n), STATUSES[n % 8], n % 5 // 4, None)
        for name in NAMES
        for n in range(850)
    ]
    rows += [row("a", date(2019, 1, 13), "assessed", 2, datetime(2030, 1, 1, tzinfo=UTC))]
    (tmp_path / "instruments.yaml").write_text(INSTRUMENTS)
    engine = create_engine(postgres.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS long_history")
        connection.exec_driver_sql(
            "CREATE TABLE long_history (instrument text, date date, average numeric, status text,"
            " revision int, published_at timestamptz)"
        )
        for one in rows:
            connection.exec_driver_sql(
                "INSERT INTO long_history VALUES (%s, %s, %s, %s, %s, %s)", tuple(one.values())
            )
    engine.dispose()
    source = Source(Location(tmp_path.as_posix()), {"prices": Location(postgres, table="long_history")})
    for ids in (None, ("b",)):
        compare(source, datetime(2025, 12, 6, tzinfo=UTC), ids)
        compare(source, datetime(2021, 12, 6, tzinfo=UTC), ids)
    read = load_records(source, ZONE, need(datetime(2025, 12, 6, tzinfo=UTC), PERIOD)).tables["prices"]
    assert len(read) < len(rows) / 2


LONG = [row("a", date(2015, 1, 1) + timedelta(days=n), "assessed", 0, None) for n in range(3990)]


@pytest.mark.parametrize("store", [parquet, sqlite])
def test_only_the_window_is_read_and_the_edition_s_instruments(tmp_path: Path, store: Any) -> None:
    """Of eleven years: the window of two, the first day and the last week before; of others nothing."""
    source = store(tmp_path, [*LONG, *({**one, "instrument": "b"} for one in LONG)])
    asked = need(datetime(2025, 12, 6, tzinfo=UTC), PERIOD, ("a",))
    read = load_records(source, ZONE, asked).tables["prices"]
    assert len(read) == (date(2025, 12, 3) - date(2023, 12, 25)).days + 1 + 1 + 7
    assert set(read["instrument"]) == {"a"}
    short = load_records(source, ZONE, replace(asked, whole_below=8000))
    assert (len(short.tables["prices"]), dict(short.windows)) == (7980, {})


@pytest.mark.parametrize(
    ("column", "unfit"),
    [
        ("date", lambda one: one["date"].strftime("%Y-%m-%d "), ),
        ("revision", lambda one: "0"),
        ("instrument", lambda one: f" {one['instrument']}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["parquet", "db"])
def test_a_column_that_rows_cannot_be_chosen_by_has_the_table_read_whole(
    tmp_path: Path, column: str, unfit: Any, suffix: str
) -> None:
    """Days with blanks, revisions as text, ids with blanks: as short tables are read, so are they."""
    rows = [{**one, column: unfit(one)} for one in LONG]
    (tmp_path / "instruments.yaml").write_text(INSTRUMENTS)
    tables = {}
    if suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "prices.parquet")
    else:
        with sqlite3.connect(tmp_path / "r.db") as connection:
            connection.execute("CREATE TABLE prices (instrument, date, average, revision)")
            values = [(one["instrument"], str(one["date"]), one["average"], one["revision"]) for one in rows]
            connection.executemany("INSERT INTO prices VALUES (?, ?, ?, ?)", values)
        connection.close()
        tables = {"prices": Location(f"sqlite:///{tmp_path / 'r.db'}")}
    source = Source(Location(tmp_path.as_posix()), tables)
    found = load_records(source, ZONE, need(datetime(2025, 12, 6, tzinfo=UTC), PERIOD))
    assert (len(found.tables["prices"]), dict(found.windows)) == (len(LONG), {})


def test_a_fault_of_long_ago_does_not_hold_today_s_issue(tmp_path: Path) -> None:
    """Rows that no figure rests on are not judged; in the window the same fault is refused, at its row."""
    old = {**LONG[1000], "average": None}
    asked = need(datetime(2025, 12, 6, tzinfo=UTC), PERIOD)
    source = parquet(tmp_path, [*LONG[:1000], old, *LONG[1001:]])
    assert load_records(source, ZONE, asked).windows
    source = parquet(tmp_path, [*LONG[:-1], {**LONG[-1], "average": None}])
    with pytest.raises(RecordsError, match=r"prices\.parquet:3990: error \[no_number\]"):
        load_records(source, ZONE, asked)


def test_what_was_read_for_one_issue_makes_no_other(tmp_path: Path) -> None:
    """Another week or moment would be told a shorter history: it is refused."""
    as_of = datetime(2025, 12, 6, tzinfo=UTC)
    records = load_records(parquet(tmp_path, LONG), ZONE, need(as_of, PERIOD))
    for moment, period in (
        (as_of - timedelta(1), PERIOD),
        (as_of, PERIOD.back(60)),
        (as_of, PERIOD.back(-1)),
    ):
        with pytest.raises(ValueError, match="were not read for"):
            take_snapshot(records, moment).histories(period)


MEASURED = """
import re, sys
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from reporter.calendar import Period
from reporter.records.location import in_folder
from reporter.records.need import Need
from reporter.records.validation import load_records
from tests.conftest import ROOT
period = Period.containing(date(2025, 12, 7))
need = Need(datetime(2025, 12, 6, tzinfo=UTC), ZoneInfo("UTC"), date(2025, 12, 6), period)
found = load_records(in_folder(Path(sys.argv[1])), ZoneInfo("UTC"), need if sys.argv[2] == "window" else None)
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(len(found.tables["prices"]), peak)
"""


def test_two_million_rows_need_the_memory_of_their_window(tmp_path: Path) -> None:
    """The process's own peak, beside that of one that reads them whole."""
    names = [f"s{n}" for n in range(100)]
    days = [date(2025, 12, 5) - timedelta(days=n) for n in range(20_000)]
    table = {
        "instrument": pa.array(names * len(days)),
        "date": pa.array(days).take(pa.array([n for n in range(len(days)) for _ in names])),
        "average": pa.array(range(len(days) * len(names))),
    }
    pq.write_table(pa.table(table), tmp_path / "prices.parquet", row_group_size=100_000)
    listed = (f"- {{id: {name}, name: {name}, unit: kg, currency: CNY}}" for name in names)
    (tmp_path / "instruments.yaml").write_text("\n".join(listed))
    peaks = {}
    for how in ("window", "whole"):
        words = [sys.executable, "-c", MEASURED, str(tmp_path), how]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        rows, peaks[how] = map(int, done.stdout.split())
        assert (rows < 80_000) == (how == "window")
    assert peaks["window"] < 260_000
    assert peaks["window"] < peaks["whole"] / 2
