"""The outbox: what is delivered, and one row for each mail of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003_outbox"
down_revision = "0002_subscribers"

_STATES = "'queued', 'claimed', 'dot', 'sent', 'deferred', 'failed', 'unknown', 'suppressed'"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("frozen_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("last_at", sa.Text, nullable=False),
        sa.Column("paused", sa.Text),
        sa.Column("size_limit", sa.Integer),
        sa.UniqueConstraint("edition", "week", "version", name="one_delivery_a_version"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("delivery", sa.Integer, sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("subscriber", sa.Integer, nullable=False),
        sa.Column("public", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("date", sa.Text, nullable=False),
        sa.Column("return_path", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("next_try", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("lease_until", sa.Text),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("reply", sa.Text),
        sa.Column("note", sa.Text),
        sa.UniqueConstraint("delivery", "subscriber", name="one_mail_a_recipient"),
        sa.UniqueConstraint("message_id", name="one_name_a_mail"),
        sa.UniqueConstraint("token", name="one_token_a_mail"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="known_mail_state"),
    )
    op.create_index("mails_to_try", "outbox", ["delivery", "next_try", "id"])
    op.create_index("mails_by_state", "outbox", ["delivery", "state", "id"])
