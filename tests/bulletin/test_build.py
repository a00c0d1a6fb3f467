"""From a snapshot to the Issue: where a story goes, what page 1 says, which sections are printed."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reporter.bulletin.build import build_issue
from reporter.bulletin.figures import canonical_json, decimal_text, figures
from reporter.bulletin.issue import Issue
from reporter.bulletin.plan import EditionPlan, SectionPlan, StoryFilter
from reporter.calendar import PublicationRule, Week
from reporter.errors import NothingToDo
from reporter.records.snapshot import take_snapshot
from reporter.records.validation import Records
from tests.builders import records, snapshot

SECTIONS = (
    SectionPlan("prices", "prices"),
    SectionPlan("projects", "projects"),
    SectionPlan("materials", "news", stories=(StoryFilter(segments=("electrolyte",)),)),
    SectionPlan(
        "capital", "news", stories=(StoryFilter(types=("financing",)), StoryFilter(types=("award",)))
    ),
    SectionPlan("corrections", "corrections"),
    SectionPlan("method", "method"),
)
PLAN = EditionPlan("weekly", {"": "Weekly"}, PublicationRule(ZoneInfo("Asia/Shanghai")), SECTIONS)
PROJECTS = ["plant,Plant,Firm,electrolyte,sulfide,10,mt/yr,construction"]
EVENTS = [
    "e1,2025-12-02,other,Plant grows,plant",
    "e2,2025-12-03,financing,Round closed",
    "e3,2025-12-03,patent,Patent filed",
]


def issue_of(
    tmp_path: Path, plan: EditionPlan = PLAN, week: str = "2025-W49", **tables: str | list[str]
) -> Issue:
    known = snapshot(tmp_path, "2025-12-08T00:00+08:00", **tables)
    return build_issue(known, plan, Week.parse(week).period())


def sections(issue: Issue) -> dict[str, tuple[str, ...]]:
    return {section.id: section.stories for section in issue.sections}


def test_a_story_goes_to_the_first_section_that_takes_it(tmp_path: Path) -> None:
    """An event without a segment has its project's; what no section takes is told in one of its own."""
    issue = issue_of(tmp_path, projects=PROJECTS, events=EVENTS)
    told = sections(issue)
    assert (told["materials"], told["capital"], told["other"]) == (("e1",), ("e2",), ("e3",))
    assert list(told) == ["projects", "materials", "capital", "other", "corrections", "method"]


def test_sections_whose_tables_are_not_kept_are_left_out(tmp_path: Path) -> None:
    issue = issue_of(tmp_path, prices="latp,2025-12-05,,,145")
    assert list(sections(issue)) == ["prices", "corrections", "method"]


def test_an_empty_section_says_so_or_is_left_out_as_set(tmp_path: Path) -> None:
    events = ["e2,2025-12-03,financing,Round closed"]
    issue = issue_of(tmp_path, projects=PROJECTS, events=events)
    empty = {section.id: section.empty for section in issue.sections}
    assert empty == {
        "projects": False,
        "materials": True,
        "capital": False,
        "corrections": True,
        "method": False,
    }
    silent = tuple(replace(section, when_empty="leave_out") for section in SECTIONS)
    issue = issue_of(tmp_path, replace(PLAN, sections=silent), projects=PROJECTS, events=events)
    assert list(sections(issue)) == ["projects", "capital", "method"]


def test_the_heaviest_story_leads(tmp_path: Path) -> None:
    plan = replace(PLAN, event_weights={"patent": 50, "financing": 1})
    issue = issue_of(tmp_path, plan, projects=PROJECTS, events=EVENTS)
    assert issue.lead == "e3"
    assert issue.stories[0].head.id == "e3"


def test_highlights_are_at_most_five_and_never_tell_a_story_twice(tmp_path: Path) -> None:
    issue = issue_of(tmp_path, prices="latp,2025-12-05,,,145", projects=PROJECTS, events=EVENTS)
    assert [(entry.kind, entry.refs) for entry in issue.highlights] == [
        ("prices", ("latp",)),
        ("new", ("plant",)),
        ("section", ("capital", "e2")),
        ("section", ("other", "e3")),
    ]


def test_headline_prices_are_those_with_something_to_say(tmp_path: Path) -> None:
    prices = ["a,2025-12-05,,,,not_assessed", "b,2025-11-28,,,7", "c,2025-12-05,,,8"]
    assert issue_of(tmp_path, prices=prices).headline_prices == ("b", "c")
    chosen = replace(PLAN, headline_instruments=("c",))
    assert issue_of(tmp_path, chosen, prices=prices).headline_prices == ("c",)


