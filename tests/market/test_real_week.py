"""The week of 6 December 2025 from the records that the project ships."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from reporter.calendar import PublicationRule, Week
from reporter.market.news import Story, news
from reporter.market.outlook import build_outlook
from reporter.market.pipeline import CapacityTotal, Pipeline, StageMove, build_pipeline
from reporter.records.location import in_folder
from reporter.records.snapshot import Snapshot, take_snapshot
from reporter.records.validation import load_records

DATA = Path(__file__).parents[2] / "data"
SHANGHAI = ZoneInfo("Asia/Shanghai")
W49 = Week(2025, 49).period()
CUTOFF = PublicationRule(SHANGHAI, weekday=0, at=time(9)).cutoff


@lru_cache
def snapshot() -> Snapshot:
    return take_snapshot(
        load_records(in_folder(DATA), SHANGHAI), datetime(2025, 12, 6, 21, 47, tzinfo=SHANGHAI)
    )


def stories() -> tuple[Story, ...]:
    return news(snapshot().events, snapshot().projects, W49, CUTOFF)


@lru_cache
def pipeline() -> Pipeline:
    known = snapshot()
    as_of = known.as_of.date()
    return build_pipeline(known.projects, known.events, W49, CUTOFF, known.vocabulary, as_of)


def test_the_week_tells_22_rows_as_20_stories() -> None:
    """Wuhai and the POSCO–Factorial memorandum have two sources each; nothing is told late."""
    assert len(stories()) == 20
    assert sum(len(story.rows) for story in stories()) == 22
    sources = {story.head.id: len(story.rows) for story in stories() if len(story.rows) > 1}
    assert sources == {"2025-12-04-china-green-development": 2, "2025-12-04-posco-future-m": 2}
    assert not any(story.late for story in stories())


def test_seven_projects_are_new() -> None:
    """Those first reported on 6 December, at their stages."""
    assert {new.project.split("-")[0]: new.stage for new in pipeline().new} == {
        "chengdu": "commissioning",
        "chunlithium": "eia",
        "gotion": "design",
        "jiugong": "construction",
        "xingfa": "construction",
        "yanyixin": "mass_production",
        "zhongke": "announced",
    }


def test_wuhai_moves_from_equipment_to_grid_connected() -> None:
    """The one stage move, said by both rows; it skips commissioning, and nothing else is odd."""
    events = ("2025-12-04-china-green-development", "2025-12-06-lvfa-group")
    move = StageMove("wuhai-semi-solid-storage", "equipment", "grid_connected", events)
    assert pipeline().stage_moves == (move,)
    assert [warning.code for warning in pipeline().warnings] == ["stage_skip"]
    assert not (pipeline().slips + pipeline().capacity_changes + pipeline().overdue)


def test_xingfas_level_is_left_out_of_its_total() -> None:
    """50 mt/yr of precursors are under construction; 10 kt "level" beside them is only counted."""
    total = CapacityTotal("precursor", "not_stated", "construction", Decimal(50), "mt/yr", 1, 1)
    assert total in pipeline().totals


def test_nothing_that_is_first_reported_later_is_listed() -> None:
    """Firm-Lithium's three lines come on 9 December: the issue of the 6th does not know them."""
    assert len(pipeline().projects) == 21
    assert not any("firm-lithium" in state.project.id for state in pipeline().projects)


def test_the_two_figures_of_production_in_2023_are_shown_as_a_conflict() -> None:
    """910 GWh of one source, 940 of another; no other figures of the records contradict."""
    (conflict,) = build_outlook(snapshot().forecasts, snapshot().statistics).conflicts
    assert (conflict.period, conflict.values) == ("2023", (Decimal(910), Decimal(940)))
