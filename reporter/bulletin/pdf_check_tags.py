"""Can a screen reader follow a finished PDF? The faults of its tags, links and blank pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from reporter.errors import Problem

_FILE_NAME = re.compile(r"\S+\.(svg|png|jpe?g|gif|webp|pdf)", re.IGNORECASE)
_HEADING = re.compile("H([1-6])")


def tag_faults(pdf: pikepdf.Pdf) -> Iterator[Problem]:
    """Yields the faults of the structure tree of `pdf` and of its links."""
    yield from _link_faults(pdf)
    tree = pdf.Root.get("/StructTreeRoot")
    marked = pdf.Root.get("/MarkInfo", Dictionary()).get("/Marked", False)
    if tree is None or "/K" not in tree or not marked:
        yield Problem("untagged", "the PDF is not tagged: a screen reader would find no order in it")
        return
    elements = list(_elements(_kids(tree)))
    yield from _figure_faults(elements)
    yield from _heading_faults(elements)
    yield from _table_faults(elements)
    yield from _blank_pages(pdf, elements)


@dataclass(frozen=True, slots=True)
class _Element:
    """A tag: `H1`, its dictionary, and what is inside it (tags, or numbers of marked content)."""

    kind: str
    dictionary: Any
    kids: list[Any]


def _elements(kids: list[Any]) -> Iterator[_Element]:
    """Yields the tags among and below `kids`, in reading order."""
    for kid in kids:
        if isinstance(kid, Dictionary) and "/S" in kid:
            element = _Element(str(kid.S)[1:], kid, _kids(kid))
            yield element
            yield from _elements(element.kids)


def _kids(part: Any) -> list[Any]:
    kids = part.get("/K", Array())
    return list(kids) if isinstance(kids, Array) else [kids]


def _figure_faults(elements: list[_Element]) -> Iterator[Problem]:
    for element in elements:
        if element.kind == "Figure":
            words = str(element.dictionary.get("/Alt", "")).strip()
            if not words or _FILE_NAME.fullmatch(words):
                yield Problem("no_alt", f"a picture is described by {words!r}: say what it shows")


def _heading_faults(elements: list[_Element]) -> Iterator[Problem]:
    levels = [int(found[1]) for element in elements if (found := _HEADING.fullmatch(element.kind))]
    if levels[:1] != [1]:
        yield Problem("no_h1", "the first heading is not of level 1")
    for level, following in pairwise(levels):
        if following > level + 1:
            yield Problem("heading_skips", f"a heading of level {following} follows one of level {level}")


def _table_faults(elements: list[_Element]) -> Iterator[Problem]:
    for n, table in enumerate((element for element in elements if element.kind == "Table"), 1):
        scopes = [_scope(cell.dictionary) for cell in _elements(table.kids) if cell.kind == "TH"]
        if not scopes:
            yield Problem("no_table_header", f"table {n} has no header cell")
        elif None in scopes:
            yield Problem(
                "no_scope", f"header cells of table {n} do not say whether they head a row or a column"
            )


def _scope(cell: Any) -> str | None:
    attributes = cell.get("/A", Array())
    for part in attributes if isinstance(attributes, Array) else [attributes]:
        if isinstance(part, Dictionary) and "/Scope" in part:
            return str(part.Scope)
    return None


def _blank_pages(pdf: pikepdf.Pdf, elements: list[_Element]) -> Iterator[Problem]:
    """Yields the pages on which nothing stands; a running head or foot is not part of the structure."""
    filled = {
        element.dictionary.Pg.objgen
        for element in elements
        if element.kids and isinstance(element.kids[0], int) and "/Pg" in element.dictionary
    }
    for n, page in enumerate(pdf.pages, 1):
        if page.obj.objgen not in filled:
            yield Problem("blank_page", f"page {n} is blank")


def _link_faults(pdf: pikepdf.Pdf) -> Iterator[Problem]:
    for n, page in enumerate(pdf.pages, 1):
        for note in page.obj.get("/Annots", Array()):
            if note.get("/Subtype") == Name.Link and not str(note.get("/Contents", "")).strip():
                yield Problem("no_link_words", f"a link on page {n} has no description")
