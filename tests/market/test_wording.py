"""Codes of moves, from the table of thresholds and the signs of a range's ends."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.market.price_types import Change
from reporter.market.wording import Thresholds, price_wording, range_move

DEFAULT = Thresholds()


def word(percent: str, reason: str | None = None, range_code: str | None = None) -> str | None:
    """The code of a change by so many percent of 100."""
    change = Change(Decimal(percent), Decimal(percent), Decimal(100), reason=reason)
    return price_wording(change, range_code, DEFAULT)


@pytest.mark.parametrize(
    ("percent", "up", "down"),
    [
        ("0.0001", "inched_up", "inched_down"),
        ("0.4999", "inched_up", "inched_down"),
        ("0.5", "edged_up", "slipped"),
        ("2.4999", "edged_up", "slipped"),
        ("2.5", "rose", "fell"),
        ("4.9999", "rose", "fell"),
        ("5", "climbed", "dropped"),
        ("9.9999", "climbed", "dropped"),
        ("10", "surged", "plunged"),
        ("400", "surged", "plunged"),
    ],
)
def test_each_step_begins_at_its_lower_bound(percent: str, up: str, down: str) -> None:
    """A lower bound belongs to its step, upwards and downwards alike."""
    assert (word(percent), word("-" + percent)) == (up, down)


def test_the_unrounded_percentage_decides() -> None:
    """4.99999999999996% is 5.000000000000 in 13 digits, but did not climb."""
    change = Change(Decimal("0.0499999999999996"), Decimal("5.000000000000"), Decimal(1))
    assert price_wording(change, None, DEFAULT) == "rose"


@pytest.mark.parametrize(
    ("range_code", "expected"),
    [(None, "unchanged"), ("unchanged", "unchanged"), ("widened", "mid_unchanged"), ("up", "mid_unchanged")],
)
def test_an_equal_mid_is_unchanged_unless_the_range_moved(range_code: str | None, expected: str) -> None:
    """`unchanged` needs identical ranges, or that one of them is not known."""
    assert word("0", range_code=range_code) == expected


def test_no_verb_without_a_percentage() -> None:
    """No figure, an undefined percentage or percentage points: no verb."""
    for reason in ("new", "no_prior", "not_assessed", "spec_change"):
        assert price_wording(Change(reason=reason), None, DEFAULT) is None
    undefined = Change(Decimal(5), None, Decimal(1), reason="undefined_base")
    points = Change(Decimal(5), None, Decimal(1))
    assert price_wording(undefined, None, DEFAULT) is None
    assert price_wording(points, None, DEFAULT) is None


def test_points_that_did_not_move_are_unchanged() -> None:
    """A price in percent has a word only where it stands still."""
    assert price_wording(Change(Decimal(0), None, Decimal(1)), None, DEFAULT) == "unchanged"


def test_rolled_over_is_neither_unchanged_nor_stable() -> None:
    """A carried value is called so, whatever its zero says."""
    assert word("0", "rolled_over") == "rolled_over"


def test_a_bridged_change_has_its_verb() -> None:
    """Its base date is printed beside it, so the verb may stand."""
    assert word("3", "bridged") == "rose"


def test_thresholds_are_the_caller_s() -> None:
    """Other bounds give other words for the same move."""
    calm = Thresholds(Decimal(5), Decimal(10), Decimal(20), Decimal(40))
    assert price_wording(Change(Decimal(4), Decimal(4), Decimal(100)), None, calm) == "inched_up"


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (100, 110, "unchanged"),
        (101, 111, "up"),
        (99, 109, "down"),
        (100, 111, "widened_up"),
        (99, 110, "widened_down"),
        (101, 110, "narrowed_up"),
        (100, 109, "narrowed_down"),
        (99, 111, "widened"),
        (101, 109, "narrowed"),
    ],
)
def test_range_move_by_the_signs_of_both_ends(low: int, high: int, code: str) -> None:
    """From 100–110, each pair of signs has its own code (rule 5)."""
    assert range_move(Decimal(100), Decimal(110), Decimal(low), Decimal(high)) == code


@pytest.mark.parametrize("missing", range(4))
def test_range_move_needs_all_four_bounds(missing: int) -> None:
    """Without any one of the bounds there is nothing to say about the range."""
    bounds = [None if n == missing else Decimal(5) for n in range(4)]
    assert range_move(*bounds) is None


move = st.decimals(min_value=Decimal("0.01"), max_value=90, places=2)


@given(move, move)
def test_a_larger_move_never_has_a_smaller_word(one: Decimal, other: Decimal) -> None:
    """The steps are in order: the larger of two moves stands at the same step or a higher one."""
    order = ["inched_up", "edged_up", "rose", "climbed", "surged"]
    small, large = sorted((one, other))
    assert order.index(str(word(str(small)))) <= order.index(str(word(str(large))))
