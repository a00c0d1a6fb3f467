"""Which mails came back. Of each its token alone is kept, neither address nor the server's words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, MetaData, Table, Text, select

from reporter.store import Moment, Store, insert_if_new

BOUNCES = Table(
    "bounces",
    MetaData(),
    Column("token", Text, primary_key=True),
    Column("hard", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
)


def is_noted(store: Store, token: str) -> bool:
    """Tells whether the mail of that token came back before."""
    with store.reading() as connection:
        return connection.execute(select(BOUNCES.c.token).where(BOUNCES.c.token == token)).first() is not None


def note(store: Store, token: str, hard: bool, now: datetime) -> None:
    """Notes that the mail of that token came back."""
    with store.transaction() as connection:
        insert_if_new(connection, BOUNCES, {"token": token, "hard": hard, "at": now})
