"""Alembic's entry point: runs the steps on the connection it is given."""

from __future__ import annotations

from alembic import context

from rasa_project.diary.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter a column; Alembic then copies the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
