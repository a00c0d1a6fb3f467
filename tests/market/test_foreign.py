"""Prices in a foreign currency without VAT: rule 15 of docs/figures.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from price_builders import PLAIN, TICK, figure, row
from test_against_plain_python import digits13

from reporter.market.foreign import ForeignFigure, ForeignTerms, Vat, foreign_figures, rate_days
from reporter.market.prices import Change, PriceFigure
from reporter.records.model import Instrument, Rate

D = Decimal
DOLLARS = ForeignTerms("USD", "BANK")
ASSUMED = ForeignTerms("USD", "BANK", Vat("incl_vat", D("0.13"), assumed=True))
INCLUDED = replace(PLAIN, tax_basis="incl_vat", vat_rate=D("0.13"))
EXCLUDED = replace(PLAIN, tax_basis="excl_vat")
THURSDAY = date(2025, 12, 4)
BEFORE = date(2025, 11, 27)


def rate(
    day: date, amount: str = "7.1", pair: str = "USDCNY", source: str = "BANK", revision: int = 0
) -> Rate:
    return Rate(pair, day, D(amount), source, revision)


def abroad(
    price: PriceFigure, *rates: Rate, spec: Instrument = INCLUDED, terms: ForeignTerms = DOLLARS
) -> ForeignFigure:
    return foreign_figures([price], {"x": spec}, terms, rates)["x"]


def one_price(amount: str = "2260", spec: Instrument = INCLUDED) -> PriceFigure:
    return figure("2025-W49", row(str(THURSDAY), amount), spec=spec)


def two_prices(before: str, now: str, spec: Instrument = INCLUDED, **more: object) -> PriceFigure:
    return figure("2025-W49", row(str(BEFORE), before), row(str(THURSDAY), now, **more), spec=spec)  # type: ignore[arg-type]


# The value


def test_tax_is_taken_out_and_the_rate_divides() -> None:
    """2,260 yuan with 13% VAT are 2,000 without; at 7.10 yuan that is 281.69 dollars, kept with 13 digits."""
    made = abroad(one_price(), rate(THURSDAY, "7.10"))
    assert (made.value, made.reason, made.currency, made.pair) == (D("281.6901408451"), None, "USD", "USDCNY")
    assert made.vat == Vat("incl_vat", D("0.13"))
    assert made.records == ("fx/USDCNY/2025-12-04/BANK/r0",)


def test_a_price_without_tax_is_only_divided_by_the_rate() -> None:
    """2,130 yuan at 7.10 are 300 dollars; a VAT rate that is named beside `excl_vat` is not taken out."""
    spec = replace(EXCLUDED, vat_rate=D("0.13"))
    made = abroad(one_price("2130", spec), rate(THURSDAY, "7.10"), spec=spec)
    assert (made.value, made.vat) == (300, Vat("excl_vat"))


@pytest.mark.parametrize("age", range(8))
def test_the_nearest_earlier_rate_of_at_most_seven_days_is_taken(age: int) -> None:
    """From the very day to seven days before; an older one beside it is not chosen."""
    found = rate(THURSDAY - timedelta(days=age))
    made = abroad(one_price(), rate(found.date - timedelta(days=1), "9"), found)
    assert made.rate == found


@pytest.mark.parametrize(
    "other",
    [
        rate(THURSDAY - timedelta(days=8)),
        rate(THURSDAY + timedelta(days=1)),
        rate(THURSDAY, source="OTHER"),
        rate(THURSDAY, pair="CNYUSD"),
        rate(THURSDAY, pair="EURCNY"),
    ],
    ids=["eight days old", "a day later", "another source", "the inverse pair", "another currency"],
)
def test_any_other_rate_is_no_rate(other: Rate) -> None:
    """Without the source's own rate of that pair there is no value and no change, never a guess."""
    made = abroad(one_price(), other)
    assert (made.value, made.reason, made.rate, made.records) == (None, "no_rate", None, ())
    assert made.wow == Change(reason="no_rate")


def test_a_price_in_that_currency_needs_no_rate() -> None:
    """It is itself where it is stated without tax, to its last digit; else only the tax is taken out."""
    spec = replace(EXCLUDED, currency="USD")
    price = one_price("12345678901234.56", spec)
    made = abroad(price, rate(THURSDAY), spec=spec)
    assert (made.value, made.pair, made.rate, made.records) == (D("12345678901234.56"), None, None, ())
    taxed = replace(INCLUDED, currency="USD")
    assert abroad(one_price("113", taxed), spec=taxed).value == 100


