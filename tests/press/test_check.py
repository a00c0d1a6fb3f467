"""What a check finds: severities, overrides, and the page and table that show them."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console
from selenium.webdriver import Chrome

from reporter.language import language
from reporter.press.check import Checked, check_week
from reporter.press.check_report import check_page, print_table
from reporter.press.desk import open_desk, parse_as_of
from reporter.settings import load_settings
from tests.builders import folder
from tests.conftest import reporter, shown_in, violations

PRICES = [
    "sulfur,2025-11-27,,,100",
    "sulfur,2025-12-04,,,130",
    "quartz,2025-11-27,,,145",
    "quartz,2025-12-06,,,145000",
]
JUMP, SLIP = "prices/sulfur/2025-12-04/r0", "prices/quartz/2025-12-06/r0"


def checked(tmp_path: Path, quality: str = "", week: str = "2025-W49", **tables: str | list[str]) -> Checked:
    """The check of a small desk in week 49 of 2025; `quality` is that of its settings."""
    folder(tmp_path, "data", **{"prices": PRICES, **tables})
    settings = tmp_path / "schedule.yaml"
    settings.write_text(f"editions:\n  weekly:\n    title: Weekly\n{quality and f'    quality: {quality}'}\n")
    desk = open_desk(load_settings(settings))
    return check_week(desk, parse_as_of("2025-12-08", desk.plan.rule.zone, None), week)  # type: ignore[arg-type]


def told(found: Checked) -> list[tuple[str, str, int | None, str]]:
    return [(one.severity, one.code, one.line, one.field) for one in found.findings]


def test_the_most_severe_come_first_each_with_file_and_line(tmp_path: Path) -> None:
    found = checked(tmp_path)
    assert told(found) == [
        ("hold", "unit_slip", 5, SLIP),
        ("warning", "jump", 3, JUMP),
        ("warning", "weekend_date", 5, SLIP),
    ]
    assert found.counts() == {"hold": 1, "warning": 2}
    assert [code for code, _ in found.groups()] == ["unit_slip", "jump", "weekend_date"]


def test_settings_change_limits_and_severities_and_turn_rules_off(tmp_path: Path) -> None:
    quality = "{jump: {limit: 30}, weekend_date: {severity: off}, unit_slip: {severity: info}}"
    assert told(checked(tmp_path, quality)) == [("info", "unit_slip", 5, SLIP)]


def test_an_override_counts_no_more_and_says_why(tmp_path: Path) -> None:
    """It holds for one code of one record: the odd date of the same row stays."""
    found = checked(tmp_path, overrides=f"unit_slip,{SLIP},a shortage; seen in two sources,AB")
    assert [(one.severity, one.code) for one in found.findings] == [
        ("warning", "jump"),
        ("warning", "weekend_date"),
        ("overridden", "unit_slip"),
    ]
    assert str(found.findings[-1]).endswith("(overridden: a shortage; seen in two sources)")
    assert found.issue is not None
    assert [warning.code for warning in found.issue.warnings if warning.counts] == ["jump", "weekend_date"]


def test_an_override_holds_for_what_the_table_itself_shows(tmp_path: Path) -> None:
    """An average off the mid is found when the table is read, whatever the week."""
    tables = {
        "instruments": "- {id: quartz, name: Q, unit: kg, currency: CNY, tick: 1}\n",
        "prices": ["quartz,2025-10-02,100,110,109", "quartz,2025-12-04,,,105"],
    }
    assert told(checked(tmp_path / "a", **tables)) == [("warning", "average_off_mid", 2, "average")]
    off = "average_off_mid,prices/quartz/2025-10-02/r0,so printed"
    assert [one.severity for one in checked(tmp_path / "b", overrides=off, **tables).findings] == [
        "overridden"
    ]


def test_an_override_of_nothing_is_a_warning_with_its_own_line(tmp_path: Path) -> None:
    found = checked(tmp_path, overrides=["jump,prices/sulfur/2025-12-05/r0,seen", f"jump,{JUMP},seen"])
    (lost,) = (one for one in found.findings if one.code == "lost_override")
    assert (lost.severity, Path(lost.file).name, lost.line) == ("warning", "overrides.csv", 2)
    assert "there is no record prices/sulfur/2025-12-05/r0" in lost.message


def test_an_override_counts_from_the_moment_it_was_published(tmp_path: Path) -> None:
    later = checked(tmp_path, overrides=f"jump,{JUMP},seen,,0,2025-12-09")
    assert ("warning", "jump", 3, JUMP) in told(later)


def test_figures_json_lists_what_counts(tmp_path: Path) -> None:
    from reporter.bulletin.figures import figures

    issue = checked(tmp_path, overrides=f"unit_slip,{SLIP},seen").issue
    assert issue is not None
    assert [(one["code"], one["record"]) for one in figures(issue)["warnings"]] == [
        ("jump", JUMP),
        ("weekend_date", SLIP),
    ]


# ── shown ──


def test_a_terminal_gets_a_table_for_each_code(tmp_path: Path) -> None:
    """What looks like markup in a record is printed as it stands."""
    found = checked(tmp_path, overrides=f"unit_slip,{SLIP},[bold]seen")
    screen = io.StringIO()
    print_table(found, Console(file=screen, width=400))
    shown = screen.getvalue()
    assert [title for title in ("jump (1)", "weekend_date (1)", "unit_slip (1)") if title in shown] == [
        "jump (1)", "weekend_date (1)", "unit_slip (1)",
    ]  # fmt: skip
    assert re.search(r"overridden\s+\S*prices\.csv:5\s+prices/quartz", shown)
    assert "(overridden: [bold]seen)" in " ".join(shown.split())


def test_a_page_has_one_heading_and_escapes_every_text(tmp_path: Path) -> None:
    found = checked(tmp_path, overrides=f"unit_slip,{SLIP},<script>alert(1)</script>")
    page = check_page(found, language("en"))
    assert page.count("<h1") == 1
    assert page.count("<caption>") == page.count("<table") == 3
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=|url\(", page)  # it needs nothing but itself


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize(("look", "width"), [("light", 375), ("dark", 1280)])
def test_axe_finds_nothing_to_mend_on_the_page(
    browser: Chrome, axe: str, tmp_path: Path, code: str, look: str, width: int
) -> None:
    found = checked(
        tmp_path, "{weekend_date: {severity: info}}", overrides=f"jump,{JUMP},seen twice in two sources"
    )
    file = tmp_path / "check.html"
    file.write_text(check_page(found, language(code)), "utf-8")
    shown_in(browser, look, width)
    browser.get(file.as_uri())
    assert violations(browser, axe) == []
    wide, room = browser.execute_script(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert wide <= room


def test_the_command_writes_the_page_and_prints_json_beside_it(desk: Path) -> None:
    words = ("check", "--week", "2026-W02", "--html", "check.html", "--json")
    done = reporter(*words, cwd=desk)
    assert done.returncode == 0, done.stderr
    findings = json.loads(done.stdout)["findings"]
    page = (desk / "check.html").read_text("utf-8")
    assert [one for one in findings if f"{one['file']}:{one['line']}" not in page and one["line"]] == []
    assert {(one["code"], one["line"]) for one in findings} >= {("jump", 29), ("jump", 50)}


def test_a_page_that_cannot_be_written_is_one_line(desk: Path) -> None:
    done = reporter("check", "--week", "2026-W02", "--html", "nowhere/check.html", cwd=desk)
    assert (done.returncode, "cannot write nowhere/check.html" in done.stderr) == (3, True)
    assert "Traceback" not in done.stderr


def test_the_page_of_refused_records_tells_every_fault_and_its_place(tmp_path: Path) -> None:
    """It is written with exit status 3, and holds what the lines and the JSON hold, escaped."""
    folder(tmp_path, "data", prices=["sulfur,2025-12-04,,,<b>1</b>", "quartz,2025-02-30,,,5"])
    (tmp_path / "schedule.yaml").write_text("editions: {weekly: {title: Weekly}}\n")
    done = reporter("check", "--html", "found.html", "--json", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == "2 faults in 1 file; found.html lists them"
    problems = json.loads(done.stdout)["problems"]
    page = html.unescape((tmp_path / "found.html").read_text("utf-8"))
    assert [problem["place"] for problem in problems] == ["data/prices.csv:2", "data/prices.csv:3"]
    for problem in problems:
        assert problem["place"] in page
        assert f"{problem['field']} {problem['value']!r}: {problem['message']}" in page
    assert "Weekly: records refused" in page
    assert "<b>1" not in (tmp_path / "found.html").read_text("utf-8")
