"""Revisions and what they mark: rule 14 of docs/figures.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from price_builders import PLAIN, figure, row

from reporter.market.prices import corrections
from reporter.records.model import Assessment, History

MORNING = datetime(2025, 12, 1, 9, tzinfo=UTC)


def chain(day: str, *prices: str) -> tuple[Assessment, ...]:
    return tuple(
        row(
            day, price, revision=n, known_at=MORNING + timedelta(days=n), reason=f"because {n}" if n else None
        )
        for n, price in enumerate(prices)
    )


def test_a_chain_of_corrections_keeps_first_and_previous() -> None:
    """185–195 → 185–198 → 187–198: each step names what was first, what was before, and why."""
    history = History((PLAIN,), chains=(chain("2025-11-27", "185-195", "185-198", "187-198"),))
    one, two = corrections([history], MORNING, MORNING + timedelta(days=2))
    assert (one.first, one.previous, one.new, one.revision) == (190, 190, Decimal("191.5"), 1)
    assert (two.first, two.previous, two.new) == (190, Decimal("191.5"), Decimal("192.5"))
    assert (two.first_low, two.previous_high, two.new_low) == (185, 198, 187)
    assert (two.reason, two.record) == ("because 2", "prices/x/2025-11-27/r2")


def test_corrections_since_is_excluded_and_until_included() -> None:
    """What was known at the last cut-off was in the last issue; what is known at as-of is in this one."""
    history = History((PLAIN,), chains=(chain("2025-11-27", "1", "2", "3", "4"),))
    told = corrections([history], MORNING + timedelta(days=1), MORNING + timedelta(days=2))
    assert [one.revision for one in told] == [2]


def test_a_first_publication_is_no_correction() -> None:
    """Of a chain that became known within the window, only what follows the first is told."""
    history = History((PLAIN,), chains=(chain("2025-11-27", "1", "2"),))
    told = corrections([history], MORNING - timedelta(days=1), MORNING + timedelta(days=9))
    assert [one.revision for one in told] == [1]


def test_corrections_are_in_order_of_instrument_date_and_revision() -> None:
    """The edition's order first, then dates, then revisions."""
    early, late = chain("2025-11-20", "1", "2"), chain("2025-11-27", "3", "4", "5")
    other = tuple(replace(one, instrument="a") for one in early)
    histories = [History((PLAIN,), chains=(late, early)), History((replace(PLAIN, id="a"),), chains=(other,))]
    told = corrections(histories, MORNING, MORNING + timedelta(days=9))
    assert [(one.instrument, one.date.day, one.revision) for one in told] == [
        ("x", 20, 1), ("x", 27, 1), ("x", 27, 2), ("a", 20, 1),
    ]  # fmt: skip


def test_a_withdrawn_number_is_corrected_to_none() -> None:
    """A revision that takes the price back has no new number."""
    first, second = chain("2025-11-27", "10", "11")
    withdrawn = replace(second, average=None, status="not_assessed")
    (one,) = corrections(
        [History((PLAIN,), chains=((first, withdrawn),))], MORNING, MORNING + timedelta(days=1)
    )
    assert (one.previous, one.new) == (10, None)


def test_a_corrected_base_marks_the_change_and_the_figure() -> None:
    """A figure is corrected where its value or any base is; a change only where its own are."""
    rows = (row("2025-11-06", "8"), row("2025-11-27", "9", revision=1), row("2025-12-04", "10"))
    made = figure("2025-W49", *rows)
    assert (made.corrected, made.wow.corrected, made.four_week.corrected) == (True, True, False)
    assert figure("2025-W49", rows[0], rows[2]).corrected is False
