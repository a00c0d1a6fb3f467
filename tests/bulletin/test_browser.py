"""The HTML page as a browser shows it: accessible, by day and by night, on a phone and on a wide screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys

from reporter.press.index_page import index_page
from tests.conftest import shown_in, violations

LOOKS = [(look, width) for look in ("light", "dark") for width in (375, 1280)]


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize(("look", "width"), LOOKS)
def test_axe_finds_nothing_to_mend(
    browser: Chrome, axe: str, acceptance_issue: Path, look: str, width: int, code: str
) -> None:
    (page,) = acceptance_issue.glob(f"*.{code}.html")
    shown_in(browser, look, width)
    browser.get(page.as_uri())
    assert violations(browser, axe) == []


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_page_is_never_wider_than_the_screen(
    browser: Chrome, acceptance_issue: Path, width: int, code: str
) -> None:
    """With all tables of charts open, too; what is wide moves in a box of its own."""
    (page,) = acceptance_issue.glob(f"*.{code}.html")
    shown_in(browser, "light", width)
    browser.get(page.as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    wide, room = browser.execute_script(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert wide <= room <= width


def test_every_box_that_scrolls_and_every_fold_is_reached_by_the_keyboard(
    browser: Chrome, acceptance_issue: Path
) -> None:
    (page,) = acceptance_issue.glob("*.en.html")
    shown_in(browser, "light", 375)
    browser.get(page.as_uri())
    wanted = browser.execute_script(
        "window.reached = new Set(); addEventListener('focusin', e => reached.add(e.target));"
        "document.querySelectorAll('details').forEach(one => one.open = true);"
        "window.wanted = [...document.querySelectorAll('*')].filter(one => one.matches('summary') ||"
        " one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX === 'auto');"
        "return wanted.length"
    )
    assert wanted > 10
    stops = browser.execute_script("return document.querySelectorAll('a, summary, [tabindex]').length")
    ActionChains(browser).send_keys(Keys.TAB * (stops + 1)).perform()
    missed = "return wanted.filter(one => !reached.has(one)).map(one => one.outerHTML.slice(0, 80))"
    assert browser.execute_script(missed) == []


def test_the_page_asks_the_network_for_nothing(browser: Chrome, acceptance_issue: Path) -> None:
    (page,) = acceptance_issue.glob("*.en.html")
    browser.get(page.as_uri())
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
    assert not [name for name in loaded if not name.startswith("data:")]


@pytest.fixture(scope="module")
def index_of_issues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an index of two weeks, one of them in two versions."""
    files = {"en": {"pdf": "a.pdf", "html": "a.html"}}
    version = {"as_of": "2025-12-06T21:47:00+08:00", "manifest": "0" * 64, "files": files, "withdrawn": None}
    later = version | {"version": 2, "folder": "w/v2", "reason": "Slip", "superseded_by": None}
    first = version | {"version": 1, "folder": "w/v1", "reason": None, "superseded_by": 2}
    period = {"start": "2025-12-01", "end": "2025-12-07"}
    weeks = [
        {"week": "2025-W49", "period": period, "versions": [later, first], "terms": ["Alpha", "甲"]},
        {"week": "2025-W48", "period": period, "versions": [first], "terms": ["Beta"]},
    ]
    page = tmp_path_factory.mktemp("index") / "index.html"
    page.write_text(index_page({"title": {"": "Weekly"}, "issues": weeks}, "en"), "utf-8")
    return page


@pytest.mark.parametrize(("look", "width"), LOOKS)
def test_axe_finds_nothing_to_mend_in_an_index(
    browser: Chrome, axe: str, index_of_issues: Path, look: str, width: int
) -> None:
    shown_in(browser, look, width)
    browser.get(index_of_issues.as_uri())
    assert violations(browser, axe) == []


def test_a_search_in_an_index_shows_the_issues_that_have_all_its_words(
    browser: Chrome, index_of_issues: Path
) -> None:
    browser.get(index_of_issues.as_uri())
    shown = "return [...document.querySelectorAll('.issues > li')].map(one => !one.hidden)"
    for words, expected in (("alp", [True, False]), ("2025 beta", [False, True]), ("x", [False, False])):
        field = browser.find_element("id", "wanted")
        field.clear()
        field.send_keys(words)
        assert browser.execute_script(shown) == expected
    assert browser.find_element("id", "found").text == "Nothing found"
