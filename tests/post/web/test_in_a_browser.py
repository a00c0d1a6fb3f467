"""The command itself, a mail server and a browser: a reader comes, changes their mind, and goes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aiosmtpd.controller import Controller
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from reporter.post.subscribers import Subscribers
from reporter.post.tokens import Signer, signer_of
from reporter.settings import Settings
from reporter.store import open_store
from tests.conftest import reporter, shown_in, violations
from tests.post.web.hall import EDITION, OTHER, READER, issue_in, settings

LOOKS = [("light", 375), ("dark", 1280)]
PATIENCE = 30


class Drawer:
    """A mailbox: what the mail server was given, as texts."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        content = envelope.content  # type: ignore[attr-defined]
        self.mails.append(message_from_bytes(content, policy=policy.default).get_content())
        return "250 kept"


@dataclass
class Site:
    """The running command, and what stands behind it."""

    address: str
    settings: Settings
    drawer: Drawer
    people: Subscribers
    signer: Signer
    process: subprocess.Popen[str]

    def state(self, edition: str = EDITION) -> str:
        person = self.people.by_email(READER)
        return person.editions[edition].state if person and edition in person.editions else "unknown"

    def status(self, path: str, method: str = "GET", body: bytes | None = None) -> int:
        try:
            with urlopen(Request(self.address + path, body, method=method), timeout=PATIENCE) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """`reporter serve` in a process of its own."""
    drawer, port = Drawer(), free_port()
    mails = Controller(drawer, hostname="127.0.0.1", port=free_port())
    mails.start()
    server = {"host": "127.0.0.1", "port": mails.port, "security": "none", "sender": "desk@example.org"}
    address = f"http://127.0.0.1:{port}"
    made = settings(tmp_path, public_url=address, smtp=server, web={"contact": "desk@example.org"})
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "reporter", "serve", "--port", str(port)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{address}/\n", (tmp_path / "log").read_text()
        store = open_store(made.database)
        signer = signer_of(made, store, datetime.now(UTC))
        yield Site(address, made, drawer, Subscribers(store, signer), signer, process)
    finally:
        process.kill()
        process.communicate()
        log.close()
        mails.stop()


def press(browser: Chrome, name: str = "button") -> None:
    """Presses a button and waits for the next page."""
    browser.execute_script("window.before = true")
    browser.find_element(By.CSS_SELECTOR, name).click()
    done = "return !window.before && document.readyState === 'complete'"
    WebDriverWait(browser, PATIENCE).until(lambda _: browser.execute_script(done))


def heading(browser: Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "h1").text


def mail_in(site: Site, browser: Chrome, number: int = 1) -> str:
    """Yields the link of the mail that came."""
    WebDriverWait(browser, PATIENCE).until(lambda _: len(site.drawer.mails) == number)
    found = re.search(r"https?://\S+", site.drawer.mails[-1])
    assert found
    return found[0]


def test_a_reader_subscribes_confirms_changes_the_language_goes_and_comes_back(
    browser: Chrome, site: Site
) -> None:
    shown_in(browser, "light", 375)
    browser.get(f"{site.address}/subscribe?lang=en")
    browser.find_element(By.ID, "email").send_keys(READER)
    browser.find_element(By.ID, "name").send_keys("Ann Smith")
    press(browser)
    assert heading(browser) == "Look into your mail"

    browser.get(mail_in(site, browser))
    assert site.state() == "pending"
    press(browser)
    assert (heading(browser), site.state()) == ("You are subscribed", "active")

    press(browser, 'a[href*="/preferences/"]')
    press(browser, '.tongues a[lang="zh"]')
    assert heading(browser) == "您的订阅"
    browser.find_element(By.CSS_SELECTOR, 'input[name="language"][value="zh"]').click()
    press(browser, 'button[value="save"]')
    assert browser.find_element(By.CSS_SELECTOR, '[role="status"]').text == "已保存，自下一期起生效。"
    person = site.people.by_email(READER)
    assert person is not None
    assert (person.language, person.name) == ("zh", "Ann Smith")

    browser.get(
        f"{site.address}/unsubscribe/{site.signer.sign('unsubscribe', EDITION, person.public)}?lang=en"
    )
    assert site.state() == "active"
    press(browser)
    assert (heading(browser), site.state()) == ("You are unsubscribed", "unsubscribed")
    press(browser, 'button[value="resubscribe"]')
    assert (heading(browser), site.state()) == ("You are subscribed", "active")
    assert browser.get_cookies() == []


