"""Tables of a database read as those of a folder do, and faults name the row by its key."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import HEADERS
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError

from reporter.bulletin.build import build_issue
from reporter.bulletin.bundle import MANIFEST, data_files
from reporter.calendar import Week
from reporter.database import DatabaseFault, begin_reading, engine_of, fault_of
from reporter.errors import RecordsError
from reporter.press.desk import make_issue, open_desk
from reporter.press.plans import edition_plan
from reporter.records.location import Location, Source
from reporter.records.raw import RawRecords, RawTable
from reporter.records.snapshot import take_snapshot
from reporter.records.sources import read_source
from reporter.records.tables import TABLES
from reporter.records.validation import load_records
from reporter.settings import load_settings
from reporter.yamltext import load_yaml
from tests.conftest import ROOT, reporter

SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_OF = "2025-12-06T21:47+08:00"


@pytest.fixture
def postgresql(postgres: str) -> str:
    """The URL of a database of the server, empty."""
    with engine_of(postgres).begin() as connection:
        for statement in (
            "DROP SCHEMA IF EXISTS archive CASCADE",
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
        ):
            connection.exec_driver_sql(statement)
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new empty database, of both kinds in turn."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    (tmp_path / "records.db").touch()
    return f"sqlite:///{(tmp_path / 'records.db').as_posix()}"


# ── databases as other programs would fill them ──


def run(url: str, *statements: str) -> None:
    with engine_of(url).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def typed(kind: str, title: str) -> str:
    """The column type that a database has for a kind of cell."""
    if title in ("low", "high"):
        return "REAL"
    kinds = {
        "date": "DATE",
        "moment": "TIMESTAMP WITH TIME ZONE",
        "decimal": "NUMERIC",
        "amount": "NUMERIC",
        "positive": "NUMERIC",
        "scientific": "DOUBLE PRECISION",
        "whole": "INTEGER",
        "year": "INTEGER",
    }
    return kinds.get(kind, "TEXT")


def store(connection: Connection, name: str, types: dict[str, str], rows: list[dict[str, str]]) -> None:
    """Writes rows of texts; the database turns them into its types."""
    declared = ", ".join(f"{title} {kind}" for title, kind in types.items())
    connection.exec_driver_sql(f"CREATE TABLE {name} (row_number INTEGER, {declared})")
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    titles = ["row_number", *types]
    statement = f"INSERT INTO {name} ({', '.join(titles)}) VALUES ({', '.join([mark] * len(titles))})"
    values = [(n, *(row.get(title) or None for title in types)) for n, row in enumerate(rows)]
    connection.exec_driver_sql(statement, values[::-1])


def copied(url: str, *, with_types: bool) -> str:
    """Writes the shipped records into a database, its rows last first, and yields its URL."""
    with engine_of(url).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TIME ZONE 'Asia/Shanghai'")
        for file in sorted((ROOT / "data").glob("*.csv")):
            kinds = {column.name: column.kind for column in TABLES[file.stem].columns}
            with file.open(encoding="utf-8", newline="") as lines:
                rows = list(csv.DictReader(lines))
            types = {title: typed(kinds[title], title) if with_types else "TEXT" for title in rows[0]}
            store(connection, file.stem, types, rows)
        for name, rows in (("instruments", instruments(with_types)), ("calendars", calendars())):
            titles = dict.fromkeys(title for row in rows for title in row)
            types = {
                title: "JSON"
                if title == "name"
                else "NUMERIC"
                if with_types and title in ("tick", "vat_rate")
                else "TEXT"
                for title in titles
            }
            store(connection, name, types, rows)
    return url


def instruments(with_json: bool) -> list[dict[str, str]]:
    rows = []
    entries, _ = load_yaml((ROOT / "data/instruments.yaml").read_text("utf-8"), "instruments")
    for entry in entries:  # type: ignore[attr-defined]
        names = entry.pop("name")
        spoken = {"name": json.dumps(names)} if with_json else {f"name_{one}": names[one] for one in names}
        rows.append({title: str(value) for title, value in entry.items()} | spoken)
    return rows


def calendars() -> list[dict[str, str]]:
    found, _ = load_yaml((ROOT / "data/calendars.yaml").read_text("utf-8"), "calendars")
    return [
        {"calendar": name, **{kind: "; ".join(map(str, days)) for kind, days in parts.items()}}
        for name, parts in found.items()  # type: ignore[attr-defined]
    ]


def prices(url: str, *rows: str, declared: str = "") -> str:
    """Writes a table of prices from lines of CSV; `declared` overrides the columns, all of text."""
    titles = HEADERS["prices"].split(",")
    with engine_of(url).begin() as connection:
        columns = declared or ", ".join(f"{title} TEXT" for title in titles)
        connection.exec_driver_sql(f"CREATE TABLE prices ({columns})")
        for row in rows:
            cells = row.split(",")
            values = ", ".join(f"'{cell}'" if cell else "NULL" for cell in cells)
            connection.exec_driver_sql(
                f"INSERT INTO prices ({', '.join(titles[: len(cells)])}) VALUES ({values})"
            )
    return url


def every(url: str) -> Source:
    return Source(Location(url))


def figures(source: Source) -> bytes:
    """The figures.json of 2025-W49 from a source."""
    settings = load_settings(ROOT / "schedule.yaml")
    loaded = load_records(source, SHANGHAI)
    plan = edition_plan(settings, "solid-state-weekly", loaded)
    snapshot = take_snapshot(loaded, datetime.fromisoformat(AS_OF))
    issue = build_issue(snapshot, plan, Week.parse("2025-W49").period())
    return data_files(issue, plan.layout)["figures.json"]


@pytest.fixture(scope="module")
def from_folder() -> bytes:
    return figures(every((ROOT / "data").as_posix()))


def texts(raw: RawTable, name: str) -> list[str]:
    column = raw.columns[name]
    return [column.values[code] for code in column.codes]


def told(raw: RawRecords) -> list[str]:
    return [str(problem) for problem in (*raw.problems.of("error"), *raw.problems.of("warning"))]


def faults(source: Source) -> list[str]:
    """What is said of the records of a source, without the address before the table."""
    with pytest.raises(RecordsError) as caught:
        load_records(source, SHANGHAI)
    shown = next(iter(source.locations)).shown
    return [str(problem).replace(f"{shown}!", "") for problem in caught.value.problems]


INSTRUMENT = ("CREATE TABLE instruments (id TEXT, name TEXT, unit TEXT, currency TEXT)",
              "INSERT INTO instruments VALUES ('latp', 'LATP', 'kg', 'CNY')")  # fmt: skip


# ── the same records ──


@pytest.mark.parametrize("with_types", [False, True], ids=["text", "typed"])
def test_a_database_gives_the_figures_of_the_folder(url: str, with_types: bool, from_folder: bytes) -> None:
    """Columns of text, or of numbers, days and moments: the same bytes, in the order of row_number."""
    assert figures(every(copied(url, with_types=with_types))) == from_folder


def test_one_table_may_come_from_a_database(url: str, from_folder: bytes) -> None:
    """The folder's other tables stay."""
    copied(url, with_types=True)
    source = Source(Location((ROOT / "data").as_posix()), {"prices": Location(url)})
    assert figures(source) == from_folder


