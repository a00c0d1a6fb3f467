"""The few columns of a price history by which its rows are chosen, as numbers.

What a column says is what the checks of a whole table would read in it; a column that cannot be read so
is unfit, and the table is then read whole.
"""

from __future__ import annotations

from datetime import UTC, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reporter.records import cells
from reporter.records.need import Need, number
from reporter.records.sources.parquet_parts import Numbers

_ZONES_REACH = timedelta(hours=26)  # a clock anywhere differs less from UTC

Mask = NDArray[np.bool_]


class Unfit(Exception):  # noqa: N818 - it says why a table is read whole, and is never shown
    """Rows cannot be chosen by a column."""


class LightColumns:
    """Reads pieces of the columns; `instruments` numbers the names met so far."""

    def __init__(self, need: Need) -> None:
        self._names = Numbers()
        self.instruments = self._names.texts
        self._need = need
        self._counts = np.empty(0, dtype=bool)
        self._moment = cells.moment(need.zone)

    def codes(self, values: pa.Array) -> NDArray[np.int32]:
        """Yields the numbers of instruments."""
        met = len(self.instruments)
        found = self._names.codes(values)
        names = list(self.instruments)[met:]
        if any(not name or name != name.strip() for name in names):
            raise Unfit
        self._counts = np.concatenate([self._counts, [*map(self._need.counts, names)]]).astype(bool)
        return found

    def counts(self, instruments: NDArray[np.int32]) -> Mask:
        """Tells which of these instruments the edition prints."""
        return np.asarray(self._counts[instruments])

    def days(self, values: pa.Array) -> NDArray[np.int64]:
        """Yields days since 1970: of dates, midnights without a zone, and texts such as 2025-12-06."""
        if values.null_count:
            raise Unfit
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            values = values.dictionary_encode()
        if pa.types.is_dictionary(values.type):
            table = _text_days(values.dictionary)
            return np.asarray(table[values.indices.to_numpy(zero_copy_only=False)])
        if not pa.types.is_date(values.type):
            if not pa.types.is_timestamp(values.type) or values.type.tz:
                raise Unfit
            dates = pc.cast(values, pa.date32(), safe=False)
            if not pc.cast(dates, values.type, safe=False).equals(values):
                raise Unfit
            values = dates
        days = pc.cast(values, pa.date32()).cast(pa.int32()).to_numpy(zero_copy_only=False)
        return np.asarray(days, dtype=np.int64)

    def above_zero(self, values: pa.Array) -> Mask:
        """Tells which revisions are above 0; none is 0."""
        if pa.types.is_null(values.type):
            return np.zeros(len(values), dtype=bool)
        if not pa.types.is_integer(values.type):
            raise Unfit
        above = pc.fill_null(pc.greater(values, 0), False)
        return np.asarray(above.to_numpy(zero_copy_only=False))

    def assessed(self, values: pa.Array) -> Mask:
        """Tells which rows are assessed, as those without a status are."""
        numbers = Numbers()
        found = numbers.codes(values)
        assessed = np.array([text.strip() in ("", "assessed") for text in numbers.texts] or [False])
        return np.asarray(assessed[found])

    def known(self, values: pa.Array, days: NDArray[np.int64]) -> Mask:
        """Tells which rows are known at as-of, by `published_at` or else by their days."""
        known = days <= number(self._need.known_until)
        given = np.flatnonzero(pc.is_valid(values).to_numpy(zero_copy_only=False))
        if len(given):
            values = values.take(pa.array(given))
            if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
                known[given] = self._moments(values)
            else:
                known[given] = self._texts(values, known[given])
        return known

    def _moments(self, values: pa.Array) -> Mask:
        if pa.types.is_date(values.type):
            values = pc.cast(values, pa.date32())
        zone = values.type.tz if pa.types.is_timestamp(values.type) else None
        stamps = pc.cast(values, pa.timestamp("us", zone), safe=False)
        moments = stamps.cast(pa.int64()).to_numpy(zero_copy_only=False).astype("datetime64[us]")
        as_of = self._need.as_of.astimezone(UTC).replace(tzinfo=None)
        if zone:
            return np.asarray(moments <= np.datetime64(as_of))
        known = moments <= np.datetime64(as_of - _ZONES_REACH)
        # only near as-of it matters what the zone's clocks said
        near = np.flatnonzero(~known & (moments <= np.datetime64(as_of + _ZONES_REACH)))
        if len(near):
            known[near] = self._texts(values.take(pa.array(near)), known[near])
        return np.asarray(known)

    def _texts(self, values: pa.Array, otherwise: Mask) -> Mask:
        """Tells of each text whether its moment is not after as-of; an empty one is as `otherwise` says."""
        numbers = Numbers()
        codes = numbers.codes(values)
        texts = [text.strip() for text in numbers.texts]
        known = np.array([*map(self._is_known, texts)])
        empty = np.array([not text for text in texts])
        return np.where(empty[codes], otherwise, known[codes])

    def _is_known(self, text: str) -> bool:
        if not text:
            return False
        try:
            return self._moment(text) <= self._need.as_of
        except ValueError:
            raise Unfit from None


def _text_days(texts: pa.Array) -> NDArray[np.int64]:
    """Yields the days of texts; Unfit where one is not written as a date."""
    try:
        return np.array([number(cells.iso_date(text)) for text in texts.to_pylist()] or [0], dtype=np.int64)
    except (ValueError, TypeError):
        raise Unfit from None
