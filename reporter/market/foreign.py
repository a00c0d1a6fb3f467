"""Prices in a foreign currency and without VAT (docs/figures.md rule 15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from reporter.market.changes import percent_change
from reporter.market.numbers import difference, quotient
from reporter.market.price_types import Change, PriceFigure
from reporter.records.model import NOT_STATED, Instrument, Rate

INCLUDED, EXCLUDED = "incl_vat", "excl_vat"
REACH = timedelta(days=7)  # how much older than the price its rate may be


@dataclass(frozen=True, slots=True)
class Vat:
    """The tax in a price: `basis` is `incl_vat`, `excl_vat` or `not_stated`, `rate` a fraction of 1.

    `assumed` tells that the edition says so and not the instrument.
    """

    basis: str = NOT_STATED
    rate: Decimal | None = None
    assumed: bool = False

    @property
    def divisor(self) -> Fraction | None:
        """What a price is divided by to be without tax; None where that is not known."""
        if self.basis == EXCLUDED:
            return Fraction(1)
        return None if self.rate is None else 1 + Fraction(self.rate)


@dataclass(frozen=True, slots=True)
class ForeignTerms:
    """What an edition wants: a currency, whose rates, and what holds of prices that state no VAT."""

    currency: str
    source: str
    assumed: Vat | None = None  # None: they are not converted


@dataclass(frozen=True, slots=True)
class ForeignFigure:
    """The value of a period in `currency`, without VAT, per the price's own unit.

    `reason` says why there is none: `not_assessed`, `vat_not_stated`, `no_rate`. `wow` is the change of
    the value in that currency, its base at its own rate; `rate` and `base_rate` are None where a price
    is in that currency anyway, as `pair` is. `records` name the value's rate, those of `wow` the base's
    records and its rate.
    """

    currency: str
    pair: str | None
    value: Decimal | None
    reason: str | None
    corrected: bool
    vat: Vat
    rate: Rate | None
    wow: Change
    base_rate: Rate | None
    records: tuple[str, ...]


def rate_days(figures: Iterable[PriceFigure]) -> tuple[date, date] | None:
    """Yields the first and last day whose rates the figures of a period may need; None for no days."""
    days = [day for figure in figures for day in (figure.date, figure.wow.base_date) if day is not None]
    return (min(days) - REACH, max(days)) if days else None


def foreign_figures(
    figures: Iterable[PriceFigure],
    specs: Mapping[str, Instrument],
    terms: ForeignTerms,
    rates: Sequence[Rate],
) -> dict[str, ForeignFigure]:
    """Yields by instrument what each price is abroad; an index or a percentage is in no currency.

    `specs` are the versions that the figures are stated in, `rates` the current ones of every day.
    """
    return {
        figure.instrument: _foreign_figure(figure, specs[figure.instrument], terms, rates)
        for figure in figures
        if figure.currency is not None
    }


def vat_of(spec: Instrument, assumed: Vat | None) -> Vat:
    """Yields the VAT of a price as its instrument states it, else as assumed.

    A price said to include a VAT whose rate is not given takes the assumed rate, but never the
    assumption that there is none.
    """
    if spec.tax_basis == EXCLUDED:
        return Vat(EXCLUDED)
    included = spec.tax_basis == INCLUDED
    if included and spec.vat_rate is not None:
        return Vat(INCLUDED, spec.vat_rate)
    if assumed is None or (included and assumed.basis != INCLUDED):
        return Vat(INCLUDED if included else NOT_STATED)
    return replace(assumed, assumed=True)


def rate_on(rates: Iterable[Rate], pair: str, source: str, day: date) -> Rate | None:
    """Yields the source's rate of a pair on `day`, else the latest of the seven days before; or None."""
    found = (
        rate
        for rate in rates
        if rate.pair == pair and rate.source == source and day - REACH <= rate.date <= day
    )
    return max(found, key=lambda rate: rate.date, default=None)


@dataclass(frozen=True, slots=True)
class _Side:
    """A price of one day abroad, at its rate; or why there is none."""

    value: Decimal | None = None
    reason: str | None = None
    rate: Rate | None = None

    @property
    def revised(self) -> bool:
        return self.rate is not None and self.rate.revision > 0

    @property
    def records(self) -> tuple[str, ...]:
        return (self.rate.key,) if self.rate else ()


def _foreign_figure(
    figure: PriceFigure, spec: Instrument, terms: ForeignTerms, rates: Sequence[Rate]
) -> ForeignFigure:
    pair = None if figure.currency == terms.currency else f"{terms.currency}{figure.currency}"
    vat = vat_of(spec, terms.assumed)

    def abroad(price: Decimal | None, day: date | None) -> _Side:
        if price is None:
            return _Side()
        rate = rate_on(rates, pair, terms.source, day) if pair and day else None
        return _converted(price, vat, rate, needed=pair is not None)

    now = abroad(figure.value, figure.date)
    base = abroad(figure.wow.base, figure.wow.base_date)
    reason = "not_assessed" if figure.value is None else now.reason
    change = Change(reason=reason) if reason else _change(figure, spec, now, base)
    return ForeignFigure(
        currency=terms.currency,
        pair=pair,
        value=now.value,
        reason=reason,
        corrected=bool(figure.revision) or now.revised,
        vat=vat,
        rate=now.rate,
        wow=change,
        base_rate=None if change.abs is None else base.rate,
        records=now.records,
    )


def _converted(price: Decimal, vat: Vat, rate: Rate | None, *, needed: bool) -> _Side:
    """Yields a price abroad, as it is where nothing divides it; `needed` tells that it must have a rate."""
    if vat.divisor is None:
        return _Side(reason="vat_not_stated")
    if needed and rate is None:
        return _Side(reason="no_rate")
    divisor = vat.divisor * (Fraction(rate.rate) if rate else 1)
    return _Side(price if divisor == 1 else quotient(Fraction(price) / divisor), rate=rate)


def _change(figure: PriceFigure, spec: Instrument, now: _Side, base: _Side) -> Change:
    """Yields the change of a value abroad against its base abroad, each at its own rate.

    A repeated price changes too where the rate did. There is no percentage where the price itself has
    none (rule 12).
    """
    local = figure.wow
    if now.value is None or base.value is None or figure.value is None or local.base is None:
        return Change(reason=base.reason or local.reason)
    undefined = percent_change(figure.value, local.base, spec)[1]
    pct, undefined_abroad = percent_change(now.value, base.value, replace(spec, tick=None))
    return Change(
        abs=difference(now.value, base.value),
        pct=None if undefined else pct,
        base=base.value,
        base_date=local.base_date,
        reason=undefined or undefined_abroad or local.reason,
        periods=local.periods,
        corrected=local.corrected or now.revised or base.revised,
        records=(*local.records, *base.records),
    )
