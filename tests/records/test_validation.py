"""Records load whole, or every fault of every file is reported at once."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from builders import SHANGHAI, folder, records
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reporter.errors import RecordsError
from reporter.records.location import in_folder
from reporter.records.validation import load_records

DATA = Path(__file__).parents[2] / "data"
LISTED = "- {id: latp, name: L, unit: mt, currency: CNY, tick: 50}"


def refused(place: Path) -> list[str]:
    with pytest.raises(RecordsError) as caught:
        load_records(in_folder(place), SHANGHAI)
    return [f"{problem.file}:{problem.line}:{problem.code}" for problem in caught.value.problems]


def test_the_real_records_load_without_a_fault() -> None:
    """The default data is valid, has no warnings, and holds the rows it was collected with."""
    found = load_records(in_folder(DATA), SHANGHAI)
    assert found.warnings == ()
    assert {name: len(table) for name, table in found.tables.items()} == {
        "prices": 53, "projects": 26, "events": 81, "forecasts": 16, "companies": 5,
        "statistics": 38, "routes": 4, "policies": 6, "translations": 276,
    }  # fmt: skip
    assert [instrument.id for instrument in found.instruments][:3] == ["lithium-sulfide", "latp", "lpsc"]
    assert date(2026, 2, 20) in found.calendars["CN"].holidays


def test_all_faults_of_all_files_come_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several faults a row and a file, in several files, are one report in order of file and line."""
    monkeypatch.chdir(tmp_path)
    place = folder(
        Path(), "r",
        instruments="- {id: latp, name: L, unit: Mt}\n- {id: b, name: B, unit: kg, currency: RMB}",
        prices=["latp,2025-13-01,x,2,3", "latp,2025-12-01,5,4,", "c,2025-12-01,,,1,asessed,1"],
        projects="p,Plant,",
        events="e,2025-12-06,othr,H,q",
        calendars="CN: [1]",
    )  # fmt: skip
    assert refused(place) == [
        "r/calendars.yaml:1:calendar",
        "r/events.csv:2:value",
        "r/events.csv:2:unknown_project",
        "r/instruments.yaml:1:instrument",
        "r/instruments.yaml:1:instrument",
        "r/instruments.yaml:2:instrument",
        "r/prices.csv:2:value",
        "r/prices.csv:2:value",
        "r/prices.csv:3:low_above_high",
        "r/prices.csv:4:value",
        "r/prices.csv:4:undated_revision",
        "r/prices.csv:4:unknown_instrument",
        "r/projects.csv:2:required",
    ]


def test_many_bad_rows_are_counted_not_listed(tmp_path: Path) -> None:
    """Of one file, code and field the first twenty are shown, then how many more."""
    rows = [f"latp,2025-12-{day % 28 + 1:02d},,,x{day}" for day in range(1000)]
    with pytest.raises(RecordsError) as caught:
        records(tmp_path, prices=rows)
    assert len(caught.value.problems) == 21
    assert [problem.line for problem in caught.value.problems[:20]] == list(range(2, 22))
    last = caught.value.problems[-1]
    assert (last.code, last.field, last.line, last.message) == (
        "value",
        "average",
        None,
        "… and 980 more of these",
    )


def test_what_cannot_be_read_causes_no_follow_up_faults(tmp_path: Path) -> None:
    """Broken instruments, projects or vocabulary do not make every row that names them a fault."""
    place = folder(
        tmp_path, instruments="- {id: latp, unit: kg", prices="latp,2025-12-05,,,145,asessed",
        projects=b"id\n\xff", events="e,2025-12-06,anything,H,p,anystage", vocabulary="segments: [",
    )  # fmt: skip
    assert [entry.rsplit("/", 1)[1] for entry in refused(place)] == [
        "instruments.yaml:2:yaml",
        "prices.csv:2:value",
        "projects.csv:2:not_utf8",
        "vocabulary.yaml:2:yaml",
    ]


