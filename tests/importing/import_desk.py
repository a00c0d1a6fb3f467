"""A small desk whose prices stand in a CSV file or in a database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from reporter.records.raw import text_of

SETTINGS = "timezone: Asia/Shanghai\nrecords: {records}\neditions: {{weekly: {{title: Weekly}}}}\n"


def open_engine(address: str) -> Engine:
    """Yields an engine; PostgreSQL is spoken to by psycopg."""
    return create_engine(address.replace("postgresql:", "postgresql+psycopg:"))


class Desk:
    """A folder with settings whose prices stand in a CSV file or in a database."""

    def __init__(self, place: Path, address: str | None) -> None:
        self.place, self.address = place, address
        records = f"{{default: data/, prices: '{address}'}}" if address else "data/"
        (place / "schedule.yaml").write_text(SETTINGS.format(records=records), "utf-8")
        self.csv = place / "data" / "prices.csv"
        self.first = b"" if address else self.csv.read_bytes()

    def file(self, content: str, name: str = "in.csv") -> str:
        (self.place / name).write_text(content, "utf-8")
        return name

    def restore(self) -> None:
        """Takes out again what was imported."""
        if self.address is None:
            self.csv.write_bytes(self.first)
            return
        engine = open_engine(self.address)
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM prices WHERE import_source IS NOT NULL"))
        engine.dispose()

    def rows(self) -> list[tuple[str, ...]]:
        """The prices as texts, without where and when they were imported."""
        if self.address is None:
            return sorted(tuple(line.split(",")[:9]) for line in self.csv.read_text("utf-8").splitlines()[1:])
        engine = open_engine(self.address)
        with engine.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT instrument, date, low, high, average, status, revision, published_at, reason"
                    " FROM prices"
                )
            ).all()
        engine.dispose()
        return sorted(tuple(map(text_of, row)) for row in found)