@pytest.mark.parametrize("unit", ["index", "pct"])
def test_an_index_and_a_percentage_have_no_currency(unit: str) -> None:
    spec = replace(EXCLUDED, unit=unit, currency=None)
    assert foreign_figures([one_price("50", spec)], {"x": spec}, DOLLARS, [rate(THURSDAY)]) == {}


def test_what_was_not_assessed_has_no_value_abroad() -> None:
    price = figure("2025-W49", row(str(BEFORE), "2260"), spec=INCLUDED)
    made = abroad(price, rate(BEFORE), rate(THURSDAY))
    assert (made.value, made.reason, made.wow) == (None, "not_assessed", Change(reason="not_assessed"))


# The tax


@pytest.mark.parametrize("basis", [None, "not_stated", "delivered", "incl_vat"])
def test_a_tax_that_is_not_stated_is_refused(basis: str | None) -> None:
    """No basis, a word that is none, or `incl_vat` without its rate: nothing is inferred."""
    spec = replace(PLAIN, tax_basis=basis)
    made = abroad(one_price("2260", spec), rate(THURSDAY), spec=spec)
    assert (made.value, made.reason, made.wow.reason) == (None, "vat_not_stated", "vat_not_stated")


def test_a_price_in_that_currency_must_state_its_tax_too() -> None:
    spec = replace(PLAIN, currency="USD")
    assert abroad(one_price("100", spec), spec=spec).reason == "vat_not_stated"


@pytest.mark.parametrize("basis", [None, "not_stated", "incl_vat"])
def test_an_assumption_stands_in_for_what_is_not_stated(basis: str | None) -> None:
    """The edition's 13% is taken out of such a price, and the figure tells that it was assumed."""
    spec = replace(PLAIN, tax_basis=basis)
    made = abroad(one_price("2260", spec), rate(THURSDAY), spec=spec, terms=ASSUMED)
    assert made.value == D("281.6901408451")
    assert made.vat == Vat("incl_vat", D("0.13"), assumed=True)


def test_an_assumption_never_overrules_what_is_stated() -> None:
    """A stated 9% stays 9%, a stated `excl_vat` is not taxed, and `incl_vat` is never taken for untaxed."""
    nine = replace(INCLUDED, vat_rate=D("0.09"))
    made = abroad(one_price("109", nine), rate(THURSDAY, "1"), spec=nine, terms=ASSUMED)
    assert (made.value, made.vat) == (100, Vat("incl_vat", D("0.09")))
    made = abroad(one_price("100", EXCLUDED), rate(THURSDAY, "1"), spec=EXCLUDED, terms=ASSUMED)
    assert (made.value, made.vat.assumed) == (100, False)
    untaxed = ForeignTerms("USD", "BANK", Vat("excl_vat", assumed=True))
    unrated = replace(PLAIN, tax_basis="incl_vat")
    assert abroad(one_price("1", unrated), rate(THURSDAY), spec=unrated, terms=untaxed).value is None
    made = abroad(one_price("71", PLAIN), rate(THURSDAY), spec=PLAIN, terms=untaxed)
    assert (made.value, made.vat) == (10, Vat("excl_vat", None, assumed=True))


# The change


def test_each_week_has_its_own_rate() -> None:
    """2,260 → 2,260 yuan at 8 and then 10 yuan: 250 → 200 dollars, −20%, though the price stood still."""
    made = abroad(two_prices("2260", "2260"), rate(BEFORE, "8"), rate(THURSDAY, "10"))
    assert (made.value, made.wow.base, made.wow.abs, made.wow.pct) == (200, 250, -50, -20)
    assert (made.rate, made.base_rate) == (rate(THURSDAY, "10"), rate(BEFORE, "8"))
    assert made.wow.records == ("prices/x/2025-11-27/r0", "fx/USDCNY/2025-11-27/BANK/r0")
    assert (made.wow.base_date, made.wow.periods, made.wow.reason) == (BEFORE, 1, None)


def test_without_the_bases_rate_there_is_a_value_but_no_change() -> None:
    """The rate of this week is never used for the week before: here it is dated a day after the base."""
    made = abroad(two_prices("2260", "2373"), rate(BEFORE + timedelta(days=1), "8"))
    assert made.value is not None
    assert made.wow == Change(reason="no_rate")
    assert made.base_rate is None


def test_what_the_price_itself_cannot_tell_its_change_abroad_cannot_either() -> None:
    """A first assessment is new, a gap no prior, and a base of less than ten ticks has no percentage."""
    rates = (rate(BEFORE, "8"), rate(THURSDAY, "8"))
    assert abroad(one_price(), *rates).wow == Change(reason="new")
    older = figure("2025-W49", row(str(THURSDAY), "2260"), spec=INCLUDED, first="2025-01-01")
    assert abroad(older, *rates).wow == Change(reason="no_prior")
    spec = replace(TICK, tax_basis="excl_vat")
    made = abroad(two_prices("400", "480", spec), *rates, spec=spec)
    assert (made.wow.abs, made.wow.pct, made.wow.reason) == (10, None, "undefined_base")


