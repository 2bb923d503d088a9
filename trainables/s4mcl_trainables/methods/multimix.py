"""`multimix`: classes and masks from one encoder, both semi-supervised (Haque, Imran, Wang & Terzopoulos 2021).

The loss is that of its code (method.md 5.4 and 8.2): cross entropy + 5 Dice + 0.25 cross entropy of strong views
against classes of weak views of which it is sure by 0.7 + 0.01 KL between masks of labelled and of unlabelled images.

Its saliency bridge hands the decoder each image and the gradient of its likeliest class by its pixels. Strong and weak
views get none, since their masks are not looked at.

Otherwise than there: Dice is generalised, as in every method here; each labelled image serves both tasks and is not
augmented; views are those of `augmentation`, without the cut-out square, as there; the KL is that of two classes at
each pixel, since the code's, a softmax over one channel, is 0 for all masks. Labelled and unlabelled masks are paired
as the batches have them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from s4mcl_trainables.losses.consistency import binary_divergence
from s4mcl_trainables.losses.generalised_dice import EpsilonMode, generalised_dice_loss
from s4mcl_trainables.losses.pseudo_labels import confident_cross_entropy
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem, adam
from s4mcl_trainables.methods.method import (
    CLASSIFICATION,
    SEGMENTATION,
    Method,
    check_values,
    in_range,
    not_negative,
    one_of,
)
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.two_views import TwoViews
from s4mcl_trainables.methods.work import Asking, Descent, Part, Pass, Work, alone
from s4mcl_trainables.networks.shared_encoder import ClassScores, SharedEncoder, parted, saliency
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.training.run import Run
from s4mcl_trainables.transforms import NAMED_SETS, TransformSet

UNTRACEABLE = (
    "the saliency bridge of multimix takes a gradient to predict, which no exported graph holds.\n"
    "Cure: s4mcl predict serves it as it is; or train it with hyperparameters.multimix.saliency_bridge=false"
)


@dataclass(frozen=True)
class Hyperparameters:
    """What MultiMix can be given.

    Attributes:
        generator_lr: of the one network.
        dropout, eps_mode: as in `unet`.
        dice_weight: weight of the labelled Dice loss.
        unlabelled_weight: the paper's lambda, of the class loss on unlabelled images.
        threshold: probability from which on a class of the weak view is believed.
        divergence_weight: the paper's beta, of the KL between masks.
        weak_transforms, strong_transforms: elements that the two views draw from.
        intensity, cutout: of the strong view (`augmentation.distorted`).
        saliency_bridge: the decoder sees the image and its saliency map beside the encoder's maps.
    """

    generator_lr: float = 1e-4
    dropout: float = 0.25
    dice_weight: float = 5.0
    unlabelled_weight: float = 0.25
    threshold: float = 0.7
    divergence_weight: float = 0.01
    weak_transforms: tuple[str, ...] = ("identity", "hflip")
    strong_transforms: tuple[str, ...] = NAMED_SETS["d4_8"]
    intensity: float = 0.5
    cutout: float = 0.0
    saliency_bridge: bool = True
    eps_mode: EpsilonMode = "scaled"

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError); a transform set has one order."""
        shares = ("generator_lr", "threshold", "intensity", "cutout")
        rules = {name: in_range(getattr(self, name), 0, 1) for name in shares}
        for name in ("dice_weight", "unlabelled_weight", "divergence_weight"):
            rules[name] = not_negative(getattr(self, name))
        rules["dropout"] = in_range(self.dropout, 0, 0.95)
        rules["eps_mode"] = one_of(self.eps_mode, ("scaled", "monai"))
        check_values("multimix", rules)
        for name in ("weak_transforms", "strong_transforms"):
            object.__setattr__(self, name, TransformSet(getattr(self, name)).names)


