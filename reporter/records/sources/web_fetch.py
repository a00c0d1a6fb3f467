"""One file from the web: tried again where that may help, redirected, unchanged ones from the cache."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NoReturn

import httpx

from reporter.records.sources import web_cache
from reporter.records.sources.web_cache import Kept, Stamp
from reporter.records.sources.web_request import (
    FetchFault,
    Web,
    answer,
    body_of,
    is_web,
    read_address,
    shown_url,
)

REDIRECTS = (301, 302, 303, 307, 308)
MISSING = (404, 410)
PASSING = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Fetched:
    """The unpacked bytes of a file and its media type, `text/csv`."""

    data: bytes
    media: str


async def fetch(web: Web, address: str) -> Fetched | None:
    """Yields a file of the web, None where the server has none; FetchFault for all else.

    What the server says is unchanged since it was read last comes from the cache. The cache never stands
    in for a server that fails.
    """
    before = web_cache.kept(web.cache, address)
    try:
        async with asyncio.timeout(web.limits.whole):
            return await _tried(web, address, before)
    except TimeoutError:
        message = f"was not read within {web.limits.whole:g} seconds{_last_read(before)}"
        raise FetchFault("too_slow", message, everywhere=True) from None


async def is_there(web: Web, address: str) -> bool:
    """Tells whether a server has a file, which is asked for once and not read; FetchFault for all else."""
    async with _last_answer(web, address, None) as (_, response):
        if response.status_code not in MISSING:
            _check_status(response)
        return response.status_code not in MISSING


async def _tried(web: Web, address: str, before: Kept | None) -> Fetched | None:
    clock = asyncio.get_running_loop().time
    began, tries = clock(), web.limits.tries
    for attempt in range(tries):
        try:
            return await _followed(web, address, before)
        except FetchFault as fault:
            if not fault.passing:
                raise
            pause = web.limits.pause * 2**attempt * random.uniform(0.5, 1.5)
            wait = max(pause, fault.wait or 0)
            late = clock() - began + wait > web.limits.whole
            if attempt + 1 == tries or late:
                _give_up(fault, attempt + 1, before)
        await asyncio.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _give_up(fault: FetchFault, tries: int, before: Kept | None) -> NoReturn:
    asked = f"; asks to wait {fault.wait:.0f} seconds" if fault.wait else ""
    times = "once" if tries == 1 else f"{tries} times"
    message = f"{fault.message} (tried {times}{asked}){_last_read(before)}"
    raise FetchFault(fault.code, message, everywhere=fault.everywhere) from None


def _last_read(before: Kept | None) -> str:
    if before is None:
        return ""
    return f"; it was last read at {before.read:%Y-%m-%dT%H:%MZ}, and what it said then is not used"


async def _followed(web: Web, address: str, before: Kept | None) -> Fetched | None:
    """Yields the file at the end of all redirects."""
    async with _last_answer(web, address, before) as (url, response):
        if response.status_code == 304 and before and before.stamp.origin == _origin(url):
            web_cache.still_current(web.cache, address)
            return Fetched(before.data, before.media)
        if response.status_code in MISSING:
            return None
        _check_status(response)
        fetched = Fetched(await body_of(response, web.limits), _media(response))
        _keep(web, address, url, response, fetched)
        return fetched


@asynccontextmanager
async def _last_answer(
    web: Web, address: str, before: Kept | None
) -> AsyncIterator[tuple[httpx.URL, httpx.Response]]:
    """Yields the first answer that is no redirect, and the address that gave it."""
    url = read_address(address)
    for hop in range(web.limits.redirects + 1):
        stamp = before.stamp if before and before.stamp.origin == _origin(url) else None
        async with answer(web, url, stamp, redirected=hop > 0) as response:
            if response.status_code not in REDIRECTS:
                yield url, response
                return
            url = _next(url, response)
    raise FetchFault("redirect", f"is redirected more than {web.limits.redirects} times")


def _next(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        target = url.join(response.headers["Location"]).copy_with(fragment=None)
    except (KeyError, httpx.InvalidURL, ValueError):
        raise FetchFault("redirect", "is redirected without an address to go to") from None
    if target.scheme != url.scheme and (url.scheme, target.scheme) != ("http", "https"):
        shown = shown_url(target) if target.scheme in ("http", "https") else f"{target.scheme}:…"
        raise FetchFault("redirect", f"is redirected to {shown}; from {url.scheme} that is not followed")
    if not is_web(target):
        raise FetchFault("redirect", "is redirected without an address to go to")
    return target


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    phrase = f" {HTTPStatus(status).phrase}" if status in list(HTTPStatus) else ""
    hint = "; does the address need a key or a password?" if status in (401, 403) else ""
    raise FetchFault(
        "http_status",
        f"the server answers {status}{phrase}{hint}",
        passing=status in PASSING,
        wait=_retry_after(response.headers.get("Retry-After", "")) if status in PASSING else None,
    )


def _retry_after(text: str) -> float | None:
    """Yields the seconds that a server asks to wait, which it writes as such or as a moment."""
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (zoned - datetime.now(UTC)).total_seconds())


def _media(response: httpx.Response) -> str:
    kind: str = response.headers.get("Content-Type", "")
    return kind.partition(";")[0].strip().lower()


def _keep(web: Web, address: str, url: httpx.URL, response: httpx.Response, fetched: Fetched) -> None:
    said = response.headers
    etag, modified = said.get("ETag", ""), said.get("Last-Modified", "")
    stamp = Stamp(_origin(url), etag if etag.isascii() else "", modified if modified.isascii() else "")
    if (stamp.etag or stamp.modified) and "no-store" not in said.get("Cache-Control", "").lower():
        web_cache.keep(web.cache, address, Kept(stamp, fetched.media, fetched.data))


def _origin(url: httpx.URL) -> str:
    """Yields by what an address is known again, without naming it; signatures in queries change."""
    return web_cache.digest(str(url.copy_with(query=None)))
