"""From a snapshot to the Issue: where a story goes, what page 1 says, which sections are printed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
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
from tests.builders import snapshot

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
