"""Which machine a web address leads to, and whether it may be asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address stands in the last four bytes


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """Yields the addresses of a name, in the order in which the system would try them; OSError for none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Tells whether an IP address is one of the public internet.

    Addresses of one's own machine or network, multicast and reserved ones are not, and no IPv6 address
    that stands for such an IPv4 address.
    """
    return all(one.is_global and not one.is_multicast for one in _meant(ip_address(address)))


def _meant(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """Yields the address, or the IPv4 addresses that it stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _TRANSLATED:
        return [IPv4Address(int(address) & 0xFFFF_FFFF)]
    return [address, *filter(None, [address.sixtofour])]
