"""Every figure of an issue leads back to its records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reporter.bulletin.explain import explain, figure_names
from reporter.errors import UsageError


@pytest.fixture(scope="module")
def document(acceptance_issue: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((acceptance_issue / "figures.json").read_text("utf-8"))
    return loaded


def test_every_figure_can_be_explained(document: dict[str, Any]) -> None:
    names = figure_names(document)
    assert len(names) == len(set(names)) > 100
    for name in names:
        found = explain(document, name, lambda key: f"at {key}")
        assert found.formula
        assert all(place == f"at {key}" for key, place in found.records)


def test_every_number_printed_of_a_price_has_a_record(document: dict[str, Any]) -> None:
    for price in document["prices"]:
        for name in ("value", "wow", "four_week", "yoy", "ytd"):
            found = explain(document, f"{price['instrument']}.{name}", str)
            if price["value"] is not None:
                assert found.records


def test_a_story_names_all_its_rows(document: dict[str, Any]) -> None:
    found = explain(document, "event.2025-12-04-china-green-development", str)
    assert [key for key, _ in found.records] == [
        "events/2025-12-04-china-green-development/r0",
        "events/2025-12-06-lvfa-group/r0",
    ]


def test_a_total_names_its_members(document: dict[str, Any]) -> None:
    found = explain(document, "total.precursor.not_stated.construction.mt/yr", str)
    values = dict(found.values)
    assert values["value"] == "50"
    assert values["of xingfa-group-phosphorus-pentasulfide-capacity"] == "10 kt/yr (level)"
    assert values["of tianqi-lithium-meishan-lithium-sulfide-pilot"] == "50 mt/yr (exact)"


def test_an_unknown_figure_is_refused_with_near_names(document: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"has no figure 'latp\.wwo'; for example: latp\.wow"):
        explain(document, "latp.wwo", str)
