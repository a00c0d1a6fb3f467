"""Other programs judge the mail: a spam filter, an unpacker, a checker of HTML, a browser."""

from __future__ import annotations

import email
import re
import subprocess
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest
from selenium.webdriver import Chrome

from reporter.post.message import compose
from tests.bulletin import sample
from tests.conftest import needs, shown_in, violations
from tests.post.mails import LINKS, PDF, envelope, published, settings

CODES = pytest.mark.parametrize("code", ["en", "zh"])
SPAM = 2.0
PAGE_RULES = ("landmark-one-main", "region")  # of a page of its own; a mail is shown inside a program's page


def mail(home: Path, code: str, format: str = "pdf", version: int = 1) -> Path:
    issue = published(home)
    if version == 2:
        prices = (replace(sample.w49().prices[0], value=sample.D(2100)), *sample.w49().prices[1:])
        issue = published(home, replace(sample.w49(), prices=prices), reason="A price was entered wrongly")
    file = home / "mail.eml"
    file.write_bytes(compose(issue, code, format, settings(home)).mail(envelope(), LINKS))  # type: ignore[arg-type]
    return file


def html(file: Path) -> Path:
    part = cast(EmailMessage, email.message_from_bytes(file.read_bytes(), policy=default)).get_body(("html",))
    assert part is not None
    page = file.with_suffix(".html")
    page.write_text(part.get_content(), "utf-8")
    return page


@CODES
def test_a_spam_filter_finds_little_against_it(tmp_path: Path, code: str) -> None:
    needs("spamassassin", "spamassassin")
    for format in ("pdf", "link"):
        (tmp_path / format).mkdir()
        with mail(tmp_path / format, code, format).open("rb") as file:
            done = subprocess.run(["spamassassin", "-L", "-t"], stdin=file, capture_output=True, check=False)
        score = re.search(rb"score=(-?[\d.]+)", done.stdout)
        assert score, done.stderr
        assert float(score[1]) < SPAM, done.stdout[-3000:]


@CODES
def test_an_unpacker_gets_the_pdf_byte_for_byte(tmp_path: Path, code: str) -> None:
    needs("ripmime", "ripmime")
    file = mail(tmp_path, code)
    subprocess.run(["ripmime", "-i", file, "-d", tmp_path / "parts"], check=True, capture_output=True)
    assert (tmp_path / "parts" / f"solid-state-weekly-2025-W49.{code}.pdf").read_bytes() == PDF


@CODES
def test_the_html_is_well_made(tmp_path: Path, code: str) -> None:
    """But for `align`, which one mail program needs to put the sheet in the middle."""
    needs("tidy", "tidy")
    page = html(mail(tmp_path, code, "link", version=2))
    done = subprocess.run(["tidy", "-q", "-e", "-utf8", page], capture_output=True, text=True, check=False)
    found = [line for line in done.stderr.splitlines() if 'attribute "align"' not in line]
    assert not found


@pytest.mark.parametrize("width", [375, 700])
@pytest.mark.parametrize("look", ["light", "dark"])
@CODES
def test_it_can_be_read_by_day_and_night_on_a_phone_and_a_screen(
    tmp_path: Path, browser: Chrome, axe: str, code: str, look: str, width: int
) -> None:
    """Nothing is wider than the screen, night is dark, and axe-core finds nothing."""
    page = html(mail(tmp_path, code, "link", version=2))
    shown_in(browser, look, width)
    browser.get(page.as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    ground = browser.execute_script(
        "return getComputedStyle(document.querySelector('.sheet')).backgroundColor"
    )
    assert ground == ("rgb(255, 255, 255)" if look == "light" else "rgb(19, 28, 30)")
    found = violations(browser, axe)
    assert [one for one in found if not one.startswith(PAGE_RULES)] == []
