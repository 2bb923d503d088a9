"""What a made-up trial measures: curves that level off with noise, and predictions of test images."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.trial import Trial

Floats = NDArray[np.float64]

CLASSES = {"cnn": (0.52, 0.78), "s2mcl": (0.55, 0.81), "s4mcl": (0.64, 0.84)}  # accuracy with 5 % and all labels
MASKS = {"unet": (0.70, 0.93), "s2mcl": (0.60, 0.91), "s4mcl": (0.79, 0.935)}  # Dice
OPTIMA = {"generator_lr": (0.001, 0.03), "discriminator_lr": (0.0006, 0.02), "adversarial_weight": (0.01, 0.015)}
GAME = {  # where each quantity of the adversarial game begins and ends
    "discriminator/fake_accuracy": (0.5, 0.9),
    "discriminator/real_accuracy": (0.5, 0.8),
    "loss/adversarial_predicted_labelled": (0.69, 0.35),
    "loss/adversarial_predicted_unlabelled": (0.69, 0.36),
    "loss/adversarial_real": (0.69, 0.45),
    "loss/class_real": (0.70, 0.30),
    "loss/discriminator": (2.7, 1.6),
    "loss/generalised_dice": (0.6, 0.08),
    "loss/generator": (0.65, 0.15),
    "loss/generator_adversarial_labelled": (0.7, 1.2),
    "loss/generator_adversarial_unlabelled": (0.7, 1.25),
}
QUANTITIES: dict[str, dict[str, tuple[float, float]]] = {
    "unet": {"loss/generalised_dice": (0.6, 0.07), "loss/generator": (0.6, 0.07)},
    "cnn": {"loss/class_real": (0.70, 0.25)},
    "s2mcl": GAME,
    "s4mcl": {**GAME, "discriminator/surrogate_accuracy": (0.12, 0.9), "loss/surrogate": (2.1, 0.4)},
}
MAJORITY, IMAGES, GROUPS, SIDE, SHOWN, FIRST_ROW = 0.5036, 139, 22, 64, 6, 700


def damage(hyperparameters: Mapping[str, Any]) -> float:
    """What a configuration loses against the best one, of accuracy and Dice alike."""
    lost = 0.0
    for name, (optimum, slope) in OPTIMA.items():
        given = hyperparameters.get(name, optimum)
        lost += slope * (math.log10(given / optimum) ** 2 if given > 0 else 3.0)
    lost += 0.02 * abs(hyperparameters.get("alpha", 0.7) - 0.7) ** 2
    lost += 0.005 * abs(len(hyperparameters.get("transforms", [0] * 5)) - 5)
    lost += 0.0 if hyperparameters.get("self_supervision", True) else 0.05
    lost += 0.0 if hyperparameters.get("mask_input", True) else 0.02
    lost += 0.01 if hyperparameters.get("class_on_predicted") else 0.0
    return min(lost, 0.3)


def level(ends: tuple[float, float], trial: Trial) -> float:
    """What a trial reaches, between its method's values with 5 % and with all labels."""
    place = 1 + math.log(trial.label_fraction) / math.log(20)
    return ends[0] + (ends[1] - ends[0]) * place - damage(trial.hyperparameters)


