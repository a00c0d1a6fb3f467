"""The printed bulletin: whole, the same each time, and closed to everything outside."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from reporter.bulletin.charts import draw_charts
from reporter.bulletin.html import render_html
from reporter.bulletin.pdf import render_pdf
from reporter.errors import RenderError
from reporter.language import language
from tests.bulletin import sample
from tests.conftest import needs

EN = language("en")
ROOT = Path(__file__).parent.parent.parent


def make(name: str) -> bytes:
    issue = getattr(sample, name)()
    page = render_html(issue, EN, draw_charts(issue, EN), medium="print")
    return render_pdf(page, identifier=name.encode())


@lru_cache
def printed(name: str) -> bytes:
    return make(name)


@lru_cache
def opened(name: str) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(printed(name)))


def pages_text(name: str) -> list[str]:
    """The text of each page, read as a program would."""
    needs("pdftotext", "poppler-utils")
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=printed(name), capture_output=True, check=True
    )
    return done.stdout.decode().split("\f")[:-1]


def test_the_weeks_bulletin_has_about_six_pages_and_page_one_lists_them() -> None:
    """Five to seven pages; the contents name for each section the page on which its title stands."""
    pages = pages_text("w49")
    assert 5 <= len(pages) <= 7
    contents = pages[0].split("IN THIS ISSUE")[1]
    for title in ("Prices and changes", "Materials and supply", "Forecasts and context", "Method and data"):
        number = re.search(rf"{title}\s+(\d+)", contents)
        assert number is not None
        assert title in pages[int(number[1]) - 1]


def test_an_issue_of_one_price_is_one_finished_page() -> None:
    """No contents, no forced break: the method stands on the same page as the price."""
    pages = pages_text("one_price")
    assert len(pages) == 1
    assert "2,050" in pages[0]
    assert "Method and data" in pages[0]


def test_every_page_names_itself_of_how_many() -> None:
    """Page 2 of 6 at the foot of each."""
    pages = pages_text("w49")
    assert all(f"Page {n} of {len(pages)}" in text for n, text in enumerate(pages, 1))


def test_the_bookmarks_are_the_main_headings() -> None:
    """The edition's title, and under it every h2 in order, page 1's among them."""
    with opened("w49").open_outline() as outline:
        (root,) = outline.root
        titles = [item.title for item in root.children]
    assert root.title == "Solid-State Battery Weekly"
    assert titles[:2] == ["Highlights", "Prices at a glance"]
    assert titles[-10:] == [
        "Prices and changes",
        "Price charts",
        "Projects and pilot lines",
        "Materials and supply",
        "R&D and capital",
        "Overseas",
        "Policy and standards",
        "Forecasts and context",
        "Corrections",
        "Method and data",
    ]


def test_title_author_and_language_are_set_and_no_clock_is() -> None:
    """The head of the page gives them; the creation date is the issue's as-of."""
    pdf = opened("w49")
    assert str(pdf.docinfo["/Title"]) == "Solid-State Battery Weekly · 2025-W49"
    assert str(pdf.docinfo["/Author"]) == "Solid-State Battery Weekly"
    assert str(pdf.Root.Lang) == "en"
    assert str(pdf.docinfo["/CreationDate"]).startswith("D:202512062147")
    assert "/ModDate" not in pdf.docinfo


@pytest.mark.parametrize("name", ["w49", "crude"])
def test_all_fonts_are_embedded_subsets_of_the_bundled_families(name: str) -> None:
    """Only Inter and IBM Plex Serif, texts of charts included."""
    fonts = {
        (str(font.DescendantFonts[0].BaseFont), "/FontFile2" in font.DescendantFonts[0].FontDescriptor)
        for page in opened(name).pages
        for font in page.obj.Resources.Font.values()
    }
    assert fonts
    for base, embedded in fonts:
        assert re.fullmatch(r"/[A-Z]{6}\+(Inter|IBM-Plex-Serif).*", base)
        assert embedded


