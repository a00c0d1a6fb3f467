"""The preview: a real command, a real browser, files changed on disk."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.support.wait import WebDriverWait

from tests.builders import folder
from tests.conftest import ROOT, reporter, shown_in, violations

SETTINGS = "timezone: Asia/Shanghai\nrecords: records\neditions: {weekly: {title: Weekly}}\n"
PATIENCE = 30  # seconds, for a machine that does other things besides


@dataclass(frozen=True)
class Preview:
    """A running preview."""

    address: str
    process: subprocess.Popen[str]
    folder: Path

    def ask(self, path: str = "/", method: str = "GET", host: str | None = None) -> tuple[int, str]:
        """Yields status and text of one answer."""
        status, body = self.fetch(path, method, host)
        return status, body.decode()

    def fetch(self, path: str, method: str = "GET", host: str | None = None) -> tuple[int, bytes]:
        """Yields status and bytes of one answer."""
        name = urlsplit(self.address).netloc
        connection = http.client.HTTPConnection(name, timeout=PATIENCE)
        try:
            connection.request(method, path, headers={"Host": host or name})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


Start = Callable[..., Preview]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts previews in processes of their own and ends them after the test."""
    begun: list[subprocess.Popen[str]] = []

    def started(cwd: Path, *words: str) -> Preview:
        process = subprocess.Popen(
            [sys.executable, "-m", "reporter", "preview", "--port", "0", *words],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        assert process.stdout is not None
        return Preview(process.stdout.readline().strip(), process, cwd)

    yield started
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def small(tmp_path: Path, start: Start) -> Preview:
    """The preview of one price."""
    (tmp_path / "schedule.yaml").write_text(SETTINGS)
    folder(tmp_path, prices="latp,2025-12-05,,,145")
    return start(tmp_path)


def until(browser: Chrome, words: str, patience: float = PATIENCE, text: str = "innerText") -> None:
    """Waits until the page shown has these words, a blank standing for any space between them."""
    code = f"return document.body ? document.body.{text}.replace(/\\s+/g, ' ') : ''"
    wait = WebDriverWait(browser, patience, 0.05, [StaleElementReferenceException])
    wait.until(lambda one: words in one.execute_script(code), f"never shown: {words}")


def crowding() -> float:
    """Yields how many times longer than alone a program takes here now, others running besides."""
    begun, used = time.monotonic(), time.process_time()
    while time.process_time() - used < 0.2:
        pass
    return max(1.0, (time.monotonic() - begun) / 0.2)


def replace(file: Path, old: str, new: str) -> None:
    """Changes a file as editors do: another one is put in its place."""
    text = file.read_text("utf-8")
    assert old in text
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text.replace(old, new), "utf-8")
    beside.replace(file)


# ── in a browser ──


def test_a_price_changed_on_disk_is_shown_within_two_seconds(
    browser: Chrome, desk: Path, start: Start
) -> None:
    """Of the shipped records, counted as on an idle machine; no issue and no ledger is touched."""
    preview = start(desk, "--week", "2025-W49")
    before = sorted(desk.rglob("*"))
    browser.get(preview.address)
    until(browser, "93,300")
    prices = desk / "data" / "prices.csv"
    taken: list[float] = []
    while len(taken) < 10 and min(taken, default=PATIENCE) > 2:
        old, new = 2050 + len(taken), 2051 + len(taken)
        begun = time.monotonic()
        prices.write_text(prices.read_text("utf-8").replace(str(old), str(new)), "utf-8")
        until(browser, f"{new:,}", PATIENCE, "textContent")
        taken.append((time.monotonic() - begun) / crowding())
    assert min(taken) <= 2
    assert sorted(desk.rglob("*")) == before


def test_broken_settings_are_shown_with_their_place_until_they_are_mended(
    browser: Chrome, small: Preview
) -> None:
    browser.get(small.address)
    until(browser, "145")
    settings = small.folder / "schedule.yaml"
    replace(settings, "title: Weekly}", "title: Weekly")
    until(browser, "schedule.yaml:4")
    replace(settings, "title: Weekly", "title: Mended}")
    until(browser, "Mended")