def test_a_table_may_be_a_query_or_bear_another_name(url: str, from_folder: bytes) -> None:
    """A query's % and : are its own; a view is a table."""
    copied(url, with_types=True)
    run(url, "ALTER TABLE prices RENAME TO quotes", "CREATE VIEW stories AS SELECT * FROM events")
    query = "SELECT * FROM quotes WHERE instrument NOT LIKE '%:x' ORDER BY row_number"
    tables = {"prices": Location(url, query=query), "events": Location(url, table="stories")}
    assert figures(Source(Location(url), tables)) == from_folder


def test_a_table_may_stand_in_a_schema(postgresql: str) -> None:
    """`archive.prices` is the table of that schema."""
    run(postgresql, "CREATE SCHEMA archive", "CREATE TABLE archive.prices (instrument TEXT)",
        "INSERT INTO archive.prices VALUES ('latp')")  # fmt: skip
    raw = read_source(Source(None, {"prices": Location(postgresql, table="archive.prices")}))
    assert texts(raw.tables["prices"], "instrument") == ["latp"]
    assert raw.tables["prices"].file.endswith("!archive.prices")


# ── the texts of typed values, the order of rows ──


def test_a_binary_number_reads_as_it_was_typed_in(url: str) -> None:
    """REAL and DOUBLE PRECISION: the shortest digits, no exponent, no needless `.0`."""
    run(url, "CREATE TABLE prices (row_number INTEGER, low REAL, average DOUBLE PRECISION)",
        "INSERT INTO prices VALUES (1, 0.1, 0.0000001), (2, 93300, 1e15), (3, NULL, 2050.50)")  # fmt: skip
    raw = read_source(every(url)).tables["prices"]
    assert texts(raw, "low") == ["0.1", "93300", ""]
    assert texts(raw, "average") == ["0.0000001", "1000000000000000", "2050.5"]


