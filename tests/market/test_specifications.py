"""What may be compared across versions of an instrument: rule 13 of docs/figures.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from price_builders import MEAN, PLAIN, figure, row

from reporter.market.prices import Change, Last

OLD = PLAIN
NEW = replace(PLAIN, spec_version=2, valid_from=date(2025, 12, 1))
ACROSS = (
    row("2025-10-30", "80"),
    row("2025-11-06", "90"),
    row("2025-11-27", "100"),
    row("2025-12-04", "120"),
)


def test_nothing_is_compared_across_a_new_specification() -> None:
    """Without a published link there are no changes, and averages and range begin with the new version."""
    made = figure("2025-W49", *ACROSS, specs=(OLD, NEW), first="2024-01-01")
    assert made.spec_version == 2
    assert (made.wow, made.four_week) == (Change(reason="spec_change"), Change(reason="spec_change"))
    assert made.ytd.reason == "no_prior"
    assert (made.range_52w.low, made.range_52w.n, made.average_4w.n) == (120, 1, 1)
    assert made.range_52w.extreme is None
    assert made.mom.reason == "spec_change"
    assert made.month_to_date is not None
    assert made.month_to_date.reason == "spec_change"
    assert [value.end for value in made.series] == [date(2025, 12, 7)]
    assert (made.wording, made.range_move) == (None, None)


def test_since_launch_across_a_specification_is_a_spec_change() -> None:
    """The first value of a young series is no base for a later specification."""
    assert figure("2025-W49", *ACROSS, specs=(OLD, NEW)).ytd.reason == "spec_change"


def test_a_series_that_continues_is_compared_as_it_is() -> None:
    """`continues: true` lets everything stand, even where the currency's code differs."""
    made = figure("2025-W49", *ACROSS, specs=(OLD, replace(NEW, continues=True, currency="CNH")))
    assert (made.wow.base, made.wow.abs, made.range_52w.low) == (100, 20, 80)


def test_published_factors_multiply_over_versions() -> None:
    """Two factors in a row restate an old price by their product, exactly."""
    third = replace(NEW, spec_version=3, valid_from=date(2025, 12, 2), factor=Decimal("0.5"))
    made = figure("2025-W49", *ACROSS, specs=(OLD, replace(NEW, factor=Decimal("1.13")), third))
    assert (made.spec_version, made.wow.base) == (3, Decimal("56.5"))
    assert made.range_52w.low == Decimal("45.2")


def test_a_chain_is_as_strong_as_its_weakest_link() -> None:
    """One step without a link breaks the comparison over all of them."""
    third = replace(NEW, spec_version=3, valid_from=date(2025, 12, 2), continues=True)
    assert figure("2025-W49", *ACROSS, specs=(OLD, NEW, third)).wow.reason == "spec_change"


@pytest.mark.parametrize(
    ("old", "new", "restated"), [("kg", "mt", "100000"), ("mt", "kg", "0.1"), ("lb", "kg", "220.4622621849")]
)
def test_a_change_of_unit_alone_restates_exactly(old: str, new: str, restated: str) -> None:
    """A price per kg is 1,000 times as much per mt; where the decimals never end, 13 digits are kept."""
    specs = (replace(OLD, unit=old), replace(NEW, unit=new, decimals=4, tick=Decimal("0.001")))
    assert figure("2025-W49", *ACROSS, specs=specs).wow.base == Decimal(restated)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"unit": "kg"}, None),
        ({"unit": "kg", "grade": "higher"}, "spec_change"),
        ({"unit": "kg", "grade": "higher", "continues": True}, None),
        ({"unit": "kg", "currency": "USD"}, "spec_change"),
        ({"unit": "kWh"}, "spec_change"),
        ({"unit": "stone"}, "spec_change"),
        ({"methodology_url": "https://example.org"}, "spec_change"),
    ],
)
def test_a_unit_converts_only_where_nothing_else_changed(
    change: dict[str, object], reason: str | None
) -> None:
    """Another grade, currency or dimension is another price, unless the source says that it continues."""
    specs = (OLD, replace(NEW, **change))  # type: ignore[arg-type]
    wow = figure("2025-W49", *ACROSS, specs=specs).wow
    assert wow.reason == reason
    assert wow.base == (None if reason else Decimal("0.1"))


def test_a_continued_series_in_another_currency_is_not_converted() -> None:
    """A new unit and a new currency at once: the source says that it continues, so it stands as it is."""
    specs = (OLD, replace(NEW, unit="kg", currency="USD", continues=True))
    assert figure("2025-W49", *ACROSS, specs=specs).wow.base == 100


def test_a_factor_counts_before_units_and_continuity() -> None:
    """What the source publishes is not second-guessed by a conversion."""
    specs = (OLD, replace(NEW, unit="kg", continues=True, factor=Decimal(2)))
    assert figure("2025-W49", *ACROSS, specs=specs).wow.base == 200


def test_ranges_and_estimates_are_restated_too() -> None:
    """Low, high, the last value and estimates speak in the same unit as the value."""
    rows = (row("2025-11-20", "9", "estimated"), row("2025-11-27", "8-12"))
    specs = (replace(OLD, unit="kg"), replace(NEW, unit="mt"))
    made = figure("2025-W49", *rows, row("2025-12-04", "9000-12000"), specs=specs)
    assert (made.range_move, made.range_width, made.range_52w.low) == ("narrowed_up", -1000, 8000)
    assert made.estimates[0].value == 9000
    without = figure("2025-W49", *rows, specs=specs)  # no value: in the terms of the period's end
    assert (without.unit, without.spec_version) == ("mt", 2)
    assert without.last is not None
    assert without.last.value == 10000


def test_a_last_value_of_other_terms_is_given_in_its_own() -> None:
    """Where it cannot be restated it stands as it was assessed, and says in which unit and currency."""
    new = replace(NEW, unit="kg", currency="USD")
    made = figure("2025-W49", row("2025-11-27", "10"), specs=(OLD, new))
    assert (made.unit, made.currency, made.spec_version) == ("kg", "USD", 2)
    assert made.last == Last(
        Decimal(10), date(2025, 11, 27), 1, "prices/x/2025-11-27/r0", "mt", "CNY", spec_version=1
    )


def test_a_restated_last_value_is_in_the_figures_terms() -> None:
    """Ten a kilogram are ten thousand a ton: value, unit and version are the figure's."""
    made = figure("2025-W49", row("2025-11-27", "10"), specs=(replace(OLD, unit="kg"), NEW))
    assert made.last is not None
    assert (made.last.value, made.last.unit, made.last.spec_version) == (10000, "mt", 2)


def test_a_mean_leaves_out_days_of_another_specification() -> None:
    """A version that begins within the week: its value is the mean of the new version's days."""
    specs = (MEAN, replace(MEAN, spec_version=2, valid_from=date(2025, 12, 3)))
    rows = (row("2025-12-01", "1"), row("2025-12-03", "10"), row("2025-12-04", "12"))
    assert figure("2025-W49", *rows, specs=specs).value == 11


def test_a_roll_over_carries_restated_or_not_at_all() -> None:
    """Over a change of unit the carried number is converted; over one of grade there is none to carry."""
    rows = (row("2025-11-27", "10"), row("2025-12-04", None, "rolled_over"))
    made = figure("2025-W49", *rows, specs=(replace(OLD, unit="kg"), NEW))
    assert (made.value, made.wow.base, made.wow.base_date) == (10000, 10000, date(2025, 11, 27))
    assert figure("2025-W49", *rows, specs=(OLD, replace(NEW, grade="higher"))).value is None
