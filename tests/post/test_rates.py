"""Mails go out no faster than is set, whoever asks; an issue whose mails fail is stopped."""

from __future__ import annotations

import pytest

from reporter.post.breaker import Breaker
from reporter.post.rates import Rates
from reporter.post_settings import BreakerSettings


def moments(rates: Rates, number: int) -> list[float]:
    """When each of some mails may go that are asked for at once."""
    return [rates.take() for _ in range(number)]


def test_without_a_rate_nothing_waits() -> None:
    assert moments(Rates(clock=lambda: 7.0), 3) == [0, 0, 0]


def test_mails_keep_their_distance() -> None:
    assert moments(Rates(per_second=4, clock=lambda: 7.0), 4) == pytest.approx([0, 0.25, 0.5, 0.75])


def test_an_hour_holds_so_many_and_those_of_earlier_runs_count() -> None:
    rates = Rates(per_hour=3, sent=[100.0, 200.0], clock=lambda: 1000.0)
    assert moments(rates, 4) == pytest.approx([0, 2700, 2800, 3600])


@pytest.mark.parametrize(
    ("failed", "broken"),
    [([1, 0, 1, 0], True), ([1, 0, 0, 0], False), ([1, 1, 1], False), ([0] * 9 + [1, 1], True)],
)
def test_the_breaker_breaks_at_its_share_of_the_last_mails(failed: list[int], broken: bool) -> None:
    breaker = Breaker(BreakerSettings(share=0.5, of=4))
    assert [breaker.note(bool(one)) for one in failed][-1] is broken