def test_a_week_with_neither_price_nor_event_is_nothing_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        NothingToDo, match="weekly 2025-W48: no price and no event of 2025-11-24 to 2025-11-30"
    ):
        issue_of(tmp_path, week="2025-W48", prices="latp,2025-12-05,,,145")


def test_a_week_in_which_only_a_direction_is_stated_is_an_issue(tmp_path: Path) -> None:
    issue = issue_of(tmp_path, prices="latp,2025-12-05,,,,not_assessed,,,,steady")
    assert issue.prices[0].direction == "steady"


def test_a_company_is_printed_under_one_name(tmp_path: Path) -> None:
    issue = issue_of(tmp_path, projects=PROJECTS, events=EVENTS, companies="firm,Firm Ltd,Firm;The Firm")
    assert issue.company_names == {"Firm Ltd": "Firm Ltd", "Firm": "Firm Ltd", "The Firm": "Firm Ltd"}


def test_an_event_whose_date_is_corrected_is_told_once(tmp_path: Path) -> None:
    """Told in the week that reported it; the issue of the corrected date's week does not tell it again."""
    events = [
        "a,2025-12-04,other,Other news",
        "b,2025-11-28,other,Plant grows",
        "b,2025-12-02,other,Plant grows more,,,,,,,,,1,2025-12-03",
    ]
    found = records(tmp_path, projects=PROJECTS, events=events)
    told = {
        week: [(story.head.id, story.head.headline) for story in known_then(found, week).stories]
        for week in ("2025-W48", "2025-W49")
    }
    assert told == {"2025-W48": [("b", "Plant grows")], "2025-W49": [("a", "Other news")]}


def test_corrected_rows_move_their_project_once(tmp_path: Path) -> None:
    """The week that learns of a correction tells it, whenever its issue is made; no other week does."""
    projects = [*PROJECTS, "plant,Plant,Firm,electrolyte,sulfide,20,mt/yr,construction,,,1,2025-12-03"]
    events = [f"week{day},2025-{day},other,News" for day in ("11-20", "11-27", "12-04", "12-11")]
    events += ["r,2025-11-18,stage_change,Begun,plant,design,2026-Q1"]
    events += ["r,2025-11-18,stage_change,Begun,plant,construction,2026-Q3,,,,,,1,2025-12-02"]
    found = records(tmp_path, projects=projects, events=events)
    weeks = ("2025-W47", "2025-W48", "2025-W49", "2025-W50")
    corrections = [
        [("plant", "design", "construction")],
        [("plant", 183)],
        [("plant", 10, 20, "mt/yr")],
    ]
    for made in (known_then, known_later):
        changes = {week: changes_of(made(found, week)) for week in weeks}
        assert changes == {week: corrections if week == "2025-W49" else [[], [], []] for week in weeks}
    assert [entry.project for entry in known_later(found, "2025-W47").pipeline.new] == ["plant"]


def known_then(found: Records, week: str) -> Issue:
    """The issue of a week as its own cut-off knew the records."""
    period = Week.parse(week).period()
    return build_issue(take_snapshot(found, PLAN.rule.cutoff(period)), PLAN, period)


def known_later(found: Records, week: str) -> Issue:
    """The same issue, made again when everything is known."""
    later = datetime(2026, 2, 1, tzinfo=PLAN.rule.zone)
    return build_issue(take_snapshot(found, later), PLAN, Week.parse(week).period())


def changes_of(issue: Issue) -> list[list[tuple[object, ...]]]:
    told = issue.pipeline
    return [
        [(move.project, move.from_stage, move.to_stage) for move in told.stage_moves],
        [(slip.project, slip.days) for slip in told.slips],
        [(one.project, one.from_value, one.to_value, one.unit) for one in told.capacity_changes],
    ]


def test_a_correction_of_a_later_week_does_not_undo_this_weeks_change(tmp_path: Path) -> None:
    """Corrected in W48, corrected back in W50: W48's issue made again shows what the records now say."""
    events = [f"week{day},2025-{day},other,News" for day in ("11-20", "11-27", "12-04", "12-11")]
    row = "r,2025-11-18,stage_change,Begun,plant,{},,,,,,,{},2025-{}"
    stages = (("design", 0, "11-18"), ("pilot", 1, "11-26"), ("equipment", 2, "12-10"))
    events += [row.format(*said) for said in stages]
    found = records(tmp_path, projects=PROJECTS, events=events)
    weeks = ("2025-W48", "2025-W49", "2025-W50")
    moves = [[changes_of(made(found, week))[0] for week in weeks] for made in (known_then, known_later)]
    last = [("plant", "pilot", "equipment")]
    assert moves == [
        [[("plant", "design", "pilot")], [], last],
        [[("plant", "design", "equipment")], [], last],
    ]


