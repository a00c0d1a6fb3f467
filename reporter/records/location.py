"""Where records are: the addresses that the setting `records:` may name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

TABLES = (
    "prices",
    "projects",
    "events",
    "forecasts",
    "companies",
    "statistics",
    "routes",
    "policies",
    "fx",
    "translations",
    "overrides",
)
TEXTS = ("instruments", "vocabulary", "calendars")
_PASSWORD = r":(?!\d+(?:/|$)).*"  # what follows a colon and is no port, slashes and all
BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
SQLITE = "sqlite:///"  # and the path of its file


@dataclass(frozen=True)
class Location:
    """One place where records are: a path, a SQL URL or an HTTP address.

    `table` or `query` say where in it a single table stands, if not under its own name.
    `private` allows addresses of one's own network.
    """

    address: str
    table: str | None = None
    query: str | None = None
    private: bool = False

    @property
    def shown(self) -> str:
        """The address as messages may print it: without a password, and without what its query says.

        A web address loses the user as well, which there may be a key.
        """
        if "://" not in self.address:
            return self.address
        plain, mark, _ = self.address.partition("#")[0].partition("?")
        if self.kind == "web":
            hidden = re.sub(rf"://(?:[^/]*|[^/:@\[]*{_PASSWORD})@", "://***@", plain)
        else:
            hidden = re.sub(rf"(://[^:/@]*){_PASSWORD}@", r"\1:***@", plain)
        return hidden + ("?***" if mark else "")

    @property
    def kind(self) -> str:
        """`folder`, `workbook`, `web` or `database`."""
        scheme = self.address.partition("://")[0].lower() if "://" in self.address else ""
        if scheme in ("http", "https"):
            return "web"
        if scheme:
            return "database"
        return "workbook" if self.address.lower().endswith(BOOKS) else "folder"


@dataclass(frozen=True)
class Source:
    """Where all tables come from (`every`), and those that come from elsewhere, by name.

    Without `every` there is nothing but the tables named.
    """

    every: Location | None = None
    tables: Mapping[str, Location] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [self.every.shown] if self.every else []
        return "; ".join([*parts, *(f"{name}: {one.shown}" for name, one in self.tables.items())])

    @property
    def locations(self) -> tuple[Location, ...]:
        """Every place it names, that of all tables first."""
        return tuple(dict.fromkeys((*filter(None, [self.every]), *self.tables.values())))

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders and workbooks among them, as whole paths."""
        files = (one for one in self.locations if one.kind in ("folder", "workbook"))
        return tuple(str(Path(one.address).absolute()) for one in files)

    @property
    def folder(self) -> Path | None:
        """The folder of the records, where there is one: commentary stands in it."""
        return Path(self.every.address) if self.every and self.every.kind == "folder" else None


def in_folder(path: Path) -> Source:
    """Yields the source of a folder, or of the workbook at that path."""
    return Source(Location(path.as_posix()))


def near(source: Source) -> Source:
    """Yields the source with its paths as people would write them here: relative where that is shorter."""
    tables = {name: _near(one) for name, one in source.tables.items()}
    return Source(source.every and _near(source.every), tables)


def _near(location: Location) -> Location:
    prefix = SQLITE if location.address.startswith(SQLITE) else ""
    path = location.address.removeprefix(prefix)
    return location if "://" in path else replace(location, address=prefix + near_path(Path(path)).as_posix())


def near_path(path: Path) -> Path:
    """Yields a path relative to the working folder where it lies in it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def absolute_address(address: str, folder: Path) -> str:
    """Yields an address as it is meant from within `folder`: paths, and those of SQLite files, whole."""
    if address.startswith(SQLITE):
        path = address.removeprefix(SQLITE)
        return address if path in ("", ":memory:") else f"{SQLITE}{folder / path}"
    return address if "://" in address else str(folder / address)
