"""What would fill a machine is refused with exit status 3, in less than a gigabyte of memory."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reporter.errors import SettingsError
from reporter.settings import load_settings
from tests.conftest import ROOT
from tests.records.sources.spoiling import (
    MARKET,
    PRICES,
    as_csv,
    serve,
    write_folder,
    write_parquet,
)
from tests.records.sources.test_spoiled_books import SHEET, book, entities, swap
from tests.records.sources.test_spoiled_databases import ENDLESS, spoiled
from tests.records.sources.webserver import Answer, Site, Visit, serving

MOST = 1_000_000  # kB
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
)
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))  # the machine's other programs stay alive
from reporter.cli import main
try:
    main(sys.argv[1:])
finally:
    print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""


def checked(folder: Path, records: str) -> str:
    """Yields what `reporter check` says of records that it refuses; the child measures its own memory."""
    settings = "editions: {weekly: {title: Weekly}}\n"
    (folder / "schedule.yaml").write_text(f"records: {records}\n{settings}")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "check", "--week", "2025-W49"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "nothing was written" in done.stderr
    assert int(done.stdout.split()[-1]) < MOST
    return done.stderr


# ── files ──


def zip_bomb(folder: Path) -> str:
    """Six hundred megabytes of blanks in a sheet."""
    file = book(folder, "bomb", SHEET, swap("</sheetData>", " </sheetData>"))
    with zipfile.ZipFile(file) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for one, data in parts.items():
            with archive.open(one, "w") as part:
                part.write(data)
                for _ in range(600 if one == SHEET else 0):
                    part.write(b" " * 10**6)
    return "book.xlsx"


def lying_bomb(folder: Path) -> str:
    """The same, of which the directory says 900 bytes."""
    file = folder / zip_bomb(folder)
    data = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert size in data
    file.write_bytes(data.replace(size, (900).to_bytes(4, "little")))
    return "book.xlsx"


def entity_bomb(folder: Path) -> str:
    return book(folder, "bomb", SHEET, entities).name


def million_columns(folder: Path) -> str:
    place = write_folder(folder / "records")
    (place / "prices.csv").write_bytes(b",".join(b"c%d" % n for n in range(10**6)) + b"\n" + as_csv(PRICES))
    return "records"


def long_line(folder: Path) -> str:
    """A hundred million letters in one cell."""
    place = write_folder(folder / "records")
    with (place / "prices.csv").open("wb") as file:
        file.write(as_csv(PRICES) + b"quartz,2025-12-05,1,")
        for _ in range(100):
            file.write(b"x" * 10**6)
    return "records"


def many_laughs(folder: Path) -> str:
    place = write_folder(folder / "records")
    for name in ("instruments", "calendars", "vocabulary"):
        (place / f"{name}.yaml").write_text(LAUGHS)
    return "records"


def long_texts(folder: Path) -> str:
    """Twenty gigabytes of ids in some kilobytes of Parquet."""
    rows = 200_000
    long = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["q" * 100_000]))
    place = write_parquet(folder / "records")
    columns = {"date": pa.array(["2025-12-04"] * rows), "average": pa.array(["1"] * rows)}
    pq.write_table(pa.table({"instrument": long, **columns}), place / "prices.parquet", store_schema=False)
    return "records"


def endless_view(folder: Path) -> str:
    spoiled(folder, "DROP TABLE prices")
    query = ENDLESS
    return (
        f'{{default: "sqlite:///records.db", prices: {{address: "sqlite:///records.db", query: "{query}"}}}}'
    )


FILES: dict[str, tuple[Callable[[Path], str], str]] = {
    "a ZIP bomb": (zip_bomb, "would unpack to 600 MB"),
    "a ZIP bomb that lies": (lying_bomb, "longer than its directory says"),
    "entities of entities": (entity_bomb, "is damaged"),
    "a million columns": (million_columns, "1,000,000 columns; a table has at most 1,000"),
    "a cell of a hundred million letters": (long_line, "field larger than field limit"),
    "aliases of aliases": (many_laughs, "aliases repeat more than"),
    "a long text in every row": (long_texts, "is not an id"),
    "a query without end": (endless_view, "which are not read|it took longer than"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_would_fill_the_machine_is_refused(name: str, tmp_path: Path) -> None:
    make, words = FILES[name]
    assert re.search(words, checked(tmp_path, make(tmp_path)))


# ── servers ──


def two_gigabytes(visit: Visit) -> None:
    """One line."""
    visit.send_response(200)
    visit.end_headers()
    piece = b"x" * 10**6
    for _ in range(2000):
        visit.wfile.write(piece)


def gzip_bomb(visit: Visit) -> None:
    """Two gigabytes of one letter, in two megabytes."""
    packed = gzip.compress(b"x" * 10**8, 6)
    visit.send_response(200)
    visit.send_header("Content-Encoding", "gzip")
    visit.end_headers()
    for _ in range(20):
        visit.wfile.write(packed)


SERVERS: dict[str, Answer] = {"a line of two gigabytes": two_gigabytes, "a gzip bomb": gzip_bomb}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as made:
        yield made


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_would_fill_the_machine_is_refused(name: str, site: Site, tmp_path: Path) -> None:
    """Reading stops at the limit of 200 MB, not at the end."""
    serve(site, MARKET)
    site.pages["/prices.csv"] = SERVERS[name]
    told = checked(tmp_path, f"{{default: {{address: '{site.address}/', private: true}}}}")
    assert f"{site.address}/prices.csv: error [too_large] is larger than 200 MB" in told


def test_settings_of_aliases_of_aliases_are_refused(tmp_path: Path) -> None:
    (tmp_path / "schedule.yaml").write_text(LAUGHS)
    with pytest.raises(SettingsError, match="aliases repeat more than"):
        load_settings(tmp_path / "schedule.yaml")