def test_oddities_are_warnings(tmp_path: Path) -> None:
    """Unknown columns, identical rows, shared aliases and averages off the mid are said, not refused."""
    found = records(
        tmp_path,
        instruments="- {id: latp, name: L, unit: mt, currency: CNY, tick: 50, colour: red}",
        prices="""instrument,date,low,high,average,mood
latp,2025-12-05,100,200,150,good
latp,2025-12-05,100.0,200,150.00,bad
latp,2025-12-06,100,200,175,
latp,2025-12-07,100,200,175.5,""",
        companies=["a,Firm,Alpha;Alfa", "b,Other,alfa"],
    )
    assert [str(warning).split("records/")[1] for warning in found.warnings] == [
        "companies.csv:3: warning [shared_alias] aliases: alfa is a name of a too",
        "instruments.yaml:1: warning [unknown_field] colour: is not a field of an instrument",
        "prices.csv:1: warning [unknown_column] mood: is not a column of this table; it is not read",
        "prices.csv:3: warning [duplicate_row] instrument 'latp': repeats line 2; it is read once",
        "prices.csv:5: warning [average_off_mid] average '175.5': "
        "differs from the mid of 100 and 200 by more than half a tick",
    ]
    assert len(found.tables["prices"]) == 3


@pytest.mark.parametrize(
    ("low", "high", "average", "warned"),
    [
        ("100", "200", "125", False),  # exactly half a tick of 50 off the mid
        ("100", "200", "124.999999999999", True),
        ("0.1", "0.3", "0.2", False),  # binary fractions would differ
        (
            "99999999999999999",
            "100000000000000099",
            "100000000000000024.5",
            False,
        ),  # beyond 64 bits: 24.5 + 0.5
        ("99999999999999999", "100000000000000099", "100000000000000024.000000000001", False),
        ("99999999999999999", "100000000000000099", "100000000000000074.000000000001", True),
    ],
)
def test_half_a_tick_is_exact(low: str, high: str, average: str, warned: bool, tmp_path: Path) -> None:
    """The mid is held against the average on exact numbers, however long."""
    found = records(tmp_path, instruments=LISTED, prices=f"latp,2025-12-05,{low},{high},{average}")
    assert [warning.code for warning in found.warnings] == ["average_off_mid"] * warned


def test_a_price_is_judged_by_the_version_of_its_date(tmp_path: Path) -> None:
    """The tick is that of the version valid on the price's date."""
    versions = (
        LISTED.replace("50", "10")
        + "\n"
        + LISTED.replace("50", "100, spec_version: 2, valid_from: 2025-12-06")
    )
    found = records(
        tmp_path, instruments=versions, prices=["latp,2025-12-05,100,200,170", "latp,2025-12-06,100,200,170"]
    )
    assert [warning.line for warning in found.warnings] == [2]


def test_decimals_are_exact_and_plain(tmp_path: Path) -> None:
    """However a number was written, its column holds one plain text for it."""
    found = records(
        tmp_path, prices=["latp,2025-12-01,,,0145.500", "latp,2025-12-02,,,145.5", "latp,2025-12-03,,,-0"]
    )
    assert found.tables["prices"]["average"].tolist() == ["145.5", "145.5", "0"]
    found = records(tmp_path, "routes", prices="latp,2025-12-01,,,1", routes="sulfide,1e-4,1E-2,S/cm")
    assert found.tables["routes"]["conductivity_low"].tolist() == ["0.0001"]


def test_other_spellings_are_read_as_their_code(tmp_path: Path) -> None:
    """`sulphide`, in any case, is read as sulfide."""
    found = records(tmp_path, projects="p,Plant,Firm,cell,Sulphide", events="e,2025-12-06,other,H")
    assert found.tables["projects"]["route"].tolist() == ["sulfide"]


