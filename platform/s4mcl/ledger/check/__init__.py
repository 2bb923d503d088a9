"""`s4mcl ledger check`: what a ledger promises, one family of checks a file."""

from s4mcl.ledger.check.findings import Finding, find

__all__ = ["Finding", "find"]
