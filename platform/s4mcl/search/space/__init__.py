"""Search spaces: parameters by kind, conditions, and their reader."""

from s4mcl.search.space.reader import read_space
from s4mcl.search.space.space import Space

__all__ = ["Space", "read_space"]
