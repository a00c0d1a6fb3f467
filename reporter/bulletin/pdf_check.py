"""Is a finished PDF fit to print? The file itself is read again, whatever made it.

`check_pdf` looks at what the document says of itself and at its bookmarks. The tags are `pdf_check_tags`'
part, fonts and glyphs `pdf_check_text`'s, attachments and actions `pdf_check_files`'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Dictionary

from reporter.bulletin.pdf_check_files import action_faults, attachment_faults
from reporter.bulletin.pdf_check_tags import tag_faults
from reporter.bulletin.pdf_check_text import FAMILIES, text_faults
from reporter.errors import Problem, UnfitError

SIZE_LIMIT = 15 * 10**6  # bytes
CLAIMS = {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}

Headings = Sequence[tuple[int, str]]


def refuse_unfit(name: str, pdf: bytes, page: str, *, language: str, attachments: Sequence[str]) -> None:
    """Raises UnfitError with every fault of the PDF `name` that was made of the printable HTML `page`."""
    title, headings = title_and_headings(page)
    faults = check_pdf(pdf, language=language, title=title, headings=headings, attachments=attachments)
    if faults:
        raise UnfitError([replace(fault, file=name) for fault in faults])


def check_pdf(
    pdf: bytes,
    *,
    language: str,
    title: str,
    headings: Headings | None = None,
    attachments: Sequence[str] = (),
    families: Sequence[str] = FAMILIES,
    limit: int = SIZE_LIMIT,
) -> list[Problem]:
    """Yields the faults of a finished PDF, each with a stable code; none when it is fit to print.

    `headings` are the (level, text) of the page's h1 and h2, which the bookmarks must equal; None leaves them
    unread. `attachments` are the names of the files it must carry, `families` the fonts it may use, `limit`
    is in bytes. docs/pdf.md lists the codes. Raises nothing: what cannot be opened is a fault as well.
    """
    faults = []
    if len(pdf) > limit:
        faults.append(Problem("too_large", f"the PDF has {len(pdf):,} bytes; the limit is {limit:,}"))
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            faults += _faults(document, language, title, attachments, families)
            if headings is not None:
                faults += _bookmark_faults(document, headings)
    except pikepdf.PasswordError:
        faults.append(Problem("encrypted", "the PDF opens with a password only"))
    except pikepdf.PdfError as error:
        faults.append(Problem("unreadable", f"the PDF cannot be opened: {error}"))
    return faults


def _faults(
    pdf: pikepdf.Pdf, language: str, title: str, attachments: Sequence[str], families: Sequence[str]
) -> Iterator[Problem]:
    if pdf.is_encrypted:
        yield Problem("encrypted", "the PDF is encrypted")
    for warning in pdf.get_warnings():
        yield Problem("damaged", f"the PDF is damaged: {warning}")
    if not len(pdf.pages):
        yield Problem("no_page", "the PDF has no page")
    yield from _catalogue_faults(pdf, language, title)
    yield from tag_faults(pdf)
    yield from text_faults(pdf, families)
    yield from attachment_faults(pdf, attachments)
    yield from action_faults(pdf)


# ── what the document says of itself ──


def _catalogue_faults(pdf: pikepdf.Pdf, language: str, title: str) -> Iterator[Problem]:
    root = pdf.Root
    found = str(root.get("/Lang", ""))
    if found != language:
        yield Problem("language", f"the PDF's language is {found or 'not set'}; {language} is expected")
    found = str(pdf.docinfo.get("/Title", ""))
    if not found or _plain(found) != _plain(title):
        yield Problem("title", f"the PDF's title is {found!r}; {title!r} is expected")
    if not root.get("/ViewerPreferences", Dictionary()).get("/DisplayDocTitle", False):
        yield Problem("title_hidden", "a reader would show the file's name instead of the title")
    with pdf.open_metadata() as metadata:
        lacking = [key for key, value in CLAIMS.items() if metadata.get(key) != value]
        if lacking:
            yield Problem(
                "claims", f"the metadata does not claim PDF/A-3a and PDF/UA-1: {', '.join(lacking)}"
            )


def _bookmark_faults(pdf: pikepdf.Pdf, headings: Headings) -> Iterator[Problem]:
    expected = [(level, _plain(text)) for level, text in headings if level <= 2]
    with pdf.open_outline() as outline:
        found = list(_bookmarks(outline.root, 1))
    for n, (bookmark, heading) in enumerate(zip(found, expected, strict=False), 1):
        if bookmark != heading:
            yield Problem("bookmarks", f"bookmark {n} is {bookmark[1]!r}; the heading is {heading[1]!r}")
            return
    if len(found) != len(expected):
        yield Problem("bookmarks", f"there are {len(found)} bookmarks for {len(expected)} headings")


def _bookmarks(items: Sequence[Any], level: int) -> Iterator[tuple[int, str]]:
    for item in items:
        yield level, _plain(item.title)
        yield from _bookmarks(item.children, level + 1)


def _plain(text: str) -> str:
    return " ".join(text.split())


class _Headings(HTMLParser):
    """Collects the title and the headings of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "title" or re.fullmatch("h[1-6]", tag):
            self._open = tag
            self.found.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, text = self.found[-1]
            self.found[-1] = tag, text + data


def title_and_headings(page: str) -> tuple[str, list[tuple[int, str]]]:
    """Yields the title of an HTML page and the (level, text) of its headings in order."""
    parser = _Headings()
    parser.feed(page)
    title = next((text for tag, text in parser.found if tag == "title"), "")
    return _plain(title), [(int(tag[1]), _plain(text)) for tag, text in parser.found if tag != "title"]
