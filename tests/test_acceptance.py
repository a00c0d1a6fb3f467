"""The acceptance issue, 2025-W49 as known on 6 December 2025 at 21:47 in Shanghai, and its neighbours."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, pdf_text, reporter

AS_OF = "2025-12-06T21:47+08:00"
FACTS = [
    "2,050",
    "145",
    "93,300",
    "27 Nov",
    "stable with a slight downward trend",
    "slight decline",
    "2,000",  # October's estimate
    "Jiugong New Energy",
    "100 MWh",
    "Q1 2026",
    "Chunlithium",
    "1 GWh",
    "environmental review",
    "2 GWh",
    "Jinshi",
    "grid connected",
    "30 November",
    "Yanyixin",
    "500 mt/yr",
    "Xingfa",
    "10 kt/yr level",
    "two quasi-solid electrolyte patents",
    "Enli Power closes B+ round of several hundred million yuan",
    "280 billion won",
    "Factorial",
    "POSCO",
    "QuantumScape",
    "13.5 GWh",
    "160 GWh",
    "2,800 GWh",
    "0.1%",
    "4%",
    "10%",
    "calls it the world's first",
]


# The same in Chinese; names that have no Chinese one stand as they are.
CHINESE = [
    "2,050元/公斤",
    "145元/公斤",
    "93,300",
    "无周环比",
    "首次评估",
    "“stable with a slight downward trend”",
    "11月27日",
    "100MWh",
    "2026年一季度",
    "1GWh",
    "环评",
    "2GWh",
    "并网",
    "11月30日",
    "500吨/年",
    "2,800亿韩元",
    "POSCO",
    "QuantumScape",
    "13.5GWh",
    "160GWh",
    "2,800GWh",
    "0.1%",
]


class _Text(HTMLParser):
    """Collects the text that a reader sees; what only styles or scripts hold is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("style", "script", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def html_text(page: Path) -> str:
    parser = _Text()
    parser.feed(page.read_text("utf-8"))
    return plain(" ".join(parser.parts))


def page(folder: Path, kind: str, code: str = "en") -> Path:
    return next(folder.glob(f"*.{code}.{kind}"))


def figures(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "figures.json").read_text("utf-8"))
    return document


def price(document: dict[str, Any], instrument: str) -> dict[str, Any]:
    return next(entry for entry in document["prices"] if entry["instrument"] == instrument)


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_stands_in_the_html(acceptance_issue: Path, fact: str) -> None:
    assert fact in html_text(page(acceptance_issue, "html")).replace("’", "'")


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_stands_in_the_text_of_the_pdf(acceptance_issue: Path, fact: str) -> None:
    assert fact in plain(pdf_text(page(acceptance_issue, "pdf"))).replace("’", "'")


@pytest.mark.parametrize("fact", CHINESE)
def test_the_facts_stand_in_the_chinese_pages(acceptance_issue: Path, fact: str) -> None:
    for text in (
        html_text(page(acceptance_issue, "html", "zh")),
        plain(pdf_text(page(acceptance_issue, "pdf", "zh"))),
    ):
        assert fact.replace(" ", "") in text.replace(" ", "")


def test_sulfide_and_latp_have_a_value_and_no_percentage(acceptance_issue: Path) -> None:
    document = figures(acceptance_issue)
    for instrument, value in (("lithium-sulfide", "2050"), ("latp", "145")):
        entry = price(document, instrument)
        assert entry["value"] == value
        for change in entry["changes"].values():
            assert (change["abs"], change["pct"]) == (None, None)
        assert entry["changes"]["wow"]["reason"] == "new"
        assert entry["wording"] is None
    estimate = {"value": "2000", "date": "2025-10-31", "record": "prices/lithium-sulfide/2025-10-31/r0"}
    assert price(document, "lithium-sulfide")["estimates"] == [estimate]


def test_no_price_beyond_the_issue_is_claimed(acceptance_issue: Path) -> None:
    """Two values; battery-grade carbonate is not assessed, with its last value and age."""
    document = figures(acceptance_issue)
    assert [entry["instrument"] for entry in document["prices"] if entry["value"]] == [
        "lithium-sulfide",
        "latp",
    ]
    carbonate = price(document, "lithium-carbonate-battery")
    assert (carbonate["status"], carbonate["value"]) == ("not_assessed", None)
    assert carbonate["last"]["value"] == "93300"
    assert (carbonate["last"]["date"], carbonate["last"]["periods_old"]) == ("2025-11-27", 1)