@pytest.mark.parametrize(
    ("file", "old", "new", "told", "mended"),
    [
        ("records/prices.csv", "145", "14x5", "records/prices.csv:2 average = 14x5", "145"),
        ("records/instruments.yaml", "name: latp", "name: [", "records/instruments.yaml", "latp"),
        (
            "own/bulletin/cover.html",
            "COVER",
            "{{ nothing }}",
            "cover.html:1 'nothing' is undefined",
            "COVER",
        ),
        ("own/bulletin/cover.html", "COVER", "{{ 1 / 0 }}", "cover.html:1 ZeroDivisionError", "COVER"),
    ],
)
def test_the_page_tells_a_fault_and_recovers(
    browser: Chrome, tmp_path: Path, start: Start, file: str, old: str, new: str, told: str, mended: str
) -> None:
    (tmp_path / "schedule.yaml").write_text("templates: own\n" + SETTINGS)
    folder(tmp_path, prices="latp,2025-12-05,,,145")
    own = tmp_path / "own" / "bulletin"
    own.mkdir(parents=True)
    (own / "cover.html").write_text("<h1>COVER</h1>")
    browser.get(start(tmp_path).address)
    until(browser, mended)
    replace(tmp_path / file, old, new)
    until(browser, told)
    replace(tmp_path / file, new, old)
    until(browser, mended)


def test_other_records_and_templates_are_watched_when_settings_name_them(
    browser: Chrome, small: Preview
) -> None:
    browser.get(small.address)
    until(browser, "145")
    folder(small.folder, "others", prices="latp,2025-12-05,,,150")
    replace(small.folder / "schedule.yaml", "records: records", "records: others\ntemplates: own")
    until(browser, "there is no such folder")
    (small.folder / "own" / "bulletin").mkdir(parents=True)
    until(browser, "150")
    replace(small.folder / "others" / "prices.csv", "150", "151")
    until(browser, "151")
    (small.folder / "own" / "bulletin" / "screen.css").write_text(".masthead h1::after { content: 'X' }")
    WebDriverWait(browser, PATIENCE, 0.05).until(
        lambda one: one.execute_script(
            "const title = document.querySelector('h1');"
            "return title && getComputedStyle(title, '::after').content.includes('X')"
        )
    )


