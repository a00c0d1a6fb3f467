"""What prices are stated per: a unit in words → its code, and exact conversion to the instrument's unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from reporter.importing.values import plain
from reporter.records.cells import AMBIGUOUS_MT, currency
from reporter.records.model import Instrument, Unit

_PLACES = 12  # after the point, as records allow


@dataclass(frozen=True)
class PriceUnit:
    """A price's currency (empty: not stated), unit, and what a stated number is multiplied by."""

    currency: str
    unit: str
    factor: Fraction = Fraction(1)


def price_unit(
    text: str, units: Mapping[str, str], currencies: Mapping[str, str], known: Mapping[str, Unit]
) -> PriceUnit:
    """Yields the unit of `CNY/mt`, `元/吨`, `USD per lb` or `吨`; ValueError where a word is not known.

    `units` and `currencies` say how words are read: `{斤: 0.5 kg, 万元: 10000 CNY}`.
    """
    money, _, per = re.sub(r" per ", "/", plain(text)).rpartition("/")
    if per.strip() == "Mt":
        raise ValueError(AMBIGUOUS_MT)
    times, unit = _read(per, units, {code.casefold(): code for code in known})
    if unit not in known:
        raise ValueError(f"{per.strip()} is not a unit of prices; name it under `units:` in imports.yaml")
    if not money.strip():
        return PriceUnit("", unit, 1 / times)
    many, code = _read(money, currencies, {})
    try:
        return PriceUnit(currency(code.upper()), unit, many / times)
    except ValueError as fault:
        raise ValueError(f"{money.strip()} {fault}") from None


def _read(text: str, words: Mapping[str, str], codes: Mapping[str, str]) -> tuple[Fraction, str]:
    """Yields how many of which code a word stands for."""
    bare = text.strip()
    found = words.get(bare) or words.get(bare.casefold()) or codes.get(bare.casefold(), bare)
    number, _, code = found.rpartition(" ")
    return (Fraction(number) if number else Fraction(1)), code


def converted(number: str, stated: PriceUnit, instrument: Instrument, known: Mapping[str, Unit]) -> str:
    """Yields a price in the instrument's unit.

    ValueError for another currency, a unit of another dimension, and a result that is no finite decimal.
    """
    if stated.currency and stated.currency != instrument.currency:
        raise ValueError(
            f"is in {stated.currency}, {instrument.id} in {instrument.currency or 'no currency'}"
        )
    own, other = known[instrument.unit], known[stated.unit]
    if own.dimension != other.dimension:
        raise ValueError(f"is per {stated.unit}, which does not convert to {instrument.unit}")
    exact = Fraction(number) * stated.factor * Fraction(own.factor) / Fraction(other.factor)
    scaled = exact * 10**_PLACES
    if scaled.denominator != 1:
        raise ValueError(
            f"per {stated.unit} is no finite decimal per {instrument.unit}; state it in the instrument's unit"
        )
    whole, rest = divmod(abs(scaled.numerator), 10**_PLACES)
    text = f"{whole}.{rest:0{_PLACES}}".rstrip("0").rstrip(".")
    return f"-{text}" if exact < 0 else text
