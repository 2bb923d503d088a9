"""Assignments of trials that take a blink: those of the contract suite."""

from s4mcl_trainables.contracts.small_assignment import GENERIC_ON, SMALL, small_assignment

__all__ = ["GENERIC_ON", "SMALL", "small_assignment"]
