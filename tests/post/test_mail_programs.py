"""Mail programs judge the mail: a parser that reads it, and what is known of each program's HTML and CSS."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.post.mails import LINKS, PDF
from tests.post.test_mail_judges import CODES, html, mail

JUDGES = Path(__file__).parent / "judges"

ALLOWED = {
    "the sheet and its ground are tables with colours of their own": ["no: <body> element"],
    "`body` becomes a `div` with the same attributes": ["partly: <body> element"],
    "the style stands in each element; the sheet in the head only makes it dark, or wider on a phone": [
        *("no: <style> element", "partly: <style> element", "no: @media", "partly: @media"),
        *("no: color-scheme meta tag", "partly: color-scheme meta tag"),
        *("no: color-scheme CSS property", "partly: color-scheme CSS property"),
    ],
    "who hears the page instead of seeing it loses a name of a part, and no words": [
        *("no: role attribute", "partly: role attribute", "no: aria-label attribute"),
        *("no: aria-labelledby attribute", "no: lang attribute", "partly: lang attribute"),
    ],
    "a word longer than a line is rare, and widens the sheet; nothing is cut": [
        *("no: overflow-wrap", "partly: overflow-wrap", "no: overflow", "partly: overflow"),
    ],
    "an amount may break into two lines": ["no: white-space", "partly: white-space"],
    "a link then has its colour, and no line under it": [
        *("no: text-decoration", "partly: text-decoration"),
    ],
    "where room around a frame is given to cells alone, the cell has it": ["partly: padding"],
    "the button is a cell with a colour; the link in it may be as small as its words": ["partly: display"],
    "600 wide by its attribute, or by its style, whichever is known": [
        *("no: width attribute", "partly: width attribute", "partly: width property", "partly: max-width"),
    ],
    "lines of a table a little apart, or doubled": [
        *("partly: border-collapse", "partly: cellpadding attribute", "partly: cellspacing attribute"),
    ],
    "only what we do not use of it is not known: images, negative numbers, `em`, `start`, thick borders": [
        *("partly: background", "partly: background-color", "partly: border", "partly: margin"),
        *("partly: align attribute", "partly: text-align", "partly: text-transform", "partly: font-size"),
        *("partly: letter-spacing", "partly: line-height", "partly: font-weight"),
    ],
}
"""What some program does not know, or not all of, and what becomes of the mail there."""


def judged(name: str, file: Path) -> Any:
    """Yields what a judge of tests/post/judges says of a file."""
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    node = shutil.which("node", path=places)
    if node is None or not (JUDGES / "node_modules" / name).is_dir():
        pytest.skip(f"{name} is missing: tools/setup.sh test")
    done = subprocess.run([node, JUDGES / f"{name}.mjs", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@CODES
def test_a_parser_of_mail_programs_reads_all_of_it(tmp_path: Path, code: str) -> None:
    """Subject, addresses, text, HTML, the ways to unsubscribe, and the PDF byte for byte."""
    file = mail(tmp_path, code, version=2)
    read, page = judged("mailparser", file), html(file).read_text("utf-8")
    subject = {"en": "Correction, version 2: Solid-State Battery Weekly", "zh": "更正（第2版）："}
    assert read["subject"].startswith(subject[code])
    assert read["from"] == [["Solid-State Battery Weekly", "desk@example.org"]]
    assert read["to"] == [["", "reader@example.com"]]
    assert (read["messageId"], read["date"]) == ("<20251208.1@example.org>", "2025-12-08T01:30:00.000Z")
    assert read["unsubscribe"] == {
        "url": LINKS.unsubscribe,
        "mail": LINKS.unsubscribe_mail.removeprefix("mailto:"),
    }
    assert read["html"].strip() == page.strip()
    for words in (LINKS.unsubscribe, LINKS.preferences, "2,050", "145", "desk@example.org"):
        assert words in read["text"]
    ((name, kind, content),) = read["files"]
    assert (name, kind) == (f"solid-state-weekly-2025-W49.{code}.pdf", "application/pdf")
    assert base64.b64decode(content) == PDF


def test_what_mail_programs_do_not_know_is_known_and_borne(tmp_path: Path) -> None:
    """A finding that is not on the list fails, and so does one of the list that is never found."""
    found: dict[str, list[str]] = {}
    for code in ("en", "zh"):
        for format in ("link", "pdf"):
            home = tmp_path / code / format
            home.mkdir(parents=True)
            found |= judged("caniemail", html(mail(home, code, format, version=2)))
    allowed = {title for titles in ALLOWED.values() for title in titles}
    assert {title: programs for title, programs in found.items() if title not in allowed} == {}
    assert allowed - set(found) == set()


def test_a_judge_finds_what_no_program_should_be_sent(tmp_path: Path) -> None:
    """What the list allows is not all that a judge can say: a page of grids and videos is held against."""
    page = tmp_path / "page.html"
    page.write_text('<div style="display: grid; position: fixed"><video src="a"></video></div>')
    found = judged("caniemail", page)
    assert {"no: display:grid", "no: position", "no: <video> element"} <= set(found)
    assert "outlook.windows" in found["no: position"]


def test_lock_and_pins_of_the_judges_name_no_address() -> None:
    """Each version is exact, each file has its hash, and where they come from is the reader's own registry."""
    pins = json.loads((JUDGES / "package.json").read_text())["dependencies"]
    lock = (JUDGES / "package-lock.json").read_text()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())
    assert "://" not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in one for name, one in packages.items() if name)
    assert {name: packages[f"node_modules/{name}"]["version"] for name in pins} == pins
