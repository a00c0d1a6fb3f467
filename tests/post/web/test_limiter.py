"""How often may be asked, and by whom: known clients are not kept out by unknown ones."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reporter.post.web.limiter import Limiter, client_of, counted_as
from tests.post.people import NOW
from tests.post.web.hall import EDITION, hall

MINUTE = timedelta(minutes=1)


def test_so_many_pass_at_once_and_as_many_again_in_each_span() -> None:
    limiter = Limiter(3, MINUTE)
    assert [limiter.allows("a", NOW) for _ in range(4)] == [True, True, True, False]
    assert limiter.allows("b", NOW)
    assert [limiter.allows("a", NOW + MINUTE / 3) for _ in range(2)] == [True, False]
    assert [limiter.allows("a", NOW + MINUTE * 9) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_goes_back_lets_nobody_through_more_often() -> None:
    limiter = Limiter(1, MINUTE)
    assert limiter.allows("a", NOW)
    assert not limiter.allows("a", NOW - MINUTE)


def test_made_up_keys_do_not_fill_the_memory() -> None:
    limiter = Limiter(1, MINUTE, room=10)
    for number in range(1000):
        limiter.allows(str(number), NOW)
    assert len(limiter._left) == 10


@pytest.mark.parametrize(
    ("forwarded", "proxy", "client"),
    [
        (["203.0.113.9"], False, "192.0.2.1"),
        (["203.0.113.9"], True, "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9"], True, "203.0.113.9"),
        (["198.51.100.1", "203.0.113.9"], True, "203.0.113.9"),
        (["2001:db8::1"], True, "2001:db8::1"),
        (["nonsense"], True, "192.0.2.1"),
        ([], True, "192.0.2.1"),
    ],
)
def test_a_client_is_what_the_proxy_wrote_never_what_the_client_did(
    forwarded: list[str], proxy: bool, client: str
) -> None:
    assert client_of("192.0.2.1", forwarded, proxy) == client


def test_an_ipv6_client_is_counted_by_its_network() -> None:
    assert counted_as("2001:db8:1:2:3::4") == counted_as("2001:db8:1:2:ffff::") == "2001:db8:1:2::/64"
    assert counted_as("::ffff:192.0.2.1") == counted_as("192.0.2.1") == "192.0.2.1"


def test_guessing_ends_at_the_limit_while_readers_of_the_same_office_come_in(tmp_path: Path) -> None:
    """An office has one address; a provider's mail servers unsubscribe for many people from one, too."""
    lobby = hall(tmp_path, web={"rate_per_minute": 5})
    readers = [lobby.desk.signer.sign("unsubscribe", EDITION, f"reader{number}") for number in range(20)]
    guesses = [lobby.client.get(f"/unsubscribe/guess{number}").status_code for number in range(8)]
    assert guesses == [404] * 5 + [429] * 3
    body = {"List-Unsubscribe": "One-Click"}
    assert {lobby.client.post(f"/unsubscribe/{one}", data=body).status_code for one in readers} == {200}
    answer = lobby.client.get("/subscribe")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    lobby.clock.advance(MINUTE)
    assert lobby.client.get("/subscribe").status_code == 200


def test_behind_a_proxy_each_client_has_a_rate_of_its_own(tmp_path: Path) -> None:
    lobby = hall(tmp_path, web={"rate_per_minute": 1, "proxy": True})
    for number in range(3):
        said = {"X-Forwarded-For": f"6.6.6.6, 203.0.113.{number}"}
        assert lobby.client.get("/subscribe", headers=said).status_code == 200
        assert lobby.client.get("/subscribe", headers=said).status_code == 429


def test_without_a_proxy_nobody_escapes_by_a_header(tmp_path: Path) -> None:
    lobby = hall(tmp_path, web={"rate_per_minute": 1})
    answers = [
        lobby.client.get("/subscribe", headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(2)
    ]
    assert answers == [200, 429]
