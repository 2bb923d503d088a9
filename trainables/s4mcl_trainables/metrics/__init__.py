"""What a trained method is measured by. Every value is finite, so that a checkpoint can be chosen by it."""

from s4mcl_trainables.metrics.classification import classification_metrics
from s4mcl_trainables.metrics.segmentation import segmentation_metrics

__all__ = ["classification_metrics", "segmentation_metrics"]
