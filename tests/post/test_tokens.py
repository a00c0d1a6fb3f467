"""Tokens: made for one purpose, refused alike whatever is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.clock import FixedClock
from reporter.errors import BadToken
from reporter.post.tokens import Signer, signer_of
from reporter.settings import Settings, load_settings
from reporter.store import Store, open_store
from tests.conftest import Racer
from tests.post.people import KEY, NOW, signer

PURPOSES = ("unsubscribe", "preferences", "bounce", "confirm", "download")
EXPIRING = ("confirm", "download")
PART = st.text("ABCXYZabcxyz0189_-", min_size=1, max_size=40)
DAY = timedelta(days=1)
DATED = Signer([KEY], "hash", FixedClock(NOW))

SIGN = """
from datetime import UTC, datetime
from pathlib import Path
from reporter.post.tokens import signer_of
from reporter.settings import load_settings
from reporter.store import open_store
settings = load_settings(Path(sys.argv[1]))
store = open_store(settings.database)
print("ready", flush=True)
sys.stdin.readline()
signer = signer_of(settings, store, datetime(2025, 12, 8, tzinfo=UTC))
print(signer.sign("unsubscribe", "weekly"), signer.keyed_hash("x"))
"""


def refusal(signer: Signer, purpose: str, token: str, max_age: timedelta | None = None) -> str:
    with pytest.raises(BadToken) as caught:
        signer.read(purpose, token, max_age, NOW)
    return str(caught.value)


def settings_with(folder: Path, database: str, *keys: str) -> tuple[Settings, Store]:
    lines = ["editions: {weekly: {title: Weekly}}", f"database: {database}"]
    lines += [f"keys: [{', '.join(keys)}]"] if keys else []
    (folder / "schedule.yaml").write_text("\n".join(lines) + "\n")
    settings = load_settings(folder / "schedule.yaml", {})
    return settings, open_store(settings.database)


@given(st.sampled_from(PURPOSES), st.lists(PART, min_size=1, max_size=5))
def test_what_is_signed_is_read_again_and_needs_no_escaping(purpose: str, parts: list[str]) -> None:
    token = DATED.sign(purpose, *parts)
    assert DATED.read(purpose, token, DAY if purpose in EXPIRING else None, NOW) == tuple(parts)
    assert quote(token, safe="") == token


@given(st.lists(PART, min_size=1, max_size=4), st.lists(PART, min_size=1, max_size=4))
def test_parts_do_not_run_into_each_other(one: list[str], other: list[str]) -> None:
    assert (DATED.sign("unsubscribe", *one) == DATED.sign("unsubscribe", *other)) == (one == other)


@given(st.sampled_from(PURPOSES), st.data())
def test_a_token_that_is_changed_anywhere_is_refused(purpose: str, data: st.DataObject) -> None:
    token = DATED.sign(purpose, "weekly", "abc")
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda one: one != token[at]))
    changed = token[:at] + letter + token[at + 1 :]
    if at == len(token) - 1 and letter.isascii() and (letter.isalnum() or letter in "_-"):
        return  # the last letter of the signature has bits that count for nothing
    refusal(DATED, purpose, changed)


@given(st.sampled_from(PURPOSES), st.text(max_size=80))
def test_what_was_never_signed_is_refused(purpose: str, text: str) -> None:
    refusal(DATED, purpose, text)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_holds_for_no_other_purpose(purpose: str) -> None:
    token = DATED.sign(purpose, "weekly", "abc")
    for other in set(PURPOSES) - {purpose}:
        refusal(DATED, other, token)


def test_forged_foreign_and_expired_are_refused_in_the_same_words() -> None:
    old = DATED.sign("download", "weekly", now=NOW - 2 * DAY)
    tokens = (
        old,
        DATED.sign("confirm", "weekly"),
        "weekly~1.x",
        "",
        "\u2028",
        Signer(["x"]).sign("download", "w"),
    )
    assert len({refusal(DATED, "download", token, DAY) for token in tokens}) == 1


def test_a_token_expires_to_the_second_and_does_not_come_from_the_future() -> None:
    token = DATED.sign("download", "weekly")
    assert DATED.read("download", token, DAY, NOW + DAY) == ("weekly",)
    with pytest.raises(BadToken):
        DATED.read("download", token, DAY, NOW + DAY + timedelta(seconds=1))
    refusal(DATED, "download", DATED.sign("download", "weekly", now=NOW + DAY), DAY)


def test_a_token_of_a_mail_is_the_same_at_each_attempt() -> None:
    later = Signer([KEY], "hash", FixedClock(NOW + DAY))
    for purpose in set(PURPOSES) - set(EXPIRING):
        assert later.sign(purpose, "weekly", "abc") == DATED.sign(purpose, "weekly", "abc")
        with pytest.raises(ValueError, match="no age"):
            later.read(purpose, "x", DAY, NOW)


def test_a_return_path_has_room_for_a_token() -> None:
    token = DATED.sign("bounce", "a" * 22)
    assert len(f"bounces+{token}") <= 64
    assert re.fullmatch(r"[A-Za-z0-9_.~-]+", token)


@pytest.mark.parametrize("part", ["", "a~b", "a.b", "a b", "ann@example.org", "é", "a\n", "a\r\nb"])
def test_a_part_with_other_letters_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="part of a token"):
        DATED.sign("unsubscribe", part)


def test_keys_are_changed_by_putting_the_new_one_first() -> None:
    old, both, new = (Signer(keys) for keys in (["old"], ["new", "old"], ["new"]))
    token = old.sign("unsubscribe", "weekly")
    assert both.read("unsubscribe", token, None, NOW) == ("weekly",)
    assert both.sign("unsubscribe", "weekly") == new.sign("unsubscribe", "weekly") != token
    refusal(new, "unsubscribe", token)


def test_a_signer_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="no key"):
        Signer([])
    with pytest.raises(ValueError, match="no key"):
        Signer(["x"]).keyed_hash("y")


def test_the_hash_does_not_tell_the_text_and_outlives_the_keys() -> None:
    other = Signer(["another key"], "a key to hash with")
    assert signer().keyed_hash("ann@example.org") == other.keyed_hash("ann@example.org")
    assert signer().keyed_hash("ann@example.org") != Signer([KEY], "z").keyed_hash("ann@example.org")
    assert "ann" not in signer().keyed_hash("ann@example.org")


def test_without_keys_one_is_made_once_and_kept(database: str, tmp_path: Path) -> None:
    settings, store = settings_with(tmp_path, database)
    first, second = signer_of(settings, store, NOW), signer_of(settings, open_store(database), NOW + DAY)
    assert first.sign("unsubscribe", "w") == second.sign("unsubscribe", "w")
    assert first.keyed_hash("x") == second.keyed_hash("x")


def test_links_go_on_to_hold_when_keys_are_set_later(database: str, tmp_path: Path) -> None:
    settings, store = settings_with(tmp_path, database)
    before = signer_of(settings, store, NOW)
    token = before.sign("unsubscribe", "w")
    settings, store = settings_with(tmp_path, database, "sixteen-letters-or-more")
    after = signer_of(settings, store, NOW)
    assert after.read("unsubscribe", token, None, NOW) == ("w",)
    assert after.sign("unsubscribe", "w") == Signer(["sixteen-letters-or-more"]).sign("unsubscribe", "w")
    assert after.keyed_hash("x") == before.keyed_hash("x")


def test_processes_that_begin_at_once_have_the_same_keys(
    database: str, tmp_path: Path, race: Callable[..., Racer]
) -> None:
    settings_with(tmp_path, database)
    racers = [race(SIGN, str(tmp_path / "schedule.yaml")) for _ in range(4)]
    assert [racer.heard() for racer in racers] == ["ready"] * 4
    for racer in racers:
        racer.go()
    assert len({tuple(racer.end()) for racer in racers}) == 1
