"""A student of masks that is to agree with its teacher on unlabelled images: what `mean_teacher` and `ua_mt` share.

Defaults are those of SSL4MIS's scripts for two dimensions, whose ramp lasts for the whole budget. What is not theirs:
the labelled loss is generalised Dice and the optimiser Adam, as in every method here, so that methods differ by what
they do with unlabelled images alone; and in the first thirtieth of the budget, where SSL4MIS's Mean Teacher has no
consistency at all, the ramp keeps it below a hundredth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from s4mcl_trainables.losses.consistency import mean_square, ramp_up
from s4mcl_trainables.losses.generalised_dice import EpsilonMode, generalised_dice_loss
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem, adam
from s4mcl_trainables.methods.method import check_values, in_range, not_negative, one_of
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.work import Asking, Descent, Part, Pass, Terms, Work
from s4mcl_trainables.networks.generator import Generator
from s4mcl_trainables.networks.moving_average import decay_after, follow
from s4mcl_trainables.training.batches import Batch

NOISE_LIMIT = 2.0  # the noise is cut at so many deviations


@dataclass(frozen=True)
class TeacherHyperparameters:
    """What a student with a teacher can be given.

    Attributes:
        generator_lr, dropout, eps_mode: as in `unet`. The teacher has dropout, too, as in SSL4MIS.
        consistency: weight of the consistency at the end of its ramp (0.1).
        ramp_up: share of the budget after which the weight is whole (1).
        ema_decay: most that the teacher keeps of itself at a step (0.99).
        noise: deviation of the noise on what the teacher sees, cut at twice as much (0.1; images have deviation 1).
        predict_by: student (SSL4MIS) or teacher.
    """

    generator_lr: float = 1e-4
    dropout: float = 0.25
    consistency: float = 0.1
    ramp_up: float = 1.0
    ema_decay: float = 0.99
    noise: float = 0.1
    predict_by: str = "student"
    eps_mode: EpsilonMode = "scaled"

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError)."""
        check_values("a student with a teacher", self.rules())

    def rules(self) -> dict[str, tuple[bool, str]]:
        """Rules for `check_values`."""
        rules = {name: in_range(getattr(self, name), 0, 1) for name in ("generator_lr", "ramp_up", "ema_decay")}
        rules |= {name: not_negative(getattr(self, name)) for name in ("consistency", "noise")}
        rules["dropout"] = in_range(self.dropout, 0, 0.95)
        rules["predict_by"] = one_of(self.predict_by, ("student", "teacher"))
        rules["eps_mode"] = one_of(self.eps_mode, ("scaled", "monai"))
        return rules


COMPONENTS = (
    setting("consistency", "the consistency with the teacher on unlabelled images", {"consistency": 0.0}),
    setting("noise", "the noise on what the teacher sees", {"noise": 0.0}, needs=("consistency",)),
    setting("averaging", "the averaging of the teacher's weights: it is the student", {"ema_decay": 0.0}),
    setting("dropout", "dropout", {"dropout": 0.0}),
)


class Taught(Learner):
    """Generator and teacher; the teacher starts as the generator and follows it after each step."""

    def __init__(self, problem: Problem, given: TeacherHyperparameters) -> None:
        self.given, self.problem = given, problem
        self.micro = MicroBatch()
        names = ("generator dropout", "teacher dropout", "noise")
        self.streams = {name: problem.stream(name, on_device=True) for name in names}
        self.generator, self.teacher = (self._network(f"{name} dropout") for name in ("generator", "teacher"))
        self.teacher.requires_grad_(False)
        self.modules: dict[str, nn.Module] = {"generator": self.generator, "teacher": self.teacher}
        self.optimisers = {"generator": adam(self.generator, given.generator_lr)}

    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """One step of the student; the teacher follows."""
        yield partial(self._descend, batch, iteration, rate)

    def predict(self, images: Tensor) -> Prediction:
        """Soft masks alone."""
        network = self.generator if self.given.predict_by == "student" else self.teacher
        return Prediction(self.micro.through(network, images), None)

    def consistency(self, masks: Tensor, unlabelled: Tensor, iteration: int) -> Asking[Terms]:
        """Terms of unlabelled images [B,1,H,W], for which the student says `masks`; the loss is loss/consistency."""
        taught = yield Pass(self.teacher, self.noisy(unlabelled), graph=False)
        return {"loss/consistency": mean_square(masks, taught)}

    def noisy(self, images: Tensor) -> Tensor:
        """Images [B,1,H,W] as the teacher sees them."""
        noise = torch.randn(images.shape, generator=self.streams["noise"], device=images.device)
        return images + (noise.clamp_(-NOISE_LIMIT, NOISE_LIMIT) * self.given.noise)

    def _descend(self, batch: Batch, iteration: int, rate: float) -> Work:
        given, n = self.given, len(batch.images)
        weight = given.consistency * ramp_up(iteration, given.ramp_up * self.problem.iterations)
        unlabelled = batch.resident.take(batch.unlabelled) if weight else batch.images[:0]
        masks = yield Pass(self.generator, torch.cat([batch.images, unlabelled]))
        terms = {"loss/generalised_dice": generalised_dice_loss(masks[:n], batch.masks, given.eps_mode)}
        loss = terms["loss/generalised_dice"]
        if len(unlabelled):
            terms |= yield from self.consistency(masks[n:], unlabelled, iteration)
            loss = loss + weight * terms["loss/consistency"]
        yield Descent(self.optimisers["generator"], loss, rate * given.generator_lr)
        follow(self.teacher, self.generator, decay_after(iteration, given.ema_decay))
        terms["loss/generator"] = loss
        return {name: term.detach() for name, term in terms.items()}

    def _network(self, dropout: str) -> Generator:
        return Generator.of(self.problem, self.given.dropout, masks=self.streams[dropout])
