"""Bounces: which mails came back, so that none counts twice."""

import sqlalchemy as sa
from alembic import op

revision = "0004_bounces"
down_revision = "0003_outbox"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "bounces",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("hard", sa.Boolean, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
