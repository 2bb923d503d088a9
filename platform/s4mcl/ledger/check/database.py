"""The database itself: undamaged, with the tables of this version, every rule of the schema kept by every row."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import CheckConstraint, Connection, Table, func, inspect, select, text

from s4mcl.ledger.schema import tables

AT_MOST = 100  # what SQLite says of a file


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Damaged pages, tables or columns that are missing, rows that break a rule or point at nothing."""
    for stage in (_damage, _missing):  # what is damaged or missing cannot be asked further
        told = list(stage(connection))
        yield from told
        if told:
            return
    for table in tables.sorted_tables:
        yield from _broken_rules(connection, table)
    yield from _dangling_rows(connection) if connection.dialect.name == "sqlite" else _dangling(connection)


def _damage(connection: Connection) -> Iterator[str]:
    """SQLite's own look at its pages; it also looks at the rules, which are told below by their names."""
    if connection.dialect.name != "sqlite":
        return
    for said in connection.exec_driver_sql(f"PRAGMA integrity_check({AT_MOST})").scalars().all():
        if said != "ok" and not said.startswith("CHECK constraint failed"):
            yield f"SQLite's integrity check says: {said}"


def _missing(connection: Connection) -> Iterator[str]:
    seen = inspect(connection)
    there = set(seen.get_table_names())
    for table in tables.sorted_tables:
        if table.name not in there:
            yield f"table {table.name} is missing"
            continue
        have = {column["name"] for column in seen.get_columns(table.name)}
        yield from (f"column {table.name}.{column.name} is missing" for column in table.c if column.name not in have)
        checks = {check["name"] for check in seen.get_check_constraints(table.name)}
        indexes = {index["name"] for index in seen.get_indexes(table.name)}
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint) and _name(constraint) not in checks:
                yield f"rule {_name(constraint)} is missing"
        yield from (f"index {index.name} is missing" for index in table.indexes if index.name not in indexes)


def _broken_rules(connection: Connection, table: Table) -> Iterator[str]:
    """Rules are asked again: a database lets rows stand that were written while it did not look."""
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            broken = select(func.count()).select_from(table).where(text(f"NOT ({constraint.sqltext})"))
            count = connection.execute(broken).scalar_one()
            if count:
                yield f"{count} rows of {table.name} break the rule {_name(constraint)}: {constraint.sqltext}"


def _dangling_rows(connection: Connection) -> Iterator[str]:
    found = Counter((row[0], row[2]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))
    yield from (f"{count} rows of {table} name what is not in {parent}" for (table, parent), count in found.items())


def _dangling(connection: Connection) -> Iterator[str]:
    for table in tables.sorted_tables:
        for key in table.foreign_keys:
            parent = key.column.table
            there = select(1).select_from(parent).where(key.column == key.parent).exists()
            lost = select(func.count()).select_from(table).where(key.parent.is_not(None), ~there)
            count = connection.execute(lost).scalar_one()
            if count:
                yield f"{count} rows of {table.name} name what is not in {parent.name}"


def _name(constraint: CheckConstraint) -> str:
    """A rule's name in the database: the naming convention puts the table before it."""
    name = str(constraint.name)
    return name if name.startswith("ck_") else f"ck_{constraint.table.name}_{name}"
