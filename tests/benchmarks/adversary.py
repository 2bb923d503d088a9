"""Why the adversarial term lowers Dice: variants of the game on one dataset, judged on validation data alone.

    python tests/benchmarks/adversary.py DATA [--fraction 0.1] [--seeds 0,1] [--iterations 500] [--variants paper,calm]

prints a Markdown row a variant and seed: the last validation Dice and the discriminator's logs.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import torch

from s4mcl_trainables.data.partition import PartitionSpec
from s4mcl_trainables.methods import start_training
from s4mcl_trainables.numerics import numeric_profile
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.trial import Settings, Trial

RATES = {"generator_lr": 1e-3, "discriminator_lr": 1e-3}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "unet": ("unet", {"generator_lr": 1e-3}),
    "paper": ("s4mcl", RATES),
    "adversarial_weight 0": ("s4mcl", {**RATES, "adversarial_weight": 0.0}),
    "mask_softening 0.1": ("s4mcl", {**RATES, "mask_softening": 0.1}),
    "hard_masks": ("s4mcl", {**RATES, "hard_masks": True}),
    "discriminator_adversarial_weight 0.1": ("s4mcl", {**RATES, "discriminator_adversarial_weight": 0.1}),
    "both (0.1, 0.1)": ("s4mcl", {**RATES, "discriminator_adversarial_weight": 0.1, "mask_softening": 0.1}),
    "s4mcl_calm": ("s4mcl_calm", RATES),
}
COLUMNS = {
    "last Dice": "val_dice",
    "last balanced accuracy": "val_balanced_accuracy",
    "C names true masks": "discriminator/real_accuracy",
    "C names predicted masks": "discriminator/fake_accuracy",
    "S adversarial, labelled (nats)": "loss/generator_adversarial_labelled",
    "S adversarial, unlabelled (nats)": "loss/generator_adversarial_unlabelled",
    "S Dice loss": "loss/generalised_dice",
}


def last_report(data: Path, variant: str, given: argparse.Namespace, seed: int) -> tuple[dict[str, Any], float]:
    """Train one variant; the values of its last report and its best validation Dice."""
    method, hyperparameters = VARIANTS[variant]
    settings = Settings(given.iterations, max(1, given.iterations // 10), image_size=64, width=8)
    with tempfile.TemporaryDirectory() as folder:
        assignment = Assignment(
            trial=Trial(method, given.fraction, seed, settings, hyperparameters),
            key="0" * 64,
            attempt=1,
            folder=Path(folder),
            dataset=data,
            partition=PartitionSpec(),
            profile=numeric_profile(precision="auto", gpus=0, cpus=1),
            device="cpu",
            test=False,
        )
        training = start_training(assignment)
        while training.advance() is None:
            pass
    dice = [report["values"].get("val_dice") or 0.0 for report in training.reports]
    return training.reports[-1]["values"], max(dice)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--fraction", type=float, default=0.1)
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    given = parser.parse_args()
    torch.set_num_threads(1)
    print("| variant | seed | best Dice | " + " | ".join(COLUMNS) + " |")
    print("|---|" + "---|" * (2 + len(COLUMNS)))
    for seed in (int(seed) for seed in given.seeds.split(",")):
        for variant in given.variants.split(","):
            values, best = last_report(given.data, variant, given, seed)
            shown = [values.get(name) for name in COLUMNS.values()]
            cells = " | ".join("-" if value is None else f"{value:.3f}" for value in shown)
            print(f"| {variant} | {seed} | {best:.3f} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
