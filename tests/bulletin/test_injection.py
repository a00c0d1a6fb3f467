"""Records that try to be something else: markup, templates, addresses, formulas. They are printed as text."""

from __future__ import annotations

import csv
import subprocess
import sys
from html import unescape
from pathlib import Path

import pikepdf
import pytest

from tests.builders import folder
from tests.conftest import WATCHED, pdf_text, watched
from tests.test_acceptance import html_text, plain

EMBEDDED = ("figures.json", "prices.csv")
SCRIPT = "<script>alert(1)</script>"
PICTURE = "<img src=file:///etc/passwd>"
ATTACHMENT = "<link rel=attachment href=file:///etc/passwd>"
TEMPLATE = "{{ 7*1111 }}"
STYLE = "</style><style>@import url(http://127.0.0.1:9/x)"
FORMULA = "=cmd()"
SETTINGS = "timezone: Asia/Shanghai\nrecords: records\neditions: {weekly: {title: Weekly}}\n"
RUN = ("run", "--draft", "--week", "2025-W49", "--as-of", "2025-12-06")


def desk_with(place: Path, **tables: str | list[str]) -> Path:
    (place / "schedule.yaml").write_text(SETTINGS)
    folder(place, **tables)
    return place


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The issue of such records, made while connections and /etc/passwd are watched."""
    desk = desk_with(
        tmp_path_factory.mktemp("attacked"),
        instruments=f'- {{id: gold, name: "{FORMULA}", unit: kg, currency: CNY, decimals: 1}}\n',
        prices=["gold,2025-11-28,,,3.5", "gold,2025-12-05,,,2.2"],
        projects=f"p,{TEMPLATE},{SCRIPT}",
        events=[
            f"e1,2025-12-02,stage_change,{PICTURE},p,construction",
            f"e2,2025-12-02,other,{ATTACHMENT}",
            f"e3,2025-12-02,other,{STYLE}",
            f"e4,2025-12-02,other,{FORMULA}",
            "e5,2025-12-02,other,@SUM(1)",
        ],
    )
    done = watched(*RUN, cwd=desk)
    assert done.returncode == 0, done.stderr
    assert "NOTICED" not in done.stderr
    return desk / "output" / "weekly" / "2025-W49" / "draft"


@pytest.mark.parametrize("text", [SCRIPT, PICTURE, ATTACHMENT, TEMPLATE, STYLE, FORMULA])
def test_it_is_printed_as_it_was_written(attacked: Path, text: str) -> None:
    printed = plain(pdf_text(next(attacked.glob("*.en.pdf"))))
    assert "".join(text.split()) in "".join(printed.split())
    assert text in html_text(next(attacked.glob("*.en.html")))


def test_nothing_of_it_is_markup_or_run(attacked: Path) -> None:
    page = next(attacked.glob("*.en.html")).read_text("utf-8")
    for text in (SCRIPT, PICTURE, ATTACHMENT, STYLE):
        assert text not in page
        assert text in unescape(page)
    assert "7777" not in page
    assert "7777" not in pdf_text(next(attacked.glob("*.en.pdf")))


def test_only_the_issues_own_files_are_inside(attacked: Path) -> None:
    with pikepdf.open(next(attacked.glob("*.en.pdf"))) as pdf:
        assert sorted(pdf.attachments) == sorted(EMBEDDED)
        assert not any("/A" in note for page in pdf.pages for note in page.obj.get("/Annots", []))


def test_no_cell_of_a_csv_is_a_formula_and_numbers_are_numbers(attacked: Path) -> None:
    """An apostrophe before the text; a price that fell keeps its bare minus."""
    for path in attacked.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "@")]
        if path.name == "events.csv":
            assert {"'" + FORMULA, "'@SUM(1)"} <= set(cells)
        if path.name == "prices.csv":
            assert "-1.3" in cells


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "//etc/passwd", "data:text/html;x"]
)
def test_an_address_that_is_not_the_webs_is_refused(tmp_path: Path, address: str) -> None:
    columns = "id,reported_on,type,headline,source_url\n"
    desk = desk_with(
        tmp_path, projects="p,Plant,Firm", events=f"{columns}e1,2025-12-02,other,Told,{address}".splitlines()
    )
    done = watched(*RUN, cwd=desk)
    assert done.returncode == 3
    assert address in done.stderr
    assert "begins with http:// or https://" in done.stderr
    assert not (desk / "output").exists()


@pytest.mark.parametrize(
    "deed", ['open("/etc/passwd")', 'import socket; socket.socket().connect_ex(("127.0.0.1", 9))']
)
def test_the_watch_notices_what_it_is_set_for(deed: str) -> None:
    """The control: without it, silence would prove nothing."""
    done = subprocess.run(
        [sys.executable, "-c", f"{WATCHED}\n{deed}"], capture_output=True, text=True, check=True
    )
    assert "NOTICED" in done.stderr
