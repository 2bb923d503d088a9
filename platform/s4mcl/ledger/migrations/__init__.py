"""Migrations of the ledger, by Alembic: one file a version of the schema."""
