"""The files of one issue, as bytes, and the manifest that holds their hashes."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from reporter.bulletin.figures import Json, canonical_json, figures
from reporter.bulletin.front import front_file, front_page
from reporter.bulletin.issue import Issue
from reporter.bulletin.limits import cuts
from reporter.bulletin.pages import Maker, Order, Step, make_here
from reporter.bulletin.plan import EditionPlan, Layout
from reporter.bulletin.shaping import shaper_versions
from reporter.language import language
from reporter.records.canonical import value_hash
from reporter.templating import shipped_templates

MANIFEST = "manifest.json"
PACKAGES = (
    *("reporter", "weasyprint", "pydyf", "jinja2", "matplotlib", "pandas", "babel", "fonttools"),
    *("markdown-it-py", "nh3"),
)


def issue_files(
    issue: Issue,
    languages: Sequence[str],
    layout: Layout | None = None,
    templates: Path | None = None,
    step: Step = lambda _: None,
    make: Maker = make_here,
) -> dict[str, bytes]:
    """Yields the files of an issue by name, all but the manifest.

    `step` is told what is being made, for a progress display; `make` makes the pages. Raises RenderError or
    MachineError where a page cannot be made, UnfitError where a finished PDF fails its check.
    """
    step("figures.json")
    layout = layout or Layout()
    data = data_files(issue, layout)
    orders = [Order(issue, code, layout, data, templates) for code in languages]
    fronts = {front_file(one.name): canonical_json(_front(one)) for one in orders}
    return data | fronts | make(orders, step)


def _front(order: Order) -> Json:
    return front_page(order.issue, language(order.language), order.layout)


def data_files(issue: Issue, layout: Layout) -> dict[str, bytes]:
    """Yields the files of an issue for programs: figures.json and the tables as CSV."""
    document = figures(issue)
    files = {
        "figures.json": canonical_json(document),
        "prices.csv": _prices_csv(document),
        "projects.csv": _projects_csv(document),
        "events.csv": _events_csv(document),
    }
    for table in cuts(issue, layout.most_rows):
        if f"{table}.csv" not in files:
            files[f"{table}.csv"] = _table(list(document[table][0]), document[table])
    return files


def content_hash(issue: Issue, made_with: Json) -> str:
    """Yields one hash of what an issue says and of the look it is given, whatever its version and as-of.

    `made_with` is its `provenance` with the commentaries' hashes. An approved draft and the version that is
    published of it have the same.
    """
    said = value_hash(replace(issue, version=None, as_of=datetime.min))
    looks = {name: made_with.get(name) for name in ("languages", "settings", "templates", "commentary")}
    return sha256(canonical_json({"said": said, **looks}))


def manifest(
    issue: Issue,
    files: Mapping[str, bytes],
    records: Mapping[str, str],
    made_with: Json,
    windows: Mapping[str, date] | None = None,
) -> bytes:
    """Yields manifest.json: hashes of the files and of the records behind them, and what made them.

    `windows` are the tables of which a hash covers only what the issue rests on, with their first day.
    """
    covered = {name: {"from": first.isoformat()} for name, first in (windows or {}).items()}
    return canonical_json(
        {
            "schema": "reporter/manifest/1",
            "edition": issue.edition,
            "week": issue.week,
            "version": issue.version,
            "as_of": issue.as_of.isoformat(),
            "content": content_hash(issue, made_with),
            **_supersedes(issue),
            "files": {name: sha256(content) for name, content in sorted(files.items())},
            "records": dict(records),
            **({"windows": covered} if covered else {}),
            **made_with,
        }
    )


def _supersedes(issue: Issue) -> Json:
    if issue.reissue is None:
        return {}
    told = issue.reissue
    return {"supersedes": {"version": told.supersedes, "manifest": told.manifest, "reason": told.reason}}


def provenance(plan: EditionPlan, templates: Path | None, languages: Sequence[str]) -> Json:
    """Yields what, beside the records, decides an issue's bytes: settings, templates, versions."""
    return {
        "languages": list(languages),
        "settings": sha256(canonical_json(_settings(plan))),
        "templates": _tree_hash(folder / "bulletin" for folder in (shipped_templates(), templates) if folder),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "shaping": shaper_versions(),
    }


def sha256(content: bytes) -> str:
    """Yields the SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _settings(plan: EditionPlan) -> Json:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple, frozenset)):
            items = [plain(item) for item in value]
            return sorted(items) if isinstance(value, frozenset) else items
        return value if isinstance(value, (str, int, type(None))) else str(value)

    settings: Json = plain(asdict(plan))
    return settings


def _tree_hash(folders: Iterable[Path]) -> str:
    """Yields one hash of all files below `folders` and their names relative to these."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256(path.read_bytes())}\n".encode())
    return digest.hexdigest()


# ── the printed figures as CSV ──


def _prices_csv(document: Json) -> bytes:
    changes = [f"{name}_{part}" for name in ("wow", "four_week", "yoy", "ytd") for part in _CHANGE]
    header = [*_PRICE, *changes, "average_4w", "average_4w_n", *(f"range_52w_{part}" for part in _RANGE)]
    foreign = (f"foreign_{name}" for name in (*_FOREIGN, "wow_abs", "wow_pct"))
    return _csv([*header, "wording", "direction", "records", *foreign], map(_price_row, document["prices"]))


_PRICE = (
    "instrument",
    "spec_version",
    "currency",
    "unit",
    "value",
    "low",
    "high",
    "date",
    "status",
    "revision",
)
_CHANGE = ("abs", "pct", "base", "base_date", "reason")
_RANGE = ("low", "high", "n", "position")
_FOREIGN = ("currency", "value", "reason", "rate", "rate_date", "source")


def _price_row(price: Json) -> list[object]:
    foreign = price["foreign"] or {}
    return [
        *(price[name] for name in _PRICE),
        *(change[part] for change in price["changes"].values() for part in _CHANGE),
        price["average_4w"]["value"],
        price["average_4w"]["n"],
        *(price["range_52w"][part] for part in _RANGE),
        price["wording"],
        price["direction"],
        "; ".join(price["records"]),
        *(foreign.get(name) for name in _FOREIGN),
        *(foreign["wow"][part] if foreign else None for part in ("abs", "pct")),
    ]


def _projects_csv(document: Json) -> bytes:
    columns = "project name company segment route state country capacity capacity_unit capacity_kind"
    columns += " capacity_qualifier stage expected changed records"
    return _table(columns.split(), document["pipeline"]["projects"])


def _events_csv(document: Json) -> bytes:
    columns = "id reported_on late type headline company project event_date stage route segment capacity"
    columns += " capacity_unit capacity_kind capacity_qualifier expected region money money_currency"
    columns += " sources records"
    return _table(columns.split(), document["events"])


def _table(columns: Sequence[str], rows: Iterable[Json]) -> bytes:
    return _csv(columns, ([row[name] for name in columns] for row in rows))


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """Yields a cell; text that a spreadsheet would run as a formula is defused by an apostrophe."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
