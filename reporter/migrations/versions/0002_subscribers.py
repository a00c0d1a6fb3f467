"""Who receives what: people, their subscriptions and consent, addresses that are not written to, keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002_subscribers"
down_revision = "0001_ledger"

_STATES = "'pending', 'active', 'unsubscribed', 'bounced'"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("public", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("address_hash", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("erased_at", sa.Text),
        sa.UniqueConstraint("public", name="one_subscriber_a_name"),
        sa.UniqueConstraint("address_hash", name="one_subscriber_an_address"),
        sa.CheckConstraint("format IN ('pdf', 'link')", name="known_format"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subscriber", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.UniqueConstraint("subscriber", "edition", name="one_subscription_an_edition"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="known_subscription"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subscriber", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("ip", sa.Text),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_index("consents_of_one", "consents", ["subscriber"])
    op.create_table(
        "soft_bounces",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subscriber", sa.Integer, sa.ForeignKey("subscribers.id"), nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_index("soft_bounces_of_one", "soft_bounces", ["subscriber"])
    op.create_table(
        "suppressions",
        sa.Column("address_hash", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "post_keys",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
    )
