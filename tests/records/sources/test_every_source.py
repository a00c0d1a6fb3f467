"""The same records in every kind of source, side by side: the same figures, each with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import make_url
from typer.testing import CliRunner

from reporter.cli import app
from reporter.database import engine_of
from tests.conftest import ROOT
from tests.records.sources.shipped import shipped
from tests.records.sources.test_database import copied
from tests.records.sources.test_parquet import write_all
from tests.records.sources.test_web import as_json, figures_of, settings
from tests.records.sources.test_workbook import write_ods, write_xls, write_xlsx
from tests.records.sources.webserver import Site, files, page, serving

DATA = ROOT / "data"
LATP = "prices/latp/2025-12-05/r0"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The shipped records as CSV below `/csv/`, as JSON below `/json/`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Site()
    for path, answer in files(DATA).items():
        made.pages[f"/csv{path}"] = answer
        if path.endswith(".yaml"):
            made.pages[f"/json{path}"] = answer
        else:
            made.pages[f"/json{Path(path).with_suffix('.json')}"] = page(as_json(DATA / path[1:]))
    with serving(made):
        yield made


@pytest.fixture
def server(postgres: str) -> str:
    """A database of its own on the server of the run."""
    with engine_of(postgres).connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("DROP DATABASE IF EXISTS every_source")
        connection.exec_driver_sql("CREATE DATABASE every_source")
    return make_url(postgres).set(database="every_source").render_as_string(hide_password=False)


def test_every_source_gives_the_same_figures_and_names_its_places(
    tmp_path: Path, site: Site, server: str
) -> None:
    """Folder, workbooks, Parquet, databases, web, and all of them at once, table by table."""
    (tmp_path / "records.db").touch()
    sqlite = copied(f"sqlite:///{tmp_path}/records.db", with_types=True)
    copied(server, with_types=True)
    write_all(tmp_path / "parquet", shipped())
    books: dict[str, Callable[..., Path]] = {"xlsx": write_xlsx, "xls": write_xls, "ods": write_ods}
    for kind, write in books.items():
        write(tmp_path / f"book.{kind}", shipped())
    on_the_web = {kind: {"address": f"{site.address}/{kind}/", "private": True} for kind in ("csv", "json")}
    key = re.escape(f"!{LATP}")
    sources: dict[str, tuple[object, str]] = {
        "folder": (str(DATA), r"prices\.csv:\d+"),
        **{kind: (str(tmp_path / f"book.{kind}"), rf"book\.{kind}!prices!A\d+") for kind in books},
        "parquet": (str(tmp_path / "parquet"), r"parquet/prices\.parquet:\d+"),
        "sqlite": (sqlite, key.replace("/", "!", 1)),
        "postgresql": (server, key.replace("/", "!", 1)),
        "web csv": ({"default": on_the_web["csv"]}, r"/csv/prices\.csv:\d+"),
        "web json": ({"default": on_the_web["json"]}, r"/json/prices\.json!item \d+"),
        "by table": (
            {
                "default": str(DATA),
                "instruments": on_the_web["csv"],
                "prices": {"address": str(tmp_path / "book.ods"), "table": "prices"},
                "projects": server,
                "events": {"address": sqlite, "query": "SELECT * FROM events ORDER BY row_number"},
                "companies": str(tmp_path / "parquet"),
                "statistics": {"address": f"{site.address}/json/statistics.json", "private": True},
                "forecasts": str(tmp_path / "book.xlsx"),
            },
            r"book\.ods!prices!A\d+",
        ),
    }
    made, places = {}, {}
    for kind, (records, _) in sources.items():
        (tmp_path / kind).mkdir(exist_ok=True)
        file = settings(
            tmp_path / kind, yaml.safe_dump(records, default_flow_style=True, width=10**6).split("\n")[0]
        )
        made[kind] = figures_of(file)
        words = [
            "explain",
            "solid-state-weekly",
            "2025-W49",
            "latp.value",
            "--as-of",
            "2025-12-06T21:47+08:00",
        ]
        told = CliRunner().invoke(app, [*words, "--json", "--config", str(file)])
        assert told.exit_code == 0, (kind, told.output)
        places[kind] = json.dumps(json.loads(told.stdout), ensure_ascii=False)
    assert {kind: one == made["folder"] for kind, one in made.items()} == dict.fromkeys(sources, True)
    for kind, (_, place) in sources.items():
        assert re.search(place, places[kind]), (kind, places[kind])