def test_nothing_leaves_the_page() -> None:
    """In an issue of long names and nine-digit prices no word of a page lies outside its box."""
    needs("pdftotext", "poppler-utils")
    done = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=printed("crowded"), capture_output=True, check=True
    )
    boxes = re.findall(
        r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"', done.stdout.decode()
    )
    assert len(boxes) > 2000
    for x1, y1, x2, y2 in ([float(side) for side in box] for box in boxes):
        assert x1 >= 40
        assert x2 <= 595.3 - 40
        assert y1 >= 25
        assert y2 <= 842 - 20


def test_another_process_with_another_hash_seed_prints_the_same_bytes() -> None:
    """The same SHA-256 in this process and in a fresh one."""
    code = (
        "import hashlib, sys; from tests.bulletin.test_pdf import make;"
        "sys.stdout.write(hashlib.sha256(make('crude')).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == hashlib.sha256(printed("crude")).hexdigest()


def test_the_identifier_is_part_of_the_file() -> None:
    """Two identifiers, two files; the same one twice, one file."""
    page = "<html lang=en><title>t</title><p style='font-family: x'></p>"
    assert render_pdf(page, identifier=b"a") == render_pdf(page, identifier=b"a")
    assert render_pdf(page, identifier=b"a") != render_pdf(page, identifier=b"b")


@pytest.mark.parametrize(
    "page",
    [
        '<img src="file:///etc/passwd" alt="x">',
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<img src="../secret.png" alt="x">',
        '<img src="asset:../errors.py" alt="x">',
        '<img src="asset:web/../../errors.py" alt="x">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<link rel="stylesheet" href="https://example.org/x.css">',
        '<p style="background: url(file:///etc/hostname)">x</p>',
        '<object data="file:///etc/passwd"></object>',
    ],
)
def test_a_page_that_asks_for_anything_outside_is_refused(page: str) -> None:
    """Files, hosts and paths upward end in an error that names the address."""
    with pytest.raises(RenderError, match="may not load"):
        render_pdf(page, identifier=b"x")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ('<p style="font-family: nothing">\U00012000</p>', "notdef"),
        ('<img src="data:image/png;base64,AAAA" alt="x">', "Failed to load image"),
        ("<style>p { colour: red }</style>", "unknown property"),
    ],
)
def test_what_would_be_lost_is_an_error_not_a_log_line(page: str, words: str) -> None:
    """A glyph that no font has, a broken picture, a misspelt rule."""
    with pytest.raises(RenderError, match=words):
        render_pdf(page, identifier=b"x")


def test_an_error_that_quotes_a_picture_stays_short() -> None:
    """A picture inside the page is thousands of letters; the message is not."""
    with pytest.raises(RenderError) as caught:
        render_pdf(f'<img src="data:image/png;base64,{"AAAA" * 5000}" alt="x">', identifier=b"x")
    assert len(str(caught.value)) < 400


def test_the_figures_and_prices_are_carried_inside_byte_for_byte(acceptance_issue: Path) -> None:
    """Once each, as data, dated by the issue."""
    with pikepdf.open(next(acceptance_issue.glob("*.en.pdf"))) as pdf:
        assert set(pdf.attachments) == {"figures.json", "prices.csv"}
        for name, spec in pdf.attachments.items():
            file = spec.get_file()
            assert file.read_bytes() == (acceptance_issue / name).read_bytes()
            assert spec.relationship == pikepdf.Name.Data
            assert file.mod_date is not None
            assert (file.mod_date.year, file.mod_date.month, file.mod_date.day) == (2025, 12, 6)
        assert len(pdf.Root.AF) == 2


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_page_claims_to_be_for_archives_and_screen_readers(acceptance_issue: Path, code: str) -> None:
    """PDF/A-3a and PDF/UA-1 in its metadata, which anyone may read as text; tagged, with a language and a title."""
    content = next(acceptance_issue.glob(f"*.{code}.pdf"))
    with pikepdf.open(content) as pdf:
        with pdf.open_metadata() as metadata:
            claims = [metadata[key] for key in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part")]
            assert claims == ["3", "A", "1"]
            assert metadata["xmp:CreateDate"] == "2025-12-06T21:47:00+08:00"
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == code
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert b"pdfuaid:part" in content.read_bytes()
