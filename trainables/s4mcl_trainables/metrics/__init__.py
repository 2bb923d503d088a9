"""What a trained method is measured by. Every value that a checkpoint can be chosen by is finite."""

from s4mcl_trainables.metrics.classification import classification_metrics
from s4mcl_trainables.metrics.roc_auc import roc_auc
from s4mcl_trainables.metrics.segmentation import segmentation_metrics
from s4mcl_trainables.metrics.surface_distance import surface_distances

__all__ = ["classification_metrics", "roc_auc", "segmentation_metrics", "surface_distances"]
