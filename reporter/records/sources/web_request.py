"""One question to a web server and its answer, within limits, from machines that may be asked."""

from __future__ import annotations

import base64
import ssl
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from reporter import __version__
from reporter.records.location import Location
from reporter.records.sources.web_address import Resolve, is_public, resolve_name
from reporter.records.sources.web_cache import Stamp

_IN_MEMORY = 16_000_000  # bytes of a file; what is longer waits on the disk until it is whole


@dataclass(frozen=True)
class Limits:
    """How long to wait, in seconds, how often to try, and how many bytes to take, unpacked."""

    connect: float = 5.0
    read: float = 20.0  # between two pieces
    whole: float = 60.0  # for one file, all tries and redirects together
    tries: int = 3
    pause: float = 0.5  # before the second try; twice as long before the next, give or take a half
    size: int = 200_000_000
    redirects: int = 5


class FetchFault(Exception):  # noqa: N818 - the reader turns it into a Problem
    """Why a file could not be had.

    `passing` faults may be gone at the next try, `wait` seconds later; `everywhere` ones would be met by
    every file of that server.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        passing: bool = False,
        everywhere: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.passing, self.everywhere, self.wait = passing, everywhere, wait


@dataclass(frozen=True)
class Web:
    """What fetching needs: a way to machines, limits, the cache's folder, and which machines may be asked.

    It is no httpx client, which would take proxies and passwords from the environment, cookies from answers,
    and log whole addresses.
    """

    transport: httpx.AsyncBaseTransport
    limits: Limits
    cache: Path | None
    private: bool
    resolve: Resolve


@asynccontextmanager
async def open_web(
    limits: Limits, cache: Path | None, private: bool, resolve: Resolve = resolve_name
) -> AsyncIterator[Web]:
    """Yields the means to fetch with; certificates are held against those that the system trusts."""
    # a connection is to an address, not to a name: it must not serve another name at that address
    once = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), limits=once) as transport:
        yield Web(transport, limits, cache, private, resolve)


def read_address(address: str) -> httpx.URL:
    """Yields an address as its parts; FetchFault where it is none of the web."""
    try:
        url = httpx.URL(address).copy_with(fragment=None)
        if is_web(url):
            return url
    except (httpx.InvalidURL, ValueError):
        pass
    raise FetchFault("no_address", "is not a web address such as https://host/records/")


def is_web(url: httpx.URL) -> bool:
    """Tells whether an address is one that can be asked."""
    return url.scheme in ("http", "https") and bool(url.host) and (url.port or 1) < 65536


def shown_url(url: httpx.URL) -> str:
    """Yields an address as messages may print it."""
    return Location(str(url)).shown


@asynccontextmanager
async def answer(
    web: Web, url: httpx.URL, stamp: Stamp | None, *, redirected: bool
) -> AsyncIterator[httpx.Response]:
    """Yields the answer of the first of a name's machines that takes the connection, all of them checked."""
    response = None
    addresses = await _allowed(web, url, redirected=redirected)
    try:
        for place, address in enumerate(addresses, 1):
            try:
                response = await web.transport.handle_async_request(_request(web, url, address, stamp))
                break
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if place == len(addresses):
                    raise
        assert response is not None
        yield response
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as fault:
        message = f"{url.host} cannot be reached: {_reason(fault, 'no answer')}"
        raise FetchFault("not_reached", message, passing=True, everywhere=True) from None
    except httpx.TimeoutException:
        message = f"the server sends nothing for {web.limits.read:g} seconds"
        raise FetchFault("too_slow", message, passing=True, everywhere=True) from None
    except httpx.TransportError as fault:
        message = f"the connection broke off: {_reason(fault, 'the server closed it')}"
        raise FetchFault("cut_short", message, passing=True) from None
    except OSError as fault:
        raise FetchFault("unreadable", f"cannot be read: {fault.strerror or fault}") from None
    finally:
        if response is not None:
            await response.aclose()


def _reason(fault: Exception, otherwise: str) -> str:
    return str(fault).rstrip(".") or otherwise


def _request(web: Web, url: httpx.URL, address: str, stamp: Stamp | None) -> httpx.Request:
    """Yields the request to the address that was checked, so that no second look-up can lead elsewhere.

    The name stands in the Host header, and the server's certificate must be the name's.
    """
    headers = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": f"reporter/{__version__}",
        "Accept": "text/csv, application/json, */*;q=0.5",
        "Accept-Encoding": "gzip",
    }
    if url.userinfo:
        user = f"{url.username}:{url.password}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(user).decode('ascii')}"
    if stamp and stamp.etag:
        headers["If-None-Match"] = stamp.etag
    if stamp and stamp.modified:
        headers["If-Modified-Since"] = stamp.modified
    extensions = {
        "timeout": httpx.Timeout(web.limits.read, connect=web.limits.connect).as_dict(),
        "sni_hostname": url.raw_host.decode("ascii"),
    }
    asked = url.copy_with(host=address, userinfo=b"")
    return httpx.Request("GET", asked, headers=headers, extensions=extensions)


async def _allowed(web: Web, url: httpx.URL, *, redirected: bool) -> Sequence[str]:
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        addresses = await web.resolve(url.raw_host.decode("ascii"), port)
    except (OSError, UnicodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is no name"
        raise FetchFault(
            "not_reached",
            f"the name {url.host} has no address: {reason}",
            passing=isinstance(fault, OSError),
            everywhere=True,
        ) from None
    own = [address for address in addresses if not is_public(address)]
    if own and not web.private:
        led = f"is redirected to {shown_url(url)}; " if redirected else ""
        message = (
            f"{led}{url.host} is {own[0]}, no address of the public internet; "
            "if it is meant, say so in schedule.yaml: `records: {default: {address: …, private: true}}`"
        )
        raise FetchFault("private_address", message, everywhere=not redirected)
    return addresses


async def body_of(response: httpx.Response, limits: Limits) -> bytes:
    """Yields the unpacked bytes of an answer; they are counted as they come."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip", "x-gzip", ""):
        raise FetchFault("packed", f"is packed as {packing[:40]!r}, not as gzip")
    unpacker = _Gzip() if "gzip" in packing else None
    size = 0
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for raw in response.aiter_raw():
            for piece in unpacker.pieces(raw) if unpacker else [raw]:
                size += len(piece)
                if size > limits.size:
                    raise FetchFault("too_large", f"is larger than {limits.size / 1e6:g} MB")
                file.write(piece)
        if unpacker and not unpacker.whole:
            raise FetchFault("cut_short", "ends in the middle of its gzip data", passing=True)
        file.seek(0)
        return file.read()


class _Gzip:
    """Unpacks gzip a little at a time: a small file may hold gigabytes of one letter."""

    _PIECE = 1_000_000

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self.whole = True

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            try:
                piece = self._member.decompress(packed, self._PIECE)
            except zlib.error:
                raise FetchFault("packed", "says it is packed with gzip, and is not") from None
            self.whole = self._member.eof
            packed = self._member.unconsumed_tail
            if self._member.eof:
                packed = self._member.unused_data
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield piece
