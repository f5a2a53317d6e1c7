"""Sessions, exercises done, pain scores, flags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PERSON = sa.String(64)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("person", PERSON, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("programme_id", sa.String(64), nullable=False),
        sa.Column("amount", sa.Float, nullable=False),
        sa.Column("pain_before", sa.Integer),
        sa.Column("pain_after", sa.Integer),
        sa.Column("feeling", sa.String(8)),
        sa.Column("outcome", sa.String(16), nullable=False),
    )
    op.create_table(
        "exercises_done",
        sa.Column(
            "session_id",
            sa.String(36),
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("exercise_id", sa.String(64), nullable=False),
        sa.Column("reps", sa.Integer, nullable=False),
        sa.Column("sides", sa.String(16), nullable=False),
        sa.Column("skipped", sa.Boolean, nullable=False),
        sa.Column("hurt", sa.Boolean, nullable=False),
    )
    op.create_table(
        "pain_scores",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", PERSON, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("pain", sa.Integer, nullable=False),
    )
    op.create_table(
        "flags",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", PERSON, nullable=False),
        sa.Column("flag", sa.String(64), nullable=False),
        sa.Column("tier", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("cleared_at", sa.DateTime),
    )
    for table in ("sessions", "pain_scores", "flags"):
        op.create_index(f"ix_{table}_person", table, ["person"])


def downgrade() -> None:
    """Remove the tables."""
    for table in ("flags", "pain_scores", "exercises_done", "sessions"):
        op.drop_table(table)
