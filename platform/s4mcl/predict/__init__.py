"""A study's networks put to use: masks, class probabilities and overlays of images that they never saw."""

from s4mcl.predict.prediction import predict_images

__all__ = ["predict_images"]
