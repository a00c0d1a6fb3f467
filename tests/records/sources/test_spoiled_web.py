"""Spoiled answers of a web server: right figures or a refusal, within limits of time and size."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reporter.records.location import Location
from reporter.records.raw import RawRecords
from reporter.records.sources.web import read_web
from reporter.records.sources.web_request import Limits
from tests.records.sources.spoiling import (
    MARKET,
    PRICES,
    as_csv,
    as_json,
    at,
    figures_of,
    refusal,
    serve,
    write_folder,
)
from tests.records.sources.webserver import Answer, Site, Visit, page, redirect, serving

QUICK = Limits(connect=1, read=1, whole=2, tries=1, size=100_000)
GOOD = as_json(PRICES).decode()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(Site()) as made:
        yield made


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def number(text: str) -> str:
    return GOOD.replace('"110"', text)


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "lists in lists": ("[" * 10**5, "nested too deeply"),
    "lists in lists, closed": ("[" * 10**5 + "]" * 10**5, "nested too deeply"),
    "objects in objects": ('[{"a":' * 10**5, "nested too deeply"),
    "a key twice": (GOOD.replace('"average": "110"', '"average": "110", "average": "9"'), "item 2: .*twice"),
    "a key twice, with a blank": (GOOD.replace('"date": "2025-12-04"', '"date": "1", "date ": "2"'), "twice"),
    "not a number": (number("NaN"), "item 2: .*NaN is no number"),
    "infinity": (number("-Infinity"), "item 2: .*Infinity is no number"),
    "larger than a float": (number("1e309"), "item 2: .*average"),
    "an exponent without end": (number("1e999999999999"), "item 2: .*average"),
    "a million digits": (number("1" * 10**6), "item 2: .*average"),
    "a list": (number("[110]"), "item 2: .*is a list"),
    "an object": (number('{"low": 110}'), "item 2: .*is an object"),
    "a truth": (number("true"), "item 2: .*'true'"),
    "null": (number("null"), "item 2: .*needs low and high"),
    "underscores": (number("1_000"), "prices.json:1: .*not JSON"),
    "hexadecimal": (number("0x6e"), "prices.json:1: .*not JSON"),
    "full-width digits": (number("１１０"), "prices.json:1: .*not JSON"),
    "half a letter": (GOOD.replace("busy", r"\ud800"), "item 2: .*half a letter"),
    "half a letter in a key": (GOOD.replace('"note"', r'"\ud800"'), "item 1: .*half a letter"),
    "NUL": (GOOD.replace("busy", r"\u0000"), "item 2: .*U.0000"),
    "cut off": (GOOD[:-10], "not JSON"),
    "an object around": (f'{{"rows": {GOOD}}}', "must be a list of objects"),
    "two lists": (GOOD + GOOD, "not JSON"),
    "a remark": (f"// prices\n{GOOD}", "not JSON"),
    "other quotes": (GOOD.replace('"', "'"), "not JSON"),
    "a comma too many": (GOOD[:-1] + ",]", "not JSON"),
    "UTF-16": (GOOD.encode("utf-16"), "UTF-16"),
    "Latin-1": (GOOD.replace("busy", "é").encode("latin-1"), "is not UTF-8"),
    "texts alone": ('["a", "b"]', "item 1: .*not an object"),
    "nothing": ("", "not JSON"),
    "a hundred thousand keys": (
        "[{" + ",".join(f'"c{n}": 1' for n in range(10**5)) + "}]", "100,000 keys",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_spoiled_json_is_refused_at_its_place(name: str, site: Site) -> None:
    text, place = REFUSED[name]
    source = serve(site, MARKET, "json")
    site.pages["/prices.json"] = page(text if isinstance(text, bytes) else text.encode())
    faults = refusal(source)
    assert faults is not None
    assert any(re.search(place, str(fault)) and "/prices.json" in fault.file for fault in faults), faults


@pytest.mark.parametrize(
    "text",
    [number("110"), number("110.00"), GOOD.replace("busy", "b" * 10**6)],
    ids=["a number", "zeros", "long"],
)
def test_a_json_that_says_the_same_gives_the_same_figures(text: str, site: Site, tmp_path: Path) -> None:
    source = serve(site, MARKET, "json")
    site.pages["/prices.json"] = page(text.encode())
    assert figures_of(source) == figures_of(at(write_folder(tmp_path)))


# ── what a server does ──

CSV = as_csv(PRICES)


def sends(head: dict[str, str], *pieces: bytes) -> Answer:
    """Yields an answer with just these headers and bytes."""

    def answer(visit: Visit) -> None:
        visit.send_response(200)
        for name, value in head.items():
            visit.send_header(name, value)
        visit.end_headers()
        for piece in pieces:
            visit.wfile.write(piece)

    return answer


def drips(site: Site, head: bytes = b"") -> Answer:
    """Yields an answer without end, a letter at a time."""

    def answer(visit: Visit) -> None:
        sends({}, head)(visit)
        while not site.closing.wait(0.05):
            visit.wfile.write(b"x")
            visit.wfile.flush()

    return answer


ANSWERS: dict[str, tuple[Callable[[Site], Answer], str]] = {
    "a slow body without end": (drips, "too_slow"),
    "a slow table without end": (lambda site: drips(site, CSV), "too_slow"),
    "a body of silence": (lambda site: lambda visit: site.closing.wait(30) and None, "too_slow"),
    "a large body": (lambda _: page(b"x" * 200_000), "too_large"),
    "a length that is too long": (lambda _: sends({"Content-Length": "9999"}, CSV), "cut_short"),
    "a length in the middle of a row": (
        lambda _: sends({"Content-Length": str(len(CSV) - 12)}, CSV), "ragged_row",
    ),
    "a negative length": (lambda _: sends({"Content-Length": "-5"}, CSV), "cut_short"),
    "a length that is none": (lambda _: sends({"Content-Length": "many"}, CSV), "cut_short"),
    "pieces of no length": (lambda _: sends({"Transfer-Encoding": "chunked"}, b"ZZ\r\n" + CSV), "cut_short"),
    "pieces without an end": (
        lambda _: sends({"Transfer-Encoding": "chunked"}, b"%x\r\n" % len(CSV), CSV, b"\r\n"), "cut_short",
    ),
    "no gzip": (lambda _: page(CSV, Content_Encoding="gzip"), "packed"),
    "another packing": (lambda _: page(CSV, Content_Encoding="br"), "packed"),
    "two packings": (lambda _: page(CSV, Content_Encoding="gzip, gzip"), "packed"),
    "a head without end": (
        lambda _: sends({f"X-{n}": "x" * 1000 for n in range(200)}, CSV), "cut_short",
    ),
    "a file of the machine": (lambda _: redirect("file:///etc/passwd"), "redirect"),
    "another protocol": (lambda _: redirect("ftp://example.org/prices.csv"), "redirect"),
    "data": (lambda _: redirect("data:text/csv,instrument"), "redirect"),
    "nowhere": (lambda _: redirect("http://"), "redirect"),
    "itself": (lambda _: redirect("/prices.csv"), "redirect"),
    "a web page": (lambda _: page(b"<!DOCTYPE html><p>log in"), "web_page"),
    "a million columns": (lambda _: page(b",".join([b"c"] * 40_000) + b"\n"), "too_many_columns"),
}  # fmt: skip


def read(site: Site, limits: Limits = QUICK) -> RawRecords:
    return read_web(Location(f"{site.address}/", private=True), ["instruments", "prices"], limits=limits)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_server_that_misbehaves_is_refused_in_time(name: str, site: Site) -> None:
    answer, code = ANSWERS[name]
    serve(site, MARKET)
    site.pages["/prices.csv"] = answer(site)
    began = time.monotonic()
    raw = read(site)
    assert time.monotonic() - began < 20
    [fault] = raw.problems.of("error")
    assert (fault.code, fault.file) == (code, f"{site.address}/prices.csv")
