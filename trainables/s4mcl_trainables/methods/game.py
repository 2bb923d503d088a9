"""The adversarial game of S2MCL and S4MCL: a mask generator S against a class discriminator C (method.md 5 and 6)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from s4mcl_trainables.losses.consistency import mean_square
from s4mcl_trainables.losses.generalised_dice import generalised_dice_loss
from s4mcl_trainables.losses.pseudo_labels import confident_cross_entropy
from s4mcl_trainables.methods.game_hyperparameters import GameHyperparameters, ramp
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem, adam
from s4mcl_trainables.methods.micro_batch import MicroBatch
from s4mcl_trainables.methods.work import Asking, Descent, Part, Pass, Terms, Work
from s4mcl_trainables.networks.discriminator import Discriminator
from s4mcl_trainables.networks.generator import Generator
from s4mcl_trainables.networks.layout import layout_named
from s4mcl_trainables.training.batches import Batch
from s4mcl_trainables.transforms import TransformSet


@dataclass
class Round:
    """One step's data, as both networks see it.

    Attributes:
        draws: where the stream of S's dropout stood; None once the masks cannot be made again, since S has moved on.
        made: in which attempt the masks were made, -1 before they are.
    """

    batch: Batch
    images: Tensor  # [B+B_u,1,H,W] labelled images, then transformed unlabelled ones
    predicted: Tensor  # [B+B_u,M,H,W] soft masks of S for `images`, with its graph
    tau: Tensor  # [B_u] int64 numbers of the transforms
    alpha: float
    rate: float
    draws: Tensor | None = None
    made: int = -1

    def settle(self) -> None:
        """S has stepped: of the masks their values stay."""
        self.predicted, self.draws = self.predicted.detach(), None


class Game(Learner):
    """The learner of `s2mcl` (no transforms) and `s4mcl` (with them), and what `mtl` and `ssl_seg` are made of.

    Attributes:
        classifies: whether C learns the real classes, and class logits are given.
    """

    classifies = True

    def __init__(self, problem: Problem, given: GameHyperparameters, transforms: TransformSet | None) -> None:
        self.given = given
        self.problem = problem
        self.transforms = transforms
        self.micro = MicroBatch()
        self.layout = layout_named(given.layout, problem.classes, len(transforms) if transforms else 0)
        self.streams = {
            name: problem.stream(name, on_device=True)
            for name in ("generator dropout", "discriminator dropout", "transforms")
        }
        self.generator = Generator.of(problem, given.dropout, masks=self.streams["generator dropout"])
        self.discriminator = Discriminator.of(
            problem,
            1 + problem.structures,
            self.layout.outputs,
            given.dropout,
            masks=self.streams["discriminator dropout"],
            spectral_norm=given.spectral_norm,
            features=given.feature_matching > 0,
        )
        self.modules: dict[str, nn.Module] = {"generator": self.generator, "discriminator": self.discriminator}
        self.optimisers = {
            "generator": adam(self.generator, given.generator_lr),
            "discriminator": adam(self.discriminator, given.discriminator_lr),
        }

    def parts(self, batch: Batch, iteration: int, rate: float) -> Iterator[Part]:
        """One step of C and one of S on one labelled and one unlabelled batch."""
        alpha = self.given.alpha * ramp(self.given.alpha_ramp, iteration, self.problem.iterations)
        labelled = batch.images  # [B_l,1,H,W]
        unlabelled, tau = self._transformed(batch) if alpha else (labelled[:0], batch.classes[:0])  # [B_u,1,H,W], [B_u]
        images = torch.cat([labelled, unlabelled])
        this = Round(batch, images, images[:0], tau, alpha, rate, self.streams["generator dropout"].get_state())
        for part in (self._step_c, self._step_s) if self.given.order == "cs" else (self._step_s, self._step_c):
            yield partial(self._part, part, this)
            if part == self._step_s:
                this.settle()

    def predict(self, images: Tensor) -> Prediction:
        """Masks of S; class logits of C on the image and that mask, the K real classes alone."""
        masks = self.micro.through(self.generator, images)
        if not self.classifies:
            return Prediction(masks, None)
        told = self.micro.through(self.discriminator, self._pairs(images, self._shown(masks)))
        return Prediction(masks, self.layout.class_logits(self.discriminator.told(told).raw))

    def _part(self, part: Callable[[Round], Work], this: Round) -> Work:
        """One network's step. The masks are made first where there are none, or none of this attempt."""
        if this.draws is not None and this.made != self.micro.attempts:
            this.predicted = this.images[:0]  # the old ones let go of their graph
            self.streams["generator dropout"].set_state(this.draws)
            n = len(this.batch.images)
            this.predicted = yield from self._segment(this.images[:n], this.images[n:])
            this.made = self.micro.attempts
        return (yield from part(this))

    def _transformed(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unlabelled images, each under a transform drawn for it, and the numbers of the transforms."""
        count, device = len(batch.unlabelled), batch.unlabelled.device
        if self.transforms is None:
            return batch.resident.take(batch.unlabelled), torch.zeros(count, dtype=torch.int64, device=device)
        draws = self.streams["transforms"]
        tau = torch.randint(len(self.transforms), (count,), generator=draws, device=device)
        return batch.resident.take_transformed(batch.unlabelled, self.transforms, tau), tau

    def _segment(self, labelled: Tensor, unlabelled: Tensor) -> Asking[Tensor]:
        given = self.given
        if given.adversarial_weight or given.feature_matching or given.consistency or not len(unlabelled):
            return (yield Pass(self.generator, torch.cat([labelled, unlabelled])))
        # No term of S reaches the unlabelled masks: C needs their values alone.
        masks = yield Pass(self.generator, labelled)
        free = yield Pass(self.generator, unlabelled, graph=False)
        return torch.cat([masks, free])

    def _pairs(self, images: Tensor, masks: Tensor) -> Tensor:
        """What C sees, [B,1+M,H,W]."""
        shown = masks if self.given.mask_input else torch.zeros_like(masks)
        return torch.cat([images, shown], 1)

    def _shown(self, masks: Tensor) -> Tensor:
        """Predicted masks as C sees them."""
        if not self.given.hard_masks:
            return masks
        return (masks > 0.5).float() + (masks - masks.detach())  # exactly 0 or 1, with the gradient of `masks`

    def _step_c(self, this: Round) -> Work:
        """C learns classes, transforms and to tell true masks from predicted ones, in one pass over all pairs."""
        layout, given, batch, n = self.layout, self.given, this.batch, len(this.batch.images)
        shown = self._shown(this.predicted.detach())
        masks = self._softened(batch.masks)
        if batch.has_mask is not None:  # without a true mask C sees the predicted one, for the class alone
            masks = masks.where(batch.has_mask.view(-1, 1, 1, 1), shown[:n])
        true, predicted = self._pairs(batch.images, masks), self._pairs(this.images, shown)
        on_labelled = given.adversarial_on_labelled and given.discriminator_adversarial_weight > 0
        penalised = on_labelled and given.gradient_penalty > 0
        if penalised:
            true.requires_grad_(True)
            parts = [(yield Pass(self.discriminator, true, whole=True)), (yield Pass(self.discriminator, predicted))]
            raw = self.discriminator.told(torch.cat(parts)).raw
        else:
            raw = self.discriminator.told((yield Pass(self.discriminator, torch.cat([true, predicted])))).raw
        real, fake, free = raw[:n], raw[n : 2 * n], raw[2 * n :]  # (x_l,y_l), (x_l,ŷ_l), (x_u,ŷ_u)
        terms, loss = {}, raw.new_zeros(())
        if self.classifies:
            terms["loss/class_real"] = layout.class_loss(real[batch.classed], batch.classes[batch.classed]).mean()
            loss = terms["loss/class_real"]
        if given.adversarial_on_labelled:
            terms["loss/adversarial_real"] = self._real_loss(real, batch)
            terms["loss/adversarial_predicted_labelled"] = layout.fake_loss(fake).mean()
            game = terms["loss/adversarial_real"] + terms["loss/adversarial_predicted_labelled"]
            if penalised:
                terms["loss/gradient_penalty"] = batch.mean_masked(squared_gradient(layout.real_logit(real), true))
                game = game + given.gradient_penalty / 2 * terms["loss/gradient_penalty"]
            loss = loss + given.discriminator_adversarial_weight * game
        if given.class_on_predicted:
            terms["loss/class_predicted"] = layout.class_loss(fake[batch.classed], batch.classes[batch.classed]).mean()
            loss = loss + terms["loss/class_predicted"]
        if len(free):
            terms["loss/adversarial_predicted_unlabelled"] = layout.fake_loss(free).mean()
            free_loss = given.discriminator_adversarial_weight * terms["loss/adversarial_predicted_unlabelled"]
            if self.transforms is not None:
                terms["loss/surrogate"] = layout.surrogate_loss(free, this.tau).mean()
                free_loss = free_loss + terms["loss/surrogate"]
            if given.pseudo_classes and self.classifies:
                believed = yield from self._believed(this)
                terms["loss/pseudo_class"], terms["pseudo/confident"] = confident_cross_entropy(
                    layout.class_logits(free), believed, given.pseudo_threshold
                )
                free_loss = free_loss + given.pseudo_classes * terms["loss/pseudo_class"]
            loss = loss + this.alpha * free_loss
        yield Descent(self.optimisers["discriminator"], loss, this.rate * given.discriminator_lr)
        self.discriminator.settle()
        terms["loss/discriminator"] = loss
        return {**{name: term.detach() for name, term in terms.items()}, **self._watch(raw.detach(), batch, this.tau)}

    def _believed(self, this: Round) -> Asking[Tensor]:
        """Class logits [B_u,K] of unlabelled images as they are, with the masks that S made of the transformed ones."""
        masks = this.predicted[len(this.batch.images) :].detach()
        if self.transforms is not None:
            masks = self.transforms.undo(masks, this.tau)
        plain = self._pairs(this.batch.resident.take(this.batch.unlabelled), self._shown(masks))
        told = self.discriminator.told((yield Pass(self.discriminator, plain, graph=False)))
        return self.layout.class_logits(told.raw)

    def _watch(self, raw: Tensor, batch: Batch, tau: Tensor) -> Terms:
        """How well C tells true from predicted masks and names transforms: the first suspects when Dice falls."""
        layout, n = self.layout, len(batch.images)
        watched = {
            "discriminator/real_accuracy": batch.mean_masked((layout.real_probability(raw[:n]) > 0.5).float()),
            "discriminator/fake_accuracy": (layout.real_probability(raw[n:]) <= 0.5).float().mean(),
        }
        if self.transforms is not None and len(tau):
            right = layout.surrogate_logits(raw[2 * n :]).argmax(1) == tau
            watched["discriminator/surrogate_accuracy"] = right.float().mean()
        return watched

    def _step_s(self, this: Round) -> Work:
        """S learns the true masks and, a little, to pass for true; C stands still."""
        self.discriminator.requires_grad_(False)
        try:
            return (yield from self._descend_s(this))
        finally:
            self.discriminator.requires_grad_(True)

    def _descend_s(self, this: Round) -> Work:
        given, n, masked = self.given, len(this.batch.images), this.batch.masked
        told = None
        if given.adversarial_weight or given.feature_matching:
            seen = self._pairs(this.images, self._shown(this.predicted))
            told = self.discriminator.told((yield Pass(self.discriminator, seen)))
        dice = generalised_dice_loss(this.predicted[masked], this.batch.masks[masked], given.eps_mode)
        terms = {"loss/generalised_dice": dice}
        loss = terms["loss/generalised_dice"]
        if given.adversarial_weight and told is not None:
            raw = told.raw
            game = raw.new_zeros(())
            if given.adversarial_on_labelled:
                terms["loss/generator_adversarial_labelled"] = self._passes(raw[:n])
                game = terms["loss/generator_adversarial_labelled"]
            if len(raw) > n:
                terms["loss/generator_adversarial_unlabelled"] = self._passes(raw[n:])
                game = game + this.alpha * terms["loss/generator_adversarial_unlabelled"]
            loss = loss + given.adversarial_weight * game
        if given.feature_matching and told is not None:
            true = self._pairs(this.batch.images[masked], self._softened(this.batch.masks[masked]))
            wanted = self.discriminator.told((yield Pass(self.discriminator, true, graph=False))).features
            terms["loss/feature_matching"] = (told.features.mean(0) - wanted.mean(0)).square().sum()
            loss = loss + given.feature_matching * terms["loss/feature_matching"]
        if given.consistency and len(this.tau):
            plain = yield Pass(self.generator, this.batch.resident.take(this.batch.unlabelled), graph=False)
            turned = plain if self.transforms is None else self.transforms.apply(plain, this.tau)
            terms["loss/consistency"] = mean_square(this.predicted[n:], turned)
            loss = loss + this.alpha * given.consistency * terms["loss/consistency"]
        yield Descent(self.optimisers["generator"], loss, this.rate * given.generator_lr)
        terms["loss/generator"] = loss
        return {name: term.detach() for name, term in terms.items()}

    def _softened(self, masks: Tensor) -> Tensor:
        """True masks as C sees them."""
        return masks * (1 - 2 * self.given.mask_softening) + self.given.mask_softening

    def _real_loss(self, raw: Tensor, batch: Batch) -> Tensor:
        """Of true pairs, a scalar; with smoothed labels a part e of the target says "fake"."""
        told, e = batch.mean_masked(self.layout.real_loss(raw)), self.given.label_smoothing
        return (1 - e) * told + e * batch.mean_masked(self.layout.fake_loss(raw)) if e else told

    def _passes(self, raw: Tensor) -> Tensor:
        if self.given.saturating:
            return -self.layout.fake_loss(raw).mean()
        return self.layout.real_loss(raw).mean()


def squared_gradient(logits: Tensor, x: Tensor) -> Tensor:
    """|d logit / d x|^2 of each row, [B] with a graph.

    Args:
        logits: [B], each of its own row of x.
        x: [B,...], which needs a gradient.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(1)
