"""What the numbers that the discriminator puts out mean: three readings of "the real or surrogate classes".

    heads       K class logits, T surrogate logits, one real/fake logit, each with a loss of its own
    factorised  K + T logits against a fake logit that is fixed at 0 (Salimans et al. 2016, section 5)
    joint       one softmax over K real classes, T surrogate classes and one fake class

K is the number of real classes, T that of surrogate classes (0 where a method has no self-supervision). In each of them
the probability of "real" is the sigmoid of one number, `real_logit`, so the adversarial terms are shared.
"""

import difflib
from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from s4mcl_trainables.losses import adversarial
from s4mcl_trainables.losses.adversarial import at_least_float32
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class Layout(ABC):
    """Reads raw outputs [B, outputs], classes first. Losses are [B] in float32 at least; the mean is the caller's."""

    classes: int
    surrogates: int

    def __post_init__(self) -> None:
        if self.classes < 2 or self.surrogates < 0 or self.surrogates == 1:
            raise ValueError(f"{self.classes} classes and {self.surrogates} surrogate classes cannot be told apart")

    @property
    def outputs(self) -> int:
        """The width of the discriminator's last layer."""
        return self.classes + self.surrogates + 1

    @abstractmethod
    def real_logit(self, raw: Tensor) -> Tensor:
        """[B]: log p(real) - log p(fake)."""

    @abstractmethod
    def class_loss(self, raw: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy [B] against real classes, labels [B] in 0..K-1."""

    @abstractmethod
    def surrogate_loss(self, raw: Tensor, tau: Tensor) -> Tensor:
        """Cross-entropy [B] against surrogate classes, tau [B] in 0..T-1. Needs T > 0."""

    def class_logits(self, raw: Tensor) -> Tensor:
        """[B,K]. The predicted class is the argmax over these alone, in every layout.

        At test the discriminator sees an image with a predicted mask, which training only ever called surrogate or
        fake: an argmax over all outputs would hardly ever name a real class.
        """
        return raw[:, : self.classes]

    def surrogate_logits(self, raw: Tensor) -> Tensor:
        """[B,T]. The predicted transform is the argmax over these."""
        return raw[:, self.classes : self.classes + self.surrogates]

    def real_probability(self, raw: Tensor) -> Tensor:
        """[B] in [0,1]: the probability that the mask is a true one."""
        return self.real_logit(raw).sigmoid()

    def real_loss(self, raw: Tensor) -> Tensor:
        """-log p(real), [B]."""
        return adversarial.real_loss(self.real_logit(raw))

    def fake_loss(self, raw: Tensor) -> Tensor:
        """-log p(fake), [B]."""
        return adversarial.fake_loss(self.real_logit(raw))

    def _not_fake(self, raw: Tensor) -> Tensor:
        return raw[:, : self.classes + self.surrogates]

    def _require_surrogates(self) -> None:
        if self.surrogates == 0:
            raise ValueError("this layout has no surrogate classes, so it has no surrogate loss")


class Heads(Layout):
    """R3: a class head, a surrogate head and a real/fake head. No term contradicts another."""

    def real_logit(self, raw: Tensor) -> Tensor:
        """The last output."""
        return at_least_float32(raw[:, -1])

    def class_loss(self, raw: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy over the K class logits."""
        return F.cross_entropy(at_least_float32(self.class_logits(raw)), labels, reduction="none")

    def surrogate_loss(self, raw: Tensor, tau: Tensor) -> Tensor:
        """Cross-entropy over the T surrogate logits."""
        self._require_surrogates()
        return F.cross_entropy(at_least_float32(self.surrogate_logits(raw)), tau, reduction="none")


class Factorised(Layout):
    """R2: p(fake) = 1 / (1 + Σ e^l) over K + T logits; classes are told apart given that the pair is not fake."""

    @property
    def outputs(self) -> int:
        """K + T: the fake logit is the constant 0."""
        return self.classes + self.surrogates

    def real_logit(self, raw: Tensor) -> Tensor:
        """log Σ e^l."""
        return at_least_float32(raw).logsumexp(1)

    def class_loss(self, raw: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy over the K + T logits that are not fake."""
        return F.cross_entropy(at_least_float32(raw), labels, reduction="none")

    def surrogate_loss(self, raw: Tensor, tau: Tensor) -> Tensor:
        """Cross-entropy over the K + T logits that are not fake."""
        self._require_surrogates()
        return F.cross_entropy(at_least_float32(raw), self.classes + tau, reduction="none")


class Joint(Layout):
    """R1: one softmax; the fake class is the last.

    The surrogate and the fake term ask for different classes on the same pair: their sum cannot fall below 2 log 2.
    """

    def real_logit(self, raw: Tensor) -> Tensor:
        """log (1 - p_fake) - log p_fake."""
        raw = at_least_float32(raw)
        return self._not_fake(raw).logsumexp(1) - raw[:, -1]

    def class_loss(self, raw: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy over all K + T + 1 outputs."""
        return F.cross_entropy(at_least_float32(raw), labels, reduction="none")

    def surrogate_loss(self, raw: Tensor, tau: Tensor) -> Tensor:
        """Cross-entropy over all K + T + 1 outputs."""
        self._require_surrogates()
        return F.cross_entropy(at_least_float32(raw), self.classes + tau, reduction="none")


LAYOUTS: dict[str, type[Layout]] = {"heads": Heads, "factorised": Factorised, "joint": Joint}


def layout_named(name: str, classes: int, surrogates: int) -> Layout:
    """The layout with that name for K classes and T surrogate classes.

    Raises:
        InputError: there is no such layout.
    """
    if name not in LAYOUTS:
        near = difflib.get_close_matches(name, LAYOUTS, n=1)
        hint = f", did you mean {near[0]!r}?" if near else ""
        raise InputError(f"layout: there is no layout named {name!r}{hint}\nCure: one of {', '.join(LAYOUTS)}")
    return LAYOUTS[name](classes, surrogates)
