"""Sentences from figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.calendar import PartialDate
from reporter.language import language
from tests.bulletin.test_build import issue_of


def prose(issue: Issue, code: str = "en") -> Prose:
    return Prose(issue, language(code))


def chinese(told: Prose) -> Prose:
    return prose(told.issue, "zh")


def priced(tmp_path: Path, *rows: str, instrument: str = "", calendars: str = "") -> Prose:
    """Prose of one instrument `a` in yuan per kg with these rows after its id."""
    tables: dict[str, str | list[str]] = {"prices": [f"a,{row}" for row in rows]}
    extra = f", {instrument}" if instrument else ""
    tables["instruments"] = f"- {{id: a, name: Alpha, unit: kg, currency: CNY, source: SMM{extra}}}\n"
    if calendars:
        tables["calendars"] = calendars
    return prose(issue_of(tmp_path, **tables))


WEEK, BEFORE = "2025-12-05", "2025-11-28"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [f"{BEFORE},,,100", f"{WEEK},,,102"],
            "Alpha edged up 2.00 (+2.00%) on the week to 102.00 yuan/kg.",
        ),
        (
            [f"{BEFORE},,,100", f"{WEEK},,,88"],
            "Alpha plunged 12.00 (−12.00%) on the week to 88.00 yuan/kg.",
        ),
        (
            [f"{BEFORE},,,1000", f"{WEEK},,,1001"],
            "Alpha was largely stable and inched up 1.00 (+0.10%) on the week to 1,001.00 yuan/kg.",
        ),
        ([f"{BEFORE},90,110,", f"{WEEK},90,110,"], "Alpha: unchanged at 100.00 yuan/kg."),
        (
            [f"{BEFORE},90,110,", f"{WEEK},88,112,"],
            "Alpha: mid unchanged, range widened by 4.00 at 100.00 yuan/kg.",
        ),
        ([f"{BEFORE},,,100", f"{WEEK},,,,rolled_over"], "Alpha: rolled over at 100.00 yuan/kg."),
        (
            [f"{WEEK},,,100"],
            "Alpha is assessed at 100.00 yuan/kg; no weekly change is given (first assessment).",
        ),
        (
            ["2025-11-14,,,100", f"{WEEK},,,101"],
            "Alpha is assessed at 101.00 yuan/kg; no weekly change is given (no figure for the week before).",
        ),
        (
            ["2025-11-21,,,100", f"{WEEK},,,,not_assessed"],
            "Alpha was not assessed; its last value is 100.00 yuan/kg of 21 Nov.",
        ),
        ([f"{WEEK},,,,not_assessed"], "Alpha has not been assessed yet."),
    ],
)
def test_a_move_is_told_with_its_number(tmp_path: Path, rows: list[str], sentence: str) -> None:
    assert priced(tmp_path, *rows).price_sentence("a") == sentence


def test_a_bridged_move_names_its_base(tmp_path: Path) -> None:
    """The week before is all holidays."""
    told = priced(
        tmp_path,
        "2025-11-21,,,100",
        f"{WEEK},,,104",
        instrument="calendar: CN",
        calendars="CN: {holidays: [2025-11-24..2025-11-30]}\n",
    )
    assert told.price_sentence("a") == "Alpha rose 4.00 (+4.00%) to 104.00 yuan/kg (vs 21 Nov, 2 wk)."


HOLIDAYS = "CN: {holidays: [2025-11-24..2025-11-30]}\n"


@pytest.mark.parametrize(
    ("rows", "extra", "sentence", "note"),
    [
        (
            ["2025-11-21,,,100", f"{WEEK},,,130"],
            "tick: 20",
            "Alpha is at 130.00 yuan/kg, +30.00 (vs 21 Nov, 2 wk).",
            "yuan/kg · ▲ +30.00 · vs 21 Nov, 2 wk",
        ),
        (
            ["2025-11-21,,,100", f"{WEEK},,,100"],
            "tick: 1",
            "Alpha: unchanged at 100.00 yuan/kg (vs 21 Nov, 2 wk).",
            "yuan/kg · unchanged · vs 21 Nov, 2 wk",
        ),
    ],
)
def test_nothing_bridged_is_called_a_week(
    tmp_path: Path, rows: list[str], extra: str, sentence: str, note: str
) -> None:
    told = priced(tmp_path, *rows, instrument=f"calendar: CN, {extra}", calendars=HOLIDAYS)
    assert told.price_sentence("a") == sentence
    assert told.change_note(told.issue.price("a")) == note


def test_a_mid_that_stayed_while_the_range_moved_is_not_called_unchanged(tmp_path: Path) -> None:
    told = priced(tmp_path, f"{BEFORE},90,110,", f"{WEEK},95,105,")
    assert told.change_note(told.issue.price("a")) == "yuan/kg · mid unchanged, range narrowed by 10.00"


def test_the_sources_words_are_quoted_as_the_sources(tmp_path: Path) -> None:
    told = priced(tmp_path, f"{WEEK},,,100,,,,,slight decline")
    assert told.direction(told.issue.price("a")) == "SMM: “slight decline”."


def test_a_change_note_says_unit_and_move(tmp_path: Path) -> None:
    told = priced(tmp_path, f"{BEFORE},,,100", f"{WEEK},,,98")
    assert told.change_note(told.issue.price("a")) == "yuan/kg · ▼ −2.00 (−2.00%)"
    told = priced(tmp_path, f"{WEEK},,,98")
    assert told.change_note(told.issue.price("a")) == "yuan/kg · week on week n/a, first assessment"


def test_projects_are_told_by_company_with_capacity_and_stage(tmp_path: Path) -> None:
    told = prose(
        issue_of(
            tmp_path,
            projects=["plant,north line,Firms,electrolyte,sulfide,10,mt/yr,,2026-Q1"],
            events=[
                "e0,2025-11-20,other,Begun,plant,design",
                "e1,2025-12-02,stage_change,Grows,plant,construction",
            ],
        )
    )
    assert told.move_sentence("plant") == "Firms’ north line (10 mt/yr) went from design to construction."
    assert told.new_sentence("plant") == "Firms’ north line (10 mt/yr): construction, expected Q1 2026"


def test_the_cover_line_is_the_lead_story_with_the_first_price(tmp_path: Path) -> None:
    events = "e1,2025-12-02,other,Plant grows"
    told = prose(issue_of(tmp_path, prices="latp,2025-12-05,,,145", projects="p,P,F", events=events))
    assert told.cover_line() == "Plant grows · latp at 145.00 yuan/kg"
    quiet = prose(issue_of(tmp_path / "quiet", prices="latp,2025-12-05,,,145"))
    assert quiet.cover_line() == "latp at 145.00 yuan/kg"


def test_the_standfirst_counts_what_there_is(tmp_path: Path) -> None:
    events = ["e1,2025-12-02,other,Plant grows", "e2,2025-12-02,other,Plant shrinks"]
    told = prose(issue_of(tmp_path, prices="latp,2025-12-05,,,145", projects="p,P,F", events=events))
    assert told.standfirst() == "This week: 1 price assessed, 2 stories."


# Chinese


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [f"{BEFORE},,,1000", f"{WEEK},,,1001"],
            "Alpha报1,001.00元/公斤，周环比基本持稳，微涨1.00（+0.10%）。",
        ),
        (
            [f"{BEFORE},,,1000", f"{WEEK},,,999"],
            "Alpha报999.00元/公斤，周环比基本持稳，微跌1.00（−0.10%）。",
        ),
        ([f"{BEFORE},,,100", f"{WEEK},,,102"], "Alpha报102.00元/公斤，周环比小幅上涨2.00（+2.00%）。"),
        ([f"{BEFORE},,,100", f"{WEEK},,,98"], "Alpha报98.00元/公斤，周环比小幅下跌2.00（−2.00%）。"),
        ([f"{BEFORE},,,100", f"{WEEK},,,104"], "Alpha报104.00元/公斤，周环比上涨4.00（+4.00%）。"),
        ([f"{BEFORE},,,100", f"{WEEK},,,96"], "Alpha报96.00元/公斤，周环比下跌4.00（−4.00%）。"),
        ([f"{BEFORE},,,100", f"{WEEK},,,107"], "Alpha报107.00元/公斤，周环比大幅上涨7.00（+7.00%）。"),
        ([f"{BEFORE},,,100", f"{WEEK},,,93"], "Alpha报93.00元/公斤，周环比大幅下跌7.00（−7.00%）。"),
        ([f"{BEFORE},,,100", f"{WEEK},,,112"], "Alpha报112.00元/公斤，周环比飙升12.00（+12.00%）。"),
        ([f"{BEFORE},,,100", f"{WEEK},,,88"], "Alpha报88.00元/公斤，周环比暴跌12.00（−12.00%）。"),
        ([f"{BEFORE},90,110,", f"{WEEK},90,110,"], "Alpha报100.00元/公斤，持平。"),
        (
            [f"{BEFORE},90,110,", f"{WEEK},88,112,"],
            "Alpha报100.00元/公斤，中间价持平，区间扩大4.00。",
        ),
        ([f"{BEFORE},,,100", f"{WEEK},,,,rolled_over"], "Alpha报100.00元/公斤，沿用前一周价格。"),
        ([f"{WEEK},,,100"], "Alpha报100.00元/公斤；无周环比数据（首次评估）。"),
        (
            ["2025-11-21,,,100", f"{WEEK},,,,not_assessed"],
            "Alpha本周未评估，最近一次为11月21日的100.00元/公斤。",
        ),
        ([f"{WEEK},,,,not_assessed"], "Alpha尚无评估价。"),
    ],
)
def test_each_wording_has_its_chinese_sentence(tmp_path: Path, rows: list[str], sentence: str) -> None:
    assert chinese(priced(tmp_path, *rows)).price_sentence("a") == sentence


def test_a_bridged_move_names_its_base_in_chinese(tmp_path: Path) -> None:
    rows = ("2025-11-21,,,100", f"{WEEK},,,104")
    told = chinese(priced(tmp_path, *rows, instrument="calendar: CN", calendars=HOLIDAYS))
    assert told.price_sentence("a") == "Alpha报104.00元/公斤，较11月21日（2周前）上涨4.00（+4.00%）。"
    assert told.change_note(told.issue.price("a")) == "元/公斤 · ▲ +4.00（+4.00%） · 较11月21日（2周前）"


def test_chinese_sentences_follow_each_other_without_a_space(tmp_path: Path) -> None:
    rows = ("2025-11-21,,,100", f"{BEFORE},,,101", f"{WEEK},,,104,,,,,firm")
    told = chinese(priced(tmp_path, *rows))
    assert told.highlights() == [
        ("价格", "Alpha报104.00元/公斤，周环比上涨3.00（+2.97%）。创该价格发布以来新高。SMM原文：“firm”。")
    ]
    assert told.cover_line() == "Alpha报104.00元/公斤，周环比上涨3.00（+2.97%）。创该价格发布以来新高"


def test_projects_are_told_in_chinese_order(tmp_path: Path) -> None:
    told = prose(
        issue_of(
            tmp_path,
            projects=["plant,北线,甲公司,electrolyte,sulfide,10,mt/yr,,2026-Q1"],
            events=[
                "e0,2025-11-20,other,Begun,plant,design",
                "e1,2025-12-02,stage_change,Grows,plant,construction",
            ],
        ),
        "zh",
    )
    assert told.move_sentence("plant") == "甲公司的北线（10吨/年）由“设计”转为“建设”。"
    assert told.new_sentence("plant") == "甲公司的北线（10吨/年）：建设，预计2026年一季度"
    assert told.standfirst() == "本周：新闻1条，阶段变动1项。"


def test_an_expected_milestone_has_its_label(tmp_path: Path) -> None:
    """One that is a stage has the stage's; one that is none has its own; any other stands as written."""
    issue = prose(
        issue_of(tmp_path, projects="plant,Plant,Firm", events="e1,2025-12-02,other,Begun,plant")
    ).issue
    state = replace(issue.pipeline.projects[0], expected=PartialDate.parse("2026-Q1"))

    def told(milestone: str, code: str) -> str:
        project = replace(state.project, expected_milestone=milestone)
        return prose(issue, code).expected(replace(state, project=project))

    assert told("commissioning", "zh") == "预计2026年一季度调试"
    assert told("production", "zh") == "预计2026年一季度投产"
    assert told("production", "en") == "production expected Q1 2026"
    assert told("first_metal", "en") == "first metal expected Q1 2026"
