"""The ledger: issues, decisions of the desk, notices. Moments are texts, `2025-12-06T13:47:00.000000Z`."""

import sqlalchemy as sa
from alembic import op

revision = "0001_ledger"
down_revision = None

_STATES = "'due', 'claimed', 'held', 'published', 'skipped', 'failed'"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "issues",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("slot", sa.Text),
        sa.Column("as_of", sa.Text),
        sa.Column("content_hash", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("lease_until", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("reissue_reason", sa.Text),
        sa.Column("supersedes", sa.Integer),
        sa.Column("claimed_at", sa.Text),
        sa.Column("finished_at", sa.Text),
        sa.Column("deliver_after", sa.Text),
        sa.Column("withdrawn_at", sa.Text),
        sa.Column("withdrawn_reason", sa.Text),
        sa.UniqueConstraint("edition", "week", "version", name="one_row_a_version"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="known_state"),
        sa.CheckConstraint("version >= 1", name="counted_from_one"),
    )
    op.create_table(
        "overrides",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.UniqueConstraint("edition", "week", "content_hash", name="approved_once"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("edition", sa.Text),
        sa.Column("week", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("mail_sent_at", sa.Text),
        sa.Column("mail_attempts", sa.Integer, nullable=False),
        sa.Column("mail_next_try", sa.Text),
        sa.Column("webhook_sent_at", sa.Text),
        sa.Column("webhook_attempts", sa.Integer, nullable=False),
        sa.Column("webhook_next_try", sa.Text),
        sa.UniqueConstraint("key", name="told_once"),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
