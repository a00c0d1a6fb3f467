"""Records from the web are those of a folder, with their places and without their keys."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reporter.bulletin.build import build_issue
from reporter.bulletin.figures import canonical_json, figures
from reporter.errors import RecordsError
from reporter.press.desk import choose_period, open_desk
from reporter.records.location import TABLES, TEXTS, Location, Source
from reporter.records.raw import RawRecords
from reporter.records.snapshot import take_snapshot
from reporter.records.sources.web import read_web
from reporter.records.sources.web_request import Limits
from reporter.records.validation import load_records
from reporter.settings import load_settings
from tests.builders import folder
from tests.conftest import ROOT
from tests.records.sources.webserver import Site, files, page, redirect, serving

ALL = (*TEXTS, *TABLES)
QUICK = Limits(connect=1, read=5, whole=10, tries=2, pause=0.001)
MOMENT = "2025-12-06T21:47+08:00"
PRICES = "instrument,date,low,high,average\nlatp,2025-12-05,,,145\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site without pages; what is kept of it goes into a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(Site()) as made:
        yield made


def read(address: str, *names: str, limits: Limits = QUICK, private: bool = True) -> RawRecords:
    return read_web(Location(address, private=private), names or ALL, limits=limits)


def faults(raw: RawRecords) -> list[str]:
    return [str(problem) for problem in raw.problems.of("error")]


def refused(source: Source) -> list[str]:
    """What a whole reading of a source refuses."""
    with pytest.raises(RecordsError) as caught:
        load_records(source, ZoneInfo("Asia/Shanghai"))
    return [str(problem) for problem in caught.value.problems]


def every(site: Site) -> Source:
    return Source(Location(f"{site.address}/", private=True))


# ── the same figures ──


def settings(tmp_path: Path, records: str) -> Path:
    """A copy of the shipped settings with records from elsewhere."""
    file = tmp_path / "schedule.yaml"
    shipped = (ROOT / "schedule.yaml").read_text("utf-8")
    assert "records: data/\n" in shipped
    file.write_text(shipped.replace("records: data/\n", f"records: {records}\n"), "utf-8")
    return file


def figures_of(file: Path) -> bytes:
    desk = open_desk(load_settings(file))
    snapshot = take_snapshot(desk.records, datetime.fromisoformat(MOMENT))
    return canonical_json(
        figures(build_issue(snapshot, desk.plan, choose_period(desk, snapshot, "2025-W49")))
    )


def as_json(table: Path) -> bytes:
    """A table as a program would send it: numbers as numbers, empty cells left out."""
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    numbers = {"low", "high", "average", "value", "capacity", "money", "revision", "yoy_pct", "share_pct"}
    objects = [
        ", ".join(
            f"{json.dumps(key)}: {value if key in numbers else json.dumps(value)}"
            for key, value in row.items()
            if value
        )
        for row in rows
    ]
    return ("[\n" + ",\n".join(f"{{{one}}}" for one in objects) + "\n]").encode()


@pytest.fixture
def shipped(site: Site, request: pytest.FixtureRequest) -> Site:
    """The shipped records, their tables as `csv` or `json`."""
    site.pages |= files(ROOT / "data")
    if request.param == "json":
        for table in (ROOT / "data").glob("*.csv"):
            del site.pages[f"/{table.name}"]
            site.pages[f"/{table.stem}.json"] = page(as_json(table), Content_Type="application/json")
    return site


@pytest.mark.parametrize("shipped", ["csv", "json"], indirect=True)
def test_the_same_records_give_the_same_figures(shipped: Site, tmp_path: Path) -> None:
    """Byte for byte those of the folder, read for the first time and when nothing has changed."""
    wanted = figures_of(settings(tmp_path, str(ROOT / "data")))
    from_web = settings(tmp_path, f"{{default: {{address: '{shipped.address}/', private: true}}}}")
    assert figures_of(from_web) == wanted


@pytest.mark.parametrize(
    ("shipped", "place"), [("csv", "/prices.csv:"), ("json", "/prices.json!item ")], indirect=["shipped"]
)
def test_explain_names_the_place_at_the_address(shipped: Site, tmp_path: Path, place: str) -> None:
    file = settings(tmp_path, f"{{default: {{address: '{shipped.address}/', private: true}}}}")
    words = [
        "explain",
        "solid-state-weekly",
        "2025-W49",
        "latp.wow",
        "--as-of",
        MOMENT,
        "--config",
        str(file),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "reporter", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{shipped.address}{place}" in done.stdout


def test_an_address_of_ones_own_network_is_refused_once_by_the_command(site: Site, desk: Path) -> None:
    """Not a fault for each of thirteen files, no traceback, and a way out."""
    words = ["check", "--records", f"{site.address}/?key=s3cret"]
    done = subprocess.run(
        [sys.executable, "-m", "reporter", *words],
        cwd=desk,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.count("[private_address]") == 1
    assert "records: {default: {address: …, private: true}}" in done.stderr
    assert "s3cret" not in done.stderr + done.stdout
    assert site.asked == []


# ── what is asked for ──


def test_each_name_is_asked_for_in_turn(site: Site, tmp_path: Path) -> None:
    """A table as CSV, else as JSON; a text as YAML; what is nowhere is no fault."""
    site.pages |= files(folder(tmp_path, prices=PRICES))
    site.pages["/records/fx.json"] = page(b"[]")
    raw = read(f"{site.address}/records")
    assert (set(raw.tables), set(raw.texts), raw.broken, faults(raw)) == ({"fx"}, set(), frozenset(), [])
    asked = [path for path, _ in site.asked]
    assert asked[:5] == [
        "/records/instruments.yaml",
        "/records/vocabulary.yaml",
        "/records/calendars.yaml",
        "/records/prices.csv",
        "/records/prices.json",
    ]


def test_the_query_stays_behind_every_file(site: Site) -> None:
    site.pages["/prices.csv"] = page(PRICES.encode())
    raw = read(f"{site.address}?key=s3cret")
    assert raw.tables["prices"].file == f"{site.address}/prices.csv"
    asked = [path for path, _ in site.asked]
    assert {"/prices.csv?key=s3cret", "/instruments.yaml?key=s3cret"} <= set(asked)
    assert all(path.endswith("?key=s3cret") for path in asked)


@pytest.mark.parametrize(
    ("path", "media", "place"),
    [
        ("/prices.csv", "application/json", "/prices.csv"),
        ("/prices.JSON", "text/plain", "/prices.JSON"),
        ("/api/all", "application/vnd.x+json", "/api/all!prices"),
        ("/api/all", "text/html; charset=utf-8", "/api/all!prices"),
    ],
)
def test_one_table_may_come_from_a_file_of_its_own(site: Site, path: str, media: str, place: str) -> None:
    """Its ending tells what it is, else what the server calls it; rows name the table where the file does not."""
    is_json = "json" in (path + media).lower() and not path.endswith(".csv")
    data = b'[{"instrument": "latp"}]' if is_json else b"instrument\nlatp\n"
    site.pages[path] = page(data, Content_Type=media)
    raw = read(f"{site.address}{path}?table=prices", "prices")
    assert faults(raw) == []
    assert raw.tables["prices"].file == f"{site.address}{place}"
    assert raw.tables["prices"].columns["instrument"].values == ("latp",)


def test_one_table_may_come_from_the_web_and_the_others_from_a_folder(site: Site, tmp_path: Path) -> None:
    place = folder(tmp_path, prices="latp,2025-12-05,,,1")
    site.pages["/prices.csv"] = page(PRICES.encode())
    web = Location(f"{site.address}/prices.csv", private=True)
    records = load_records(Source(Location(str(place)), {"prices": web}), ZoneInfo("Asia/Shanghai"))
    assert records.tables["prices"]["average"].tolist() == ["145"]


def test_a_table_that_was_named_must_be_there(site: Site) -> None:
    raw = read(f"{site.address}/prices.csv", "prices")
    assert faults(raw) == [
        f"{site.address}/prices.csv: error [missing_file] the server has no such file (404)"
    ]
    assert raw.broken == {"prices"}


def test_the_address_of_one_file_is_not_that_of_all_tables(site: Site) -> None:
    raw = read(f"{site.address}/prices.csv?key=s3cret")
    (fault,) = faults(raw)
    assert fault.startswith(f"{site.address}/prices.csv?***: error [no_records] is one .csv file; ")
    assert site.asked == []


@pytest.mark.parametrize(
    "address", ["http://", "https://me:s3cret/@host/", "http://[::1/x", "http://h:99999/"]
)
def test_an_address_that_is_none_is_told_without_its_password(address: str) -> None:
    raw = read(address)
    (fault,) = faults(raw)
    assert "error [no_address] is not a web address such as https://host/records/" in fault
    assert "s3cret" not in fault
    assert raw.broken == set(ALL)


# ── places of faults ──


def test_faults_of_csv_name_the_line(site: Site, tmp_path: Path) -> None:
    """A ragged row, a refused value and a broken rule, as in a folder."""
    bad = PRICES + "latp,2025-12-06\nlatp,2025-12-07,,,many\nlatp,2025-12-08,9,1,\n"
    place = folder(tmp_path, prices=PRICES)
    (place / "prices.csv").write_text(bad)
    site.pages |= files(place)
    found = refused(every(site))
    assert [fault.replace(site.address, str(place)) for fault in found] == refused(
        Source(Location(str(place)))
    )
    assert [fault.partition(": ")[0] for fault in found] == [
        f"{site.address}/prices.csv:{n}" for n in (3, 4, 5)
    ]


def test_faults_of_json_name_the_item(site: Site, tmp_path: Path) -> None:
    place = folder(tmp_path, prices=PRICES)
    site.pages["/instruments.yaml"] = page((place / "instruments.yaml").read_bytes())
    rows = [
        {"instrument": "latp", "date": "2025-12-05", "average": 145},
        {"instrument": "latp", "date": "2025-12-06", "average": [1]},
        {"instrument": "latp", "date": "2025-12-07", "average": "many"},
        {"instrument": "latp", "date": "2025-12-08", "low": 9, "high": 1},
    ]
    site.pages["/prices.json"] = page(json.dumps(rows).encode())
    found = refused(every(site))
    assert [fault.partition(": ")[0] for fault in found] == [
        f"{site.address}/prices.json!item {number}" for number in (2, 3, 4)
    ]


def test_faults_of_yaml_name_the_line(site: Site) -> None:
    site.pages |= {
        "/instruments.yaml": page(b"- id: latp\n  unit: [kg\n"),
        "/prices.csv": page(PRICES.encode()),
    }
    assert refused(every(site))[0].startswith(f"{site.address}/instruments.yaml:")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\n <!DOCTYPE html><title>Log in</title>", ":1: error [web_page] is a web page, not records"),
        (b"\xef\xbb\xbf<html>", ":1: error [web_page] is a web page, not records"),
        (b"instrument\n\xff\n", ":2: error [not_utf8] byte 0xff is not UTF-8"),
        (b"instrument\na\0\n", ":2: error [nul_byte]"),
        (b"", ":1: error [empty_file] is empty"),
        (b'instrument\n"a\n', ":2: error [csv_syntax]"),
    ],
)
def test_what_is_no_table_is_told_with_its_place(site: Site, data: bytes, fault: str) -> None:
    site.pages["/prices.csv"] = page(data, Content_Type="text/csv")
    raw = read(f"{site.address}/prices.csv", "prices")
    assert len(faults(raw)) == 1
    assert faults(raw)[0].startswith(f"{site.address}/prices.csv{fault}")
    assert (raw.tables, raw.broken) == ({}, {"prices"})


def test_every_file_that_cannot_be_had_is_told(site: Site, tmp_path: Path) -> None:
    """What one file meets does not hide the faults of others."""
    site.pages |= files(folder(tmp_path, prices=PRICES + "latp,2025-12-07,,,many\n"))
    site.pages |= {"/events.csv": page(b"", 403), "/fx.csv": redirect("file:///etc/passwd")}
    codes = [fault.split("[")[1].split("]")[0] for fault in refused(every(site))]
    assert sorted(codes) == ["http_status", "redirect", "value"]


def test_a_server_that_is_gone_is_told_once() -> None:
    with serving(Site()) as site:
        pass
    raw = read(f"{site.address}/")
    (fault,) = faults(raw)
    assert fault.startswith(
        f"{site.address}/instruments.yaml: error [not_reached] 127.0.0.1 cannot be reached"
    )
    assert raw.broken == set(ALL)


def test_a_second_reading_asks_whether_anything_has_changed(site: Site, tmp_path: Path) -> None:
    """The cache is the user's folder, `reporter/http` in it."""
    site.pages["/prices.csv"] = page(PRICES.encode(), ETag='"1"')
    first = read(f"{site.address}/prices.csv", "prices")
    site.pages["/prices.csv"] = page(b"", 304)
    again = read(f"{site.address}/prices.csv", "prices")
    assert (
        again.tables["prices"].columns["average"].values == first.tables["prices"].columns["average"].values
    )
    assert len(list((tmp_path / "cache" / "reporter" / "http").iterdir())) == 1


def test_without_a_home_there_is_no_cache_and_no_fault(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/proc/no/home")
    site.pages["/prices.csv"] = page(PRICES.encode(), ETag='"1"')
    assert faults(read(f"{site.address}/prices.csv", "prices")) == []


def test_the_limits_are_those_of_each_file(site: Site) -> None:
    site.pages |= {"/prices.csv": page(PRICES.encode()), "/events.csv": page(b"x" * 2000)}
    raw = read(f"{site.address}/", limits=replace(QUICK, size=1000))
    assert set(raw.tables) == {"prices"}
    assert faults(raw) == [f"{site.address}/events.csv: error [too_large] is larger than 0.001 MB"]
