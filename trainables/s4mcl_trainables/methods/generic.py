"""Generic parts: what any method can be given beside its own hyperparameters, so that comparisons have equal ones.

All are off by default. They act around a method, which knows nothing of them: on the batches that it is given
(`training.batches`), on its weights after each step (`training.averaged_weights`) and on its predictions
(`training.symmetries`).
"""

from dataclasses import dataclass, fields

from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.problems import Problems

NONE, D4, LIGHT = "none", "d4", "light"
CHOICES = {"test_time_averaging": (NONE, D4), "augmentation": (NONE, LIGHT)}


@dataclass(frozen=True)
class Generic:
    """The generic parts of a trial.

    Attributes:
        ema: 0, or most that the moving average of the weights keeps of itself at a step; the average predicts.
        test_time_averaging: none, or d4: predictions are means over the eight symmetries of a square.
        class_balanced: labelled batches hold each class equally often.
        augmentation: none, or light: labelled images, with their masks, are turned and flipped, and get a little other
            contrast and brightness.
    """

    ema: float = 0.0
    test_time_averaging: str = NONE
    class_balanced: bool = False
    augmentation: str = NONE

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError)."""
        problems = Problems("the generic parts of a method")
        if not 0 <= self.ema <= 1:
            problems.add(f"ema: expected 0 to 1, found {self.ema!r}")
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                problems.add(f"{name}: expected one of {', '.join(known)}, found {getattr(self, name)!r}")
        problems.raise_if_any("give values that fit")

    @property
    def symmetric(self) -> bool:
        """Whether predictions are means over symmetries."""
        return self.test_time_averaging == D4

    @property
    def augments(self) -> bool:
        """Whether labelled images are augmented."""
        return self.augmentation == LIGHT


ALL_OFF = Generic()
NAMES = tuple(item.name for item in fields(Generic))
COMPONENTS = (
    setting("ema", "the moving average of the weights", {"ema": 0.0}),
    setting("test_time_averaging", "the mean over symmetries in predictions", {"test_time_averaging": NONE}),
    setting("class_balanced", "equal shares of the classes in labelled batches", {"class_balanced": False}),
    setting("augmentation", "turns, flips and intensities of labelled images", {"augmentation": NONE}),
)
