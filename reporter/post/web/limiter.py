"""How often one who asks may ask, and who it is that asks."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta


class Limiter:
    """Lets `most` requests of one key through at once, and as many again in each `span`.

    It keeps the last `room` keys, so that whoever makes up keys cannot fill the memory.
    """

    def __init__(self, most: int, span: timedelta, room: int = 20_000) -> None:
        self._most, self._span, self._room = most, span, room
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, key: str, now: datetime) -> bool:
        """Tells whether one more request may pass, and counts it if so."""
        with self._lock:
            left, at = self._left.pop(key, (float(self._most), now))
            left = min(self._most, left + max(0.0, (now - at) / self._span) * self._most)
            passes = left >= 1
            self._left[key] = (left - 1 if passes else left, now)
            if len(self._left) > self._room:
                self._left.popitem(last=False)
            return passes


def client_of(peer: str, forwarded: Sequence[str], proxy: bool) -> str:
    """Yields the address of who asks.

    Behind a proxy it is the last one of X-Forwarded-For, the only one that the proxy itself wrote; what is no
    address there is passed over.
    """
    if proxy and forwarded:
        last = forwarded[-1].rpartition(",")[2].strip()
        try:
            return str(ipaddress.ip_address(last))
        except ValueError:
            return peer
    return peer


def counted_as(client: str) -> str:
    """Yields by what a client is counted: an IPv6 address by its network, of which one has as many as one
    likes.
    """
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 6:
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return client