class MultiMix(Learner):
    """The learner of `multimix`."""

    def __init__(self, problem: Problem, given: Hyperparameters) -> None:
        self.given, self.classes = given, problem.classes
        self.views = TwoViews(given.weak_transforms, given.strong_transforms, given.intensity, given.cutout)
        self.micro = MicroBatch()
        names = ("generator dropout", "augmentation")
        self.streams = {name: problem.stream(name, on_device=True) for name in names}
        self.network = SharedEncoder.of(
            problem,
            given.dropout,
            masks=self.streams["generator dropout"],
            classes=problem.classes,
            bridge=given.saliency_bridge,
        )
        self.scores = ClassScores(self.network)
        self.untraceable = UNTRACEABLE if given.saliency_bridge else ""
        self.modules: dict[str, nn.Module] = {"network": self.network}
        self.optimisers = {"network": adam(self.network, given.generator_lr)}

    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """One step on labelled images, unlabelled ones as they are, and their weak and strong views."""
        yield partial(self._descend, batch, rate)

    def predict(self, images: Tensor) -> Prediction:
        """Masks and class logits."""
        x = images
        if self.given.saliency_bridge:
            with torch.inference_mode(False), torch.enable_grad():  # whoever judges wants no gradient of it
                own = images.clone()  # of an inference tensor none could be taken
                x = alone(lambda: self._with_saliency(own), self.micro)
        return Prediction(*parted(self.micro.through(self.network, x), images, self.classes))

    def _descend(self, batch: Batch, rate: float) -> Work:
        given, images, rows = self.given, batch.images, batch.unlabelled
        n, draws = len(images), self.streams["augmentation"]
        plain = batch.resident.take(rows) if given.divergence_weight else images[:0]
        strong = images[:0]
        if given.unlabelled_weight and len(rows):
            weak, strong = self.views.of(batch.resident, rows, draws)
            seen = self._without_saliency(weak)
            believed = parted((yield Pass(self.network, seen, graph=False)), weak, self.classes)[1]
        drawn = torch.cat([images, plain])
        bridged = (yield from self._with_saliency(drawn)) if given.saliency_bridge else drawn
        joined = yield Pass(self.network, torch.cat([bridged, self._without_saliency(strong)]))
        masks, logits = parted(joined, images, self.classes)
        terms = {
            "loss/class_real": F.cross_entropy(logits[batch.classed], batch.classes[batch.classed]),
            "loss/generalised_dice": generalised_dice_loss(
                masks[batch.masked], batch.masks[batch.masked], given.eps_mode
            ),
        }
        loss = terms["loss/class_real"] + given.dice_weight * terms["loss/generalised_dice"]
        if len(strong):
            terms["loss/pseudo_class"], terms["pseudo/confident"] = confident_cross_entropy(
                logits[n + len(plain) :], believed, given.threshold
            )
            loss = loss + given.unlabelled_weight * terms["loss/pseudo_class"]
        if len(plain):
            pairs = min(n, len(plain))
            terms["loss/divergence"] = binary_divergence(masks[:pairs], masks[n : n + pairs])
            loss = loss + given.divergence_weight * terms["loss/divergence"]
        yield Descent(self.optimisers["network"], loss, rate * given.generator_lr)
        terms["loss/generator"] = loss
        return {name: term.detach() for name, term in terms.items()}

    def _with_saliency(self, images: Tensor) -> Asking[Tensor]:
        """[B,1,H,W] to [B,2,H,W]: beside each image its saliency map, found without dropout."""
        own, training = images.detach().requires_grad_(), self.network.training
        self.network.eval()
        try:
            logits = yield Pass(self.scores, own)
            salient = saliency(own, logits)  # a pass in parts is made again here
        finally:
            self.network.train(training)
        return torch.cat([images, salient], 1)

    def _without_saliency(self, images: Tensor) -> Tensor:
        """[B,1,H,W] as the network takes them where the mask is not looked at."""
        return torch.cat([images, torch.zeros_like(images)], 1) if self.given.saliency_bridge else images


METHODS = {
    "multimix": Method(
        "multimix",
        frozenset({CLASSIFICATION, SEGMENTATION}),
        Hyperparameters(),
        __name__,
        uses_unlabelled=True,
        label="MultiMix",
        components=(
            setting("pseudo_classes", "learning from confident classes", {"unlabelled_weight": 0.0}),
            setting("divergence", "the KL between labelled and unlabelled masks", {"divergence_weight": 0.0}),
            setting("saliency_bridge", "the saliency map in the decoder", {"saliency_bridge": False}),
            setting("dropout", "dropout", {"dropout": 0.0}),
        ),
    ),
}


def build(problem: Problem, given: Hyperparameters) -> MultiMix:
    """The learner."""
    return MultiMix(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
