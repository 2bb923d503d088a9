"""The parts of the adversarial game that an ablation can switch off, and what each depends on (method.md 5)."""

from s4mcl_trainables.methods.component import Component, Values, setting
from s4mcl_trainables.transforms import NAMES

TRANSFORM = "transform."  # what the names of the transforms' components begin with
WEIGHTS = ("adversarial_weight", "discriminator_adversarial_weight")
NO_UNLABELLED = "alpha is 0, so no unlabelled image is looked at"
NO_GAME = "both adversarial weights are 0"


def _no_game(values: Values) -> bool:
    return all(values[name] == 0 for name in WEIGHTS)


def _unlabelled_idle(values: Values) -> str | None:
    if values["alpha"] == 0:
        return NO_UNLABELLED
    others = ("self_supervision", "feature_matching", "consistency", "pseudo_classes")
    if _no_game(values) and not any(values.get(name) for name in others):
        return "no term looks at unlabelled images"
    return None


def _adversarial_idle(values: Values) -> str | None:
    if _no_game(values):
        return NO_GAME
    if values["alpha"] == 0 and not values["adversarial_on_labelled"]:
        return "there is an adversarial term neither on labelled nor on unlabelled images"
    return None


def _on_labelled_idle(values: Values) -> str | None:
    if _no_game(values):
        return NO_GAME
    return None if values["adversarial_on_labelled"] else "adversarial_on_labelled is False already"


def _self_supervision_idle(values: Values) -> str | None:
    if not values["self_supervision"]:
        return "self_supervision is False already"
    return NO_UNLABELLED if values["alpha"] == 0 else None


def _transform(name: str) -> Component:
    def off(values: Values) -> Values:
        left = [other for other in values["transforms"] if other != name]
        # The identity alone leaves nothing to tell apart, which is what no self-supervision means.
        return {"transforms": left} if len(left) > 1 else {"self_supervision": False}

    def idle(values: Values) -> str | None:
        if why := _self_supervision_idle(values):
            return why
        return None if name in values["transforms"] else f"{name} is not among the transforms"

    return Component(f"{TRANSFORM}{name}", f"{name} among the transforms", off, idle, part_of="self_supervision")


UNLABELLED_BRANCH = Component(
    "unlabelled_branch", "every term on unlabelled images", lambda values: {"alpha": 0.0}, _unlabelled_idle
)
ADVERSARIAL_TERM = Component(
    "adversarial_term",
    "the adversarial terms of both networks",
    lambda values: dict.fromkeys(WEIGHTS, 0.0),
    _adversarial_idle,
    needs=("mask_input",),
)
ADVERSARIAL_ON_LABELLED = Component(
    "adversarial_on_labelled",
    "the adversarial terms of both networks on labelled images",
    lambda values: {"adversarial_on_labelled": False},
    _on_labelled_idle,
    part_of="adversarial_term",
)
MASK_INPUT = setting("mask_input", "the mask in the discriminator's input", {"mask_input": False})
SELF_SUPERVISION = Component(
    "self_supervision",
    "transforms of the unlabelled images and naming them",
    lambda values: {"self_supervision": False},
    _self_supervision_idle,
    needs=("unlabelled_branch",),
)
TRANSFORMS = tuple(_transform(name) for name in NAMES[1:])

GAME = (UNLABELLED_BRANCH, ADVERSARIAL_TERM, ADVERSARIAL_ON_LABELLED, MASK_INPUT)
SELF_SUPERVISED_GAME = (UNLABELLED_BRANCH, SELF_SUPERVISION, ADVERSARIAL_TERM, ADVERSARIAL_ON_LABELLED, MASK_INPUT)
CALMNESS = (
    setting("mask_softening", "softer true masks for the discriminator", {"mask_softening": 0.0}),
    setting("class_on_predicted", "the class loss on predicted masks", {"class_on_predicted": False}),
)
IN_GAME = ("adversarial_term", "adversarial_on_labelled")  # needed by what is about true pairs in the game
REFINEMENTS = (
    setting("spectral_norm", "spectral normalisation of the discriminator", {"spectral_norm": False}),
    setting("gradient_penalty", "the penalty on C's gradient at true pairs", {"gradient_penalty": 0.0}, needs=IN_GAME),
    setting("label_smoothing", "smoother real/fake targets of true pairs", {"label_smoothing": 0.0}, needs=IN_GAME),
    setting("feature_matching", "the matching of C's features", {"feature_matching": 0.0}, needs=("mask_input",)),
    setting(
        "hard_masks", "the cutting of the predicted masks that C sees", {"hard_masks": False}, needs=("mask_input",)
    ),
    setting(
        "alpha_ramp", "the slow start of the unlabelled terms", {"alpha_ramp": "none"}, needs=("unlabelled_branch",)
    ),
    setting(
        "consistency",
        "the agreement of masks under transforms of unlabelled images",
        {"consistency": 0.0},
        needs=("unlabelled_branch",),
    ),
    setting(
        "pseudo_classes",
        "learning from confident classes of unlabelled images",
        {"pseudo_classes": 0.0},
        needs=("unlabelled_branch",),
    ),
)
