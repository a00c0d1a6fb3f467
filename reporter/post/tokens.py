"""Signed tokens of links and return paths, and the keyed hash that stands for an address."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, HMACAlgorithm
from itsdangerous import Signer as Seal
from sqlalchemy import select

from reporter.clock import Clock, SystemClock
from reporter.errors import BadToken
from reporter.post.subscriber_tables import POST_KEYS
from reporter.store import Store, insert_if_new

if TYPE_CHECKING:
    from reporter.settings import Settings

__all__ = ["BadToken", "Signer", "signer_of"]

_PART = re.compile(r"[A-Za-z0-9_-]+")
_BETWEEN = "~"  # stands in addresses of the web and of mail as it is, and in no part
_LASTING = ("unsubscribe", "preferences", "bounce")  # the same in each mail of a person, and without end
_AHEAD = timedelta(minutes=5)  # another machine's clock may be that far before ours


class _ShortHmac(HMACAlgorithm):
    """HMAC-SHA-256 cut to 160 bits: a return path has 64 letters for all of it."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, hashlib.sha256)[:20]


class Signer:
    """Makes and reads tokens. The first key signs, all of them are read; so keys can be changed over time."""

    def __init__(self, keys: Sequence[str], hash_key: str = "", clock: Clock | None = None) -> None:
        """`hash_key` is that of `keyed_hash`; ValueError where there is no key to sign with."""
        if not keys:
            raise ValueError("there is no key to sign with")
        self._keys = list(reversed(keys))  # itsdangerous signs with the last
        self._hash_key = hash_key
        self._clock = clock or SystemClock()

    def sign(self, purpose: str, *parts: str, now: datetime | None = None) -> str:
        """Yields a token for one purpose, of letters that an address of the web needs not escape.

        Those for `unsubscribe`, `preferences` and `bounce` are the same at all times; others hold `now`
        (default: the clock's). ValueError for a part that has other letters than A–Z, a–z, 0–9, `_` and `-`.
        """
        for part in parts:
            if not _PART.fullmatch(part):
                raise ValueError(f"{part!r} cannot be a part of a token")
        made = () if purpose in _LASTING else (f"{int((now or self._clock.now()).timestamp()):x}",)
        return self._seal(purpose).sign(_BETWEEN.join((*parts, *made))).decode()

    def read(self, purpose: str, token: str, max_age: timedelta | None, now: datetime) -> tuple[str, ...]:
        """Yields the parts of a token; BadToken where it is not ours, for another purpose, or too old.

        ValueError for a `max_age` of a purpose whose tokens do not hold when they were made.
        """
        if max_age is not None and purpose in _LASTING:
            raise ValueError(f"a token for {purpose} has no age")
        try:
            parts = tuple(self._seal(purpose).unsign(token).decode("ascii").split(_BETWEEN))
        except (BadSignature, UnicodeError):
            raise BadToken from None
        if purpose in _LASTING:
            return parts
        age = now.timestamp() - int(parts[-1], 16)
        if age < -_AHEAD.total_seconds() or (max_age is not None and age > max_age.total_seconds()):
            raise BadToken
        return parts[:-1]

    def keyed_hash(self, text: str) -> str:
        """Yields what stands for a text that is not kept: the same one always, whatever keys sign."""
        if not self._hash_key:
            raise ValueError("there is no key to hash with")
        return hmac.new(self._hash_key.encode(), text.encode(), hashlib.sha256).hexdigest()

    def _seal(self, purpose: str) -> Seal:
        return Seal(
            self._keys, f"reporter/{purpose}", key_derivation="hmac", algorithm=_ShortHmac(hashlib.sha256)
        )


def signer_of(settings: Settings, store: Store, now: datetime, clock: Clock | None = None) -> Signer:
    """Yields the signer of `keys:` or, where none are set, of a key made once and kept in the database.

    A kept key is read even when `keys:` are set later: links that are out go on to hold.
    """
    hash_key = _kept(store, "hash", now)
    if settings.keys:
        earlier = _find(store, "sign")
        return Signer([*settings.keys, *([earlier] if earlier else [])], hash_key, clock)
    return Signer([_kept(store, "sign", now)], hash_key, clock)


def _kept(store: Store, name: str, now: datetime) -> str:
    """Yields the key of a name, made where there is none; who comes second takes the first one's."""
    if found := _find(store, name):
        return found
    with store.transaction() as connection:
        row = {"name": name, "value": secrets.token_urlsafe(32), "made_at": now}
        insert_if_new(connection, POST_KEYS, row)
    found = _find(store, name)
    assert found is not None
    return found


def _find(store: Store, name: str) -> str | None:
    with store.reading() as connection:
        return connection.execute(select(POST_KEYS.c.value).where(POST_KEYS.c.name == name)).scalar()