def test_the_news_are_the_22_rows_in_20_stories(acceptance_issue: Path) -> None:
    document = figures(acceptance_issue)
    with (ROOT / "data" / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = {
            row["id"] for row in csv.DictReader(file) if row["reported_on"] in ("2025-12-04", "2025-12-06")
        }
    told = [row for story in document["events"] for row in story["events"]]
    assert (len(rows), len(document["events"])) == (22, 20)
    assert sorted(told) == sorted(rows)


def test_the_pipeline_moves_as_reported(acceptance_issue: Path) -> None:
    pipeline = figures(acceptance_issue)["pipeline"]
    moves = [(move["project"], move["from"], move["to"]) for move in pipeline["stage_moves"]]
    assert moves == [("wuhai-semi-solid-storage", "equipment", "grid_connected")]
    new = {entry["project"]: entry["stage"] for entry in pipeline["new"]}
    assert len(new) == 7
    assert new["jiugong-new-energy-pilot-line"] == "construction"
    assert new["yanyixin-materials-sulfide-electrolyte-line"] == "mass_production"
    xingfa = next(total for total in pipeline["totals"] if total["left_out"])
    assert (xingfa["segment"], xingfa["stage"], xingfa["value"]) == ("precursor", "construction", "50")
    assert (xingfa["projects"], xingfa["left_out"]) == (1, 1)


def test_only_projects_known_by_then_are_listed(acceptance_issue: Path) -> None:
    listed = {entry["project"] for entry in figures(acceptance_issue)["pipeline"]["projects"]}
    assert "canmax-yixing-high-nickel-cathode-project" not in listed
    assert len(listed) == 21


def test_forecasts_keep_their_scope(acceptance_issue: Path) -> None:
    forecasts = {entry["id"]: entry for entry in figures(acceptance_issue)["forecasts"]}
    assert forecasts["smm-assb-shipments-2028"]["value"] == "13.5"
    assert forecasts["smm-assb-penetration-2030"]["scope"] == "all-solid-state batteries"
    assert forecasts["smm-ssb-penetration-2035"]["qualifier"] == "potentially"


def test_what_is_printed_is_also_in_the_csv_files(acceptance_issue: Path) -> None:
    with (acceptance_issue / "prices.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["instrument"]: row for row in csv.DictReader(file)}
    assert rows["lithium-sulfide"]["value"] == "2050"
    assert rows["lithium-sulfide"]["wow_abs"] == ""
    with (acceptance_issue / "events.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 20


def issue_of(tmp_path: Path, week: str, as_of: str) -> dict[str, Any]:
    words = ["run", "--week", week, "--as-of", as_of, "--draft", "--output", str(tmp_path)]
    done = reporter(*words, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return figures(tmp_path / "solid-state-weekly" / week / "draft")


def test_a_day_earlier_the_rows_of_6_december_are_not_there(tmp_path: Path) -> None:
    document = issue_of(tmp_path, "2025-W49", "2025-12-05T21:47+08:00")
    assert {story["reported_on"] for story in document["events"]} == {"2025-12-04"}
    assert price(document, "lithium-sulfide")["value"] is None
    assert not document["forecasts"] or all(f["issuer"] != "SMM" for f in document["forecasts"])


@pytest.mark.parametrize(
    ("week", "figure", "change"),
    [
        ("2025-W48", "wow", ("2000", "2.190580503834", None)),
        ("2025-W51", "wow", ("4050", "4.331550802139", None)),
        ("2026-W02", "wow", (None, None, "no_prior")),
        ("2026-W02", "four_week", ("34000", "36.36363636364", None)),
        ("2026-W02", "ytd", ("29950", "30.70220399795", None)),
    ],
)
def test_battery_carbonate_of_other_weeks(week: str, figure: str, change: tuple[str | None, ...]) -> None:
    done = reporter(
        "explain", "solid-state-weekly", week, f"lithium-carbonate-battery.{figure}", "--json", cwd=ROOT
    )
    values = json.loads(done.stdout)["values"]
    assert tuple(values.get(name) for name in ("abs", "pct", "reason")) == change
