"""A tiny prepared dataset: that of the contract suite."""

from s4mcl_trainables.contracts.shapes import write_shapes

__all__ = ["write_shapes"]
