"""Polars frames: the numbers behind every figure and table, computed from the ledger's frames."""