def test_a_moment_keeps_its_zone_and_a_bare_midnight_is_a_day(postgresql: str) -> None:
    """A midnight with a zone is a moment: as a day it would be read in another zone."""
    run(postgresql, "CREATE TABLE fx (row_number INT, published_at TIMESTAMPTZ, date TIMESTAMP, source BOOLEAN)",
        "INSERT INTO fx VALUES (1, '2025-12-06T00:00Z', '2025-12-06', true)")  # fmt: skip
    raw = read_source(every(postgresql)).tables["fx"]
    assert datetime.fromisoformat(texts(raw, "published_at")[0]) == datetime.fromisoformat(
        "2025-12-06T00:00Z"
    )
    assert "T" in texts(raw, "published_at")[0]
    assert (texts(raw, "date"), texts(raw, "source")) == (["2025-12-06"], ["true"])


def test_line_ends_are_one_kind(url: str) -> None:
    """As in a file; outer blanks do not count."""
    run(url, "CREATE TABLE prices (note TEXT)", "INSERT INTO prices VALUES (' a\r\nb\rc ')")
    assert texts(read_source(every(url)).tables["prices"], "note") == ["a\nb\nc"]


def test_days_that_sqlite_stores_as_midnights_are_days(tmp_path: Path) -> None:
    """Other programs write a DATE or TIMESTAMP into SQLite as `2025-12-05 00:00:00`."""
    url = f"sqlite:///{tmp_path / 'r.db'}"
    run(url, "CREATE TABLE prices (date TIMESTAMP, note TEXT)",
        "INSERT INTO prices VALUES ('2025-12-05 00:00:00', '2025-12-05 00:00:00')")  # fmt: skip
    raw = read_source(every(url)).tables["prices"]
    assert (texts(raw, "date"), texts(raw, "note")) == (["2025-12-05"], ["2025-12-05 00:00:00"])


def test_arrays_are_lists_of_names(postgresql: str) -> None:
    """`text[]` reads as `a;b`, and rows without an order of their own stand by the contract's key."""
    run(postgresql, "CREATE TABLE companies (id TEXT, aliases TEXT[])",
        "INSERT INTO companies VALUES ('b', '{x}'), ('a', '{\"y z\",w}'), ('B', NULL)")  # fmt: skip
    raw = read_source(every(postgresql)).tables["companies"]
    assert (texts(raw, "id"), texts(raw, "aliases")) == (["B", "a", "b"], ["", "y z;w", "x"])


def test_rows_stand_by_row_number_primary_key_or_entry(tmp_path: Path) -> None:
    """In that order of preference; row_number itself is no column of the table."""
    file = tmp_path / "r.db"
    rows = "INSERT INTO {} VALUES ('b', 1), ('a', 3), ('c', 2)"
    run(f"sqlite:///{file}", *(
        statement
        for name, declared in {
            "prices": "instrument TEXT PRIMARY KEY, row_number INT",
            "companies": "id TEXT PRIMARY KEY, name INT",
            "policies": "id TEXT, title INT",
        }.items()
        for statement in (f"CREATE TABLE {name} ({declared})", rows.format(name))
    ))  # fmt: skip
    raw = read_source(every(f"sqlite:///{file}")).tables
    assert texts(raw["prices"], "instrument") == ["b", "c", "a"]
    assert list(raw["prices"].columns) == ["instrument"]
    assert texts(raw["companies"], "id") == ["a", "b", "c"]
    assert texts(raw["policies"], "id") == ["b", "a", "c"]


