"""Raw rows from a workbook."""

from __future__ import annotations

from collections.abc import Sequence

from reporter.records.location import Location
from reporter.records.raw import RawRecords


def read_workbook(location: Location, names: Sequence[str]) -> RawRecords:
    """Yields the tables of those names."""
    raise NotImplementedError
