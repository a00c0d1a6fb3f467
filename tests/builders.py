"""Records in one line: small folders of records for tests.

    folder(tmp_path, prices="latp,2025-12-05,,,145")
    records(tmp_path, projects="plant,Plant,Firm", events="e1,2025-12-06,other,Told,plant")
    snapshot(tmp_path, "2025-12-06T21:47+08:00", prices=["latp,2025-12-05,,,145", "latp,2025-12-06,,,146"])

A CSV table is given as lines (one text or a list); where the first line is not a header, the one of
`HEADERS` is put before it, and its rows need not be filled up with commas. Without `instruments`,
every instrument of the prices is listed in yuan per kg. A table given as bytes is written as it is.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from reporter.records.location import in_folder
from reporter.records.snapshot import Snapshot, take_snapshot
from reporter.records.validation import Records, load_records

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADERS = {
    "prices": "instrument,date,low,high,average,status,revision,published_at,reason,direction,note,"
    "source_url",
    "projects": "id,name,company,segment,route,capacity,capacity_unit,stage,expected,aliases,revision,"
    "published_at",
    "events": "id,reported_on,type,headline,project,stage,expected,same_as,capacity,capacity_unit,"
    "money,money_currency,revision,published_at,source_url",
    "forecasts": "id,issuer,metric,unit,target_year,kind,issued_on,value,low,high,base_year,qualifier,scope,"
    "revision,published_at",
    "companies": "id,name,aliases,country,revision,published_at",
    "statistics": "id,metric,scope,period,value,unit,revision,published_at",
    "routes": "route,conductivity_low,conductivity_high,unit,revision,published_at",
    "policies": "id,date,jurisdiction,title,revision,published_at",
    "fx": "pair,date,rate,source,revision,published_at",
    "translations": "language,text,translation,revision,published_at",
    "overrides": "code,record,reason,by,revision,published_at",
}
Table = str | bytes | list[str]


def folder(tmp_path: Path, name: str = "records", **tables: Table) -> Path:
    """Yields a new folder with one file a table (`prices=…`) or text (`instruments=…`)."""
    place = tmp_path / name
    place.mkdir(parents=True, exist_ok=True)
    if "prices" in tables and "instruments" not in tables:
        tables["instruments"] = _instruments_of(tables["prices"])
    for table, content in tables.items():
        if isinstance(content, bytes):
            data = content
        elif table in HEADERS:
            data = _csv(table, content).encode()
        else:
            data = (content if isinstance(content, str) else "\n".join(content)).encode()
        (place / f"{table}.{'csv' if table in HEADERS else 'yaml'}").write_bytes(data)
    return place


def records(tmp_path: Path, name: str = "records", **tables: Table) -> Records:
    """Yields the records of such a folder, read as in Shanghai."""
    return load_records(in_folder(folder(tmp_path, name, **tables)), SHANGHAI)


def snapshot(tmp_path: Path, as_of: str, name: str = "records", **tables: Table) -> Snapshot:
    """Yields what such a folder knew at a moment, `2025-12-06T21:47+08:00`."""
    return take_snapshot(records(tmp_path, name, **tables), datetime.fromisoformat(as_of))


def _lines(content: str | list[str]) -> list[str]:
    return content.strip("\n").split("\n") if isinstance(content, str) else content


def _csv(table: str, content: str | list[str]) -> str:
    lines, header = _lines(content), HEADERS[table]
    first = header.split(",")[0]
    if lines and first not in lines[0].split(","):
        width = header.count(",")
        lines = [header, *(line + "," * (width - line.count(",")) for line in lines)]
    return "\n".join(lines) + "\n"


def _instruments_of(prices: Table) -> str:
    lines = _lines(prices) if not isinstance(prices, bytes) else []
    names = dict.fromkeys(line.split(",")[0] for line in lines)
    listed = [
        f"- {{id: {name}, name: {name}, unit: kg, currency: CNY}}"
        for name in names
        if name not in ("", "instrument")
    ]
    return "\n".join(listed or ["- {id: latp, name: latp, unit: kg, currency: CNY}"]) + "\n"
