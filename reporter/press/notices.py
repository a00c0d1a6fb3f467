"""What the desk is told of: each notice once on each channel, however many schedulers run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, or_, select, update

from reporter.press.ledger_tables import NOTICES, Channel, Notice
from reporter.store import Store, insert_if_new

_N = NOTICES.c


@dataclass(frozen=True)
class Notices:
    """The part of the ledger that keeps notices."""

    store: Store

    def note(
        self, key: str, kind: str, text: str, edition: str | None, week: str | None, now: datetime
    ) -> bool:
        """Records a notice to be told; False where one of that key is there already."""
        row = {"key": key, "kind": kind, "text": text, "edition": edition, "week": week, "at": now}
        with self.store.transaction() as connection:
            return insert_if_new(connection, NOTICES, row | {"mail_attempts": 0, "webhook_attempts": 0})

    def unsent(self, channel: Channel, now: datetime) -> list[Notice]:
        """Yields what is to be told on a channel by now, oldest first."""
        with self.store.reading() as connection:
            return [Notice(*row) for row in connection.execute(_unsent(channel, now))]

    def take_unsent(self, channel: Channel, now: datetime, hold: timedelta) -> list[Notice]:
        """Yields what `unsent` yields, and keeps it from everybody else for as long as `hold`.

        Who takes a notice marks it sent or unsent; a process that dies in between lets go by itself.
        """
        with self.store.transaction() as connection:
            taken = [Notice(*row) for row in connection.execute(_unsent(channel, now).with_for_update())]
            later = {f"{channel}_next_try": now + hold}
            keys = [notice.key for notice in taken]
            connection.execute(update(NOTICES).where(_N.key.in_(keys)).values(later))
        return taken

    def mark_sent(self, key: str, channel: Channel, now: datetime) -> None:
        """Records that a notice was told on a channel."""
        self._mark(key, channel, {f"{channel}_sent_at": now, f"{channel}_next_try": None})

    def mark_unsent(self, key: str, channel: Channel, next_try: datetime) -> None:
        """Records that telling a notice failed, and when to try again."""
        self._mark(key, channel, {f"{channel}_next_try": next_try})

    def clear_note(self, key: str) -> None:
        """Forgets a notice whose cause is gone, told or not, so that the same fault is told again."""
        with self.store.transaction() as connection:
            connection.execute(delete(NOTICES).where(_N.key == key))

    def _mark(self, key: str, channel: Channel, changes: dict[str, datetime | None]) -> None:
        attempts = _N[f"{channel}_attempts"]
        with self.store.transaction() as connection:
            connection.execute(
                update(NOTICES).where(_N.key == key).values({**changes, attempts.name: attempts + 1})
            )


def _unsent(channel: Channel, now: datetime) -> Select[Any]:
    sent, attempts, later = (_N[f"{channel}_{name}"] for name in ("sent_at", "attempts", "next_try"))
    columns = (_N.key, _N.kind, _N.edition, _N.week, _N.text, _N.at, attempts)
    waiting = select(*columns).where(sent.is_(None), or_(later.is_(None), later <= now))
    return waiting.order_by(_N.id)