def test_a_later_version_of_an_instrument_changes_no_old_issue(tmp_path: Path) -> None:
    """W48 is a holiday in CN, so W49 bridges it; a version that is valid from January knows no holidays."""
    one = "- {id: latp, name: L, unit: kg, currency: CNY, calendar: CN}"
    later = one.replace("CN}", "US, spec_version: 2, valid_from: 2026-01-01, continues: true}")
    tables = {
        "prices": ["latp,2025-11-20,,,1", "latp,2025-12-04,,,2"],
        "calendars": "CN: {holidays: [2025-11-24..2025-11-28]}\nUS: {}",
    }
    before, after = (
        issue_of(tmp_path / name, instruments=listed, **tables)
        for name, listed in (("before", one), ("after", f"{one}\n{later}"))
    )
    assert before.prices[0].wow.reason == "bridged"
    assert after.prices == before.prices


def test_odd_prices_of_the_week_are_warnings_of_the_issue(tmp_path: Path) -> None:
    """An average off the mid and a repeated price that differs are in figures.json with their record."""
    listed = "\n".join(f"- {{id: {name}, name: N, unit: kg, currency: CNY, tick: 1}}" for name in "ab")
    prices = [
        "a,2025-11-27,1,9,8",
        "a,2025-12-04,1,9,7",
        "b,2025-11-27,,,9",
        "b,2025-12-04,,,10,rolled_over",
    ]
    issue = issue_of(tmp_path, instruments=listed, prices=prices)
    assert figures(issue)["warnings"] == [
        {
            "code": "average_off_mid",
            "record": "prices/a/2025-12-04/r0",
            "text": "average 7 is off the mid of 1 and 9 by more than half a tick",
        },
        {
            "code": "rolled_over_differs",
            "record": "prices/b/2025-12-04/r0",
            "text": "rolled over at 10, but the value of 2025-11-27 is 9",
        },
    ]


def test_figures_hold_decimals_as_text_and_keep_the_order_of_the_edition(tmp_path: Path) -> None:
    prices = ["b,2025-11-28,,,3", "b,2025-12-05,,,1.10", "a,2025-12-05,2,4,,"]
    plan = replace(PLAN, instruments=("b", "a"))
    document = figures(issue_of(tmp_path, plan, prices=prices))
    assert [entry["instrument"] for entry in document["prices"]] == ["b", "a"]
    b, a = document["prices"]
    assert (b["value"], b["changes"]["wow"]["abs"], b["changes"]["wow"]["pct"]) == (
        "1.1",
        "-1.9",
        "-63.33333333333",
    )
    assert (a["value"], a["low"], a["high"]) == ("3", "2", "4")
    assert b["records"] == ["prices/b/2025-12-05/r0", "prices/b/2025-11-28/r0"]


def test_figures_are_json_in_one_spelling(tmp_path: Path) -> None:
    document = figures(issue_of(tmp_path, projects=PROJECTS, events=EVENTS))
    text = canonical_json(document)
    assert json.loads(text) == document
    assert text.endswith(b"}\n")
    assert document["period"] == {"start": str(date(2025, 12, 1)), "end": str(date(2025, 12, 7))}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("93300.00", "93300"),
        ("1E+3", "1000"),
        ("-0.0", "0"),
        ("0.10", "0.1"),
        ("-2.50", "-2.5"),
        ("100", "100"),
    ],
)
def test_a_decimal_has_one_text(value: str, text: str) -> None:
    assert decimal_text(Decimal(value)) == text


def test_an_issue_is_one_frozen_value_that_json_can_hold(tmp_path: Path) -> None:
    """The same records give an equal value with the same JSON; nothing of it can be set."""
    tables: dict[str, str | list[str]] = {
        "prices": "latp,2025-12-05,,,145",
        "projects": PROJECTS,
        "events": EVENTS,
    }
    issues = [issue_of(tmp_path / name, **tables) for name in ("one", "two")]
    assert issues[0] == issues[1]
    texts = [json.dumps(asdict(issue), default=str, sort_keys=True) for issue in issues]
    assert texts[0] == texts[1]
    with pytest.raises(FrozenInstanceError):
        issues[0].week = "2025-W50"  # type: ignore[misc]
