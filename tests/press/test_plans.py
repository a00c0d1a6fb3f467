"""Settings and records → the plan of an edition."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from reporter.bulletin.plan import EditionPlan
from reporter.errors import SettingsError, UsageError
from reporter.market.foreign import ForeignTerms, Vat
from reporter.press.plans import edition_plan
from reporter.settings import choose_edition, load_settings
from tests.builders import records

CALENDARS = "CN: {holidays: [2026-02-16..2026-02-23], workdays: [2026-02-14]}\n"
PRICES = "latp,2025-12-05,,,145"


def plan_of(tmp_path: Path, edition: str) -> EditionPlan:
    file = tmp_path / "schedule.yaml"
    file.write_text(f"timezone: Asia/Shanghai\neditions:\n  weekly:\n    title: Weekly\n{edition}")
    known = records(tmp_path, prices=PRICES, calendars=CALENDARS, fx="USDCNY,2025-12-05,7.1,BANK")
    return edition_plan(load_settings(file), "weekly", known)


def fault_of(tmp_path: Path, edition: str) -> str:
    with pytest.raises(SettingsError) as caught:
        plan_of(tmp_path, edition)
    (problem,) = caught.value.problems
    return f"{problem.line} {problem.field} {problem.message}"


def test_a_plan_carries_the_rule_of_its_slots(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, '    schedule: {day: monday, at: "09:00", calendar: CN}\n    week_ends: friday\n'
    )
    assert (plan.rule.weekday, plan.rule.at, plan.week_ends) == (0, time(9), 4)
    assert plan.rule.calendar is not None
    assert str(plan.rule.zone) == "Asia/Shanghai"


def test_an_edition_may_live_in_another_zone(tmp_path: Path) -> None:
    assert str(plan_of(tmp_path, "    timezone: Europe/London\n").rule.zone) == "Europe/London"


@pytest.mark.parametrize(
    ("edition", "fault"),
    [
        (
            "    instruments: [lapt]\n",
            "5 editions.weekly.instruments.0 is not in the records; did you mean latp?",
        ),
        (
            "    headline_instruments: [gold]\n",
            "5 editions.weekly.headline_instruments.0 is not in the records; there are: latp",
        ),
        (
            "    foreign: {currency: USD, source: BNK}\n",
            "5 editions.weekly.foreign.source is not in the records; did you mean BANK?"
            " (the sources of the fx table)",
        ),
        ("    languages: [xx]\n", "5 editions.weekly.languages.0 there is no catalogue for it; there are: "),
        (
            '    schedule: {day: monday, at: "09:00", calendar: JP}\n',
            "5 editions.weekly.schedule.calendar is not in the records; there are: CN",
        ),
        (
            '    schedule: {day: monday, at: "09:00", calendar: CN, on_holiday: previous}\n    week_ends: sunday\n',
            "5 editions.weekly.schedule.on_holiday the slot of 2026-W07 would move back to 2026-02-14, before the"
            " period's end on 2026-02-15; choose next or skip, or a later day",
        ),
    ],
)
def test_what_the_records_lack_is_a_fault_at_its_line(tmp_path: Path, edition: str, fault: str) -> None:
    assert fault_of(tmp_path, edition).startswith(fault)


def test_a_plan_carries_the_other_currency_and_what_is_assumed_of_vat(tmp_path: Path) -> None:
    assert plan_of(tmp_path, "").foreign is None
    plan = plan_of(tmp_path, "    foreign: {currency: USD, source: BANK}\n")
    assert plan.foreign == ForeignTerms("USD", "BANK")
    for words, vat in (
        ("{assume: included, rate: 0.13}", Vat("incl_vat", Decimal("0.13"), assumed=True)),
        ("{assume: excluded}", Vat("excl_vat", None, assumed=True)),
    ):
        plan = plan_of(tmp_path, f"    foreign: {{currency: USD, source: BANK, vat: {words}}}\n")
        assert plan.foreign == ForeignTerms("USD", "BANK", vat)


def test_prices_of_that_currency_need_no_rates(tmp_path: Path) -> None:
    """The records have no rate of that source, but every price is in yuan already."""
    assert plan_of(tmp_path, "    foreign: {currency: CNY, source: none}\n").foreign is not None


def test_the_first_edition_is_the_default_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "schedule.yaml"
    file.write_text("editions: {b: {title: B}, a: {title: A}}\n")
    settings = load_settings(file)
    assert choose_edition(settings, None) == "b"
    with pytest.raises(UsageError, match="there is no edition 'c'; there are: b, a"):
        choose_edition(settings, "c")
