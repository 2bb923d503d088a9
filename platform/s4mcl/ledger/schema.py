"""The ledger's tables: what was planned, what happened and what came out.

Trials are stored once for a storage, whoever asked for them; `planned` says which study wants which trial in
which stage. Reports hang on a trial's small integer, since its key of 64 characters would be most of their bytes.
Times are UTC. JSON stands as text, so that SQLite and PostgreSQL hold the same bytes.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

SCHEMA_VERSION = 5

TRIAL_STATES = ("planned", "running", "completed", "pruned", "failed")
FINISHED = ("completed", "pruned", "failed")
PROPOSAL_STATES = ("running", "completed", "pruned", "failed")
ATTEMPT_ENDS = (*FINISHED, "lost", "released", "moved")
REQUESTS = ("stop",)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, with its time zone on the Python side."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without time zone: it would be read as another moment elsewhere."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives the moment back without its time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A column that holds one of a few words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")


tables = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table("meta", tables, Column("name", String(64), primary_key=True), Column("value", Text, nullable=False))

# Alembic's own table: the last migration that was run, or stands in for it in a new ledger.
migration = Table("alembic_version", tables, Column("version_num", String(32), nullable=False))
migration.append_constraint(PrimaryKeyConstraint("version_num", name="alembic_version_pkc"))

studies = Table(
    "studies",
    tables,
    Column("name", Text, primary_key=True),
    Column("config", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("partition", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

trials = Table(
    "trials",
    tables,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("cohort", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("label_fraction", Float(53), nullable=False),
    Column("seed", Integer().with_variant(BigInteger(), "postgresql"), nullable=False),
    Column("trial", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("partition", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("trained_for_study", ForeignKey("studies.name")),
    Column("trained_for_stage", Text),
    Column("owner_host", Text),
    Column("owner_pid", Integer),
    Column("owner_started", Text),
    Column("lease_until", UtcDateTime),
    Column("outcome", Text),
    Column("detail", Text),
    Column("iterations", Integer),
    Column("seconds", Float(53)),
    Column("summary", Text),
    Column("artifacts", Text),
    Column("test", Text),
    Column("predictions", Text),
    Column("provenance", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("same_config", String(64), index=True),
    Column("segmentation_fraction", Float(53)),  # null: label_fraction is that of both tasks, else of classification
    one_of("state", TRIAL_STATES),
    CheckConstraint("length(key) = 64", name="key_length"),
    CheckConstraint("label_fraction > 0 AND label_fraction <= 1", name="label_fraction_range"),
    CheckConstraint(
        "segmentation_fraction > 0 AND segmentation_fraction <= 1 AND segmentation_fraction <> label_fraction",
        name="segmentation_fraction_range",
    ),
    CheckConstraint("attempt >= 0 AND (attempt > 0 OR state = 'planned')", name="attempt_claimed"),
    CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="running_has_lease"),
    CheckConstraint("(state = 'running') = (owner_pid IS NOT NULL)", name="running_has_owner"),
    CheckConstraint("(state IN ('planned', 'running')) = (finished_at IS NULL)", name="finished_has_time"),
    CheckConstraint("(state IN ('planned', 'running')) = (outcome IS NULL)", name="finished_has_outcome"),
    CheckConstraint("state <> 'completed' OR summary IS NOT NULL", name="completed_has_summary"),
    CheckConstraint("length(same_config) = 64", name="same_config_length"),
)
Index(
    "ix_trials_running",
    trials.c.owner_pid,
    sqlite_where=trials.c.state == "running",
    postgresql_where=trials.c.state == "running",
)

planned = Table(
    "planned",
    tables,
    Column("id", Integer, primary_key=True),
    Column("study", ForeignKey("studies.name"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("trial_id", ForeignKey("trials.id"), nullable=False, index=True),
    Column("proposal", Integer),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("study", "stage", "trial_id"),
)

# Who trained a trial, where and when. The latest attempt of a trial is the one that its own row counts.
attempts = Table(
    "attempts",
    tables,
    Column("trial_id", ForeignKey("trials.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("study", ForeignKey("studies.name"), nullable=False, index=True),
    Column("stage", Text, nullable=False),
    Column("host", Text),
    Column("worker", Text),
    Column("device", Text),
    Column("cpus", Float(53)),
    Column("gpus", Float(53)),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ended", String(16)),
    one_of("ended", ATTEMPT_ENDS),
    CheckConstraint("attempt >= 1", name="attempt_range"),
    CheckConstraint("cpus >= 0 AND gpus >= 0", name="share_range"),
    CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name="ended_has_time"),
    CheckConstraint("worker IS NULL OR (host IS NOT NULL AND started_at IS NOT NULL)", name="worker_has_place"),
    sqlite_with_rowid=False,
)

# What a person asks of the driver of a study. Without a trial it is asked of the whole study.
requests = Table(
    "requests",
    tables,
    Column("id", Integer, primary_key=True),
    Column("study", ForeignKey("studies.name"), nullable=False, index=True),
    Column("trial_id", ForeignKey("trials.id")),
    Column("kind", String(16), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    one_of("kind", REQUESTS),
)

reports = Table(
    "reports",
    tables,
    Column("trial_id", ForeignKey("trials.id"), primary_key=True),
    Column("iteration", Integer, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("measurements", Text, nullable=False),
    Column("non_finite", Text),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("iteration >= 0", name="iteration_range"),
    sqlite_with_rowid=False,
)

proposals = Table(
    "proposals",
    tables,
    Column("study", ForeignKey("studies.name"), primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("label_fraction", Float(53), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hyperparameters", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("score", Float(53)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("objectives", Text),
    Column("intermediate", Text),
    Column("violations", Text),
    Column("iterations", Integer),
    one_of("state", PROPOSAL_STATES),
    CheckConstraint("number >= 0", name="number_range"),
    CheckConstraint("label_fraction > 0 AND label_fraction <= 1", name="label_fraction_range"),
    CheckConstraint("iterations >= 0", name="iterations_range"),
    CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished_has_time"),
    CheckConstraint("state <> 'completed' OR score IS NOT NULL OR objectives IS NOT NULL", name="completed_has_value"),
)

arms = Table(
    "arms",
    tables,
    Column("study", ForeignKey("studies.name"), primary_key=True),
    Column("design", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("label_fraction", Float(53), nullable=False),
    Column("cohort", Text, nullable=False),
    Column("hyperparameters", Text, nullable=False),
    Column("factors", Text, nullable=False),
    Column("seeds", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("study", "design", "position"),
    CheckConstraint("position >= 0", name="position_range"),
    CheckConstraint("label_fraction > 0 AND label_fraction <= 1", name="label_fraction_range"),
)

test_openings = Table(
    "test_openings",
    tables,
    Column("id", Integer, primary_key=True),
    Column("dataset", Text, nullable=False, index=True),
    Column("partition", Text, nullable=False),
    Column("study", Text, nullable=False),
    Column("trial_id", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(["study"], ["studies.name"]),
    ForeignKeyConstraint(["trial_id"], ["trials.id"]),
)

# What packs of a kind (`stages.pack_kind`) need of a device's memory, whichever study measured it.
memory = Table(
    "memory",
    tables,
    Column("kind", String(64), primary_key=True),
    Column("device", Text, primary_key=True),
    Column("method", Text, nullable=False),
    Column("described", Text, nullable=False),
    Column("peak_bytes", BigInteger, nullable=False),
    Column("device_bytes", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("length(kind) = 64", name="kind_length"),
    CheckConstraint("peak_bytes > 0 AND device_bytes > 0", name="bytes_range"),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    tables,
    Column("id", Integer, primary_key=True),
    Column("study", ForeignKey("studies.name"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
