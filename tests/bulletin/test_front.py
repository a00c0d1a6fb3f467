"""The words of page 1, as the mail reads them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reporter.bulletin.bundle import issue_files
from reporter.bulletin.front import MOST_PRICES, front_page
from reporter.bulletin.plan import Layout
from reporter.bulletin.prose import Prose
from reporter.language import language
from tests.bulletin import sample


@pytest.mark.parametrize("code", ["en", "zh"])
def test_it_says_what_page_1_says(code: str) -> None:
    """Headline, highlights and the notes of prices are the bulletin's own sentences, in its language."""
    issue, say = sample.w49(), language(code)
    front, prose = front_page(issue, say, Layout()), Prose(issue, say)
    assert front["headline"] == prose.cover_line()
    assert [(one["lead_in"], one["words"]) for one in front["highlights"]] == prose.highlights()
    assert [one["note"] for one in front["prices"]] == [prose.change_note(one) for one in issue.prices]
    assert front["contact"] == "desk@example.org"


def test_a_price_that_was_not_assessed_shows_the_last_one_and_says_so() -> None:
    prices = front_page(sample.w49(), language("en"), Layout())["prices"]
    told = {one["instrument"]: (one["amount"], one["current"]) for one in prices}
    assert told["lithium-sulfide"] == ("2,050", True)
    assert told["lithium-carbonate-battery"] == ("93,300", False)


def test_of_many_prices_the_headline_ones_come_first_and_the_rest_is_counted() -> None:
    issue = sample.large()
    issue = replace(issue, headline_prices=(issue.prices[-1].instrument,))
    front = front_page(issue, language("en"), Layout())
    assert front["prices"][0]["instrument"] == issue.prices[-1].instrument
    assert (len(front["prices"]), front["more_prices"]) == (MOST_PRICES, len(issue.prices) - MOST_PRICES)


def test_each_language_has_its_file_beside_the_pages() -> None:
    files = issue_files(sample.one_price(), ["en", "zh"], make=lambda orders, step: {})
    for code in ("en", "zh"):
        assert json.loads(files[f"solid-state-weekly-2025-W49.{code}.json"])["language"] == code