# ── faults and their places ──


def test_faults_name_the_key(url: str) -> None:
    """Of a cell, of a rule and of a correction; where the key itself is at fault, the row's number."""
    run(url, *INSTRUMENT)
    prices(
        url, "latp,2025-12-05,10,9", "latp,2025-12-06,x,9", "latp,2025-12-07,1,2,,,1", "latp,2025-13-01,1,2"
    )
    assert [line.split(": ")[:2] for line in faults(every(url))] == [
        ["prices!latp/2025-12-05/r0", "error [low_above_high] low '10'"],
        ["prices!latp/2025-12-06/r0", "error [value] low 'x'"],
        ["prices!latp/2025-12-07/r1", "error [undated_revision] revision '1'"],
        ["prices!row 4", "error [value] date '2025-13-01'"],
    ]


def test_columns_that_lack_or_are_unknown_are_said_of_the_table(url: str) -> None:
    """No row is named; what an unknown column holds is not read at all."""
    blob = "BLOB" if url.startswith("sqlite") else "BYTEA"
    run(url, *INSTRUMENT, f"CREATE TABLE prices (instrument TEXT, picture {blob})",
        "INSERT INTO prices VALUES ('latp', '\\x00')")  # fmt: skip
    found = faults(every(url))
    assert (
        "prices: error [missing_column] date: the column is missing; the header has instrument, picture"
        in found
    )
    assert "prices: warning [unknown_column] picture: is not a column of this table; it is not read" in found


def test_an_instrument_is_named_by_its_row(url: str) -> None:
    """Instruments and calendars are judged as their files are."""
    run(url, *INSTRUMENT, "INSERT INTO instruments VALUES ('lpsc', 'LPSC', 'kg', 'yuan')",
        "CREATE TABLE calendars (calendar TEXT, holidays TEXT)",
        "INSERT INTO calendars VALUES ('CN', '2026-01-01; 2026-02-30')")  # fmt: skip
    prices(url, "latp,2025-12-05,1,2")
    found = faults(every(url))
    assert any(line.startswith("instruments!row 2: error [instrument] currency 'yuan'") for line in found), (
        found
    )
    assert any(line.startswith("calendars!row 1: error [calendar] CN.holidays.1") for line in found), found


def test_bytes_are_no_text(url: str) -> None:
    """A blob where a text belongs is said of its row, and the table is not read."""
    blob, value = ("BLOB", "x'00ff'") if url.startswith("sqlite") else ("BYTEA", "'\\x00ff'::bytea")
    run(url, f"CREATE TABLE prices (instrument TEXT, date TEXT, note {blob})",
        f"INSERT INTO prices VALUES ('latp', '2025-12-05', {value})")  # fmt: skip
    raw = read_source(every(url))
    assert raw.broken == {"prices"}
    [line] = told(raw)
    assert line.endswith(
        "!prices!latp/2025-12-05/r0: error [not_text] note: holds bytes, not text; store it as text"
    )


def test_texts_of_sqlite_that_are_none_are_named(tmp_path: Path) -> None:
    """NUL, and bytes that are no UTF-8: each row by its key, twenty in full."""
    url = f"sqlite:///{tmp_path / 'r.db'}"
    run(url, "CREATE TABLE prices (instrument TEXT, date TEXT, note TEXT)",
        "INSERT INTO prices VALUES ('a', '2025-12-05', 'x' || char(0)), ('b', NULL, CAST(x'e9' AS TEXT))",
        "INSERT INTO prices SELECT 'c' || value, '2025-12-05', CAST(x'e9' AS TEXT) FROM json_each('[' || "
        "substr(replace(hex(zeroblob(30)), '00', '1,'), 1, 59) || ']')")  # fmt: skip
    lines = [line.partition("!prices!")[2] for line in told(read_source(every(url)))]
    assert lines[0] == "a/2025-12-05/r0: error [not_text] note: holds a NUL byte; remove it"
    assert lines[1] == "row 2: error [not_text] note: is not UTF-8; store it as UTF-8"
    assert len(lines) == 21
    assert lines[-1].endswith("… and 12 more of these")


