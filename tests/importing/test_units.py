"""Prices in another unit are converted exactly, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.importing.units import PriceUnit, converted, price_unit
from reporter.records.model import Instrument
from reporter.records.vocabulary import default_vocabulary

KNOWN = default_vocabulary().price_units
UNITS = {"吨": "mt", "公斤": "kg", "t": "mt"}
MONEY = {"元": "CNY", "yuan": "CNY", "万元": "10000 CNY"}


def into(unit: str, number: str, stated: str, units: dict[str, str] = UNITS) -> str:
    instrument = Instrument("x", {"": "X"}, unit, "CNY")
    return converted(number, price_unit(stated, units, MONEY, KNOWN), instrument, KNOWN)


@pytest.mark.parametrize(
    ("number", "stated", "unit", "result"),
    [
        ("185000", "yuan/mt", "kg", "185"),
        ("185.5", "CNY/kg", "mt", "185500"),
        ("18.5", "万元/吨", "kg", "185"),
        ("185", "元/公斤", "kg", "185"),
        ("1", "CNY per kg", "lb", "0.45359237"),
        ("185000", "吨", "kg", "185"),
        ("-5", "t", "kg", "-0.005"),
        ("0.01", "CNY/Wh", "kWh", "10"),
    ],
)
def test_prices_convert_exactly(number: str, stated: str, unit: str, result: str) -> None:
    assert into(unit, number, stated) == result


@pytest.mark.parametrize(
    ("stated", "unit", "message"),
    [
        ("CNY/lb", "kg", "no finite decimal per kg"),
        ("USD/kg", "kg", "is in USD, x in CNY"),
        ("CNY/kWh", "kg", "does not convert to kg"),
        ("元/斤", "kg", "斤 is not a unit of prices; name it under `units:`"),
        ("CNY/Mt", "kg", "ambiguous; write mt"),
        ("groats/kg", "kg", "groats is not an ISO 4217 currency"),
    ],
)
def test_what_does_not_convert_is_refused(stated: str, unit: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        into(unit, "185", stated)


def test_a_desk_may_name_the_jin() -> None:
    """Half a kilogram: a price per jin is half of one per kg."""
    assert into("kg", "92.5", "元/斤", UNITS | {"斤": "0.5 kg"}) == "185"


@given(st.integers(1, 10**17), st.integers(0, 9))
def test_to_tons_and_back_is_the_same_number(digits: int, places: int) -> None:
    number = (
        f"{digits // 10**places}.{digits % 10**places:0{places}}".rstrip("0").rstrip(".")
        if places
        else f"{digits}"
    )
    there = into("mt", number, "CNY/kg")
    assert into("kg", there, "CNY/mt") == number


def test_a_unit_without_a_currency_states_none() -> None:
    assert price_unit("mt", {}, {}, KNOWN) == PriceUnit("", "mt")
