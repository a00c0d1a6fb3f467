"""One spoiled cell, in every kind of source: refused at its place, or the figures are the right ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from sqlalchemy import make_url

from reporter.database import engine_of
from tests.records.sources.spoiling import (
    KINDS,
    MARKET,
    PLACES,
    at,
    figures_of,
    prices_of,
    refusal,
    with_cell,
    write,
    write_folder,
)
from tests.records.sources.webserver import Site, serving

REFUSED = {
    "not a number": ("average", "NaN"),
    "infinity": ("average", "Infinity"),
    "less than infinity": ("average", "-Infinity"),
    "larger than a float": ("average", "1e309"),
    "an exponent": ("average", "1e2"),
    "underscores": ("average", "1_000"),
    "full-width digits": ("average", "１１０"),
    "digits of another script": ("average", "११०"),
    "hexadecimal": ("average", "0x6E"),
    "a formula as text": ("average", "=100+10"),
    "an error as text": ("average", "#DIV/0!"),
    "a thousands separator": ("average", "1,000"),
    "a decimal comma": ("average", "110,5"),
    "a unit": ("average", "110 kg"),
    "a currency": ("average", "¥110"),
    "two signs": ("average", "--110"),
    "a minus of typography": ("average", "−110"),
    "no number": ("average", ""),
    "too many digits": ("average", "1" * 30),
    "month and day swapped": ("date", "2025-31-12"),
    "an American date": ("date", "12/04/2025"),
    "a German date": ("date", "04.12.2025"),
    "a serial number": ("date", "45995"),
    "full-width date": ("date", "２０２５-12-04"),
    "a day that is none": ("date", "2025-02-30"),
    "a link": ("instrument", '=HYPERLINK("http://x.org","quartz")'),
    "a call of another program": ("instrument", "=cmd|' /C calc'!A0"),
    "an unknown instrument": ("instrument", "gold"),
    "an invisible letter": ("instrument", "qua\u200brtz"),
    "another alphabet": ("instrument", "quаrtz"),
    "a long id": ("instrument", "q" * 30_000),
    "two lines": ("instrument", "qua\nrtz"),
}
HARMLESS = {
    "needless zeros": ("average", "110.000"),
    "blanks": ("average", "  110 "),
    "blanks around a date": ("date", " 2025-12-04 "),
    "a formula among the words": ("note", '=HYPERLINK("http://x.org","click")'),
    "a call among the words": ("note", "=cmd|' /C calc'!A0"),
    "a long text": ("note", "busy " * 6_000),
    "markup": ("note", "<script>alert(1)</script>&amp;]]>"),
    "another direction of writing": ("note", "\u202ebusy"),
    "words that are a number": ("note", "1e309"),
}
LEGAL = {
    "another day": ("date", "2025-04-12"),
    "another unit": ("average", "110000"),
    "less than nothing": ("average", "-110"),
    "nothing, with a sign": ("average", "-0"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(Site()) as made:
        yield made


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> str:
    """A database of a server, of this module's own; none where no kind of this process needs it."""
    url = make_url(request.getfixturevalue("postgres"))
    with engine_of(url.render_as_string(hide_password=False)).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("DROP DATABASE IF EXISTS spoiled")
        connection.exec_driver_sql("CREATE DATABASE spoiled")
    return url.set(database="spoiled").render_as_string(hide_password=False)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@lru_cache(maxsize=1)
def right(folder: Path) -> bytes:
    return figures_of(at(write_folder(folder)))


def server_for(kind: str, request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("server")) if kind == "postgresql" else ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_spoiled_cell_is_refused_at_its_place(
    name: str, kind: str, tmp_path: Path, site: Site, request: pytest.FixtureRequest
) -> None:
    column, text = REFUSED[name]
    source = write(kind, with_cell(column, text), tmp_path, site, server_for(kind, request))
    faults = refusal(source)
    assert faults is not None
    [fault] = faults
    assert re.search(PLACES[kind], fault.place)
    # a workbook takes what begins with = for a formula, and one never computed is an empty cell
    assert (fault.field, fault.value) in ((column, text), (column, None), ("status", "assessed"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_cell_changes_no_figure(
    name: str, kind: str, tmp_path: Path, site: Site, request: pytest.FixtureRequest
) -> None:
    source = write(kind, with_cell(*HARMLESS[name]), tmp_path, site, server_for(kind, request))
    assert figures_of(source) == right(tmp_path / "right")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LEGAL)
def test_a_wrong_value_that_nobody_can_know_leaves_the_others_right(
    name: str, kind: str, tmp_path: Path, site: Site, request: pytest.FixtureRequest
) -> None:
    source = write(kind, with_cell(*LEGAL[name]), tmp_path, site, server_for(kind, request))
    made, expected = prices_of(figures_of(source)), prices_of(right(tmp_path / "right"))
    assert made["sulfur"] == expected["sulfur"]
    assert made["quartz"] != expected["quartz"]


def test_every_kind_holds_the_same_market(tmp_path: Path, site: Site, server: str) -> None:
    """Otherwise nothing above were told about the spoiled cell."""
    for kind in KINDS:
        (tmp_path / kind).mkdir()
        source = write(kind, MARKET, tmp_path / kind, site, server)
        assert figures_of(source) == right(tmp_path / "right"), kind
