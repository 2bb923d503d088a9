"""Version 2: arms of designs, what a proposal reached, and a trial's configuration told apart from its code."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

DIGEST = "VARCHAR(64) CONSTRAINT ck_trials_same_config_length CHECK (length(same_config) = 64)"
FRACTION = "label_fraction > 0 AND label_fraction <= 1"


def upgrade() -> None:
    """From version 1. All that is new may be missing in rows that stand."""
    # Said in SQL, since SQLite adds a column with its check in place, where Alembic would copy the table of trials.
    op.execute(f"ALTER TABLE trials ADD COLUMN same_config {DIGEST}")
    op.create_index("ix_trials_same_config", "trials", ["same_config"])
    with op.batch_alter_table("proposals") as proposals:
        for name in ("objectives", "intermediate", "violations"):
            proposals.add_column(sa.Column(name, sa.Text))
        proposals.add_column(sa.Column("iterations", sa.Integer))
        for name, rule in (
            ("label_fraction_range", FRACTION),
            ("iterations_range", "iterations >= 0"),
            ("finished_has_time", "(state = 'running') = (finished_at IS NULL)"),
            ("completed_has_value", "state <> 'completed' OR score IS NOT NULL OR objectives IS NOT NULL"),
        ):
            proposals.create_check_constraint(op.f(f"ck_proposals_{name}"), rule)
    _create_arms()


def _create_arms() -> None:
    text = ("kind", "method"), ("cohort", "hyperparameters", "factors", "seeds")
    op.create_table(
        "arms",
        sa.Column("study", sa.Text, sa.ForeignKey("studies.name", name="fk_arms_study"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("design", "name")),
        sa.Column("position", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in text[0]),
        sa.Column("label_fraction", sa.Float(53), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in text[1]),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("study", "design", "name", name="pk_arms"),
        sa.UniqueConstraint("study", "design", "position", name="uq_arms_study_design_position"),
        sa.CheckConstraint("position >= 0", name="ck_arms_position_range"),
        sa.CheckConstraint(FRACTION, name="ck_arms_label_fraction_range"),
    )
