"""The gate: what each rule does to an issue; publishing requirements 10 and 11."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reporter.bulletin.build import build_issue
from reporter.bulletin.issue import Issue
from reporter.calendar import Week
from reporter.errors import Problem, SettingsError
from reporter.market.quality import SEVERITY
from reporter.press.desk import open_desk
from reporter.press.gate import DECIDED, WAITABLE, GateTerms, Ruling, Verdict, hold, judge
from reporter.press.verify import rebuild, verify
from reporter.publishing_settings import ALWAYS, OF_A_PRICE, RULES
from reporter.records.snapshot import take_snapshot
from reporter.settings import load_settings
from tests.conftest import pdf_text
from tests.press.newsroom import Newsroom, moment, pages_here, weekly_prices

SLOT = "2026-01-05 09:00"
SCHEDULE = 'schedule: {day: monday, at: "09:00"}\n'
INSTRUMENTS = """
- {id: latp, name: {en: Latp, zh: 磷酸盐}, unit: kg, currency: CNY}
- {id: quartz, name: {en: Quartz, zh: 石英砂}, unit: kg, currency: CNY, freshness_days: 6}
"""
LATP = weekly_prices(date(2025, 12, 4), 5)
JUMPED = [
    *LATP,
    *weekly_prices(date(2025, 12, 4), 4, "quartz"),
    "quartz,2026-01-01,,,150,assessed,0,2026-01-01T15:00+08:00",
]
"""In the week of the slot quartz is at 150, after 103."""
STALE = [*LATP, *weekly_prices(date(2025, 12, 4), 3, "quartz")]
"""In the week of the slot quartz was last assessed two weeks ago; six days are allowed."""


def newsroom(home: Path, settings: str = "", prices: list[str] = JUMPED, **more: object) -> Newsroom:
    tables: dict[str, object] = {"instruments": INSTRUMENTS, **more}
    home.mkdir(exist_ok=True)
    return Newsroom(home, SCHEDULE + settings, prices=prices, tables=tables)


def entry_reason(desk: Newsroom, week: str = "2026-W01") -> str:
    entry = desk.ledger.entry("weekly", week, 1)
    assert entry is not None
    return entry.reason or ""


def test_10_by_default_what_cannot_be_printed_or_trusted_holds_and_what_may_be_true_flags() -> None:
    """Freshness and jumps flag; refused records, contradiction, layout and judge hold."""
    assert RULES["stale"] == RULES["jump"] == RULES["spec_change"] == "flag"
    assert RULES["no_headline_price"] == "flag"
    assert RULES["contradiction"] == RULES["few_events"] == RULES["unit_slip"] == "hold"
    assert {RULES[rule] for rule in ALWAYS} == {"hold"}


def test_10_a_jump_is_flagged_and_printed_by_default(tmp_path: Path) -> None:
    desk = newsroom(tmp_path)
    assert desk.at(SLOT) == [("2026-W01", "published")]
    assert not set(DECIDED) & set(desk.manifest("2026-W01"))
    figures = json.loads((tmp_path / "output/weekly/2026-W01/v1/figures.json").read_text())
    assert [one["code"] for one in figures["warnings"]] == ["jump"]


def test_10_a_jump_that_holds_says_which_record_which_rule_and_what_to_do(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, "gate: {jump: hold}")
    assert desk.at(SLOT) == [("2026-W01", "held")]
    reason = entry_reason(desk)
    assert "prices.csv:11: hold [jump] prices/quartz/2026-01-01/r0: " in reason
    assert "mend the record, or `--override jump --reason TEXT`" in reason
    assert not (tmp_path / "output" / "weekly" / "2026-W01").exists()


def test_10_a_jump_with_a_confirming_note_is_nothing_to_the_gate(tmp_path: Path) -> None:
    noted = f"{JUMPED[-1]},,,confirmed with the assessor on 2 January"
    desk = newsroom(tmp_path, "gate: {jump: hold}", [*JUMPED[:-1], noted])
    assert desk.at(SLOT) == [("2026-W01", "published")]


def test_10_a_rule_set_to_publish_is_not_asked(tmp_path: Path) -> None:
    slip = [*JUMPED[:-1], "quartz,2026-01-01,,,103000,assessed,0,2026-01-01T15:00+08:00"]
    assert newsroom(tmp_path / "held", "", slip).at(SLOT) == [("2026-W01", "held")]
    desk = newsroom(tmp_path / "out", "gate: {unit_slip: publish}", slip)
    assert desk.at(SLOT) == [("2026-W01", "published")]


def test_10_fewer_stories_than_asked_for_hold(tmp_path: Path) -> None:
    event = "e1,2026-01-02,other,A mine opens,,,,,,,,,0,2026-01-02T10:00+08:00"
    desk = newsroom(tmp_path, "gate: {few_events: {least: 2}}", events=event)
    assert desk.at(SLOT) == [("2026-W01", "held")]
    assert "the issue has 1 stories; at least 2 are asked for" in entry_reason(desk)
    desk.write(SCHEDULE + "gate: {few_events: {least: 1}}")
    assert desk.at("2026-01-05 09:05") == [("2026-W01", "published")]


def test_10_a_changed_specification_is_a_rule_of_its_own(tmp_path: Path) -> None:
    second = "- {id: quartz, name: Quartz, unit: kg, currency: CNY, grade: '2', spec_version: 2, valid_from: 2026-01-01}\n"
    desk = newsroom(tmp_path, "gate: {spec_change: hold}", instruments=INSTRUMENTS + second)
    assert desk.at(SLOT) == [("2026-W01", "held")]
    assert "[spec_change]" in entry_reason(desk)
    assert "the specification is now version 2" in entry_reason(desk)


def test_10_a_missing_headline_price_may_hold(tmp_path: Path) -> None:
    terms = "headline_instruments: [quartz]\ngate: {no_headline_price: hold}"
    desk = newsroom(tmp_path, terms, STALE)
    assert desk.at(SLOT) == [("2026-W01", "held")]
    assert "[no_headline_price]" in entry_reason(desk)


def test_10_a_commentary_that_contradicts_the_figures_holds_at_its_line(tmp_path: Path) -> None:
    desk = newsroom(tmp_path)
    text = tmp_path / "data" / "commentary" / "weekly" / "2026-W01.en.md"
    text.parent.mkdir(parents=True)
    text.write_text("Calm.\n\nQuartz stood at 207 yuan/kg.\n")
    assert desk.at(SLOT) == [("2026-W01", "held")]
    assert "2026-W01.en.md:3: hold [contradiction]" in entry_reason(desk)
    assert "mend the commentary, or mark the number as quoted" in entry_reason(desk)


def test_10_what_cannot_be_printed_cannot_be_let_through_by_settings(tmp_path: Path) -> None:
    for rule in ALWAYS:
        (tmp_path / "schedule.yaml").write_text(
            f"editions:\n  weekly:\n    title: Weekly\n    gate: {{{rule}: publish}}\n"
        )
        with pytest.raises(SettingsError, match=f"schedule.yaml:4: .*{rule}.*always holds"):
            load_settings(tmp_path / "schedule.yaml")


def test_10_only_rules_of_one_price_may_leave_it_out(tmp_path: Path) -> None:
    (tmp_path / "schedule.yaml").write_text(
        "editions:\n  weekly:\n    title: Weekly\n    gate: {duplicate_story: omit}\n"
    )
    with pytest.raises(SettingsError, match=r"omit is for rules of one price: .*jump"):
        load_settings(tmp_path / "schedule.yaml")
    assert set(OF_A_PRICE) <= set(RULES)


def test_10_a_rule_that_is_none_is_refused_with_the_one_meant(tmp_path: Path) -> None:
    (tmp_path / "schedule.yaml").write_text("editions: {weekly: {title: Weekly, gate: {jumps: hold}}}\n")
    with pytest.raises(SettingsError, match="'jumps', which is no rule; did you mean jump"):
        load_settings(tmp_path / "schedule.yaml")


@pytest.fixture(scope="module")
def jumped(tmp_path_factory: pytest.TempPathFactory) -> Issue:
    """An issue with one finding, of one price."""
    home = tmp_path_factory.mktemp("jumped")
    newsroom(home)
    desk = open_desk(load_settings(home / "schedule.yaml"))
    snapshot = take_snapshot(desk.records, moment(SLOT))
    return build_issue(snapshot, desk.plan, Week.parse("2026-W01").period(desk.plan.week_ends))


@pytest.mark.parametrize(
    ("rule", "action"),
    [
        (rule, action)
        for rule in sorted(SEVERITY)
        for action in ("publish", "flag", "omit", "hold")
        if action != "omit" or rule in OF_A_PRICE
    ],
)
def test_10_every_rule_of_quality_does_what_it_is_set_to(jumped: Issue, rule: str, action: str) -> None:
    """The finding is put under each rule in turn; an override undoes what keeps it back, and that alone."""
    issue = replace(jumped, warnings=(replace(jumped.warnings[0], code=rule),))
    verdict = judge(issue, GateTerms({rule: action}), {}, (), lambda _: None)
    assert [ruling.rule for ruling in verdict.holds] == ([rule] if action == "hold" else [])
    assert verdict.omitted == ({"quartz": rule} if action == "omit" else {})
    seen = judge(issue, GateTerms({rule: action}), {rule: "seen"}, (), lambda _: None)
    assert (seen.holds, seen.omitted) == ((), {})
    assert seen.overridden == ({rule: "seen"} if action in ("hold", "omit") else {})


def test_11_a_stale_price_is_printed_as_missing_with_its_last_day(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, prices=STALE)
    desk.makers = pages_here
    desk.rounds = desk.scheduler()
    assert desk.at(SLOT) == [("2026-W01", "published")]
    page = (tmp_path / "output/weekly/2026-W01/v1").glob("*.html")
    text = next(page).read_text("utf-8")
    assert "last 102.00 on 18 Dec, 2 weeks old" in text
    row = text[text.index("last 102.00") :]
    row = row[: row.index("</tr>")]
    assert ">102.00<" not in row
    assert ">n.a.</td>" in row


def test_11_a_stale_price_may_hold(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, "gate: {stale: hold}", STALE)
    assert desk.at(SLOT) == [("2026-W01", "held")]
    assert "[stale]" in entry_reason(desk)


def test_11_an_override_lets_it_out_and_the_manifest_says_why(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, "gate: {stale: hold, jump: hold}", STALE)
    desk.at(SLOT)
    desk.ledger.add_override("weekly", "2026-W01", "stale", "the assessor is on leave", moment(SLOT))
    assert desk.at("2026-01-05 09:05") == [("2026-W01", "published")]
    assert desk.manifest("2026-W01")["overrides"] == {"stale": "the assessor is on leave"}
    assert desk.kinds() == ["held", "recovered"]
    (kept,) = desk.ledger.overrides("weekly", "2026-W01")
    assert (kept.rule, kept.reason) == ("stale", "the assessor is on leave")


def test_11_an_override_is_of_one_rule_and_one_week(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, "gate: {stale: hold}", STALE)
    desk.ledger.add_override("weekly", "2026-W01", "jump", "seen", moment(SLOT))
    desk.ledger.add_override("weekly", "2025-W52", "stale", "seen", moment(SLOT))
    assert desk.at(SLOT) == [("2026-W01", "held")]


def test_11_what_is_left_out_is_named_on_the_page_and_in_the_manifest_and_made_the_same_again(
    tmp_path: Path,
) -> None:
    desk = newsroom(tmp_path, "languages: [en, zh]\ngate: {jump: omit}")
    desk.makers = pages_here
    desk.rounds = desk.scheduler()
    assert desk.at(SLOT) == [("2026-W01", "published")]
    made = tmp_path / "output/weekly/2026-W01/v1"
    assert desk.manifest("2026-W01")["omitted"] == {"quartz": "jump"}
    figures = json.loads((made / "figures.json").read_text())
    assert figures["omitted"] == [{"instrument": "quartz", "rule": "jump"}]
    assert [one["instrument"] for one in figures["prices"]] == ["latp"]
    assert "quartz" not in (made / "prices.csv").read_text()
    for language, words in (
        ("en", "Left out this week, because a record is in doubt: Quartz."),
        ("zh", "本周未列出（数据存疑）：石英砂。"),
    ):
        (page,) = made.glob(f"*{language}.html")
        assert words in page.read_text("utf-8")
        (pdf,) = made.glob(f"*{language}.pdf")
        assert words in pdf_text(pdf).replace("\n", " " if language == "en" else "")
    verify(made)
    again = rebuild(load_settings(tmp_path / "schedule.yaml"), made)
    assert all(line.endswith("is made the same again") for line in again)
    assert len(again) >= 6


def test_11_an_instrument_left_out_is_held_back_no_more_once_its_rule_is_overridden(tmp_path: Path) -> None:
    desk = newsroom(tmp_path, "gate: {jump: omit}")
    desk.ledger.add_override("weekly", "2026-W01", "jump", "two sources state it", moment(SLOT))
    assert desk.at(SLOT) == [("2026-W01", "published")]
    manifest = desk.manifest("2026-W01")
    assert manifest["overrides"] == {"jump": "two sources state it"}
    assert "omitted" not in manifest


def test_12_a_wait_that_is_over_waives_holds_only(tmp_path: Path) -> None:
    """What flags was never held, and what is left out stays left out."""
    late = Problem("stale", "old")
    flag, omit, held = (
        Ruling("stale", action, late, "prices/latp/2026-01-01/r0") for action in ("flag", "omit", "hold")
    )
    slip = Ruling("unit_slip", "hold", late)
    waived = Verdict((flag, omit, held, slip)).waiving(WAITABLE, "over")
    assert [one.override for one in waived.rulings] == [None, None, "over", None]
    assert waived.omitted == {"latp": "stale"}
    assert waived.holds == (slip,)


def test_11_every_hold_says_what_to_do() -> None:
    for rule in RULES:
        (problem,) = hold(rule, Problem(rule, "is so")).problems()
        assert problem.severity == "hold"
        assert problem.message.startswith("is so; ")
        assert len(problem.message) > len("is so; ")
