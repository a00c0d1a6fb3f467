"""What the desk decided of an issue: rules it overrode, contents it approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from reporter.press.ledger_tables import APPROVALS, OVERRIDES, Override
from reporter.store import Store, insert_if_new


@dataclass(frozen=True)
class Decisions:
    """The part of the ledger that keeps the desk's decisions."""

    store: Store

    def add_override(self, edition: str, week: str, rule: str, reason: str, now: datetime) -> None:
        """Records that a rule does not hold this issue back."""
        row = {"edition": edition, "week": week, "rule": rule, "reason": reason, "at": now}
        with self.store.transaction() as connection:
            connection.execute(insert(OVERRIDES).values(row))

    def overrides(self, edition: str, week: str) -> list[Override]:
        """Yields the rules overridden for an issue, oldest first."""
        table = OVERRIDES.c
        columns = (table.edition, table.week, table.rule, table.reason, table.at)
        rows = select(*columns).where(table.edition == edition, table.week == week).order_by(table.id)
        with self.store.reading() as connection:
            return [Override(*row) for row in connection.execute(rows)]

    def approve(self, edition: str, week: str, content_hash: str, now: datetime) -> None:
        """Records that the content of that hash may be published."""
        row = {"edition": edition, "week": week, "content_hash": content_hash, "at": now}
        with self.store.transaction() as connection:
            insert_if_new(connection, APPROVALS, row)

    def approved(self, edition: str, week: str) -> set[str]:
        """Yields the hashes of the contents approved for an issue."""
        table = APPROVALS.c
        rows = select(table.content_hash).where(table.edition == edition, table.week == week)
        with self.store.reading() as connection:
            return set(connection.execute(rows).scalars())
