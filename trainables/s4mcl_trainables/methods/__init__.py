"""Ways to train: each a registered value that the rest of the platform never names."""

from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION, Method
from s4mcl_trainables.methods.registry import method_named, method_names, start_training

__all__ = ["CLASSIFICATION", "SEGMENTATION", "Method", "method_named", "method_names", "start_training"]
