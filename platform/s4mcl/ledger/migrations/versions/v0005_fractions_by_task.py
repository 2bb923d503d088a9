"""Version 5: a trial may see another share of the masks than of the classes."""

from alembic import op

revision = "0005"
down_revision = "0004"
RANGE = "segmentation_fraction > 0 AND segmentation_fraction <= 1 AND segmentation_fraction <> label_fraction"


def upgrade() -> None:
    """From version 4. Every trial so far has one share for both tasks."""
    # Said in SQL, since SQLite adds a column with its check in place, where Alembic would copy the table of trials.
    check = f"CONSTRAINT ck_trials_segmentation_fraction_range CHECK ({RANGE})"
    op.execute(f"ALTER TABLE trials ADD COLUMN segmentation_fraction FLOAT {check}")
