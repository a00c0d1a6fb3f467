"""What a later version says of itself, in sentences: a line for each thing, numbers as everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reporter.bulletin.changes import Change, Difference
from reporter.bulletin.figures import figures
from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.bulletin.reissue import SECTION, reissue_of, reissued
from reporter.bulletin.reissue_words import ReissueView, reissue_view
from reporter.language import language
from tests.bulletin.test_build import EVENTS, PROJECTS, issue_of

PRICES = ["a,2025-11-28,185,198,", "a,2025-12-05,185,198,", "b,2025-12-05,,,3"]


def again(tmp_path: Path) -> Issue:
    """Version 2 of a week in which nearly everything has changed."""
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    first = issue_of(tmp_path / "before", prices=PRICES, projects=PROJECTS, events=EVENTS)
    second = issue_of(
        tmp_path / "after",
        prices=[*PRICES[:2], "a,2025-12-05,187,198,,,1,2025-12-06,restated", "c,2025-12-05,,,9"],
        projects="plant,Plant,Firm,electrolyte,sulfide,20,mt/yr,commissioning",
        events=[EVENTS[0].replace("grows", "shrinks"), EVENTS[1], "e9,2025-12-04,other,More"],
        forecasts="f1,Firm,demand,GWh,2030,level,2025-06,400,",
    )
    return reissued(second, figures(replace(first, version=1)), "0" * 64, "Why")


def view(issue: Issue, code: str = "en", most: int = 1000) -> ReissueView:
    told = reissue_view(issue, Prose(issue, language(code)), most)
    assert told is not None
    return told


def test_every_thing_is_one_line(tmp_path: Path) -> None:
    told = view(again(tmp_path))
    assert told.title == "Version 2 replaces version 1 of 8 December 2025"
    assert told.every[0].startswith(
        "a: 187.00–198.00 yuan/kg instead of 185.00–198.00 yuan/kg; week on week +0.52% instead of 0.00%;"
    )
    assert told.every[1:] == (
        "Added: c (9.00 yuan/kg).",
        "No longer listed: b (3 yuan/kg).",
        "Plant grows: the headline is now “Plant shrinks”; capacity 20 mt/yr instead of 10 mt/yr.",
        "Added: More.",
        "No longer listed: Patent filed.",
        "Firm · Plant: stage commissioning instead of construction; capacity 20 mt/yr instead of 10 mt/yr;"
        " its moves of the week differ.",
        "Projects by stage: commissioning 1 instead of 0; construction 0 instead of 1.",
        "Added: Capacity total of electrolytes, kind not stated, commissioning (20 mt/yr).",
        "No longer listed: Capacity total of electrolytes, kind not stated, construction (10 mt/yr).",
        "Added: Firm, demand, 2030 (400 GWh).",
    )


def test_page_one_has_the_first_three_with_two_facts_each_and_counts_the_rest(tmp_path: Path) -> None:
    told = view(again(tmp_path))
    assert len(told.first) == 3
    assert told.first[0].endswith("week on week +0.52% instead of 0.00%.")
    assert told.more == len(told.every) - 3


def test_chinese_says_it_in_chinese(tmp_path: Path) -> None:
    told = view(again(tmp_path), "zh")
    assert told.title == "第2版，取代2025年12月8日的第1版"
    assert told.first[0] == "a：187.00–198.00元/公斤，原为185.00–198.00元/公斤；周环比 +0.52%，原为0.00%。"


def test_more_changes_than_a_table_may_have_rows_are_counted(tmp_path: Path) -> None:
    issue = again(tmp_path)
    assert issue.reissue is not None
    many = replace(issue, reissue=replace(issue.reissue, changes=issue.reissue.changes * 6))
    told = view(many, most=60)
    assert (told.cut, len(told.every), told.more) == (66, 50, 63)


def test_the_section_of_changes_stands_before_the_corrections(tmp_path: Path) -> None:
    kinds = [section.kind for section in again(tmp_path).sections]
    assert kinds[kinds.index(SECTION.kind) + 1] == "corrections"


def test_what_a_version_says_of_itself_is_read_again_from_its_figures(tmp_path: Path) -> None:
    issue = again(tmp_path)
    assert reissue_of(figures(issue), "0" * 64) == issue.reissue
    assert reissue_of(figures(replace(issue, reissue=None)), "") is None


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_difference_that_prints_alike_leads_to_the_file(tmp_path: Path, code: str) -> None:
    issue = again(tmp_path)
    assert issue.reissue is not None
    tiny = Change("price", "changed", "a", (Difference("changes.wow.pct", "0.52201", "0.52199"),), ())
    told = view(replace(issue, reissue=replace(issue.reissue, changes=(tiny,))), code)
    assert told.every == ("a: details in figures.json." if code == "en" else "a：细节见数据文件。",)
