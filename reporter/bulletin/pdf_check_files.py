"""What does a finished PDF carry, and what would it start? The faults of its files, links and actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from reporter.errors import Problem

SCHEMES = ("http", "https", "mailto")
# what a PDF may start by itself or by a click, beside going to a page or an address
ACTIONS = (
    "/GoTo3DView",
    "/GoToE",
    "/GoToR",
    "/Hide",
    "/ImportData",
    "/Launch",
    "/Movie",
    "/Rendition",
    "/ResetForm",
    "/RichMediaExecute",
    "/SetOCGState",
    "/Sound",
    "/SubmitForm",
    "/Thread",
)
_HARMLESS = {"/StructElem", "/Font", "/FontDescriptor", "/OBJR"}


def attachment_faults(pdf: pikepdf.Pdf, expected: Sequence[str]) -> Iterator[Problem]:
    """Yields the faults of the files inside `pdf`: each expected one once, described, as data; no other."""
    tree = pdf.Root.get("/Names", Dictionary()).get("/EmbeddedFiles")
    named = Counter(str(spec.get("/UF", "")) for spec in _named(tree))
    associated = Counter(str(spec.get("/UF", "")) for spec in pdf.Root.get("/AF", Array()))
    for name in expected:
        if (named[name], associated[name]) != (1, 1):
            yield Problem(
                "attachment_missing",
                f"{name} is carried {named[name]} times and associated {associated[name]} times, not once",
            )
    for name in sorted({*named, *associated} - {*expected}):
        yield Problem("attachment_unexpected", f"{name or 'a file without a name'} is carried inside")
    for spec in _named(tree):
        if spec.get("/AFRelationship") != Name.Data or not str(spec.get("/Desc", "")).strip():
            yield Problem("attachment_unlabelled", f"{spec.get('/UF')} is not described, or not as data")
    streams = sum(isinstance(one, Stream) and one.get("/Type") == Name.EmbeddedFile for one in pdf.objects)
    if streams > sum(named.values()):
        yield Problem(
            "attachment_unexpected", f"{streams - sum(named.values())} hidden files are carried inside"
        )


def _named(tree: Any) -> Iterator[Any]:
    """Yields the values of a name tree."""
    if tree is not None:
        yield from list(tree.get("/Names", Array()))[1::2]
        for kid in tree.get("/Kids", Array()):
            yield from _named(kid)


def action_faults(pdf: pikepdf.Pdf) -> Iterator[Problem]:
    """Yields what in `pdf` would run, open or load something beside its pages and its web links."""
    for part in _dictionaries(pdf):
        kind = part.get("/S")
        if kind == Name.JavaScript or "/JS" in part:
            yield Problem("script", "the PDF holds JavaScript")
        elif str(kind) in ACTIONS:
            yield Problem("action", f"the PDF would start an action: {str(kind)[1:]}")
        if kind == Name.URI and "/URI" in part and urlsplit(str(part.URI)).scheme.lower() not in SCHEMES:
            yield Problem("address", f"a link leads to {str(part.URI)!r}, not to the web or a mailbox")
        if _loads(part):
            yield Problem("outside_file", "the PDF refers to a file outside itself")


def _loads(part: Any) -> bool:
    if isinstance(part, Stream):
        return "/F" in part or "/Ref" in part or "/OPI" in part
    is_file = part.get("/Type") in (Name.Filespec, Name.F) or "/UF" in part
    return is_file and "/EF" not in part


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Yields every dictionary and stream of the file once, but tags and fonts, which hold no action."""
    heap: list[Any] = [pdf.trailer, *pdf.objects]
    direct = (Array, Dictionary)
    while heap:
        part = heap.pop()
        if isinstance(part, (Dictionary, Stream)):
            if str(part.get("/Type")) in _HARMLESS:
                continue
            yield part
            heap += [one for one in part.values() if isinstance(one, direct) and not one.is_indirect]
        elif isinstance(part, Array):
            heap += [one for one in part if isinstance(one, direct) and not one.is_indirect]