def test_one_fault_leaves_the_other_tables_readable(url: str) -> None:
    """A bad query, a missing table and a writing query are each said; what is named without being there too."""
    prices(url, "latp,2025-12-05,1,2")
    bad = {
        "events": Location(url, query="SELECT nothing FROM nowhere"),
        "fx": Location(url, query="DELETE FROM prices"),
        "policies": Location(url, query="SELECT 1 AS id, 2 AS id"),
        "companies": Location(url),
        "vocabulary": Location(url),
    }
    raw = read_source(Source(Location(url), bad))
    assert raw.broken == {*bad}
    assert texts(raw.tables["prices"], "instrument") == ["latp"]
    lines = {line.partition("!")[2].partition(":")[0]: line for line in told(raw)}
    assert "[bad_query]" in lines["events"]
    assert "check the query or the view" in lines["events"]
    assert "[no_table] there is no such table; there are: prices" in lines["companies"]
    assert "[duplicate_column] id" in lines["policies"]
    assert "name a SELECT" in lines["fx"] or "[bad_query]" in lines["fx"]
    assert "vocabulary cannot stand in a database" in lines[""]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("sqlite:///{folder}/gone.db", "no_records"),
        ("sqlite:///{folder}", "no_records"),
        ("sqlite:///{folder}/text.db", "not_a_database"),
        ("sqlite://", "bad_url"),
        ("mysql://user:se:c/ret@host/records", "bad_url"),
        ("postgresql://user:se@c/ret@host/records", "bad_url"),
        ("postgresql://user:secret@host:port/records", "bad_url"),
        ("postgresql://user:secret@127.0.0.1:1/records", "no_connection"),
        ("postgresql://127.0.0.1:1/records?user=me&password=secret", "no_connection"),
        ("postgresql://user:secret@nowhere.invalid/records", "no_connection"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_problem(address: str, code: str, tmp_path: Path) -> None:
    """It names the database without the password; no file appears, and nothing else is complained of."""
    (tmp_path / "text.db").write_text("no database, but long enough to be asked what it is\n" * 20)
    source = every(address.format(folder=tmp_path))
    with pytest.raises(RecordsError) as caught:
        load_records(source, SHANGHAI)
    [problem] = caught.value.problems
    assert (problem.code, problem.file) == (code, source.locations[0].shown)
    assert "ret" not in str(problem)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.db"]


def test_a_server_that_refuses_is_one_problem(postgresql: str) -> None:
    """A wrong password, a database that is not there, a table that must not be read."""
    url = make_url(postgresql)
    run(postgresql, "CREATE TABLE translations (text TEXT)", "CREATE ROLE guest LOGIN PASSWORD 'guest'",
        "GRANT USAGE ON SCHEMA public TO guest")  # fmt: skip
    guest = url.set(username="guest", password="guest")
    for case, code in ((url.set(password="wrong"), "refused_user"), (url.set(database="none"), "no_database"),
                       (guest, "no_permission")):  # fmt: skip
        [line] = told(read_source(every(case.render_as_string(hide_password=False))))
        assert f"[{code}]" in line, line
        assert "wrong@" not in line
        assert ":***@" in line


# ── how it is read ──


@pytest.fixture
def reading(url: str) -> Iterator[tuple[Connection, str]]:
    """A connection that reads a database with one table of one row, and the URL of it."""
    run(url, *(["PRAGMA journal_mode = WAL"] if url.startswith("sqlite") else []), "CREATE TABLE one (n INT)")
    run(url, "INSERT INTO one VALUES (1)")
    with engine_of(url, read_only=True).connect() as connection:
        yield begin_reading(connection), url


def test_all_is_read_as_of_one_moment(reading: tuple[Connection, str]) -> None:
    """What another program commits meanwhile is not seen."""
    connection, url = reading
    counted = [connection.exec_driver_sql("SELECT count(*) FROM one").scalar()]
    run(url, "INSERT INTO one VALUES (2)")
    counted.append(connection.exec_driver_sql("SELECT count(*) FROM one").scalar())
    assert counted == [1, 1]


def test_a_reader_cannot_write(reading: tuple[Connection, str]) -> None:
    """The database itself refuses it."""
    connection, _ = reading
    with pytest.raises(DBAPIError) as caught:
        connection.exec_driver_sql("INSERT INTO one VALUES (2)")
    assert fault_of(caught.value).code == "not_read_only"


def test_a_statement_of_a_server_ends_after_a_minute(postgresql: str) -> None:
    """The limit is set for the reading alone, and what it ends is said to have taken too long."""
    with engine_of(postgresql, read_only=True).connect() as connection:
        begin_reading(connection)
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "1min"
        connection.exec_driver_sql("SET LOCAL statement_timeout = '20ms'")
        with pytest.raises(DBAPIError) as caught:
            connection.exec_driver_sql("SELECT pg_sleep(20)")
    assert fault_of(caught.value).code == "timeout"


def test_the_engine_of_a_writer_makes_its_file(tmp_path: Path) -> None:
    """Only a reader insists on a file that is there."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with pytest.raises(DatabaseFault):
        engine_of(url, read_only=True)
    run(url, "CREATE TABLE one (n INT)")
    assert (tmp_path / "new.db").is_file()


def test_a_million_rows_are_read_in_little_memory(tmp_path: Path) -> None:
    """Rows are taken in chunks, each distinct value is kept once."""
    file = tmp_path / "r.db"
    days = "SELECT date('1998-01-01', '+' || value || ' days') FROM numbers WHERE value < 10000"
    run(f"sqlite:///{file}", "CREATE TABLE prices (instrument TEXT, date TEXT, low REAL, high REAL, average REAL)",
        "WITH RECURSIVE numbers(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM numbers WHERE value < 9999), "
        f"days(day) AS ({days}) INSERT INTO prices SELECT 'material-' || n.value, day, 1000 + n.value * 10, "
        "1000 + n.value * 20, 1000 + n.value * 15 FROM numbers n, days WHERE n.value < 100")  # fmt: skip
    code = (
        "import re, sys\nfrom pathlib import Path\n"
        "from reporter.records.location import Location, Source\n"
        "from reporter.records.sources import read_source\n"
        "raw = read_source(Source(Location(sys.argv[1])))\n"
        # its own peak: what `resource` tells begins with that of the process that started it
        "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
        "print(len(raw.tables['prices'].lines), peak)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{file}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows, kilobytes = map(int, done.stdout.split())
    assert rows == 1_000_000
    assert kilobytes < 500_000


# ── as a user meets it ──


def test_explain_names_the_row(desk: Path, url: str) -> None:
    """The place of a record is its database, table and key, the file as seen from here."""
    file, place = desk / "schedule.yaml", make_url(copied(url, with_types=True)).render_as_string()
    file.write_text(file.read_text("utf-8").replace("records: data/", f"records: {url}"), "utf-8")
    words = ["explain", "solid-state-weekly", "2025-W49", "latp.value", "--as-of", AS_OF]
    done = reporter(*words, cwd=desk)
    assert done.returncode == 0, done.stderr
    assert f"{place.replace(f'{desk}/', '')}!prices!latp/2025-12-05" in done.stdout


def test_nothing_said_or_written_holds_the_password(postgresql: str) -> None:
    """Neither the steps that are told, nor the manifest, nor the figures and tables."""
    said: list[str] = []
    url = copied(postgresql, with_types=True)
    desk = open_desk(load_settings(ROOT / "schedule.yaml"), records=url, step=said.append)
    snapshot = take_snapshot(desk.records, datetime.fromisoformat(AS_OF))
    made = make_issue(desk, snapshot, Week.parse("2025-W49").period(), make=lambda orders, step: {})
    assert "postgresql://reporter:***@" in said[0]
    assert MANIFEST in made.files
    for secret in ("se:c/ret", "se%3Ac%2Fret"):
        assert secret not in "".join(said)
        assert not any(secret.encode() in content for content in made.files.values())
