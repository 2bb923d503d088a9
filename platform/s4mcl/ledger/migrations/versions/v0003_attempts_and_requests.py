"""Version 3: who trained a trial, where and when; and what a person asks of a study's driver."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
NAMES = (
    *("trial_id", "attempt", "study", "stage", "device"),
    *("claimed_at", "started_at", "ended_at", "ended"),
)
# The latest attempt of each trial, from what its row and its reports tell. The first report is the first sign of a
# worker. An attempt that was given back is known to have lived until its last report; for whom it was made is no longer
# said, so it is taken to be the study that wanted the trial first.
KNOWN = """
WITH heard AS (
    SELECT r.trial_id, min(r.at) AS first, max(r.at) AS last
    FROM reports r JOIN trials t ON t.id = r.trial_id AND t.attempt = r.attempt
    GROUP BY r.trial_id
), found AS (
    SELECT t.id, t.attempt, t.state, t.outcome, t.finished_at, heard.first, heard.last,
        coalesce(t.started_at, t.created_at) AS claimed, {device} AS device,
        coalesce(t.trained_for_study, p.study) AS study, coalesce(t.trained_for_stage, p.stage) AS stage
    FROM trials t LEFT JOIN heard ON heard.trial_id = t.id
        LEFT JOIN planned p ON p.id = (SELECT min(id) FROM planned WHERE trial_id = t.id)
    WHERE t.attempt > 0
)
SELECT id, attempt, study, stage, device, claimed, first,
    CASE WHEN state = 'planned' THEN coalesce(last, claimed) ELSE finished_at END,
    CASE
        WHEN state = 'running' THEN NULL
        WHEN state = 'planned' THEN 'released'
        WHEN outcome = 'lost' THEN 'lost'
        ELSE state
    END
FROM found WHERE study IS NOT NULL
"""
DEVICE = {
    "sqlite": "CASE WHEN json_valid(t.provenance) THEN json_extract(t.provenance, '$.machine.device') END",
    "postgresql": "t.provenance::json #>> '{machine,device}'",
}


def upgrade() -> None:
    """From version 2. Of earlier attempts than a trial's latest nothing is known."""
    _create_attempts()
    _create_requests()
    known = KNOWN.format(device=DEVICE[op.get_context().dialect.name])
    op.execute(sa.text(f"INSERT INTO attempts ({', '.join(NAMES)}) {known}".replace(":", r"\:")))


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("trial_id", sa.Integer, sa.ForeignKey("trials.id", name="fk_attempts_trial_id"), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("study", sa.Text, sa.ForeignKey("studies.name", name="fk_attempts_study"), nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("host", "worker", "device")),
        *(sa.Column(name, sa.Float(53)) for name in ("cpus", "gpus")),
        sa.Column("claimed_at", MOMENT, nullable=False),
        *(sa.Column(name, MOMENT) for name in ("started_at", "ended_at")),
        sa.Column("ended", sa.String(16)),
        sa.PrimaryKeyConstraint("trial_id", "attempt", name="pk_attempts"),
        *(
            sa.CheckConstraint(rule, name=f"ck_attempts_{name}")
            for name, rule in (
                ("ended_known", "ended IN ('completed', 'pruned', 'failed', 'lost', 'released', 'moved')"),
                ("attempt_range", "attempt >= 1"),
                ("share_range", "cpus >= 0 AND gpus >= 0"),
                ("ended_has_time", "(ended IS NULL) = (ended_at IS NULL)"),
                ("worker_has_place", "worker IS NULL OR (host IS NOT NULL AND started_at IS NOT NULL)"),
            )
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attempts_study", "attempts", ["study"])


def _create_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("study", sa.Text, sa.ForeignKey("studies.name", name="fk_requests_study"), nullable=False),
        sa.Column("trial_id", sa.Integer, sa.ForeignKey("trials.id", name="fk_requests_trial_id")),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.CheckConstraint("kind IN ('stop')", name="ck_requests_kind_known"),
    )
    op.create_index("ix_requests_study", "requests", ["study"])
