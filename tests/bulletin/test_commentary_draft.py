"""A commentary begun from the figures agrees with them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from reporter.bulletin.build import build_issue
from reporter.bulletin.commentary import Commentary, read_markdown
from reporter.bulletin.commentary_check import check_commentary
from reporter.bulletin.commentary_draft import draft_commentary, escaped
from reporter.bulletin.fonts import missing_letters
from reporter.bulletin.issue import Issue
from reporter.bulletin.plan import SectionPlan
from reporter.bulletin.prose import Prose
from reporter.calendar import Week
from reporter.language import language
from reporter.market.wording import Thresholds
from reporter.press.desk import Desk, open_desk
from reporter.records.snapshot import take_snapshot
from reporter.settings import load_settings
from tests.bulletin import sample
from tests.bulletin.test_build import PLAN, PROJECTS, SECTIONS, issue_of
from tests.conftest import ROOT

STABLE_BELOW = Thresholds().edged
CODES = ("en", "zh")


def draft(issue: Issue, code: str = "en") -> str:
    return draft_commentary(issue, language(code))


def read(issue: Issue, text: str, code: str = "en") -> Commentary:
    return read_markdown(text, Prose(issue, language(code)).section_names())


def wrong(issue: Issue, text: str, code: str = "en") -> list[str]:
    """What `reporter check` would say of the text, each with its line."""
    known, lines = read(issue, text, code), text.split("\n")
    found = check_commentary(known.pieces, issue, language(code), STABLE_BELOW)
    told = [f"{one.line}: {one.word}: {one.message} | {lines[one.line - 1]}" for one in found]
    return told + [fault.message for fault in known.faults] + list(missing_letters(text))


# ── it agrees with the issue ──


@lru_cache
def shipped() -> Desk:
    return open_desk(load_settings(ROOT / "schedule.yaml"))


WEEKS = [f"2025-W{n}" for n in range(27, 53)] + ["2026-W01", "2026-W02"]
QUIET = {"2025-W30", "2025-W32", "2025-W34", "2025-W35", "2025-W40", "2025-W43", "2025-W46"}


@pytest.mark.parametrize("week", [week for week in WEEKS if week not in QUIET])
def test_every_week_of_the_shipped_records(week: str) -> None:
    """As known when it went out; of the quiet weeks there is no issue."""
    desk, period = shipped(), Week.parse(week).period()
    issue = build_issue(take_snapshot(desk.records, desk.plan.rule.cutoff(period)), desk.plan, period)
    for code in CODES:
        assert wrong(issue, draft(issue, code), code) == []


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", ["w49", "one_price", "crude", "large", "crowded"])
def test_every_sample(name: str, code: str) -> None:
    issue: Issue = getattr(sample, name)()
    assert wrong(issue, draft(issue, code), code) == []


NAMES = (
    ("alpha", "Alpha", "阿尔法"),
    ("alpha-b", "Alpha, grade *1*", "一级阿尔法"),
    ("on", "Steady 5_n [x]", "稳定剂"),
)
HEADLINES = (
    "Alpha rose 7% on 3 May",
    "1. Alpha fell sharply; Beta was stable",
    "# 5: a_b_ *c* [x](https://e.example) <b> & &amp; \\",
    "“Quoted” to 3.5 GWh by 2028, up from −2.5 million tonnes",
    "阿尔法上涨7%，产能1.5万吨/年。",
    "Firm.",
    "Line 3 at 185–195 USD/kg on 27 Nov",
)
TRANSLATED = ("阿尔法暴跌12%，2028年13GWh", "一期1.5万吨；阿尔法持稳。", "第3条产线")
SOME = st.sampled_from(["", "", "100", "2.5"])


def table(header: str, rows: list[list[str]]) -> list[str]:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header.split(","), *rows])
    return out.getvalue().splitlines()


@st.composite
def tables(draw: st.DrawFn) -> dict[str, str | list[str]]:
    """Small folders of records: prices with gaps and revisions, projects, news, forecasts, translations."""
    prices = []
    for name, _, _ in NAMES:
        for day in draw(st.lists(st.sampled_from(range(4)), unique=True)):
            when = date(2025, 11, 14 + 7 * day) if day < 3 else date(2025, 12, 5)
            value = draw(st.sampled_from(["100", "100", "101", "0.3", "112.5", "-4"]))
            words = draw(st.sampled_from(["", "slight decline", 'so "stable" 5% up']))
            prices.append([name, str(when), value, "0", "2025-12-02T10:00+08:00", "", words])
            if draw(st.booleans()):
                reason = draw(st.sampled_from(["", "Alpha revised up", "late “deal” of 3 May"]))
                prices.append([name, str(when), "99.5", "1", "2025-12-03T10:00+08:00", reason, words])
    projects, events = [], [["told", "2025-12-02", "other", "Told", *[""] * 6]]
    for n in range(draw(st.integers(0, 3))):
        size, unit = draw(SOME), draw(st.sampled_from(["kt/yr", "GWh"]))
        firm = draw(st.sampled_from(["Firm", "3 Firms", "Rise*", "公司"]))
        name = draw(st.sampled_from(["Line", "Up 2", "- Alpha line"])) + f" {n}"
        projects.append([f"p{n}", name, firm, "cell", size, size and unit, "design", "2026-Q1"])
    for n in range(draw(st.integers(0, 4))):
        headline, size = draw(st.sampled_from(HEADLINES)), draw(SOME)
        day = draw(st.sampled_from(["2025-11-20", "2025-12-02", "2025-12-03"]))
        project = draw(st.sampled_from(["", *(row[0] for row in projects)]))
        stage = draw(st.sampled_from(["", "construction", "pilot"])) if project else ""
        expected = draw(st.sampled_from(["", "2026-H2", "2025-12", "2028"]))
        company = draw(st.sampled_from(["", "Firm", "7 Firms", "Alpha"]))
        row = [f"e{n}", day, "other", headline, company, project, stage, expected]
        events.append([*row, size, size and "mt/yr"])
    kind, unit = draw(st.sampled_from([("level", "GWh"), ("cagr", "pct"), ("share", "pct")]))
    issued = draw(st.sampled_from(["2025-12-02", "2025-12", "2024"]))
    forecast = ["f", "4 Experts", "demand", unit, "2030", kind, issued, "13.5", "Alpha up to 3 V"]
    found: dict[str, str | list[str]] = {
        "instruments": "\n".join(
            f"- {{id: '{id}', name: {{en: '{en}', zh: '{zh}'}}, unit: {unit}, source: 'Desk 9'{money}}}"
            for (id, en, zh), (unit, money) in zip(
                NAMES, [("kg", ", currency: CNY"), ("mt", ", currency: USD"), ("pct", "")], strict=True
            )
        ),
        "prices": table("instrument,date,average,revision,published_at,reason,direction", prices),
        "projects": table("id,name,company,segment,capacity,capacity_unit,stage,expected", projects),
        "events": table(
            "id,reported_on,type,headline,company,project,stage,expected,capacity,capacity_unit", events
        ),
        "forecasts": table(
            "id,issuer,metric,unit,target_year,kind,issued_on,value,scope", [forecast] if projects else []
        ),
    }
    if draw(st.booleans()):
        pairs = [["zh", text, draw(st.sampled_from(TRANSLATED))] for text in (*HEADLINES, "Alpha revised up")]
        found["translations"] = table("language,text,translation", pairs)
    return found


NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # it takes minutes; the records are small
OUTLOOK = replace(PLAN, sections=(*SECTIONS, SectionPlan("outlook", "outlook")))


@settings(deadline=None, max_examples=40, phases=NO_SHRINKING)
@given(tables())
def test_any_records(found: dict[str, str | list[str]]) -> None:
    """Names with marks and digits, headlines that say of a price what it did not do, corrections."""
    with TemporaryDirectory() as place:
        issue = issue_of(Path(place), OUTLOOK, **found)
    for code in CODES:
        assert wrong(issue, draft(issue, code), code) == []


# ── what it says ──


def test_the_week_of_december() -> None:
    """The whole text of a small issue: nothing stands under a section that has nothing to say."""
    assert draft(sample.one_price()) == (
        "This week: 1 price assessed. Lithium sulfide is assessed at 2,050 yuan/kg; no weekly change is given"
        " (first assessment).\n"
        "\n"
        "## Prices and changes\n"
        "\n"
        "- Lithium sulfide is assessed at 2,050 yuan/kg; no weekly change is given (first assessment).\n"
    )


def headings(text: str) -> list[str]:
    return [line[3:] for line in text.split("\n") if line.startswith("## ")]


def test_the_sections_are_those_of_the_bulletin_that_have_something() -> None:
    assert headings(draft(sample.w49())) == [
        "Prices and changes",
        "Projects and pilot lines",
        "Materials and supply",
        "R&D and capital",
        "Overseas",
        "Policy and standards",
        "Forecasts and context",
    ]
    assert headings(draft(sample.w49(), "zh"))[0] == "价格与涨跌"


def test_a_source_is_quoted() -> None:
    assert "SMM: “slight decline”.\n" in draft(sample.w49())


def test_a_week_without_prices_begins_all_the_same(tmp_path: Path) -> None:
    issue = issue_of(tmp_path, projects=PROJECTS, events=["e1,2025-12-02,other,Told"])
    assert draft(issue).startswith("This week: 1 story.\n")


def test_the_biggest_move_comes_first_and_what_was_not_assessed_last(tmp_path: Path) -> None:
    rows = ["a,2025-11-28,,,100", "b,2025-11-28,,,100", "c,2025-11-28,,,100", "d,2025-12-05,,,7"]
    issue = issue_of(tmp_path, prices=[*rows, "b,2025-12-05,,,102", "c,2025-12-05,,,80"])
    assert re.findall("^- ([a-z]) ", draft(issue), re.MULTILINE) == ["c", "b", "d", "a"]


def test_a_correction_is_told_from_first_to_new_with_its_reason(tmp_path: Path) -> None:
    rows = [
        "a,2025-11-28,,,100,,0,2025-11-28",
        "a,2025-11-28,,,102,,1,2025-12-03,late deal",
        "a,2025-11-28,,,103.5,,2,2025-12-04,typing error",
        "a,2025-12-05,,,101",
    ]
    text = draft(issue_of(tmp_path, prices=rows))
    assert text.endswith(
        "## Corrections\n\n"
        "- a of 28 Nov 2025 was corrected: 100.00 yuan/kg → 102.00 yuan/kg. Reason: “late deal”.\n"
        "- a of 28 Nov 2025 was corrected: 100.00 yuan/kg → 102.00 yuan/kg → 103.50 yuan/kg."
        " Reason: “typing error”.\n"
    )


def test_changes_of_projects_are_told_once(tmp_path: Path) -> None:
    """A stage, a new project, a date, a capacity; a story that one of the first two tells is not repeated."""
    plants = [f"{id},{id.title()},Firm,electrolyte,,10,mt/yr,design,2026-Q1" for id in ("one", "two", "six")]
    before = [f"b{n},2025-11-20,other,Before,{id}" for n, id in enumerate(("one", "two"))]
    now = [
        "e1,2025-12-02,other,Built,one,construction",
        "e2,2025-12-02,other,Late,two,,2026-Q2",
        "e3,2025-12-02,other,Begun,six",
        "e4,2025-12-03,other,Larger,two,,,,25,mt/yr",
    ]
    text = draft(issue_of(tmp_path, projects=plants, events=[*before, *now]))
    assert "- Firm’s One (10 mt/yr) went from design to construction.\n" in text
    assert "- Firm’s Six (10 mt/yr): design, expected Q1 2026.\n" in text
    assert "- Firm · Two is now expected Q2 2026 instead of Q1 2026, 91 days later.\n" in text
    assert "- Firm · Two: capacity 25 mt/yr instead of 10 mt/yr.\n" in text


def test_a_story_told_by_its_project_is_not_listed_there() -> None:
    """It still is in the section of other news that tells it."""
    base = sample.w49()
    (new,) = [one for one in base.pipeline.new if "jiugong" in one.project]
    story = replace(
        base.stories[0], head=replace(base.stories[0].head, headline="Twice", project=new.project)
    )
    stories = (story, *base.stories[1:])
    at = next(n for n, one in enumerate(base.sections) if one.id == "projects")
    section = replace(base.sections[at], stories=(story.head.id,))
    issue = replace(base, stories=stories, sections=(section,))
    assert "Jiugong New Energy’s pilot line" in draft(issue)
    assert "Twice" not in draft(issue)
    assert "- Twice (" in draft(replace(issue, sections=(replace(section, id="news", kind="news"),)))


def test_only_forecasts_of_the_week_are_told() -> None:
    issue = sample.w49()
    groups = tuple(
        replace(
            group,
            forecasts=tuple(
                replace(row, issued_on=replace(row.issued_on, end=date(2025, 12, 31)))
                for row in group.forecasts
            ),
        )
        for group in issue.outlook.groups
    )
    assert "13.5 GWh in 2028 (SMM).\n" in draft(issue)
    older = replace(issue, outlook=replace(issue.outlook, groups=groups))
    assert "Forecasts" not in draft(older)


def test_no_list_is_longer_than_a_printed_one() -> None:
    lists = re.split("\n\n", draft(sample.large()))
    assert max(part.count("\n- ") + 1 for part in lists) == 50


# ── it is good Markdown ──

MARKS = st.text(alphabet=st.sampled_from("ab 12#*_>-+=~`|<>[]()!&;:.,/\"'\\\n’固"), max_size=30)


def printed(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html)).strip()


@pytest.mark.parametrize("begin", [str, "- {}".format], ids=["paragraph", "list"])
@settings(max_examples=300)
@given(
    st.one_of(
        MARKS, st.sampled_from(["1. x", "12) x", "- x", "+", "---", "[a]: b", "&amp;", "#", "http://a"])
    )
)
def test_what_is_escaped_is_printed_as_it_was(begin: Callable[[str], str], words: str) -> None:
    line = " ".join(words.splitlines()).strip()
    found = read_markdown(begin(escaped(words)), {})
    assert [piece.text for piece in found.pieces] == ([line] if line else [])
    assert printed("".join(found.html.values())) == line
    assert not found.faults


@pytest.mark.parametrize("title", ["C #", "*Oil*", "1. Prices", "Projects", "corrections", " ", "a_b"])
def test_a_heading_names_its_section_whatever_its_title(title: str) -> None:
    """By the title where that is another section's id or title, or empty: by the id."""
    base = sample.w49()
    twins = (("prices", title), ("projects", "Projects"), ("materials", "Projects"))
    titled = {id: {"en": words} for id, words in twins}
    sections = tuple(replace(one, title=titled.get(one.id, one.title)) for one in base.sections)
    issue = replace(base, sections=sections)
    found = read(issue, draft(issue))
    assert found.faults == ()
    assert "Lithium sulfide is assessed" in found.html["prices"]
    assert "pilot line" in found.html["projects"]
    assert "Yanyixin reaches" in found.html["materials"]


# ── a slip is found ──


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        (
            "edged up 2.00 (+2.00%)",
            "edged up 2.00 (+3.00%)",
            "5: +3.00%: is no figure of this issue; the nearest is +2.00% (a.wow)",
        ),
        ("to 102.00 yuan/kg", "to 105 yuan/kg", "5: 105 yuan/kg: is no figure of this issue; the nearest is"),
        ("edged up", "slipped", "5: slipped: a is +2.00 (+2.00%) week on week"),
        ("took 3 lines", "took 9 lines", "9: 9: is no figure of this issue; the nearest is"),
    ],
)
def test_a_changed_number_or_verb_is_told_with_its_line(
    tmp_path: Path, was: str, becomes: str, told: str
) -> None:
    """In the draft's list, where the second mention of the price and the headline stand."""
    issue = issue_of(
        tmp_path,
        prices=["a,2025-11-28,,,100", "a,2025-12-05,,,102"],
        events=["e1,2025-12-02,financing,Firm took 3 lines"],
    )
    text = draft(issue)
    assert wrong(issue, text) == []
    head, tail = text.split("\n\n", 1)
    (found,) = wrong(issue, f"{head}\n\n{tail.replace(was, becomes)}")
    assert found.startswith(told)
