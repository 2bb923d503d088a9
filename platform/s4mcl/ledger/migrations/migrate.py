"""Running the migrations: from whatever version a ledger is of to the one that this program knows."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, update

from s4mcl.ledger.schema import SCHEMA_VERSION, meta, migration


def migrate(connection: Connection) -> None:
    """Bring a ledger's tables to `SCHEMA_VERSION` inside the transaction of this connection.

    Version 1 had no table of Alembic's: what says version 1 in `meta` begins at revision 0001.
    """
    if not inspect(connection).has_table(migration.name):
        migration.create(connection)
        found = connection.scalar(select(meta.c.value).where(meta.c.name == "schema_version"))
        connection.execute(migration.insert().values(version_num=f"{int(found or 1):04d}"))
    scripts = ScriptDirectory(str(Path(__file__).parent))
    context = MigrationContext.configure(
        connection, opts={"fn": lambda at, _context: scripts._upgrade_revs("head", at), "transactional_ddl": True}
    )
    with Operations.context(context):
        context.run_migrations()
    connection.execute(update(meta).where(meta.c.name == "schema_version").values(value=str(SCHEMA_VERSION)))
