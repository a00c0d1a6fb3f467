"""What two documents of one week say differently: one change a thing, exact, with the records behind it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.bulletin.changes import Change, what_changed
from reporter.bulletin.figures import Json, figures
from tests.bulletin import sample
from tests.bulletin.test_build import EVENTS, PROJECTS, issue_of

PRICES = ["a,2025-11-28,185,198,", "a,2025-12-05,185,198,", "b,2025-12-05,,,3"]


def document(tmp_path: Path, name: str, **tables: str | list[str]) -> Json:
    (tmp_path / name).mkdir()
    kept = {"prices": PRICES, "projects": PROJECTS, "events": EVENTS} | tables
    return figures(issue_of(tmp_path / name, **kept))


def changes(tmp_path: Path, **tables: str | list[str]) -> tuple[Change, ...]:
    """What changes from the tables above when some are replaced."""
    return what_changed(document(tmp_path, "before"), document(tmp_path, "after", **tables))


def test_the_same_records_change_nothing(tmp_path: Path) -> None:
    assert changes(tmp_path) == ()


def test_a_corrected_price_is_one_change_with_exact_values_and_its_records(tmp_path: Path) -> None:
    """Its value, its changes, its range and its correction are told together, those of others not at all."""
    (change,) = changes(tmp_path, prices=[*PRICES, "a,2025-12-05,187,198,,,1,2025-12-06,restated"])
    assert (change.kind, change.code, change.thing) == ("price", "changed", "a")
    assert change.field("low") is not None
    told = {one.field: (one.before, one.after) for one in change.fields}
    assert told["low"] == ("185", "187")
    assert told["value"] == ("191.5", "192.5")
    assert told["changes.wow.pct"] == ("0", "0.5221932114883")
    assert "high" not in told
    assert change.records == ("prices/a/2025-12-05/r0", "prices/a/2025-12-05/r1")


def test_a_corrected_base_is_a_change_of_the_price_and_a_correction_of_its_own(tmp_path: Path) -> None:
    found = changes(tmp_path, prices=[*PRICES, "a,2025-11-28,180,198,,,1,2025-12-06,restated"])
    assert [(one.kind, one.code, one.thing) for one in found] == [
        ("price", "changed", "a"),
        ("correction", "added", "a/2025-11-28"),
    ]
    assert not found[0].differs("value", "low", "high")


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"prices": [*PRICES, "c,2025-12-05,,,9"]}, {("price", "added", "c")}),
        ({"prices": PRICES[:2]}, {("price", "removed", "b")}),
        ({"events": [*EVENTS, "e4,2025-12-04,other,More"]}, {("event", "added", "e4")}),
        ({"events": EVENTS[:2]}, {("event", "removed", "e3")}),
        (
            {"events": [*EVENTS[:2], "e3,2025-12-03,patent,Patent granted"]},
            {("event", "changed", "e3")},
        ),
        (
            {"projects": ["plant,Plant,Firm,electrolyte,sulfide,20,mt/yr,construction"]},
            {
                ("project", "changed", "plant"),
                ("event", "changed", "e1"),  # it states no capacity and has its project's
                ("total", "changed", "electrolyte/not_stated/construction/mt/yr"),
            },
        ),
        (
            {"projects": ["plant,Plant,Firm,electrolyte,sulfide,10,mt/yr,commissioning"]},
            {
                ("project", "changed", "plant"),
                ("by_stage", "changed", ""),
                ("total", "added", "electrolyte/not_stated/commissioning/mt/yr"),
                ("total", "removed", "electrolyte/not_stated/construction/mt/yr"),
            },
        ),
    ],
    ids=["new price", "price left out", "new story", "story left out", "headline", "capacity", "stage"],
)
def test_each_kind_is_told(tmp_path: Path, tables: Any, expected: set[tuple[str, str, str]]) -> None:
    assert {(one.kind, one.code, one.thing) for one in changes(tmp_path, **tables)} == expected


def test_a_forecast_that_moves_is_told(tmp_path: Path) -> None:
    row = "f1,Firm,demand,GWh,2030,level,2025-06,{},"
    old = document(tmp_path, "old", forecasts=row.format(400))
    new = document(tmp_path, "new", forecasts=row.format(500))
    (change,) = what_changed(old, new)
    assert (change.kind, change.thing) == ("forecast", "f1")
    assert [(one.field, one.before, one.after) for one in change.fields] == [("value", "400", "500")]


FULL = figures(sample.w49())
PLACES = [
    (table, n, field)
    for table in ("prices", "events", "forecasts", "policies")
    for n, row in enumerate(FULL[table])
    for field, value in row.items()
    if isinstance(value, str) and field not in ("record", "instrument", "id", "date")
]


@given(st.sets(st.sampled_from(PLACES), max_size=5), st.sets(st.sampled_from(range(3)), max_size=3))
def test_changes_are_the_same_both_ways_and_none_against_itself(
    spoiled: set[tuple[str, int, str]], removed: set[int]
) -> None:
    """What one way adds the other removes, with before and after exchanged."""
    other = copy.deepcopy(FULL)
    for table, n, field in spoiled:
        other[table][n][field] = "another"
    other["events"] = [row for n, row in enumerate(other["events"]) if n not in removed]
    assert what_changed(other, other) == ()
    there, back = what_changed(FULL, other), what_changed(other, FULL)
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(one.kind, mirror[one.code], one.thing) for one in back} == {
        (one.kind, one.code, one.thing) for one in there
    }
    assert {(one.thing, d.field, d.after, d.before) for one in back for d in one.fields} == {
        (one.thing, d.field, d.before, d.after) for one in there for d in one.fields
    }
    assert bool(there) == bool(removed or spoiled)