def test_another_market_brings_its_own_words(tmp_path: Path) -> None:
    """A vocabulary.yaml replaces the default one as a whole."""
    words = """
segments: {mine: , mill: {en: mills}}
routes: {open_pit: open pit}
states: {}
stages: {planned: , running: , closed: }
ladders: [{stages: [planned, running]}]
off_ladder: [closed]
event_types: {other: }
regions: {}
capacity_kinds: {}
capacity_qualifiers: {}
units: {t: {dimension: mass}}
price_units: {t: {dimension: mass, factor: 0.5}}
"""
    tables = {"projects": "p,Plant,Firm,mine,open_pit,5,t,planned", "events": "e,2025-12-06,other,H"}
    found = records(tmp_path, vocabulary=words, **tables)
    assert found.vocabulary.segments == {"mine": {"": "mine"}, "mill": {"en": "mills"}}
    assert found.vocabulary.price_units["t"].factor == Decimal("0.5")
    assert found.vocabulary.ladder("mine") == ("planned", "running")
    with pytest.raises(RecordsError, match=r"'cell': is not a segment; expected one of mine, mill"):
        records(tmp_path, vocabulary=words, **{**tables, "projects": "p,Plant,Firm,cell"})


def test_an_event_may_leave_the_unit_to_its_project(tmp_path: Path) -> None:
    """A capacity without a unit is taken where the project states one."""
    project = "p,Plant,Firm,,,100,MWh"
    records(tmp_path, projects=project, events="e,2025-12-06,other,H,p,,,,200")
    with pytest.raises(RecordsError, match="capacity_unit: is required beside a capacity"):
        records(tmp_path, projects="p,Plant,Firm", events="e,2025-12-06,other,H,p,,,,200")


def test_a_story_may_change_its_head_by_revisions(tmp_path: Path) -> None:
    """Two events that named each other at different times are no circle; at one time they are."""
    rows = ["a,2025-12-06,other,H,,,,b", "b,2025-12-06,other,H", "a,2025-12-06,other,H,,,,,,,,,1,2025-12-07"]
    turned = "b,2025-12-06,other,H,,,,a,,,,,1,2025-12-08"
    projects = "p,Plant,Firm"
    records(tmp_path, projects=projects, events=[*rows, turned])
    with pytest.raises(RecordsError, match="leads back to this event in a circle"):
        records(tmp_path, projects=projects, events=[*rows, turned.replace("12-08", "12-06")])


def test_a_bulletin_of_projects_needs_no_prices(tmp_path: Path) -> None:
    """projects.csv and events.csv are enough, and so are instruments.yaml and prices.csv."""
    assert set(records(tmp_path, "a", projects="p,Plant,Firm", events="e,2025-12-06,other,H").tables) == {
        "projects",
        "events",
    }
    assert set(records(tmp_path, "b", prices="latp,2025-12-05,,,145").tables) == {"prices"}


HEADER = b"instrument,date,low,high,average,status,revision,published_at\n"


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=80), header=st.booleans())
@example(data=b'"', header=True)
@example(data=b"latp,2025-12-05,,,145,,0,9999-12-31T23:59:59-23:59\n", header=True)
@example(data=b"latp,2025-12-05,1,2,145,,99999999999999999999,\n", header=True)
@example(data=b"latp,2025-12-05," + b"9" * 5000 + b",,,,,\n", header=True)
def test_any_bytes_give_records_or_a_report(
    data: bytes, header: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No bytes in prices.csv end in anything but Records or a RecordsError with problems."""
    place = folder(tmp_path_factory.mktemp("r"), instruments=LISTED, prices=HEADER + data if header else data)
    with suppress(RecordsError):
        load_records(in_folder(place), SHANGHAI)


fields = st.sampled_from(
    [
        "latp",
        "x",
        "2025-12-05",
        "2025-12-05T10:00+08:00",
        "1",
        "2",
        "-1",
        "1e5",
        "",
        "assessed",
        "holiday",
        "é",
        '"q"',
    ]
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.lists(fields, min_size=8, max_size=8), max_size=5))
def test_any_cells_give_records_or_a_report(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No shuffling of plausible cells ends in another exception."""
    data = HEADER + "\n".join(",".join(row) for row in rows).encode()
    with suppress(RecordsError):
        load_records(
            in_folder(folder(tmp_path_factory.mktemp("r"), instruments=LISTED, prices=data)), SHANGHAI
        )
