"""Version 1: the tables that the first program made, without Alembic. Here every chain of steps begins."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: a ledger of version 1 has its tables."""
