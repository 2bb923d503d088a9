"""What the adversarial game of S2MCL and S4MCL can be given, and what each number means."""

import math
from dataclasses import dataclass

from s4mcl_trainables.losses.generalised_dice import EpsilonMode
from s4mcl_trainables.methods.method import check_values, in_range, not_negative, one_of
from s4mcl_trainables.networks.layout import LAYOUTS

WEIGHTS = (
    "adversarial_weight",
    "alpha",
    "discriminator_adversarial_weight",
    "gradient_penalty",
    "feature_matching",
    "consistency",
    "pseudo_classes",
)


@dataclass(frozen=True)
class GameHyperparameters:
    """What the game can be given; the defaults are the preset `paper` (method.md 13).

    Attributes:
        adversarial_weight: weight of both adversarial terms in the loss of S (0.01 is stated).
        alpha: weight of the unlabelled terms, in both losses (not given by the paper; 1).
        generator_lr, discriminator_lr: Adam's learning rates.
        layout: heads (R3), factorised (R2) or joint (R1).
        dropout: in both networks.
        discriminator_adversarial_weight: weight of the adversarial terms in the loss of C (1 in the paper).
        mask_softening: true masks that C sees become [e, 1 - e], so that pixel values alone do not tell them apart.
        label_smoothing: the real/fake target of true masks is 1 - e instead of 1 (Salimans et al. 2016, one-sided).
        spectral_norm: of the convolutions of C (Miyato et al. 2018).
        gradient_penalty: gamma of C's penalty gamma/2 |gradient of the real/fake logit|^2 on true pairs, with respect
            to image and mask (R1, Mescheder et al. 2018); part of its adversarial term (iii).
        feature_matching: weight of a term of S, |mean features of true pairs - mean features of predicted ones|^2, the
            features those before C's last layer (Salimans et al. 2016).
        consistency: weight, times alpha, of a term of S on unlabelled images: the mean square of the difference between
            the mask of a transformed image and the transformed mask of that image, which stands still.
        pseudo_classes: weight, times alpha, of a term of C on unlabelled images: the class of an untransformed image
            with its mask is the class of the transformed ones, where C gives it the probability pseudo_threshold or
            more (as in FixMatch, Sohn et al. 2020).
        class_on_predicted: adds the class loss on (image, predicted mask), the pair that C sees at test.
        hard_masks: C sees predicted masks cut at one half, with a straight-through gradient.
        mask_input: without it C sees zeros in place of every mask; S then learns nothing from C.
        adversarial_on_labelled: without it C lacks its terms (iii) and (iv), and S its labelled adversarial term.
        order: cs trains C first, then S; sc the other way round.
        saturating: S minimises log p(fake) instead of -log p(real).
        alpha_ramp: none, linear or sigmoid (exp(-5 (1 - t/T)^2)) over the budget.
        eps_mode: of the generalised Dice loss.
    """

    adversarial_weight: float = 0.01
    alpha: float = 1.0
    generator_lr: float = 1e-4
    discriminator_lr: float = 1e-4
    layout: str = "heads"
    dropout: float = 0.25
    discriminator_adversarial_weight: float = 1.0
    mask_softening: float = 0.0
    label_smoothing: float = 0.0
    spectral_norm: bool = False
    gradient_penalty: float = 0.0
    feature_matching: float = 0.0
    consistency: float = 0.0
    pseudo_classes: float = 0.0
    pseudo_threshold: float = 0.95
    class_on_predicted: bool = False
    hard_masks: bool = False
    mask_input: bool = True
    adversarial_on_labelled: bool = True
    order: str = "cs"
    saturating: bool = False
    alpha_ramp: str = "none"
    eps_mode: EpsilonMode = "scaled"

    def __post_init__(self) -> None:
        """Refuse values that no training could use (InputError)."""
        options = {
            "layout": tuple(LAYOUTS),
            "order": ("cs", "sc"),
            "alpha_ramp": ("none", "linear", "sigmoid"),
            "eps_mode": ("scaled", "monai"),
        }
        rules = {name: one_of(getattr(self, name), known) for name, known in options.items()}
        for name in WEIGHTS:
            rules[name] = not_negative(getattr(self, name))
        for name in ("generator_lr", "discriminator_lr", "pseudo_threshold"):
            rules[name] = in_range(getattr(self, name), 0, 1)
        rules["dropout"] = in_range(self.dropout, 0, 0.95)
        for name in ("mask_softening", "label_smoothing"):
            rules[name] = in_range(getattr(self, name), 0, 0.49)
        check_values("the adversarial game", rules)


def ramp(kind: str, iteration: int, iterations: int) -> float:
    """The factor of alpha after `iteration` of `iterations`, in [0, 1].

    sigmoid is exp(-5 (1 - t/T)^2) (Laine & Aila 2017, as in SSL4MIS).
    """
    share = min(1.0, (iteration + 1) / iterations)
    factors = {"none": 1.0, "linear": share, "sigmoid": math.exp(-5 * (1 - share) ** 2)}
    return factors[kind]