@pytest.mark.parametrize("code", ["en", "zh"])
def test_axe_finds_nothing_to_mend_on_any_page(browser: Chrome, axe: str, site: Site, code: str) -> None:
    person = site.people.request(READER, "", [EDITION], "en", "pdf", "v1", "test", None, datetime.now(UTC))
    pages = [
        "/subscribe",
        f"/confirm/{site.signer.sign('confirm', person.public, EDITION)}",
        f"/preferences/{site.signer.sign('preferences', person.public)}",
        f"/unsubscribe/{site.signer.sign('unsubscribe', EDITION, person.public)}",  # not active: unsubscribed
        "/confirm/forged",
        "/nowhere",
    ]

    def held() -> list[str]:
        found = violations(browser, axe)
        wide, room = browser.execute_script(
            "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
        )
        return found + ([f"{wide} px wide"] if wide > room else [])

    shots = os.environ.get("SHOTS")
    for look, width in LOOKS:
        shown_in(browser, look, width)
        for number, path in enumerate(pages):
            browser.get(f"{site.address}{path}?lang={code}")
            assert held() == [], (path, look, width)
            if shots:
                browser.save_screenshot(f"{shots}/{code}-{look}-{width}-{number}.png")
        browser.get(f"{site.address}/subscribe?lang={code}")
        press(browser)
        assert browser.find_elements(By.CSS_SELECTOR, '[aria-invalid="true"]')
        assert held() == [], (look, width)
        if shots:
            browser.save_screenshot(f"{shots}/{code}-{look}-{width}-fault.png")
        browser.find_element(By.ID, "email").send_keys(f"x{look}{width}@example.org")
        press(browser)
        assert held() == [], (look, width)
    site.people.confirm(person.public, EDITION, datetime.now(UTC))
    for look, width in LOOKS:
        shown_in(browser, look, width)
        for path in pages[2:4]:
            browser.get(f"{site.address}{path}?lang={code}")
            assert held() == [], (path, look, width)
        press(browser)
        assert held() == [], (look, width)
        if shots:
            browser.save_screenshot(f"{shots}/{code}-{look}-{width}-gone.png")
        press(browser)
        assert held() == [], (look, width)
        browser.get(f"{site.address}{pages[2]}?lang={code}")
        press(browser, 'button[value="save"]')
        assert held() == [], (look, width)
        if shots:
            browser.save_screenshot(f"{shots}/{code}-{look}-{width}-saved.png")


def test_fonts_come_nothing_breaks_the_policy_and_the_keyboard_reaches_all(
    browser: Chrome, site: Site
) -> None:
    shown_in(browser, "light", 1280)
    browser.get_log("browser")  # of other tests
    browser.get(f"{site.address}/subscribe")
    asked = "return [...document.fonts].filter(one => one.status === 'loaded').length"
    WebDriverWait(browser, PATIENCE).until(lambda _: browser.execute_script(asked) >= 2)
    assert [one for one in browser.get_log("browser") if one["level"] == "SEVERE"] == []
    names = "input:not([type=hidden]), button, a[href]"
    unnamed = f"return [...document.querySelectorAll('{names}')].filter(one => one.tabIndex < 0).length"
    assert browser.execute_script(unnamed) == 0


def test_a_download_works_over_the_wire_and_head_has_no_body(site: Site, tmp_path: Path) -> None:
    issue = issue_in(tmp_path)
    token = site.signer.sign("download", EDITION, issue.week, "1", "zh")
    with urlopen(f"{site.address}/issues/{token}.pdf", timeout=PATIENCE) as answer:
        assert answer.read() == (issue.folder / f"{EDITION}-2025-W49.zh.pdf").read_bytes()
    assert site.status(f"/issues/{token}.pdf", "HEAD") == 200
    assert site.status("/health") == 200


def test_one_click_over_the_wire_counts_before_it_is_answered_and_no_token_is_logged(
    site: Site, tmp_path: Path
) -> None:
    person = site.people.request(READER, "", [EDITION], "en", "pdf", "v1", "test", None, datetime.now(UTC))
    site.people.confirm(person.public, EDITION, datetime.now(UTC))
    token = site.signer.sign("unsubscribe", EDITION, person.public)
    assert site.status(f"/unsubscribe/{token}") == 200
    assert site.state() == "active"
    for _ in range(2):
        assert site.status(f"/unsubscribe/{token}", "POST", b"List-Unsubscribe=One-Click") == 200
        assert site.state() == "unsubscribed"
    assert site.status(f"/unsubscribe/{token}x", "POST", b"List-Unsubscribe=One-Click") == 404
    told = (tmp_path / "log").read_text("utf-8")
    assert told.count('"page": "/unsubscribe/…"') == 4
    assert token not in told


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_well(site: Site, sign: signal.Signals) -> None:
    site.process.send_signal(sign)
    site.process.communicate(timeout=10)
    assert site.process.returncode == 0


def test_a_port_in_use_and_a_missing_address_are_told_with_what_to_do(site: Site, tmp_path: Path) -> None:
    port = site.address.rpartition(":")[2]
    done = reporter("serve", "--port", port, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "choose others with --host and --port" in done.stderr
    other = tmp_path / "other"
    other.mkdir()
    (other / "schedule.yaml").write_text("editions: {weekly: {title: Weekly}}\n")
    done = reporter("serve", cwd=other)
    assert done.returncode == 2
    assert "public_url" in done.stderr
    assert OTHER not in done.stderr
