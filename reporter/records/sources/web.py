"""Raw rows from an HTTP(S) address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit, urlunsplit

from reporter.errors import Problem
from reporter.records.location import BOOKS, TEXTS, Location
from reporter.records.problems import Problems
from reporter.records.raw import RawRecords, RawTable, RawText
from reporter.records.sources.folder import is_text, read_csv
from reporter.records.sources.json_rows import read_json
from reporter.records.sources.web_address import Resolve, resolve_name
from reporter.records.sources.web_cache import cache_folder
from reporter.records.sources.web_fetch import Fetched, fetch, is_there
from reporter.records.sources.web_request import FetchFault, Limits, Web, open_web, read_address

_LIMITS = Limits()
_FILES = (".csv", ".json", ".yaml", ".yml", ".parquet", *BOOKS)


def read_web(
    location: Location,
    names: Sequence[str],
    *,
    limits: Limits = _LIMITS,
    cache: Path | None = None,
    resolve: Resolve = resolve_name,
) -> RawRecords:
    """Yields the files of those names below an address: `<table>.csv`, else `<table>.json`, `<text>.yaml`.

    The address of a single table may be that of its file. `cache` is the folder of what was read before
    (default: the user's). Nothing is raised: what cannot be had, and what is no table, is in `problems`,
    without passwords and keys.
    """
    if fault := _fault(location, names):
        return RawRecords(location.shown, broken=frozenset(names), problems=Problems([fault]))
    return asyncio.run(_read(location, names, limits, cache or cache_folder(), resolve))


def found_at(location: Location, names: Sequence[str], *, limits: Limits = _LIMITS) -> list[str]:
    """Yields those of the names whose files the server has; asks for each and reads none.

    Raises FetchFault for an address that is none, a server that is not reached, or one that refuses;
    also where all together take longer than one file may.
    """

    async def ask() -> list[str]:
        found = []
        async with asyncio.timeout(limits.whole), open_web(limits, None, location.private) as web:
            for name in names:
                addresses = _addresses(location.address, name, alone=len(names) == 1)
                found += [name for one in addresses if await is_there(web, one)][:1]
        return found

    read_address(location.address)
    try:
        return asyncio.run(ask())
    except TimeoutError:
        raise FetchFault("too_slow", f"has not answered within {limits.whole:g} seconds") from None


async def _read(
    location: Location, names: Sequence[str], limits: Limits, cache: Path | None, resolve: Resolve
) -> RawRecords:
    problems = Problems()
    made: dict[str, RawTable | RawText] = {}
    broken: set[str] = set()
    async with open_web(limits, cache, location.private, resolve) as web:
        for index, name in enumerate(names):
            addresses = _addresses(location.address, name, alone=len(names) == 1)
            try:
                found = await _first(web, addresses, needed=len(names) == 1)
            except FetchFault as fault:
                problems.add(Problem(fault.code, fault.message, _place(addresses[0], name)))
                # every other file would meet what is so everywhere, and wait for it again
                broken.update(names[index:] if fault.everywhere else [name])
                if fault.everywhere:
                    break
                continue
            if found is None:
                continue
            if (one := _made(name, *found, problems)) is None:
                broken.add(name)
            else:
                made[name] = one
    tables = {name: one for name, one in made.items() if isinstance(one, RawTable)}
    texts = {name: one for name, one in made.items() if isinstance(one, RawText)}
    return RawRecords(location.shown, tables, texts, frozenset(broken), problems)


def _fault(location: Location, names: Sequence[str]) -> Problem | None:
    """Yields what is wrong with the address itself."""
    try:
        read_address(location.address)
    except FetchFault as fault:
        return Problem(fault.code, fault.message, location.shown)
    suffix = _suffix(location.address)
    if len(names) == 1 or suffix not in _FILES:
        return None
    message = (
        f"is one {suffix} file; give it to its table, `records: {{prices: …}}`, or name the folder above"
    )
    return Problem("no_records", message, location.shown)


async def _first(web: Web, addresses: Sequence[str], *, needed: bool) -> tuple[str, Fetched] | None:
    for address in addresses:
        if (fetched := await fetch(web, address)) is not None:
            return address, fetched
    if needed:
        raise FetchFault("missing_file", "the server has no such file (404)")
    return None


def _made(name: str, address: str, fetched: Fetched, problems: Problems) -> RawTable | RawText | None:
    shown, data = _place(address, name), fetched.data
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        message = "is a web page, not records; does the address need a key, or another path?"
        problems.add(Problem("web_page", message, shown, 1))
        return None
    if not is_text(data, shown, problems):
        return None
    if name in TEXTS:
        return RawText(shown, data.decode("utf-8-sig"))
    suffix = _suffix(address)
    if suffix == ".json" or (suffix != ".csv" and fetched.media.endswith("json")):
        return read_json(name, shown, data, problems)
    return read_csv(name, shown, data, problems)


def _addresses(address: str, name: str, *, alone: bool) -> tuple[str, ...]:
    """Yields where a table or text may be: in that file, else below the address under its name.

    What follows `?` stays behind the file's name.
    """
    parts = urlsplit(address)
    if alone and not parts.path.endswith("/") and parts.path:
        return (address,)
    suffixes = (".yaml",) if name in TEXTS else (".csv", ".json")
    folder = parts.path.rstrip("/")
    return tuple(urlunsplit(parts._replace(path=f"{folder}/{name}{suffix}")) for suffix in suffixes)


def _suffix(address: str) -> str:
    return PurePosixPath(urlsplit(address).path).suffix.lower()


def _place(address: str, name: str) -> str:
    """Yields how rows name the file: `https://host/prices.csv`, `https://host/api!prices`."""
    shown = Location(address).shown.removesuffix("?***")
    return shown if PurePosixPath(urlsplit(address).path).stem == name else f"{shown}!{name}"
