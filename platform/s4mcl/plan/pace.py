"""How long a trial takes, by the trials of this storage that were trained."""

from functools import cached_property
from statistics import median

from s4mcl.ledger import Ledger
from s4mcl.ledger.measured import Measured
from s4mcl_trainables.trial import Settings

LOOKED_AT = 200  # the latest trials of a method
SHAPE = ("image_size", "width", "depth", "batch_labelled", "batch_unlabelled")  # what the time of an iteration hangs on


class Pace:
    """The seconds of one method's trials with the settings of a study, on a kind of device."""

    def __init__(self, ledger: Ledger, method: str, settings: Settings, device: str) -> None:
        self.settings = settings
        found = ledger.measured(method, LOOKED_AT)
        self._found = [trial for trial in found if trial.device == device and trial.settings.get("image_size")]

    @property
    def seconds(self) -> float | None:
        """Of one trial: the median of the trials of the same shape, by iteration; None where nothing was measured.

        Where no trial has the same size of images, networks and batches, those of other shapes are scaled by pixels.
        """
        chosen = self._alike or self._found
        if not chosen:
            return None
        pace = median(trial.seconds / trial.iterations / float(trial.settings["image_size"]) ** 2 for trial in chosen)
        return float(pace) * self.settings.iterations * self.settings.image_size**2

    @property
    def scaled(self) -> bool:
        """Whether the seconds are scaled from trials of another shape."""
        return bool(self._found) and not self._alike

    @cached_property
    def _alike(self) -> list[Measured]:
        wanted = {name: getattr(self.settings, name) for name in SHAPE}
        return [trial for trial in self._found if all(trial.settings.get(name) == wanted[name] for name in SHAPE)]
