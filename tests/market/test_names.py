"""Names of companies: folded, joined, nearly alike."""

from __future__ import annotations

import pytest

from reporter.market.names import Firms, alike, folded, same_words
from reporter.records.model import Company


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Gu-Neng Co., Ltd.", "guneng"),
        ("GU NENG", "guneng"),
        ("Zürich Energie AG", "zurichenergie"),
        ("Limited", "limited"),  # nothing but a legal form is a name all the same
        ("古能科技股份有限公司", "古能科技"),
        ("公司", "公司"),
    ],
)
def test_folding_leaves_what_tells_names_apart(name: str, plain: str) -> None:
    assert folded(name) == plain


def test_names_of_one_company_are_one_firm_in_any_case() -> None:
    firms = Firms([Company("guneng", "Gu Neng", ("Old Power",))])
    assert firms.id("GU NENG") == firms.id("old power") != firms.id("New Power")
    assert firms.id("New Power") == firms.id("new power")
    assert firms.of("New Power") is None


def test_texts_are_alike_from_a_percentage_on() -> None:
    """One letter of eleven more: 2 · 10 of 21 letters are shared, 95.2%."""
    assert alike("gunengpower"[:10], "gunengpower", 95)
    assert not alike("gunengpower"[:10], "gunengpower", 96)


def test_sentences_are_compared_by_their_words() -> None:
    assert same_words("Firm opens the plant in Lyon", "In Lyon, Firm opens the plant", 100)
    assert not same_words("Firm opens the plant in Lyon", "Firm signs a supply deal", 85)
