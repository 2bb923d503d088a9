"""Training in the most obvious PyTorch, after the formulas of the method, for comparing results: nothing is made fast.

It takes what is random from the same streams as our loop: the rows of a batch, the transforms, dropout's masks; and our
initial weights. Each step that makes ours fast can be taken over alone, so that one that changes results is found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from plain_networks import PlainDiscriminator, PlainGenerator, instance_norm, upsampled
from s4mcl_trainables.data.partition import draw_labels
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.methods.learner import adam
from s4mcl_trainables.networks.layers import Doubling, Dropout, InstanceNorm
from s4mcl_trainables.seeds import generator as stream
from s4mcl_trainables.training.run import Run
from s4mcl_trainables.transforms import TransformSet

N = TypeVar("N", bound=nn.Module)
ONE_PASS = "one pass of C over all pairs"
KEPT_GRAPH = "reuse of S's graph"
GROUP_NORM = "instance norm as group norm"
PRODUCTS = "upsampling as matrix products"
BYTES = "dropout from bytes"
VIEWS = "gathering by views"
AT_ONCE = "gathering in one indexed read"
FUSED = "fused Adam"
SPEED_UPS = (ONE_PASS, KEPT_GRAPH, GROUP_NORM, PRODUCTS, BYTES, VIEWS, AT_ONCE, FUSED)
TURNS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda x: x,
    "hflip": lambda x: torch.flip(x, dims=(-1,)),
    "vflip": lambda x: torch.flip(x, dims=(-2,)),
    "rot90": lambda x: torch.rot90(x, 1, dims=(-2, -1)),
    "rot180": lambda x: torch.rot90(x, 2, dims=(-2, -1)),
    "rot270": lambda x: torch.rot90(x, 3, dims=(-2, -1)),
}


def normalised(image: Tensor) -> Tensor:
    """One image [1,H,W] with mean 0 and deviation 1."""
    image = image.float()
    return (image - image.mean()) / image.std(unbiased=False)


def plain_mask(shape: Sequence[int], probability: float, draws: torch.Generator) -> Tensor:
    """Dropout's mask, an element a random byte: below 256 p it is dropped, else scaled up."""
    count = int(np.prod(shape))
    words = torch.empty((count + 7) // 8, dtype=torch.int64).random_(-(2**63), None, generator=draws)
    kept = np.frombuffer(words.numpy().tobytes(), dtype=np.uint8)[:count].reshape(shape) >= round(256 * probability)
    return torch.from_numpy(np.where(kept, 256 / (256 - round(256 * probability)), 0.0).astype(np.float32))


def generalised_dice(predicted: Tensor, true: Tensor) -> Tensor:
    """The generalised Dice loss of two channels with scaled weights, image by image."""
    losses = []
    for y_hat, y in zip(predicted, true, strict=True):
        p, r = torch.stack([1 - y_hat, y_hat]), torch.stack([1 - y, y])  # background, foreground
        volumes = [float(each.sum()) for each in r]
        weights = [1 / volume**2 if volume > 0 else 0.0 for volume in volumes]
        weights = [weight if weight > 0 else max(weights) for weight in weights]
        weights = [weight / max(weights) for weight in weights]
        overlap = sum(w * (one * other).sum() for w, one, other in zip(weights, p, r, strict=True))
        total = sum(w * (one + other).sum() for w, one, other in zip(weights, p, r, strict=True))
        losses.append(1 - (2 * overlap + 1e-5) / (total + 1e-5))
    return torch.stack(losses).mean()


def real(logits: Tensor) -> Tensor:
    """-log p(real)."""
    return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def fake(logits: Tensor) -> Tensor:
    """-log p(fake)."""
    return F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))


@dataclass
class PlainRows:
    """Rows in passes, each shuffled anew; a batch may begin in one and end in the next."""

    rows: NDArray[np.int64]
    batch: int
    draws: torch.Generator
    waiting: list[int] = field(default_factory=list)

    def next(self) -> list[int]:
        while len(self.waiting) < self.batch:
            order = torch.randperm(len(self.rows), generator=self.draws)
            self.waiting += [int(self.rows[place]) for place in order]
        taken, self.waiting = self.waiting[: self.batch], self.waiting[self.batch :]
        return taken


@dataclass
class PlainBatch:
    """One step's data."""

    x_l: Tensor  # [B_l,1,H,W]
    y_l: Tensor  # [B_l,1,H,W]
    z_l: Tensor  # [B_l]
    x_u: Tensor  # [B_u,1,H,W], transformed
    tau: Tensor  # [B_u]


