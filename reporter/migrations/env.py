"""Alembic's entry: carries the steps out on the connection, and in the transaction, that the store holds."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
