"""Steps by which the tables of the diary came to be what they are (Alembic)."""
