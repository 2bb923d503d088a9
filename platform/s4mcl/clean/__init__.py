"""Removing what a storage no longer needs."""

from s4mcl.clean.cleaning import Cleaning, Removal
from s4mcl.clean.sweep import clean

__all__ = ["Cleaning", "Removal", "clean"]