def test_a_tick_is_no_step_of_the_other_currency() -> None:
    """A base of ten ticks at home has a percentage abroad, however few units it is there."""
    spec = replace(TICK, tax_basis="excl_vat")
    made = abroad(two_prices("500", "600", spec), rate(BEFORE, "8"), rate(THURSDAY, "8"), spec=spec)
    assert made.wow.pct == 20


def test_a_repeated_price_changes_where_the_rate_did() -> None:
    """A rolled-over 2,260 has the rate of the day it is repeated on, and stays marked rolled over."""
    price = figure(
        "2025-W49",
        row(str(BEFORE), "2260"),
        row(str(THURSDAY), None, "rolled_over"),
        spec=INCLUDED,
    )
    made = abroad(price, rate(BEFORE, "8"), rate(THURSDAY, "10"))
    assert (made.value, made.wow.abs, made.wow.pct, made.wow.reason) == (200, -50, -20, "rolled_over")


def test_a_repeated_number_of_no_known_day_has_no_change_abroad() -> None:
    """Its row states what no earlier value is, so there is no day whose rate could be taken."""
    price = figure(
        "2025-W49", row(str(BEFORE), "2260"), row(str(THURSDAY), "2373", "rolled_over"), spec=INCLUDED
    )
    made = abroad(price, rate(BEFORE, "8"), rate(THURSDAY, "10"))
    assert made.value == 210
    assert (made.wow.abs, made.wow.base, made.base_rate) == (None, None, None)


def test_a_corrected_rate_marks_what_rests_on_it() -> None:
    """This week's marks value and change, the base's only the change; as a corrected price does."""
    plain, fixed = rate(BEFORE, "8"), rate(THURSDAY, "8", revision=1)
    made = abroad(two_prices("2260", "2373"), plain, fixed)
    assert (made.corrected, made.wow.corrected) == (True, True)
    made = abroad(two_prices("2260", "2373"), replace(plain, revision=1), replace(fixed, revision=0))
    assert (made.corrected, made.wow.corrected) == (False, True)
    made = abroad(two_prices("2260", "2373", revision=1), plain, replace(fixed, revision=0))
    assert (made.corrected, made.wow.corrected) == (True, True)
    made = abroad(two_prices("2260", "2373"), plain, replace(fixed, revision=0))
    assert (made.corrected, made.wow.corrected) == (False, False)


def test_the_days_of_rates_reach_from_a_week_before_the_oldest_base() -> None:
    assert rate_days([two_prices("1", "2")]) == (BEFORE - timedelta(days=7), THURSDAY)
    assert rate_days([figure("2025-W49")]) is None


# Against a plain computation

amounts = st.decimals(D("0.01"), D(10**9), places=2)
fractions = st.decimals(D(0), D("0.99"), places=4)
tables = st.dictionaries(st.integers(-20, 4), st.decimals(D("0.0001"), D(2000), places=4))


def plain_value(
    price: Decimal, tax: Decimal | None, day: date, table: dict[date, Decimal]
) -> Fraction | None:
    """Seven days back, one by one; then price / (1 + tax) / rate on fractions."""
    for back in range(8):
        found = table.get(day - timedelta(days=back))
        if found is not None:
            return digits13(Fraction(price) / (1 + Fraction(tax or 0)) / Fraction(found))
    return None


@given(amounts, amounts, st.none() | fractions, tables)
def test_every_value_and_change_is_that_of_a_plain_computation(
    before: Decimal, now: Decimal, tax: Decimal | None, table: dict[int, Decimal]
) -> None:
    """Value, base, change and percentage, whatever the prices, the tax and the days with rates."""
    spec = EXCLUDED if tax is None else replace(PLAIN, tax_basis="incl_vat", vat_rate=tax)
    days = {THURSDAY + timedelta(days=n): amount for n, amount in table.items()}
    made = abroad(
        two_prices(str(before), str(now), spec), *(rate(day, str(r)) for day, r in days.items()), spec=spec
    )
    value, base = plain_value(now, tax, THURSDAY, days), plain_value(before, tax, BEFORE, days)
    assert (None if made.value is None else Fraction(made.value)) == value
    assert (made.reason is None) == (value is not None)
    if value is None or base is None:
        assert (made.wow.abs, made.wow.pct, made.wow.base) == (None, None, None)
        return
    assert (made.wow.base, made.wow.abs) == (base, value - base)
    assert made.wow.pct == digits13((value - base) / base * 100)