def test_a_browser_that_kept_its_page_recovers_when_the_preview_begins_again(
    browser: Chrome, small: Preview, start: Start
) -> None:
    browser.get(small.address)
    until(browser, "145")
    small.process.terminate()
    small.process.communicate(timeout=PATIENCE)
    replace(small.folder / "records" / "prices.csv", "145", "146")
    start(small.folder, "--port", str(urlsplit(small.address).port))
    until(browser, "146")


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_to_mend_in_bar_and_faults(
    browser: Chrome, axe: str, small: Preview, look: str, width: int
) -> None:
    shown_in(browser, look, width)
    browser.get(small.address)
    until(browser, "145")
    assert violations(browser, axe) == []
    replace(small.folder / "records" / "prices.csv", "145", "x" * 200)
    until(browser, "average = xxx")
    assert violations(browser, axe) == []
    wide, room = browser.execute_script(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert wide <= room
    browser.find_element("link text", "Last good version").click()
    until(browser, "something has become wrong")
    assert violations(browser, axe) == []


# ── as HTTP ──


def test_only_this_machines_own_address_is_answered(small: Preview) -> None:
    """A foreign name that leads here (DNS rebinding) must not read a desk's unpublished figures."""
    port = urlsplit(small.address).port
    assert small.ask(host=f"localhost:{port}")[0] == 200
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.evil.example"):
        for path in ("/", "/en", "/en.pdf", "/events"):
            status, text = small.ask(path, host=host)
            assert (status, "145" in text) == (403, False)


def test_only_get_is_answered(small: Preview) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
        assert small.ask(method=method)[0] == 405


def test_there_is_nothing_else(small: Preview) -> None:
    for path in ("/zh", "/xx", "/zh.pdf", "/last/zh", "/nowhere/at/all", "/../schedule.yaml", "/.pdf/x"):
        assert small.ask(path)[0] == 404


def test_a_page_asked_for_is_never_older_than_the_files(small: Preview) -> None:
    """Without waiting: the question itself looks at the files."""
    assert "145" in small.ask()[1]
    for price in range(146, 156):
        replace(small.folder / "records" / "prices.csv", f",{price - 1},", f",{price},")
        assert f">{price}<" in re.sub(r"\.0+<", "<", small.ask()[1])


def test_commentary_is_watched_from_its_first_line_on(small: Preview) -> None:
    """Where there was no folder for it, too; the browser is told another number."""
    connection = http.client.HTTPConnection(urlsplit(small.address).netloc, timeout=PATIENCE)
    connection.request("GET", "/events")
    numbers = (line for line in connection.getresponse() if line.startswith(b"data:"))
    told = [next(numbers)]
    commentary = small.folder / "records" / "commentary" / "weekly"
    commentary.mkdir(parents=True)
    for words in ("Calm.", "Quite calm."):
        (commentary / "2025-W49.en.md").write_text(words)
        told.append(next(numbers))
    connection.close()
    assert len(set(told)) == 3


def test_the_pdf_is_the_drafts(small: Preview) -> None:
    status, pdf = small.fetch("/en.pdf")
    assert (status, pdf[:5]) == (200, b"%PDF-")


def test_a_page_of_the_preview_is_what_run_writes_and_a_bar(small: Preview, start: Start) -> None:
    """The script that loads a page again is never in an issue."""
    moment = ["--as-of", "2025-12-06"]
    assert reporter("run", "--draft", *moment, cwd=small.folder).returncode == 0
    (page,) = small.folder.glob("output/*/*/draft/*.html")
    before, body, after = page.read_text("utf-8").partition("<body>")
    shown = start(small.folder, *moment).ask()[1]
    assert shown.startswith(before + body)
    assert shown.endswith(after)
    assert "EventSource" in shown.removesuffix(after)
    assert "EventSource" not in before + after


def test_a_name_with_markup_is_shown_as_it_is_written(tmp_path: Path, start: Start) -> None:
    """What a fault quotes comes from files and must not run."""
    name = "<script>alert(1)<"
    (tmp_path / "schedule.yaml").write_text(SETTINGS.replace("records: records", f"records: '{name}'"))
    folder(tmp_path, name, prices="latp,2025-12-05,,,<img src=x onerror=alert(1)>")
    status, text = start(tmp_path).ask()
    assert status == 503
    assert "&lt;script&gt;alert(1)&lt;/prices.csv" in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert name not in text
    assert "<img" not in text


def test_what_run_would_end_with_is_a_page(tmp_path: Path, start: Start) -> None:
    """No week with a record; the preview waits for one."""
    (tmp_path / "schedule.yaml").write_text(SETTINGS)
    folder(tmp_path, prices="latp,2025-12-05,,,145")
    preview = start(tmp_path, "--as-of", "2020-01-01")
    status, text = preview.ask()
    assert status == 503
    assert "no price and no event is known" in text
    assert preview.ask("/en")[0] == 503


# ── the command ──


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_well(small: Preview, sign: signal.Signals) -> None:
    """Also while a browser listens."""
    listening = http.client.HTTPConnection(urlsplit(small.address).netloc, timeout=PATIENCE)
    listening.request("GET", "/events")
    assert listening.getresponse().readline().startswith(b"retry:")
    small.process.send_signal(sign)
    _, told = small.process.communicate(timeout=10)
    listening.close()
    assert (small.process.returncode, told) == (0, "Ctrl-C ends the preview\n")


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--week", "49"], 2, "--week"),
        (["--as-of", "soon"], 2, "--as-of 'soon' is not a moment"),
        (["--language", "xx"], 2, "--language 'xx'"),
        (["--config", "nowhere.yaml"], 2, "nowhere.yaml: there is no such file"),
        (["--port", "70000"], 2, "--port"),
    ],
)
def test_wrong_words_end_it_before_it_begins(words: list[str], status: int, told: str) -> None:
    done = reporter("preview", *words, cwd=ROOT)
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr


def test_a_port_in_use_is_told_with_the_way_out(small: Preview) -> None:
    port = str(urlsplit(small.address).port)
    done = reporter("preview", "--port", port, cwd=small.folder)
    assert done.returncode == 3
    assert f"port {port}: {os.strerror(98)}; `--port 0` takes one that is free" in done.stderr