class PlainLoop:
    """The same trial as `run`, which has not begun, trained plainly: `s4mcl`, `s4mcl_calm`, `s2mcl`, `unet`, `cnn`.

    Args:
        run: gives the data, the settings and the initial weights.
        fast: the steps that are taken over from ours, of `SPEED_UPS`.
    """

    def __init__(self, run: Run, *fast: str) -> None:
        self.fast = frozenset(fast)
        self.name, self.given = run.trial.method, method_named(run.trial.method).defaults | run.trial.hyperparameters
        resident, seed, settings = run.material.resident, run.trial.seed, run.settings
        self.resident, self.images, self.labels = resident, resident.images, resident.classes
        self.true = resident.masks.float()
        self.draws = {name: stream(seed, name) for name in ("generator dropout", "discriminator dropout", "transforms")}
        drawn = draw_labels(run.material.dataset, run.material.partition, run.trial.label_fraction, seed)
        self.labelled = PlainRows(drawn.labelled, settings.batch_labelled, stream(seed, "labelled batches"))
        self.unlabelled = PlainRows(drawn.unlabelled, settings.batch_unlabelled, stream(seed, "unlabelled batches"))
        self.turns = list(self.given["transforms"]) if self.given.get("self_supervision") else []
        norm = InstanceNorm() if GROUP_NORM in self.fast else instance_norm
        up = Doubling() if PRODUCTS in self.fast else upsampled
        self.classes = len(run.material.dataset.classes)
        ours = run.learner.modules
        if self.name != "cnn":
            self.s = copied(PlainGenerator(settings.width, settings.depth, norm, up), ours["generator"])
            self.s_optimiser = self._adam(self.s, self.given["generator_lr"])
        if self.name != "unet":
            inputs, further = (1, 0) if self.name == "cnn" else (2, len(self.turns) + 1)
            c = PlainDiscriminator(inputs, settings.width, self.classes + further, norm)
            self.c = copied(c, ours["network" if self.name == "cnn" else "discriminator"])
            self.c_optimiser = self._adam(self.c, self.given["discriminator_lr"])

    def step(self) -> dict[str, float]:
        """One step; the losses by our names."""
        rows = self.labelled.next()
        x_l = torch.stack([normalised(self.images[row]) for row in rows])
        y_l, z_l = self.true[rows], self.labels[rows]
        if self.name == "unet":
            loss = generalised_dice(self.s(x_l, self._masks(self.s, "generator dropout", x_l)), y_l)
            descend(self.s_optimiser, loss)
            return {"loss/generalised_dice": loss.item(), "loss/generator": loss.item()}
        if self.name == "cnn":
            loss = F.cross_entropy(self.c(x_l, self._masks(self.c, "discriminator dropout", x_l)), z_l)
            descend(self.c_optimiser, loss)
            return {"loss/class_real": loss.item()}
        x_u, tau = self._transformed(self.unlabelled.next())
        drops = self._masks(self.s, "generator dropout", torch.cat([x_l, x_u]))
        predicted = self.s(torch.cat([x_l, x_u]), drops)
        batch = PlainBatch(x_l, y_l, z_l, x_u, tau)
        terms = self._step_c(batch, predicted.detach())
        if KEPT_GRAPH not in self.fast:
            predicted = self.s(torch.cat([x_l, x_u]), drops)
        return terms | self._step_s(batch, predicted)

    def predicted(self, row: int) -> tuple[Tensor | None, int | None]:
        """One image's hard mask [1,H,W] and class; None where the method lacks the task."""
        with torch.no_grad():
            x = normalised(self.images[row])[None]
            if self.name == "cnn":
                return None, int(self.c(x).argmax())
            mask = self.s(x)
            named = None if self.name == "unet" else int(self.c(torch.cat([x, mask], 1))[0, : self.classes].argmax())
            return mask[0] > 0.5, named

    def judged(self, rows: NDArray[np.int64]) -> dict[str, float]:
        """Dice and accuracy over dataset rows, image by image."""
        found = [self.predicted(int(row)) for row in rows]
        scores: dict[str, list[float]] = {"dice": [], "accuracy": []}
        for row, (mask, named) in zip(rows, found, strict=True):
            if mask is not None:
                true = self.true[row] > 0.5
                both = float(mask.sum() + true.sum())
                scores["dice"].append(2 * float((mask & true).sum()) / both if both else 1.0)
            if named is not None:
                scores["accuracy"].append(float(named == int(self.labels[row])))
        return {name: float(np.mean(values)) for name, values in scores.items() if values}

    def _step_c(self, batch: PlainBatch, predicted: Tensor) -> dict[str, float]:
        """The five terms of C."""
        n, k = len(batch.x_l), self.classes
        weight, alpha = self.given["discriminator_adversarial_weight"], self.given["alpha"]
        soft = self.given["mask_softening"]
        pairs = [
            torch.cat([batch.x_l, batch.y_l * (1 - soft) + (1 - batch.y_l) * soft], 1),
            torch.cat([batch.x_l, predicted[:n]], 1),
            torch.cat([batch.x_u, predicted[n:]], 1),
        ]
        drops = self._masks(self.c, "discriminator dropout", torch.cat(pairs))
        on_true, on_labelled, on_unlabelled = self._passes(pairs, drops)
        terms = {
            "loss/class_real": F.cross_entropy(on_true[:, :k], batch.z_l),
            "loss/adversarial_real": real(on_true[:, -1]),
            "loss/adversarial_predicted_labelled": fake(on_labelled[:, -1]),
            "loss/adversarial_predicted_unlabelled": fake(on_unlabelled[:, -1]),
        }
        loss = terms["loss/class_real"] + weight * terms["loss/adversarial_real"]
        loss = loss + weight * terms["loss/adversarial_predicted_labelled"]
        loss = loss + alpha * weight * terms["loss/adversarial_predicted_unlabelled"]
        if self.turns:
            terms["loss/surrogate"] = F.cross_entropy(on_unlabelled[:, k:-1], batch.tau)
            loss = loss + alpha * terms["loss/surrogate"]
        if self.given["class_on_predicted"]:
            terms["loss/class_predicted"] = F.cross_entropy(on_labelled[:, :k], batch.z_l)
            loss = loss + terms["loss/class_predicted"]
        descend(self.c_optimiser, loss)
        terms["loss/discriminator"] = loss
        return {name: term.item() for name, term in terms.items()}

    def _step_s(self, batch: PlainBatch, predicted: Tensor) -> dict[str, float]:
        """Generalised Dice, and the two adversarial terms."""
        n = len(batch.x_l)
        pairs = [torch.cat([batch.x_l, predicted[:n]], 1), torch.cat([batch.x_u, predicted[n:]], 1)]
        drops = self._masks(self.c, "discriminator dropout", torch.cat(pairs))
        on_labelled, on_unlabelled = self._passes(pairs, drops)
        terms = {
            "loss/generalised_dice": generalised_dice(predicted[:n], batch.y_l),
            "loss/generator_adversarial_labelled": real(on_labelled[:, -1]),
            "loss/generator_adversarial_unlabelled": real(on_unlabelled[:, -1]),
        }
        loss = terms["loss/generalised_dice"]
        loss = loss + self.given["adversarial_weight"] * terms["loss/generator_adversarial_labelled"]
        free = self.given["alpha"] * terms["loss/generator_adversarial_unlabelled"]
        loss = loss + self.given["adversarial_weight"] * free
        descend(self.s_optimiser, loss)
        self.c_optimiser.zero_grad()
        terms["loss/generator"] = loss
        return {name: term.item() for name, term in terms.items()}

    def _transformed(self, rows: list[int]) -> tuple[Tensor, Tensor]:
        """Each image under a transform that is drawn for it."""
        if not self.turns:
            return torch.stack([normalised(self.images[row]) for row in rows]), torch.zeros(len(rows)).long()
        tau = torch.randint(len(self.turns), (len(rows),), generator=self.draws["transforms"])
        if VIEWS in self.fast:
            return self._gathered(TransformSet(self.turns).gather_by_views, rows, tau), tau
        if AT_ONCE in self.fast:
            return self._gathered(TransformSet(self.turns).gather_at_once, rows, tau), tau
        turned = [TURNS[self.turns[place]](self.images[row]) for row, place in zip(rows, tau.tolist(), strict=True)]
        return torch.stack([normalised(image) for image in turned]), tau

    def _gathered(self, way: Callable[[Tensor, Tensor, Tensor], Tensor], rows: list[int], tau: Tensor) -> Tensor:
        places = torch.tensor(rows)
        mean, deviation = (each[places].view(-1, 1, 1, 1) for each in (self.resident.mean, self.resident.deviation))
        return (way(self.images, places, tau).float() - mean) / deviation

    def _masks(self, network: PlainGenerator | PlainDiscriminator, name: str, x: Tensor) -> list[Tensor]:
        """Dropout's masks for a batch x [B,C,H,W], in the order in which the network meets them."""
        shapes, draws = network.mask_shapes(len(x), x.shape[-1]), self.draws[name]
        if BYTES in self.fast:
            dropout = Dropout(self.given["dropout"], draws)
            return [dropout(torch.ones(shape)) for shape in shapes]
        return [plain_mask(shape, self.given["dropout"], draws) for shape in shapes]

    def _passes(self, pairs: list[Tensor], drops: list[Tensor]) -> list[Tensor]:
        """C on each kind of pair in a pass of its own, with its rows of the masks."""
        sizes = [len(each) for each in pairs]
        if ONE_PASS in self.fast:
            return list(self.c(torch.cat(pairs), drops).split(sizes))
        parts = zip(*(mask.split(sizes) for mask in drops), strict=True)
        return [self.c(each, part) for each, part in zip(pairs, parts, strict=True)]

    def _adam(self, network: nn.Module, rate: float) -> torch.optim.Optimizer:
        if FUSED in self.fast:
            return adam(network, rate)
        return torch.optim.Adam(network.parameters(), lr=rate, foreach=False, fused=False)


def copied(plain: N, ours: nn.Module) -> N:
    """The plain network with the weights of ours, which has the same layers in the same order."""
    for mine, theirs in zip(plain.parameters(), ours.parameters(), strict=True):
        assert mine.shape == theirs.shape
        mine.data.copy_(theirs.data)
    return plain


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down the loss."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
