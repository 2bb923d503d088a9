"""Version 4: what packs need of a device's memory."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """From version 3. Nothing was measured before."""
    op.create_table(
        "memory",
        sa.Column("kind", sa.String(64), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("device", "method", "described")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("peak_bytes", "device_bytes")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "device", name="pk_memory"),
        sa.CheckConstraint("length(kind) = 64", name="ck_memory_kind_length"),
        sa.CheckConstraint("peak_bytes > 0 AND device_bytes > 0", name="ck_memory_bytes_range"),
        sqlite_with_rowid=False,
    )
