"""The files of one issue, as bytes, and the manifest that holds their hashes."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from reporter.bulletin.figures import Json, canonical_json, figures
from reporter.bulletin.issue import Issue
from reporter.bulletin.plan import EditionPlan
from reporter.bulletin.shaping import shaper_versions
from reporter.language import language
from reporter.templating import shipped_templates

MANIFEST = "manifest.json"
EMBEDDED = ("figures.json", "prices.csv")
PACKAGES = ("reporter", "weasyprint", "pydyf", "jinja2", "matplotlib", "pandas", "babel", "fonttools")


def issue_files(
    issue: Issue,
    languages: Sequence[str],
    templates: Path | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> dict[str, bytes]:
    """Yields the files of an issue by name, all but the manifest.

    `step` is told what is being made, for a progress display. Raises RenderError or MachineError where a
    page cannot be made.
    """
    step("figures.json")
    document = figures(issue)
    files = {
        "figures.json": canonical_json(document),
        "prices.csv": _prices_csv(document),
        "projects.csv": _projects_csv(document),
        "events.csv": _events_csv(document),
    }
    for code in languages:
        files |= _pages(issue, code, templates, files, step)
    return files


def screen_page(issue: Issue, code: str, templates: Path | None = None) -> str:
    """Yields the page for browsers in one language, without its PDF."""
    from reporter.bulletin.charts import draw_charts
    from reporter.bulletin.html import render_html

    words = language(code)
    return render_html(issue, words, draw_charts(issue, words), medium="screen", templates=templates)


def _pages(
    issue: Issue, code: str, templates: Path | None, data: Mapping[str, bytes], step: Callable[[str], None]
) -> dict[str, bytes]:
    # the heavy libraries are imported only where pages are made
    from reporter.bulletin.charts import draw_charts
    from reporter.bulletin.html import render_html
    from reporter.bulletin.pdf import Embedded, render_pdf

    words = language(code)
    name = f"{issue.edition}-{issue.week}.{code}"
    step(f"charts ({code})")
    charts = draw_charts(issue, words)
    step(f"{name}.html")
    screen = render_html(issue, words, charts, medium="screen", templates=templates)
    step(f"{name}.pdf")
    printed = render_html(issue, words, charts, medium="print", templates=templates)
    return {
        f"{name}.html": screen.encode(),
        f"{name}.pdf": render_pdf(
            printed,
            identifier=hashlib.sha256(data["figures.json"] + code.encode()).digest(),
            created=issue.as_of,
            embedded=[Embedded(file, data[file], words(f"embedded.{file}")) for file in EMBEDDED],
        ),
    }


def manifest(issue: Issue, files: Mapping[str, bytes], records: Mapping[str, str], made_with: Json) -> bytes:
    """Yields manifest.json: hashes of the files and of the records behind them, and what made them."""
    return canonical_json(
        {
            "schema": "reporter/manifest/1",
            "edition": issue.edition,
            "week": issue.week,
            "version": issue.version,
            "as_of": issue.as_of.isoformat(),
            "files": {name: sha256(content) for name, content in sorted(files.items())},
            "records": dict(records),
            **made_with,
        }
    )


def provenance(plan: EditionPlan, templates: Path | None, languages: Sequence[str]) -> Json:
    """Yields what, beside the records, decides an issue's bytes: settings, templates, versions."""
    return {
        "languages": list(languages),
        "settings": sha256(canonical_json(_settings(plan))),
        "templates": _tree_hash(filter(None, (shipped_templates(), templates))),
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
    return _csv([*header, "wording", "direction", "records"], map(_price_row, document["prices"]))


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


def _price_row(price: Json) -> list[object]:
    return [
        *(price[name] for name in _PRICE),
        *(change[part] for change in price["changes"].values() for part in _CHANGE),
        price["average_4w"]["value"],
        price["average_4w"]["n"],
        *(price["range_52w"][part] for part in _RANGE),
        price["wording"],
        price["direction"],
        "; ".join(price["records"]),
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
