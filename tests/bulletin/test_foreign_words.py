"""Prices in another currency from the records to the page: figures, columns, notes, explanation."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from reporter.bulletin.bundle import data_files
from reporter.bulletin.commentary_check import check_commentary
from reporter.bulletin.explain import explain, figure_names
from reporter.bulletin.figures import figures
from reporter.bulletin.html import render_html
from reporter.bulletin.issue import Issue
from reporter.bulletin.plan import Layout
from reporter.bulletin.price_table import PriceTable, longer_table, price_table
from reporter.bulletin.prose import Prose
from reporter.language import language
from reporter.market.commentary import Piece
from reporter.market.foreign import ForeignTerms, Vat
from tests.bulletin.test_build import PLAN, issue_of

EN = language("en")
INSTRUMENTS = """\
- {id: taxed, name: Taxed, unit: kg, currency: CNY, tax_basis: incl_vat, vat_rate: 0.13, decimals: 0}
- {id: untold, name: Untold, unit: kg, currency: CNY, tax_basis: not_stated}
- {id: crude, name: Crude, unit: bbl, currency: USD, tax_basis: excl_vat}
- {id: mood, name: Mood, unit: index}
"""
PRICES = [
    *("taxed,2025-11-27,,,2260", "taxed,2025-12-04,,,2260"),
    *("untold,2025-11-27,,,100", "untold,2025-12-04,,,110"),
    *("crude,2025-11-27,,,60", "crude,2025-12-04,,,63.5"),
    "mood,2025-12-04,,,50",
]
FX = ["USDCNY,2025-11-27,8.00,BANK", "USDCNY,2025-12-03,7.10,BANK"]
TERMS = ForeignTerms("USD", "BANK")
ASSUMED = replace(TERMS, assumed=Vat("incl_vat", Decimal("0.1"), assumed=True))


def issue(tmp_path: Path, terms: ForeignTerms | None = TERMS, fx: list[str] = FX) -> Issue:
    plan = replace(PLAN, foreign=terms)
    return issue_of(tmp_path, plan, instruments=INSTRUMENTS, prices=PRICES, fx=fx)


def printed(made: Issue, code: str = "en") -> str:
    """The price section as a reader sees it."""
    page = render_html(made, language(code), (), medium="print")
    section = page[page.index('id="prices"') : page.index('id="corrections"')]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def test_figures_carry_the_price_its_rate_its_tax_and_its_change(tmp_path: Path) -> None:
    """2,260 yuan with 13% VAT, at 7.10 of the day before: 281.69 dollars; a week earlier, at 8, 250."""
    taxed, untold, crude, mood = (price["foreign"] for price in figures(issue(tmp_path))["prices"])
    assert taxed == {
        "currency": "USD",
        "value": "281.6901408451",
        "reason": None,
        "corrected": False,
        "vat": {"basis": "incl_vat", "rate": "0.13", "assumed": False},
        "pair": "USDCNY",
        "rate": "7.1",
        "rate_date": "2025-12-03",
        "source": "BANK",
        "wow": {
            "abs": "31.6901408451",
            "pct": "12.67605633804",
            "base": "250",
            "base_date": "2025-11-27",
            "reason": None,
            "periods": 1,
            "corrected": False,
            "records": ["prices/taxed/2025-11-27/r0", "fx/USDCNY/2025-11-27/BANK/r0"],
            "base_rate": "8",
            "base_rate_date": "2025-11-27",
        },
        "records": ["fx/USDCNY/2025-12-03/BANK/r0"],
    }
    assert (untold["value"], untold["reason"]) == (None, "vat_not_stated")
    assert (crude["value"], crude["rate"], crude["pair"], crude["wow"]["abs"]) == ("63.5", None, None, "3.5")
    assert mood is None


def test_without_the_setting_nothing_of_it_is_there(tmp_path: Path) -> None:
    """Null in figures.json, empty columns in prices.csv, no column on the page."""
    made = issue(tmp_path, None)
    assert [price["foreign"] for price in figures(made)["prices"]] == [None] * 4
    rows = list(csv.DictReader(io.StringIO(data_files(made, Layout())["prices.csv"].decode())))
    assert {value for row in rows for name, value in row.items() if name.startswith("foreign")} == {""}
    assert "USD ex VAT" not in printed(made)


def test_the_csv_has_its_columns_at_the_end(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(data_files(issue(tmp_path), Layout())["prices.csv"].decode())))
    assert rows[0][-9:] == [
        "records",
        *("foreign_currency", "foreign_value", "foreign_reason", "foreign_rate", "foreign_rate_date"),
        *("foreign_source", "foreign_wow_abs", "foreign_wow_pct"),
    ]
    assert [row[-8:] for row in rows[1:]] == [
        ["USD", "281.6901408451", "", "7.1", "2025-12-03", "BANK", "31.6901408451", "12.67605633804"],
        ["USD", "", "vat_not_stated", "", "", "", "", ""],
        ["USD", "63.5", "", "", "", "", "3.5", "5.833333333333"],
        [""] * 8,
    ]


def test_the_page_prints_value_rate_date_source_and_tax(tmp_path: Path) -> None:
    """Two decimals at least, for 2,260 yuan print none; what is not converted says why."""
    text = printed(issue(tmp_path))
    for words in (
        "USD ex VAT",
        "281.69",
        "63.50",
        "VAT of 13% taken out; 7.1 yuan per USD on 3 Dec 2025 (BANK).",
        "Not converted: the VAT in this price is not stated.",
        "Stated without VAT.",
        "Week on week, USD",
        "▲ +31.69",
        "+12.68%",
        "Each value at its own rate: 8 yuan per USD on 27 Nov 2025 (BANK);"
        " 7.1 yuan per USD on 3 Dec 2025 (BANK).",
    ):
        assert words in text
    assert "assumed" not in text


@pytest.mark.parametrize(
    ("vat", "value", "words"),
    [
        (ASSUMED.assumed, "14.08", "VAT assumed to be included at 10%, and taken out; 7.1 yuan per USD"),
        (Vat("excl_vat", None, assumed=True), "15.49", "VAT assumed not to be included; 7.1 yuan per USD"),
    ],
)
def test_an_assumption_is_printed_beside_what_rests_on_it(
    vat: Vat, value: str, words: str, tmp_path: Path
) -> None:
    """110 yuan of unknown tax: with 10% in it 100, or as it is; at 7.10 14.08 or 15.49 dollars."""
    text = printed(issue(tmp_path, replace(TERMS, assumed=vat)))
    assert value in text
    assert words in text
    assert "Not converted" not in text


def test_chinese_pages_say_the_same(tmp_path: Path) -> None:
    text = printed(issue(tmp_path, ASSUMED), "zh")
    for words in (
        "不含税美元价",
        "已扣除13%增值税；2025年12月3日每美元合7.1元（BANK）。",
        "假定含10%增值税并已扣除",
    ):
        assert words in text


def test_a_missing_rate_is_said_on_the_page_and_warned_of(tmp_path: Path) -> None:
    """Of this week there is no value; of the week before there is one, but no change."""
    made = issue(tmp_path, fx=["USDCNY,2025-11-20,8.00,BANK"])
    assert "Not converted: no exchange rate of the day or of the seven days before." in printed(made)
    assert [(one.record, one.text) for one in made.warnings if one.code == "no_rate"] == [
        ("prices/taxed/2025-12-04/r0", "no rate USDCNY on 2025-12-04 or in the 7 days before")
    ]
    made = issue(tmp_path, fx=["USDCNY,2025-12-04,8.00,BANK"])
    assert [(one.record, one.text) for one in made.warnings if one.code == "no_rate"] == [
        ("prices/taxed/2025-11-27/r0", "no rate USDCNY on 2025-11-27 or in the 7 days before")
    ]


def test_every_row_has_the_columns_of_its_table(tmp_path: Path) -> None:
    """A row without a figure abroad has a dash there; all widths together leave room for the names."""
    made = issue(tmp_path)
    prose = Prose(made, EN)
    for table, columns in ((price_table(made, prose), 8), (longer_table(made, prose), 9)):
        assert table is not None
        assert {len(row.cells) for group in table.groups for row in group.rows} == {columns}
        assert len(table.widths) == columns
        assert sum(float(width.rstrip("%")) for width in table.widths) < 75


def test_the_longer_table_is_made_for_a_change_abroad_alone(tmp_path: Path) -> None:
    """Of two weeks of one month nothing longer can be told; the change in dollars stands there all the same."""
    prices = ["taxed,2025-11-20,,,2260", "taxed,2025-11-27,,,2260", "untold,2025-11-27,,,1"]
    known = {"instruments": INSTRUMENTS, "prices": prices, "fx": ["USDCNY,2025-11-20,8,BANK", *FX]}

    def longer(terms: ForeignTerms | None) -> PriceTable | None:
        made = issue_of(tmp_path, replace(PLAN, foreign=terms), "2025-W48", **known)
        return longer_table(made, Prose(made, EN))

    assert longer(None) is None
    table = longer(TERMS)
    assert table is not None
    assert [row.id for group in table.groups for row in group.rows] == ["taxed"]


def test_a_corrected_rate_leaves_its_mark(tmp_path: Path) -> None:
    made = issue(tmp_path, fx=[*FX, "USDCNY,2025-12-03,7.20,BANK,1,2025-12-05"])
    (row, *_) = price_table(made, Prose(made, EN)).groups[0].rows
    assert (row.cells[-1].text, row.cells[-1].letter, row.cells[2].letter) == ("277.78", "c", "")


def test_explain_leads_to_the_price_and_both_rates(tmp_path: Path) -> None:
    document = json.loads(json.dumps(figures(issue(tmp_path))))
    assert "mood.foreign" not in figure_names(document)
    found = explain(document, "taxed.foreign", str)
    values = dict(found.values)
    assert found.formula.startswith("price / (1 + VAT rate) / rate")
    assert (values["price"], values["vat_rate"], values["rate"], values["value"]) == (
        "2260", "0.13", "7.1", "281.6901408451",
    )  # fmt: skip
    assert (values["price_base"], values["wow_base_rate"], values["wow_base"]) == ("2260", "8", "250")
    assert [key for key, _ in found.records] == [
        "prices/taxed/2025-12-04/r0",
        "fx/USDCNY/2025-12-03/BANK/r0",
        "prices/taxed/2025-11-27/r0",
        "fx/USDCNY/2025-11-27/BANK/r0",
    ]


def test_the_analyst_may_quote_what_is_printed_and_nothing_else(tmp_path: Path) -> None:
    """A price in dollars, its rise though the yuan price stood still, the rate and its day."""
    made = issue(tmp_path)

    def findings(words: str) -> list[str]:
        return [one.word for one in check_commentary([Piece(1, words)], made, EN, Decimal("0.5"))]

    assert findings("Taxed rose 12.7% to 281.69 USD/kg at 7.1 on 3 December 2025.") == []
    assert findings("Taxed stands at 281.70 USD/kg.") == ["281.70 USD/kg"]
