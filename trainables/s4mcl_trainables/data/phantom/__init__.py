"""Made-up lateral vertebra patches, normal or fractured, as a prepared dataset."""

from s4mcl_trainables.data.phantom.difficulty import Difficulty
from s4mcl_trainables.data.phantom.frozen import frozen_version
from s4mcl_trainables.data.phantom.writing import write_phantom

__all__ = ["Difficulty", "frozen_version", "write_phantom"]