def curves(trials: Sequence[Trial], reports: int, draws: np.random.Generator) -> dict[str, Floats]:
    """By name [N,R] what trials of one method report: losses, and values of a small validation part."""
    count, method = len(trials), trials[0].method
    pace = draws.uniform(3, 9, (count, 1))
    rise = (1 - np.exp(-pace * np.arange(1, reports + 1) / reports)) / (1 - np.exp(-pace))

    def noise(size: float) -> Floats:
        return size * (draws.standard_normal((count, reports)) + draws.standard_normal((count, 1)))

    def risen(begin: float, ends: tuple[float, float], spread: float) -> Floats:
        reached = np.array([[level(ends, trial)] for trial in trials])
        return np.clip(begin + (reached - begin) * rise + noise(spread), 0, 1)

    found = {name: begin + (end - begin) * rise + noise(0.01) for name, (begin, end) in QUANTITIES[method].items()}
    score = []
    if method in CLASSES:
        accuracy = risen(0.5, CLASSES[method], 0.01)
        balanced = np.clip(accuracy + noise(0.003), 0, 1)
        found |= {"val_accuracy": accuracy, "val_balanced_accuracy": balanced, "val_macro_f1": balanced * 0.98}
        found["val_majority_rate"] = np.full_like(accuracy, MAJORITY)
        score.append(balanced)
    if method in MASKS:
        dice = risen(0.2, MASKS[method], 0.006)
        found |= {"val_dice": dice, "val_dice_nonempty": dice, "val_dice_pooled": np.clip(dice + 0.01, 0, 1)}
        found |= {"val_iou": dice / (2 - dice), "val_n_empty_gt": np.zeros_like(dice)}
        score.append(dice)
    return found | {"val_score": np.mean(score, axis=0)}


def predictions(trial: Trial, draws: np.random.Generator) -> tuple[dict[str, Any], dict[str, float]]:
    """The arrays of a file of predictions, and the test values that follow from them."""
    groups = np.arange(IMAGES) * GROUPS // IMAGES
    hard = 0.03 * np.random.default_rng(3).standard_normal(GROUPS)[groups]
    labels = np.random.default_rng(4).integers(0, 2, IMAGES)
    arrays: dict[str, Any] = {"rows": np.arange(IMAGES) + FIRST_ROW, "labels": labels, "groups": groups}
    test: dict[str, float] = {}
    if trial.method in CLASSES:
        right = level(CLASSES[trial.method], trial) + 2 * hard + 0.015 * draws.standard_normal()
        sure = 1 / (1 + np.exp(-(draws.standard_normal(IMAGES) + 3 * (right - 0.5))))
        first = np.where(labels == 0, sure, 1 - sure)
        arrays["class_probabilities"] = np.stack([first, 1 - first], axis=1).astype(np.float32)
        hits = sure > 0.5
        balanced = float(np.mean([hits[labels == k].mean() for k in (0, 1)]))
        test |= {"test_accuracy": float(hits.mean()), "test_balanced_accuracy": balanced, "test_macro_f1": balanced}
        test |= {"test_auc": min(1.0, balanced + 0.05), "test_majority_rate": MAJORITY}
    if trial.method in MASKS:
        dice = level(MASKS[trial.method], trial) + hard + 0.01 * draws.standard_normal()
        dice = (dice + 0.03 * draws.standard_normal(IMAGES)).clip(0, 0.999).astype(np.float32)
        arrays |= {"dice": dice, "iou": dice / (2 - dice), "hd95": 40 * (1 - dice), "assd": 12 * (1 - dice)}
        arrays |= {"masks": discs(dice), "mask_shape": np.array([1, SIDE, SIDE])}
        test |= {f"test_{name}": float(arrays[name].mean()) for name in ("dice", "iou", "hd95", "assd")}
    return arrays, test


def discs(dice: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[n, SIDE² / 8] packed masks: discs that are the larger the worse they are."""
    masks = _away()[None] < (16 + 20 * (1 - dice))[:, None, None]
    return np.packbits(masks.reshape(len(dice), -1), axis=1)


def samples() -> dict[str, Any]:
    """The arrays of samples.npz: a few test images with their true masks."""
    masks = (_away() < 16).astype(np.uint8)[None, None].repeat(SHOWN, 0)
    noise = np.random.default_rng(1).integers(0, 90, masks.shape)
    kept = {"rows": np.arange(SHOWN) + FIRST_ROW, "masks": masks, "labels": np.arange(SHOWN) % 2}
    return {**kept, "images": (100 * masks + noise).astype(np.uint8)}


def _away() -> Floats:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.hypot(rows - SIDE / 2, columns - SIDE / 2)
