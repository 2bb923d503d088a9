"""`fixmatch`: a confident class of a weak view is the class of a strong view of the same image (Sohn et al. 2020).

With C's trunk on the image alone, as `cnn`. The paper's threshold 0.95, weight 1 and flips as the weak view; its
RandAugment is here turns and flips without loss, contrast and brightness, and a cut-out square of half the side at
most. Left out: seven unlabelled images to a labelled one (batch sizes are the study's), translations, SGD, the moving
average.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.augmentation import drawn
from s4mcl_trainables.losses.pseudo_labels import confident_cross_entropy
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem, adam
from s4mcl_trainables.methods.method import CLASSIFICATION, Method, check_values, in_range, not_negative
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.two_views import TwoViews
from s4mcl_trainables.methods.work import Descent, Part, Pass, Work
from s4mcl_trainables.networks.discriminator import Discriminator
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.run import Run
from s4mcl_trainables.transforms import NAMED_SETS, TransformSet


@dataclass(frozen=True)
class Hyperparameters:
    """What FixMatch can be given.

    Attributes:
        discriminator_lr, dropout: as in `cnn`.
        threshold: probability from which on a class of the weak view is believed.
        unlabelled_weight: the paper's lambda_u.
        weak_labelled: labelled images are seen weakly augmented, too.
        weak_transforms, strong_transforms: elements that the two views draw from.
        intensity, cutout: of the strong view (`augmentation.distorted`).
    """

    discriminator_lr: float = 1e-4
    dropout: float = 0.25
    threshold: float = 0.95
    unlabelled_weight: float = 1.0
    weak_labelled: bool = True
    weak_transforms: tuple[str, ...] = ("identity", "hflip")
    strong_transforms: tuple[str, ...] = NAMED_SETS["d4_8"]
    intensity: float = 0.5
    cutout: float = 0.5

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError); a transform set has one order."""
        rules = {name: in_range(getattr(self, name), 0, 1) for name in ("discriminator_lr", "threshold", "cutout")}
        rules["dropout"] = in_range(self.dropout, 0, 0.95)
        rules["intensity"] = in_range(self.intensity, 0, 1)
        rules["unlabelled_weight"] = not_negative(self.unlabelled_weight)
        check_values("fixmatch", rules)
        for name in ("weak_transforms", "strong_transforms"):
            object.__setattr__(self, name, TransformSet(getattr(self, name)).names)


class FixMatch(Learner):
    """The learner of `fixmatch`."""

    def __init__(self, problem: Problem, given: Hyperparameters) -> None:
        self.given = given
        self.views = TwoViews(given.weak_transforms, given.strong_transforms, given.intensity, given.cutout)
        self.micro = MicroBatch()
        names = ("discriminator dropout", "augmentation")
        self.streams = {name: problem.stream(name, on_device=True) for name in names}
        self.network = Discriminator.of(
            problem, 1, problem.classes, given.dropout, masks=self.streams["discriminator dropout"]
        )
        self.modules: dict[str, nn.Module] = {"network": self.network}
        self.optimisers = {"network": adam(self.network, given.discriminator_lr)}

    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """One step of cross entropy on labelled images and on strong views that have a confident class."""
        yield partial(self._descend, batch, rate)

    def _descend(self, batch: Batch, rate: float) -> Work:
        given, draws, n = self.given, self.streams["augmentation"], len(batch.images)
        images = batch.images
        if given.weak_labelled:
            images = self.views.weak.apply(images, drawn(self.views.weak, n, draws))
        unlabelled = bool(given.unlabelled_weight and len(batch.unlabelled))
        strong = images[:0]
        if unlabelled:
            weak, strong = self.views.of(batch.resident, batch.unlabelled, draws)
            believed = yield Pass(self.network, weak, graph=False)
        logits = yield Pass(self.network, torch.cat([images, strong]))
        terms = {"loss/class_real": F.cross_entropy(logits[:n], batch.classes)}
        loss = terms["loss/class_real"]
        if unlabelled:
            terms["loss/pseudo_class"], terms["pseudo/confident"] = confident_cross_entropy(
                logits[n:], believed, given.threshold
            )
            loss = loss + given.unlabelled_weight * terms["loss/pseudo_class"]
        yield Descent(self.optimisers["network"], loss, rate * given.discriminator_lr)
        terms["loss/discriminator"] = loss
        return {name: term.detach() for name, term in terms.items()}

    def predict(self, images: Tensor) -> Prediction:
        """Class logits alone."""
        return Prediction(None, self.micro.through(self.network, images))


METHODS = {
    "fixmatch": Method(
        "fixmatch",
        frozenset({CLASSIFICATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=True,
        label="FixMatch",
        components=(
            setting("pseudo_classes", "learning from confident classes", {"unlabelled_weight": 0.0}),
            setting(
                "threshold", "the threshold: every class is believed", {"threshold": 0.0}, needs=("pseudo_classes",)
            ),
            setting("intensity", "contrast and brightness", {"intensity": 0.0}, needs=("pseudo_classes",)),
            setting("cutout", "the cut-out square", {"cutout": 0.0}, needs=("pseudo_classes",)),
            setting("weak_labelled", "weak augmentation of labelled images", {"weak_labelled": False}),
            setting("dropout", "dropout", {"dropout": 0.0}),
        ),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> FixMatch:
    """The learner."""
    return FixMatch(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
